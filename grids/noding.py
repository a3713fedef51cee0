"""Arcs from polygons: rounded to the lattice, noded, checked, repaired on request."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.arc_chains import chained_arcs
from grids.arcs import ArcTable, lattice_from_lonlat, lattice_origin, lonlat_from_lattice
from grids.arrangement import Arrangement, arrange
from grids.coverage_faults import (
    BuildReport,
    Displacement,
    Finding,
    Repair,
    measures,
    proposed_repair,
)
from grids.errors import GeometryError, ParameterError, TopologyError
from grids.snap_rounding import NodedEdges, merged_contributions, node_edges

__all__ = ["ArcBuild", "build_arcs"]

_SHOWN = 5
_Directed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class ArcBuild:
    """Arcs and the account of how they differ from the polygons given."""

    arcs: ArcTable
    report: BuildReport


def build_arcs(
    polygons: Sequence[BaseGeometry] | NDArray[np.object_],
    unit_ids: Sequence[int] | NDArray[np.int64],
    *,
    repair: bool = False,
    origin: NDArray[np.int64] | None = None,
) -> ArcBuild:
    """Arc table of a coverage given as polygons.

    Coordinates are rounded to 1e-7 degree and all edges are noded, so T-junctions and rounding
    leave no trace. Overlaps and sliver gaps are errors; the repair of `coverage_faults` is
    applied only on request and its report lists every area moved.

    Parameters
    ----------
    polygons
        (n,) shapely polygons or multipolygons in degrees, EPSG:4490.
    unit_ids
        (n,) leaf unit of each polygon; polygons of one unit are joined.
    repair
        Apply the proposal instead of refusing a coverage with errors. Holes stay holes.
    origin
        (2,) int64 city origin in lattice units; the middle of the extent when absent.

    Raises
    ------
    ParameterError
        If there is not one unit id for each polygon.
    GeometryError
        If a geometry is empty, not a polygon, or has a coordinate that is not finite.
    LatticeError
        If the extent is too large.
    TopologyError
        If there are errors and no repair was asked for, or if a unit would vanish.

    Examples
    --------
    >>> halves = [shapely.box(120.0, 30.0, 120.1, 30.1), shapely.box(120.1, 30.0, 120.2, 30.1)]
    >>> build = build_arcs(halves, [7, 8])
    >>> len(build.arcs), build.arcs.face_unit.tolist(), build.report.findings
    (3, [7, 8], ())
    """
    geometries = np.asarray(polygons, dtype=object)
    ids = np.asarray(unit_ids, dtype=np.int64)
    if ids.shape != geometries.shape:
        raise ParameterError(
            f"unit_ids must have one id per polygon, got {ids.size} for {geometries.size}"
        )
    _check_geometries(geometries, ids)
    distinct, unit = np.unique(ids, return_inverse=True)
    coords = shapely.get_coordinates(geometries)
    if origin is None:
        low, high = (coords.min(axis=0), coords.max(axis=0)) if len(coords) else (np.zeros(2),) * 2
        origin = lattice_origin(low, high)
    if not len(geometries):
        return _nothing(origin)
    noded = _noded(geometries, unit.astype(np.int64), origin)
    if not len(noded.edges):
        raise TopologyError(f"unit {distinct[0]} would vanish: it has no area left on the lattice")
    faces = arrange(noded)
    sizes = measures(noded, faces, origin)
    lonlat = lonlat_from_lattice(noded.points, origin)

    def place_of(face: int) -> tuple[float, float]:
        edge = int(np.flatnonzero((faces.left == face) | (faces.right == face))[0])
        lon, lat = lonlat[noded.edges[edge]].mean(axis=0).tolist()
        return round(lon, 7), round(lat, 7)

    proposal = proposed_repair(faces, sizes, distinct, place_of)
    report = _report(geometries, ids, noded, proposal, origin)
    if report.errors and not repair:
        raise TopologyError(_refusal(report))
    _check_none_vanishes(distinct, proposal, faces)
    arcs = chained_arcs(noded, faces, proposal.unit, distinct, origin)
    return ArcBuild(arcs, report)


def _nothing(origin: NDArray[np.int64]) -> ArcBuild:
    """Build of no polygons."""
    none = np.empty(0, dtype=np.int32)
    arcs = ArcTable(
        origin=np.asarray(origin, dtype=np.int64),
        coords=np.empty((0, 2), dtype=np.int32),
        arc_starts=np.zeros(1, dtype=np.int64),
        left=none,
        right=none,
        n0=none,
        n1=none,
        kind=np.empty(0, dtype=np.int8),
        road_id=np.empty(0, dtype=np.int64),
        locked=np.empty(0, dtype=np.bool_),
        face_unit=np.empty(0, dtype=np.int64),
    )
    return ArcBuild(arcs, BuildReport((), (), np.empty((0, 2)), np.empty((0, 2))))


def _check_geometries(geometries: NDArray[np.object_], ids: NDArray[np.int64]) -> None:
    kinds = shapely.get_type_id(geometries)
    wrong = np.flatnonzero((kinds != 3) & (kinds != 6))
    if wrong.size:
        kind = shapely.get_type_id(geometries[wrong[0]])
        name = "nothing" if kind < 0 else geometries[wrong[0]].geom_type
        raise GeometryError(f"unit {ids[wrong[0]]}: a polygon is needed, got {name}")
    empty = np.flatnonzero(shapely.is_empty(geometries))
    if empty.size:
        raise GeometryError(f"unit {ids[empty[0]]}: the polygon is empty")
    coords, owner = shapely.get_coordinates(geometries, return_index=True)
    bad = np.flatnonzero(~np.isfinite(coords).all(axis=1))
    if bad.size:
        raise GeometryError(f"unit {ids[owner[bad[0]]]}: a coordinate is not finite")


def _noded(
    geometries: NDArray[np.object_], unit: NDArray[np.int64], origin: NDArray[np.int64]
) -> NodedEdges:
    lattice, (start, end, net), edge_unit = _directed_edges(geometries, unit, origin)
    keys = (lattice[:, 0] << 32) + lattice[:, 1]
    _, first, vertex = np.unique(keys, return_index=True, return_inverse=True)
    points = lattice[first]
    start, end = vertex[start], vertex[end]
    moving = start != end
    edges, *rows = merged_contributions(start[moving], end[moving], edge_unit[moving], net[moving])
    if not len(edges):
        empty = np.empty((0, 2), dtype=np.int64)
        return NodedEdges(points, edges, rows[0], rows[1], rows[2], empty, empty)
    return node_edges(points, edges, (rows[0], rows[1], rows[2]))


def _directed_edges(
    geometries: NDArray[np.object_], unit: NDArray[np.int64], origin: NDArray[np.int64]
) -> tuple[NDArray[np.int64], _Directed, NDArray[np.int64]]:
    """Lattice points of all rings, and per side its ends, unit and +1 with the inside left."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    lattice = lattice_from_lonlat(coords, origin).astype(np.int64)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    x, y = lattice[:, 0], lattice[:, 1]
    cross = x[start] * y[start + 1] - x[start + 1] * y[start]  # wraps; the sums do not
    ring_first = np.searchsorted(ring[start], np.arange(len(rings)))
    area = np.add.reduceat(cross, ring_first) if start.size else np.zeros(0, dtype=np.int64)
    is_outer = np.ones(len(rings), dtype=np.bool_)
    is_outer[1:] = part[1:] != part[:-1]
    net = np.where((area >= 0) == is_outer, 1, -1)
    side_ring = ring[start]
    return lattice, (start, start + 1, net[side_ring]), unit[owner[part[side_ring]]]


