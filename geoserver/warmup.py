"""Warm-up: every main kernel run once, on a tiny city that only lives in memory."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from analysis.closures import RoadWeights
from analysis.fleet import UnitIndex
from analysis.hotspots import hot_spots
from analysis.nearest import nearest_units
from analysis.network import build_network
from analysis.paths import path_lonlat
from analysis.permutation import TestPlan
from analysis.roads import RoadLines
from analysis.routes import RoutePlanner
from analysis.snap import Snapper
from analysis.weights import k_nearest
from grids.faces import unit_polygons
from grids.hierarchy import Hierarchy, Unit
from grids.locate import PointLocator
from grids.noding import build_arcs
from grids.tile import tile_at
from layers.catalog import default_catalog
from layers.segment import Segment, segment_from_arrow
from tiles.borders import border_lines
from tiles.compose import deflated, gzip_member
from tiles.labels import label_points
from tiles.mvt import encode_layer

__all__ = ["STEPS"]

_WEST, _SOUTH, _STEP = 117.0, 31.0, 0.002


def _squares() -> list[shapely.Polygon]:
    """Nine squares that meet at their sides."""
    return [
        shapely.box(x, y, x + _STEP, y + _STEP)
        for x in _WEST + _STEP * np.arange(3)
        for y in _SOUTH + _STEP * np.arange(3)
    ]


def _places(count: int) -> NDArray[np.float64]:
    """(n, 2) float64 places among the squares."""
    rng = np.random.default_rng(1)
    return rng.uniform((_WEST, _SOUTH), (_WEST + 3 * _STEP, _SOUTH + 3 * _STEP), (count, 2))


def warm_grids() -> None:
    """Noding, point location, dissolved outlines."""
    arcs = build_arcs(_squares(), np.arange(1, 10), repair=False).arcs
    units = [Unit(100, "99", "", "city")]
    units += [Unit(k, f"99{k:02d}", "", "grid", 100) for k in range(1, 10)]
    tree = Hierarchy(units)
    PointLocator(arcs, tree).locate(_places(64))
    unit_polygons(arcs, tree, "city")


def warm_network() -> None:
    """Snapping, nearest units, routes."""
    steps = _STEP * np.arange(4)
    ends = [((_WEST + s, _SOUTH), (_WEST + s, _SOUTH + steps[-1])) for s in steps]
    ends += [((_WEST, _SOUTH + s), (_WEST + steps[-1], _SOUTH + s)) for s in steps]
    lines = [np.linspace(a, b, 4) for a, b in ends]
    count = len(lines)
    roads = RoadLines(
        lonlat=np.round(np.concatenate(lines), 7),
        starts=np.arange(0, 4 * count + 1, 4),
        ids=np.arange(count),
        oneway=np.zeros(count, dtype=np.int8),
        speed_kmh=np.full(count, np.nan),
        road_class=np.full(count, 3, dtype=np.int8),
        level=np.zeros(count, dtype=np.int8),
        name_id=np.full(count, -1),
    )
    network = build_network(roads)
    weights, snapper = RoadWeights(network), Snapper(network)
    places, target = snapper.snap(_places(16)), snapper.snap(_places(1))
    index = UnitIndex(network, places, np.arange(16))
    found = nearest_units(index, weights.current, target, k=3)
    path_lonlat(network, found.paths[0])
    RoutePlanner(network).route(weights.current, target, snapper.snap(_places(3)[2:]))


def warm_statistics() -> None:
    """Local G* with its permutations."""
    rng = np.random.default_rng(1)
    xy = rng.uniform(0.0, 1000.0, (60, 2))
    values = rng.poisson(3.0, 60).astype(np.float64)
    hot_spots(values, k_nearest(xy, k=5), TestPlan(seed=1))


def warm_tiles() -> None:
    """Columns of points, lines and polygons, their tiles, and what is derived from polygons."""
    polygons = np.array(_squares(), dtype=object)
    shapes = {
        "building": polygons,
        "road": shapely.boundary(polygons),
        "facility": shapely.centroid(polygons),
    }
    tile = tile_at(_WEST + _STEP, _SOUTH + _STEP, 14)
    for layer, geometries in shapes.items():
        table = _segment(layer, geometries).table
        fields = [name for name in table.spec.tile_fields if name in table.columns]
        rows = np.arange(len(table))
        content = encode_layer(layer, [(table, rows)], tile, fields=fields)
        gzip_member([deflated(content), deflated(content)])
        if layer == "building" and table.geometry is not None:
            label_points(table.geometry)
            border_lines(table, rows, field="use", levels=("other",))


def _segment(layer: str, geometries: NDArray[np.object_]) -> Segment:
    """Rows of a layer as the snapshot would hold them."""
    spec = default_catalog()[layer]
    count = len(geometries)
    columns: dict[str, pa.Array] = {
        "id": pa.array(np.arange(count)),
        "version": pa.array(np.ones(count, dtype=np.int32)),
        "geom": pa.array(shapely.to_wkb(geometries), pa.binary()),
    }
    columns |= {field.name: pa.nulls(count) for field in spec.held_fields}
    return segment_from_arrow(spec, [pa.table(columns)], leaf_of=None)


STEPS: Mapping[str, Callable[[], None]] = {
    "grids": warm_grids,
    "tiles": warm_tiles,
    "network": warm_network,
    "statistics": warm_statistics,
}
"""Name to the function that runs a group of kernels."""
