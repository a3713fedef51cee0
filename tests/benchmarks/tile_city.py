"""Seeded columns for the tile benchmarks: buildings and cases around one z12 tile."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from grids.tile import Tile, tile_bounds_world
from layers.columns import Column, LayerTable, NumberColumn, TextColumn
from layers.model import FieldSpec, FieldType, GeometryKind
from layers.segment import Segment, segment_of
from layers.spatial_index import hilbert_order
from tests.ragged import layer_table

Z12 = Tile(z=12, x=3396, y=1659)
Z14 = Tile(z=14, x=13587, y=6638)
USES = ("住宅", "商业", "办公", "工业", "学校", "医院")
STATES = ("已上报", "已受理", "处置中", "已办结", "已核查")
COLOURS = ("green", "blue", "red")
# Footprints on a unit square, by the number of corners.
FOOTPRINTS = (
    ((0, 0), (1, 0), (1, 0.5), (0, 0.5)),
    ((0, 0), (1, 0), (1, 1), (0, 1)),
    ((0, 0), (1, 0), (1, 0.4), (0.45, 0.4), (0.45, 1), (0, 1)),
    ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.35), (0.3, 0.35), (0.3, 1), (0, 1)),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One layer: segment with its index, geometries in world units, and fields by name."""

    segment: Segment
    geometries: NDArray[np.object_]
    fields: tuple[str, ...]

    @property
    def table(self) -> LayerTable:
        """The rows."""
        return self.segment.table


def _places(count: int, tile: Tile, random: np.random.Generator) -> NDArray[np.float64]:
    """Positions spread evenly over a tile, world units."""
    xmin, ymin, xmax, ymax = tile_bounds_world(tile)
    return random.uniform((xmin, ymin), (xmax, ymax), (count, 2))


def _around(count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Positions in the eight tiles around the z12 tile."""
    found = []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if dx or dy:
                tile = Tile(z=12, x=Z12.x + dx, y=Z12.y + dy)
                found.append(_places(count // 8, tile, random))
    return np.concatenate(found)


def _sample(
    geometries: NDArray[np.object_],
    columns: dict[str, Column],
    kind: GeometryKind,
    types: dict[str, FieldType],
) -> Sample:
    """Table along a Hilbert curve, ids by that order."""
    bounds = shapely.bounds(geometries).astype(np.int32)
    order = hilbert_order(bounds)
    ordered: dict[str, Column] = {
        name: TextColumn(column.codes[order], column.values)
        if isinstance(column, TextColumn)
        else NumberColumn(
            column.values[order], None if column.valid is None else column.valid[order]
        )
        for name, column in columns.items()
    }
    fields = [FieldSpec(name, types[name], name, name) for name in columns]
    table = layer_table(geometries[order], ordered, kind=kind, name="sample", fields=fields)
    return Sample(segment_of(table, None), geometries[order], tuple(columns))


def buildings(seed: int = 20261122) -> Sample:
    """35,000 footprints in the z12 tile, 3,000 of them in the z14 tile, 24,000 around."""
    random = np.random.default_rng(seed)
    inner = tile_bounds_world(Z14)
    spread = _places(60_000, Z12, random)
    is_inner = ((spread >= inner[:2]) & (spread < inner[2:])).all(axis=1)
    places = np.concatenate(
        (_places(3_000, Z14, random), spread[~is_inner][:32_000], _around(24_000, random))
    )
    count = len(places)
    size = random.uniform(900, 5_200, count)  # 7 to 40 m of ground at 32 degrees north
    turn = random.choice((0.0, 0.12, 0.4, 1.1), count) + random.normal(0, 0.02, count)
    shape = random.integers(0, len(FOOTPRINTS), count)
    polygons = np.empty(count, dtype=object)
    cos, sin = np.cos(turn) * size, np.sin(turn) * size
    for k, corners in enumerate(FOOTPRINTS):
        rows = np.flatnonzero(shape == k)
        unit = np.array([*corners, corners[0]])
        x = places[rows, 0, None] + unit[:, 0] * cos[rows, None] - unit[:, 1] * sin[rows, None]
        y = places[rows, 1, None] + unit[:, 0] * sin[rows, None] + unit[:, 1] * cos[rows, None]
        polygons[rows] = shapely.polygons(np.round(np.stack((x, y), axis=2)))
    floors = random.integers(1, 34, count)
    named = random.random(count) < 0.4
    names = np.array([f"{n % 997}号院{n % 61}栋" for n in range(9_000)], dtype=object)
    names = np.unique(names)
    columns: dict[str, Column] = {
        "name": TextColumn(
            np.where(named, random.integers(0, names.size, count), -1).astype(np.int32), names
        ),
        "floors": NumberColumn(floors.astype(np.int64)),
        "height_m": NumberColumn(np.round(floors * 2.95 + 0.4, 1), random.random(count) < 0.9),
        "use": TextColumn(
            random.choice(6, count, p=(0.7, 0.1, 0.08, 0.06, 0.04, 0.02)).astype(np.int32),
            np.array(USES, dtype=object),
        ),
    }
    types = {"name": FieldType.TEXT, "floors": FieldType.INTEGER, "height_m": FieldType.NUMBER,
             "use": FieldType.CATEGORY}  # fmt: skip
    return _sample(polygons, columns, GeometryKind.POLYGON, types)


def cases(seed: int = 20261123) -> Sample:
    """15,000 cases in the z12 tile and 16,000 around, each with its own code."""
    random = np.random.default_rng(seed)
    places = np.round(np.concatenate((_places(15_000, Z12, random), _around(16_000, random))))
    count = len(places)
    kinds = np.array([f"{a}{b:02d}" for a in range(1, 7) for b in range(1, 20)], dtype=object)
    codes = np.array([f"AJ2026{n:08d}" for n in range(count)], dtype=object)
    columns: dict[str, Column] = {
        "code": TextColumn(random.permutation(count).astype(np.int32), codes),
        "class4": TextColumn(random.integers(0, kinds.size, count).astype(np.int32), kinds),
        "state": TextColumn(
            random.integers(0, 5, count).astype(np.int32), np.array(STATES, object)
        ),
        "colour": TextColumn(
            random.integers(0, 3, count).astype(np.int32), np.array(COLOURS, object)
        ),
    }
    types = dict.fromkeys(columns, FieldType.TEXT)
    return _sample(shapely.points(places), columns, GeometryKind.POINT, types)