def _report(
    geometries: NDArray[np.object_],
    ids: NDArray[np.int64],
    noded: NodedEdges,
    proposal: Repair,
    origin: NDArray[np.int64],
) -> BuildReport:
    findings = list(proposal.findings)
    unmatched = lonlat_from_lattice(noded.unmatched, origin)
    crossings = lonlat_from_lattice(noded.crossings, origin)
    for at in np.flatnonzero(~shapely.is_valid(geometries)).tolist():
        corner = shapely.get_coordinates(geometries[at])[0]
        place = (float(corner[0]), float(corner[1]))
        findings.append(Finding("G01", "info", (int(ids[at]),), 0.0, 0.0, 1, place))
    if len(unmatched):
        lon, lat = unmatched[0].tolist()
        findings.append(Finding("G06", "info", (), 0.0, 0.0, len(unmatched), (lon, lat)))
    findings.sort(key=lambda f: (f.severity != "error", -f.area_m2, f.code, f.unit_ids))
    moved = sorted(proposal.gained_m2.keys() | proposal.lost_m2.keys())
    displaced = tuple(
        Displacement(unit, proposal.gained_m2.get(unit, 0.0), proposal.lost_m2.get(unit, 0.0))
        for unit in moved
    )
    return BuildReport(tuple(findings), displaced, unmatched, crossings)


def _refusal(report: BuildReport) -> str:
    names = {"G02": "overlap", "G03": "sliver gap", "G04": "hole"}
    shown = "; ".join(
        f"{finding.code} {names[finding.code]} of {finding.area_m2:.1f} m2 at "
        f"({finding.place[0]:.6f}, {finding.place[1]:.6f}), "
        f"{', '.join(f'unit {unit_id}' for unit_id in finding.unit_ids)}"
        for finding in report.errors[:_SHOWN]
    )
    more = len(report.errors) - _SHOWN
    return f"{len(report.errors)} faults: {shown}" + (f"; and {more} more" if more > 0 else "")


def _check_none_vanishes(distinct: NDArray[np.int64], proposal: Repair, faces: Arrangement) -> None:
    left = np.unique(proposal.unit[proposal.unit >= 0])
    gone = np.setdiff1d(np.arange(distinct.size), left)
    if not gone.size:
        return
    number = int(gone[0])
    over = sorted({unit for units in faces.several.values() if number in units for unit in units})
    others = ", ".join(str(distinct[unit]) for unit in over if unit != number)
    reason = f"is covered by units {others}" if others else "has no area left on the lattice"
    raise TopologyError(f"unit {distinct[number]} would vanish: it {reason}")
