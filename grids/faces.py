"""Areas and rings of faces, leaves and whole levels, taken from arcs.

An arc bounds a group where its two sides fall into different groups, so dissolved units share
their borders point for point with the leaves inside them.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from grids.arcs import ArcTable, lonlat_from_lattice
from grids.errors import ParameterError
from grids.geodesic import area_under_m2
from grids.half_edges import next_half_edges
from grids.hierarchy import Hierarchy
from grids.ring_walk import hole_owners, simple_rings
from grids.tile import world_from_lonlat

__all__ = [
    "GroupRings",
    "WorldRings",
    "face_areas_m2",
    "face_polygons",
    "group_polygons",
    "group_rings",
    "leaf_areas_m2",
    "leaf_groups",
    "leaf_polygons",
    "level_groups",
    "rings",
    "unit_polygons",
    "world_rings",
]


@dataclass(frozen=True, slots=True)
class GroupRings:
    """Rings of n groups of faces.

    Parameters
    ----------
    coords
        (p, 2) int32 offsets to the origin; rings are not closed, exteriors run counter-clockwise
        (y north), holes clockwise.
    ring_starts
        (r + 1,) int64 offsets into `coords`.
    group_starts
        (n + 1,) int64 offsets into the rings; each exterior is followed by its holes.
    is_hole
        (r,) bool.
    """

    coords: NDArray[np.int32]
    ring_starts: NDArray[np.int64]
    group_starts: NDArray[np.int64]
    is_hole: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WorldRings:
    """The same rings in world coordinates, in the layout that drawing uses.

    Parameters
    ----------
    coords
        (p, 2) int32 world units, y **south**; exteriors have positive area by the surveyor's
        formula, holes negative.
    ring_starts, feature_starts
        (r + 1,) and (n + 1,) int64 offsets.
    bounds
        (n, 4) int32 xmin, ymin, xmax, ymax; xmin > xmax where a group has no ring.
    """

    coords: NDArray[np.int32]
    ring_starts: NDArray[np.int64]
    feature_starts: NDArray[np.int64]
    bounds: NDArray[np.int32]


def group_rings(arcs: ArcTable, groups: NDArray[np.integer], *, count: int) -> GroupRings:
    """Rings of groups of faces, arcs inside a group dropped.

    Parameters
    ----------
    arcs
        The coverage.
    groups
        (f,) group of every face, 0 to ``count - 1``, or -1 for none.
    count
        Number of groups.

    Raises
    ------
    ParameterError
        If there is not one group per face.

    Examples
    --------
    >>> from grids.noding import build_arcs
    >>> halves = [shapely.box(0, 0, 1e-7, 2e-7), shapely.box(1e-7, 0, 2e-7, 2e-7)]
    >>> arcs = build_arcs(halves, [1, 2], origin=np.zeros(2, dtype=np.int64)).arcs
    >>> group_rings(arcs, np.zeros(2, dtype=int), count=1).coords.tolist()
    [[0, 0], [1, 0], [2, 0], [2, 2], [1, 2], [0, 2]]
    """
    if groups.shape != (arcs.face_count,):
        raise ParameterError(f"groups must have {arcs.face_count} values, got {groups.shape}")
    label = np.append(groups.astype(np.int64), -1)
    pieces = arcs.edges()
    left, right = label[pieces.left], label[pieces.right]
    kept = np.flatnonzero(left != right)
    left, right = left[kept], right[kept]
    ends = np.concatenate((pieces.a[kept], pieces.b[kept])).astype(np.int64)
    _, first, vertex = np.unique(
        (ends[:, 0] << 32) + ends[:, 1], return_index=True, return_inverse=True
    )
    points = ends[first]
    edges = np.ascontiguousarray(vertex.reshape(2, -1).T)
    following = next_half_edges(points, edges)
    side = np.column_stack((left, right)).ravel()
    walked, starts, owner = simple_rings(edges, following, side, len(points))
    coords = points[walked]
    area = _twice_area(coords, starts)
    by_group = np.argsort(owner, kind="stable")
    exterior = hole_owners(coords, starts, area, by_group, owner)
    order = np.lexsort((area < 0, exterior, owner))
    sizes = np.diff(starts)[order]
    ring_starts = np.concatenate(([0], np.cumsum(sizes)))
    gather = np.repeat(starts[:-1][order] - ring_starts[:-1], sizes) + np.arange(len(coords))
    return GroupRings(
        coords[gather].astype(np.int32),
        ring_starts,
        np.searchsorted(owner[order], np.arange(count + 1)),
        area[order] < 0,
    )


def world_rings(arcs: ArcTable, found: GroupRings) -> WorldRings:
    """Rings in world coordinates, every ring turned because y grows south there."""
    sizes = np.diff(found.ring_starts)
    ends = np.repeat(found.ring_starts[1:] + found.ring_starts[:-1] - 1, sizes)
    turned = found.coords[ends - np.arange(len(found.coords))]
    coords = world_from_lonlat(lonlat_from_lattice(turned, arcs.origin))
    point_starts = found.ring_starts[found.group_starts]
    count = point_starts.size - 1
    limits = np.iinfo(np.int32)
    bounds = np.full((count, 4), (limits.max, limits.max, limits.min, limits.min), dtype=np.int32)
    some = np.flatnonzero(np.diff(point_starts))
    if some.size:
        at = point_starts[some]
        bounds[some, :2] = np.minimum.reduceat(coords, at, axis=0)
        bounds[some, 2:] = np.maximum.reduceat(coords, at, axis=0)
    return WorldRings(coords, found.ring_starts, found.group_starts, bounds)


def group_polygons(
    arcs: ArcTable, groups: NDArray[np.integer], *, count: int
) -> NDArray[np.object_]:
    """Groups of faces as shapely polygons.

    Parameters
    ----------
    arcs, groups, count
        As in `group_rings`.

    Returns
    -------
    NDArray
        (count,) polygons or multipolygons in degrees, EPSG:4490; empty where a group has no face.
    """
    found = group_rings(arcs, groups, count=count)
    sizes = np.diff(found.ring_starts)
    closed_starts = found.ring_starts + np.arange(found.ring_starts.size)
    at = np.arange(int(closed_starts[-1])) - np.repeat(np.arange(sizes.size), sizes + 1)
    at[closed_starts[1:] - 1] = found.ring_starts[:-1]
    lonlat = lonlat_from_lattice(found.coords, arcs.origin)[at]
    exteriors = np.flatnonzero(~found.is_hole)
    polygon_starts = np.append(exteriors, sizes.size)
    part_starts = np.searchsorted(exteriors, found.group_starts)
    multi: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, lonlat, (closed_starts, polygon_starts, part_starts)
    )
    alone = np.diff(part_starts) == 1
    multi[alone] = shapely.get_geometry(multi[alone], 0)
    return multi


def rings(arcs: ArcTable, face: int) -> list[NDArray[np.int32]]:
    """Rings of one face as offsets to the origin, exterior first, not closed."""
    if not 0 <= face < arcs.face_count:
        raise ParameterError(f"face must be 0 to {arcs.face_count - 1}, got {face}")
    groups = np.full(arcs.face_count, -1)
    groups[face] = 0
    found = group_rings(arcs, groups, count=1)
    return np.split(found.coords, found.ring_starts[1:-1])


def face_polygons(arcs: ArcTable) -> NDArray[np.object_]:
    """(f,) shapely polygon of every face, degrees, EPSG:4490."""
    return group_polygons(arcs, np.arange(arcs.face_count), count=arcs.face_count)


def leaf_groups(arcs: ArcTable, hierarchy: Hierarchy) -> NDArray[np.int32]:
    """(f,) int32 leaf index of every face; -1 for a unit that is not a leaf."""
    return hierarchy.leaf_of_unit(arcs.face_unit)


def level_groups(arcs: ArcTable, hierarchy: Hierarchy, level: str) -> NDArray[np.int32]:
    """(f,) int32 index into ``hierarchy.units_at(level)`` of every face; -1 where skipped."""
    leaves = leaf_groups(arcs, hierarchy)
    return np.append(hierarchy.ancestor_index(level), np.int32(-1))[leaves]


def leaf_polygons(arcs: ArcTable, hierarchy: Hierarchy) -> NDArray[np.object_]:
    """(L,) shapely polygon of every leaf in leaf order, degrees, EPSG:4490."""
    return group_polygons(arcs, leaf_groups(arcs, hierarchy), count=hierarchy.leaf_count)


def unit_polygons(arcs: ArcTable, hierarchy: Hierarchy, level: str) -> NDArray[np.object_]:
    """Dissolved shapely polygon of every unit of a level, in the order of ``units_at(level)``."""
    count = len(hierarchy.units_at(level))
    return group_polygons(arcs, level_groups(arcs, hierarchy, level), count=count)


def face_areas_m2(arcs: ArcTable) -> NDArray[np.float64]:
    """(f,) float64 area of every face on GRS80; see `grids.geodesic.polygon_area_m2`."""
    pieces = arcs.edges()
    if not len(pieces):
        return np.zeros(arcs.face_count)
    start = lonlat_from_lattice(pieces.a, arcs.origin)
    end = lonlat_from_lattice(pieces.b, arcs.origin)
    under = area_under_m2(start, end, base_lat=float(start[:, 1].mean()))
    count = arcs.face_count + 1
    total = np.bincount(pieces.left + 1, under, count) - np.bincount(pieces.right + 1, under, count)
    return np.asarray(total[1:], dtype=np.float64)


def leaf_areas_m2(arcs: ArcTable, hierarchy: Hierarchy) -> NDArray[np.float64]:
    """(L,) float64 square metres of every leaf, for roll-ups to any level."""
    leaves = leaf_groups(arcs, hierarchy)
    inside = leaves >= 0
    areas = np.bincount(leaves[inside], face_areas_m2(arcs)[inside], hierarchy.leaf_count)
    return np.asarray(areas, dtype=np.float64)


def _twice_area(coords: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(coords):
        return np.zeros(0, dtype=np.int64)
    after = np.arange(1, len(coords) + 1)
    after[starts[1:] - 1] = starts[:-1]
    x, y = coords[:, 0], coords[:, 1]
    cross = x * y[after] - x[after] * y  # may wrap; the sum of a ring does not
    return np.asarray(np.add.reduceat(cross, starts[:-1]), dtype=np.int64)
