"""The whole ground plan built up: buildings kept apart, off roads and water."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.compounds import Built, build_parcel, compound_style
from geoserver.demo.land import GroundPlan

__all__ = ["HALF_WIDTH_M", "BuiltCity", "build_up"]

HALF_WIDTH_M = {
    "motorway": 17.0, "trunk": 16.0, "primary": 14.0, "secondary": 11.0, "tertiary": 8.0,
    "residential": 5.0, "service": 3.2, "path": 1.2,
}  # fmt: skip
"""Half of the road surface with its pavement, by class."""


@dataclass(frozen=True, slots=True)
class BuiltCity:
    """Buildings and grounds, metres.

    Parameters
    ----------
    outline
        (n,) Polygons.
    kind
        (n,) way of building: a key of `styles.STYLES` or ``front``.
    use
        (n,) use as in layer ``building``.
    floors, year, parcel
        (n,) int64.
    width_m
        (n,) float64 length along the row.
    grounds
        Sports grounds and fields as (polygon, kind, parcel).
    ponds, paths
        Water in parks; footpaths.
    """

    outline: NDArray[np.object_]
    kind: NDArray[np.str_]
    use: NDArray[np.str_]
    floors: NDArray[np.int64]
    year: NDArray[np.int64]
    parcel: NDArray[np.int64]
    width_m: NDArray[np.float64]
    grounds: list[tuple[shapely.Geometry, str, int]]
    ponds: list[shapely.Geometry]
    paths: list[shapely.Geometry]


def _grouped(pairs: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Second row of `pairs` grouped by the first, one array per number below `count`."""
    order = np.lexsort((pairs[1], pairs[0]))
    cuts = np.searchsorted(pairs[0][order], np.arange(1, count))
    return np.split(pairs[1][order], cuts)


def _free_land(
    ground: GroundPlan,
) -> tuple[NDArray[np.object_], list[list[shapely.Geometry]]]:
    """Land of each parcel outside road surface, and the streets that pass it."""
    lines = np.array([road.line for road in ground.roads])
    half = np.array([HALF_WIDTH_M[road.road_class] for road in ground.roads])
    street = np.array(
        [
            road.road_class in {"primary", "secondary", "tertiary", "residential"}
            for road in ground.roads
        ]
    )
    surface = shapely.buffer(lines, half + 1.5, quad_segs=3)
    near = _grouped(
        shapely.STRtree(surface).query(ground.parcels, predicate="intersects"), len(ground.parcels)
    )
    land = ground.parcels.copy()
    fronts: list[list[shapely.Geometry]] = []
    for k, roads in enumerate(near):
        if len(roads):
            land[k] = shapely.difference(land[k], shapely.union_all(surface[roads]))
        fronts.append([lines[r] for r in roads if street[r]])
    return land, fronts


def _apart(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which buildings stay so that none overlaps another: the earlier of two stays."""
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later, earlier = pairs[:, pairs[0] > pairs[1]]
    keep = np.ones(len(shapes), dtype=bool)
    for a, b in sorted(zip(later, earlier, strict=True)):
        if keep[b]:
            keep[a] = False
    return keep


def _open_paths(
    paths: list[shapely.Geometry], buildings: NDArray[np.object_]
) -> list[shapely.Geometry]:
    """Paths that run into no building."""
    if not paths:
        return []
    lines = np.array(paths)
    hit = np.unique(shapely.STRtree(buildings).query(lines, predicate="intersects")[0])
    return [line for k, line in enumerate(paths) if k not in set(hit.tolist())]


def build_up(ground: GroundPlan, rng: np.random.Generator) -> BuiltCity:
    """Build up every parcel of the ground plan."""
    land, fronts = _free_land(ground)
    looks = [compound_style(compound, rng) for compound in ground.compounds]
    built = Built()
    for k, owner in enumerate(ground.compound):
        look = looks[owner] if owner >= 0 else None
        if look is not None and not land[k].is_empty:
            build_parcel(built, (k, land[k], fronts[k]), ground.compounds[owner], look, rng)
    shapes = np.concatenate(built.outline)
    keep = _apart(shapes) & (shapely.area(shapes) > 20.0)
    return BuiltCity(
        shapes[keep],
        np.array(built.kind)[keep],
        np.array(built.use)[keep],
        np.array(built.floors)[keep],
        np.array(built.year)[keep],
        np.array(built.parcel)[keep],
        np.array(built.width_m)[keep],
        built.grounds,
        built.ponds,
        _open_paths(built.paths, shapes[keep]),
    )
