"""A store of a few lines, a square grid, and rows to put in: what snapshot tests share."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.hierarchy import Hierarchy, Unit
from layers.catalog import Catalog
from layers.changes import Change, Operation
from layers.keeper import SnapshotKeeper
from layers.model import Access, FieldSpec, FieldType, GeometryKind, LayerSpec
from layers.policy import Scope

WEST, SOUTH, SIDE, CELLS = 120.0, 30.0, 0.4, 4
SYSTEM = Scope.system("test")
DUTY = Scope.demo_staff()


def _fields(access: Access = Access.STAFF) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("name", FieldType.TEXT, "名称", "Name", access),
        FieldSpec("kind", FieldType.CATEGORY, "种类", "Kind", access),
        FieldSpec("size", FieldType.INTEGER, "大小", "Size", access),
        FieldSpec("height", FieldType.NUMBER, "高度", "Height", access),
        FieldSpec("open", FieldType.BOOLEAN, "开放", "Open", access),
        FieldSpec("at", FieldType.INSTANT, "时间", "Time", access),
        FieldSpec("secret", FieldType.INTEGER, "秘密", "Secret", Access.RESTRICTED),
        FieldSpec("note", FieldType.TEXT, "备注", "Note", access, held=False),
    )


def _spec(name: str, kind: GeometryKind, **more: object) -> LayerSpec:
    access = more.pop("access", Access.STAFF)
    return LayerSpec(
        name, name, name, kind, _fields(access), access=access, time_field="at",
        tile_fields=("name", "secret"), **more,
    )  # fmt: skip


CATALOG = Catalog(
    {
        spec.name: spec
        for spec in (
            _spec("spot", GeometryKind.POINT),
            _spec("way", GeometryKind.LINE),
            _spec("lot", GeometryKind.POLYGON),
            _spec("paper", GeometryKind.NONE),
            _spec("street", GeometryKind.LINE, access=Access.PUBLIC),
            _spec("vault", GeometryKind.POINT, access=Access.RESTRICTED),
            _spec("person", GeometryKind.POINT, people=True, geometry_access=Access.RESTRICTED),
        )
    }
)


@dataclass
class Row:
    values: dict[str, object]
    geometry: BaseGeometry | None
    version: int = 1


@dataclass
class MemoryStore:
    catalog: Catalog = field(default_factory=lambda: CATALOG)
    identity: str = "memory"
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)

    def head(self) -> int:
        return self.log[-1].seq if self.log else 0

    def put(self, layer: str, rows: dict[int, Row]) -> None:
        held = self.rows.setdefault(layer, {})
        for id_, row in rows.items():
            before = held.get(id_)
            held[id_] = Row(row.values, row.geometry, before.version + 1 if before else 1)
        self._logged(layer, Operation.PUT, rows)

    def delete(self, layer: str, ids: Sequence[int]) -> None:
        for id_ in ids:
            self.rows.setdefault(layer, {}).pop(id_, None)
        self._logged(layer, Operation.DELETE, ids)

    def _logged(self, layer: str, op: Operation, ids: Sequence[int] | dict[int, Row]) -> None:
        seq = self.head() + 1
        array = np.array(sorted(ids), dtype=np.int64)
        self.log.append(Change(seq, seq, layer, op, array, None, None, 0))

    def changes(self, after: int, *, limit: int, scope: Scope) -> list[Change]:  # noqa: ARG002
        return [change for change in self.log if change.seq > after][:limit]

    def scan(
        self,
        layer: str,
        *,
        scope: Scope,  # noqa: ARG002
        fields: Sequence[str] | None = None,
        ids: NDArray[np.int64] | None = None,
    ) -> Iterator[pa.Table]:
        held = self.rows.get(layer, {})
        wanted = sorted(held) if ids is None else [i for i in sorted(ids.tolist()) if i in held]
        spec = self.catalog[layer]
        names = [f.name for f in spec.held_fields] if fields is None else fields
        for low in range(0, len(wanted), 7):
            some = wanted[low : low + 7]
            columns: dict[str, list[object]] = {
                "id": some,
                "version": [held[i].version for i in some],
            }
            for name in names:
                columns[name] = [held[i].values.get(name) for i in some]
            if spec.geometry is not GeometryKind.NONE:
                columns["geom"] = [
                    None if held[i].geometry is None else shapely.to_wkb(held[i].geometry)
                    for i in some
                ]
            table = pa.table(columns)
            yield table.cast(pa.schema([_typed(name, table, spec) for name in columns]))


def _typed(name: str, table: pa.Table, spec: LayerSpec) -> pa.Field:
    types = {"id": pa.int64(), "version": pa.int32(), "geom": pa.binary()}
    kinds = {
        FieldType.INTEGER: pa.int64(),
        FieldType.INSTANT: pa.int64(),
        FieldType.NUMBER: pa.float64(),
        FieldType.BOOLEAN: pa.bool_(),
    }
    del table
    return pa.field(name, types.get(name) or kinds.get(spec.field(name).type, pa.string()))


class SquareLocator:
    """Leaves are the cells of a square, row by row from the south-west."""

    def leaf(self, lonlat: NDArray[np.float64]) -> NDArray[np.int32]:
        cell = np.floor((lonlat - (WEST, SOUTH)) / (SIDE / CELLS)).astype(np.int64)
        inside = ((cell >= 0) & (cell < CELLS)).all(axis=1)
        return np.where(inside, cell[:, 1] * CELLS + cell[:, 0], -1).astype(np.int32)


@dataclass
class SquareVersion:
    number: int
    hierarchy: Hierarchy
    locator: SquareLocator = field(default_factory=SquareLocator)


def square_version(number: int = 1) -> SquareVersion:
    """City 1; a street per row of cells, ids 10 to 13; a grid per cell, ids 100 to 115."""
    units = [Unit(1, "99", "city", "city")]
    units += [Unit(10 + r, f"99{r}", f"row {r}", "street", 1) for r in range(CELLS)]
    units += [
        Unit(100 + r * CELLS + c, f"99{r}{c}", f"cell {r} {c}", "grid", 10 + r)
        for r, c in itertools.product(range(CELLS), range(CELLS))
    ]
    return SquareVersion(number, Hierarchy(units))


@dataclass
class SquareGrids:
    current: SquareVersion | None = field(default_factory=square_version)

    def version(self, at: int | None = None) -> SquareVersion | None:  # noqa: ARG002
        return self.current


def opened(store: MemoryStore, folder: object = None) -> SnapshotKeeper:
    """Keeper of a store, open."""
    keeper = SnapshotKeeper(store, SquareGrids(), folder)  # type: ignore[arg-type]
    keeper.open()
    return keeper


def random_row(rng: np.random.Generator, kind: GeometryKind) -> Row:
    """Row with some nulls, in or near the square."""
    values: dict[str, object] = {
        "name": rng.choice(["甲", "乙", "丙_%", "Ab", None]),
        "kind": rng.choice(["a", "b", None]),
        "size": None if rng.random() < 0.2 else int(rng.integers(-5, 6)),
        "height": None if rng.random() < 0.2 else float(rng.integers(-4, 5)) / 2,
        "open": rng.choice([True, False, None]),
        "at": None if rng.random() < 0.2 else int(rng.integers(0, 10)) * 1000,
        "secret": int(rng.integers(0, 3)),
    }
    values = {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}
    return Row(values, random_geometry(rng, kind))


def random_geometry(rng: np.random.Generator, kind: GeometryKind) -> BaseGeometry | None:
    x, y = rng.uniform((WEST - 0.05, SOUTH - 0.05), (WEST + SIDE + 0.05, SOUTH + SIDE + 0.05))
    if kind is GeometryKind.NONE or rng.random() < 0.1:
        return None
    if kind is GeometryKind.POINT:
        return shapely.Point(x, y)
    w, h = rng.uniform(1e-4, 0.05, 2)
    if kind is GeometryKind.LINE:
        return shapely.LineString([(x, y), (x + w, y + h), (x + w, y - h)])
    if rng.random() < 0.3:
        hole = [(x + w / 4, y + h / 4), (x + w / 2, y + h / 4), (x + w / 2, y + h / 2)]
        return shapely.Polygon(shapely.box(x, y, x + w, y + h).exterior, [hole])
    return shapely.Polygon([(x, y), (x + w, y), (x + w, y + h), (x + w / 2, y + h / 3)])
