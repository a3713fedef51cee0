"""Companion layers, derived from a layer of polygons: its labels and its borders.

``<layer>_label`` holds one point per polygon that has a name; ``grid_border`` holds every stretch
of border once. They are asked for by name like any other layer and change with their layer.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from grids.bounds import BoundingBox
from grids.errors import UnknownLayerError
from layers.columns import LayerTable, TextColumn
from layers.model import GeometryKind, LayerSpec
from layers.spatial_index import BoxIndex
from tiles.borders import border_lines
from tiles.generalise import RANKS
from tiles.labels import label_points
from tiles.mvt import Part
from tiles.source import TileSource, World

__all__ = ["BORDER", "LABEL", "CompanionSource", "Companions"]

LABEL, BORDER = "_label", "_border"
_WHOLE: World = (-(1 << 31), -(1 << 31), (1 << 31) - 1, (1 << 31) - 1)
_LABEL_FIELDS = ("code", "name", "level", "kind")
_ENTRIES = 64
_FRACTION = 40  # a label is drawn where its polygon is at least this fraction of the tile
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Borders:
    """Borders of a table with their index."""

    table: LayerTable
    boxes: BoxIndex


@dataclass(slots=True)
class Companions:
    """What was derived last, by the identity of the column it was derived from."""

    _found: OrderedDict[tuple[object, ...], tuple[object, object]] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)

    def derived(
        self, column: NDArray[np.int32], key: tuple[object, ...], build: Callable[[], Value]
    ) -> Value:
        """What `build` gives for a column, made once while it stays among the last used."""
        with self._lock:  # held while building: who asks meanwhile would build the same
            entry = self._found.get((id(column), *key))
            if entry is not None:
                self._found.move_to_end((id(column), *key))
                return cast("Value", entry[1])
            value = build()
            self._found[id(column), *key] = column, value
            while len(self._found) > _ENTRIES:
                self._found.popitem(last=False)
            return value


@dataclass(frozen=True, slots=True)
class CompanionSource:
    """A source that also knows the companions of its layers."""

    source: TileSource
    companions: Companions

    @property
    def scope_key(self) -> str:
        """What two readers who see the same share."""
        return self.source.scope_key

    def spec(self, layer: str) -> LayerSpec:
        """Declaration of a layer or a companion; see `TileSource.spec`."""
        base, suffix = _split(layer)
        spec = self.source.spec(base)
        if not suffix:
            return spec
        rank = RANKS.get(base)
        is_border = suffix == BORDER
        wanted = (rank.field if rank else "",) if is_border else _LABEL_FIELDS
        shown = tuple(name for name in wanted if name in spec.tile_fields)
        if spec.geometry is not GeometryKind.POLYGON or not shown:
            raise UnknownLayerError(f"layer {base!r} has no companion {layer!r}")
        return replace(
            spec,
            name=layer,
            title_zh=spec.title_zh + ("边界" if is_border else "注记"),
            title_en=f"{spec.title_en}: {'borders' if is_border else 'labels'}",
            geometry=GeometryKind.LINE if is_border else GeometryKind.POINT,
            tile_fields=shown,
        )

    def parts(self, layer: str, window: World) -> Sequence[Part]:
        """Tables of a layer or a companion; see `TileSource.parts`."""
        base, suffix = _split(layer)
        if suffix == BORDER:
            return self._borders(base, layer, window)
        found = self.source.parts(base, window)
        if suffix == LABEL:
            spec = self.spec(layer)
            return [self._labels(table, rows, spec, window) for table, rows in found]
        return found

    def version_key(self, layer: str, window: World) -> int:
        """Version of the layer; borders are derived from all of it, so theirs is of the whole."""
        base, suffix = _split(layer)
        return self.source.version_key(base, _WHOLE if suffix == BORDER else window)

    def bounds(self, layer: str) -> BoundingBox | None:
        """Bounds of the layer itself."""
        return self.source.bounds(_split(layer)[0])

    def _labels(
        self, table: LayerTable, rows: NDArray[np.int64], spec: LayerSpec, window: World
    ) -> Part:
        """Labels of the rows that have a name and, below the last zoom, are large enough."""
        geometry = table.geometry
        if geometry is None:
            return table, rows[:0]
        points = self.companions.derived(geometry.coords, (LABEL,), lambda: label_points(geometry))
        names = table.columns.get("name")
        if isinstance(names, TextColumn):
            rows = rows[names.codes[rows] >= 0]
        width = window[2] - window[0]
        if width > 1.5 * (1 << (32 - spec.max_zoom)):
            box = geometry.bounds[rows].astype(np.int64)
            largest = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
            rows = rows[largest * _FRACTION >= width]
        return replace(table, spec=spec, geometry=points), rows

    def _borders(self, base: str, layer: str, window: World) -> Sequence[Part]:
        """Borders of all tables of a layer that meet a window."""
        spec = self.spec(layer)
        found: list[Part] = []
        for table, rows in self.source.parts(base, _WHOLE):
            if table.geometry is None:
                continue
            key = (BORDER, self.scope_key, self.source.version_key(base, _WHOLE))
            borders = self.companions.derived(
                table.geometry.coords,
                key,
                lambda t=table, r=rows: _borders_of(t, r, spec),  # type: ignore[misc]
            )
            found.append((borders.table, borders.boxes.window(window)))
        return found


def _borders_of(table: LayerTable, rows: NDArray[np.int64], spec: LayerSpec) -> _Borders:
    """Borders of the rows of a table."""
    (name,) = spec.tile_fields
    levels = tuple(RANKS[_split(spec.name)[0]].from_zoom)
    geometry, column = border_lines(table, rows, field=name, levels=levels)
    ids = np.full(len(geometry), -1, dtype=np.int64)  # a stretch of border has no stable id
    lines = LayerTable(spec, ids, np.ones(ids.size, dtype=np.int32), geometry, {name: column})
    return _Borders(lines, BoxIndex.build(geometry.bounds))


def _split(layer: str) -> tuple[str, str]:
    """Layer and suffix of a companion, "" for the layer itself."""
    for suffix in (LABEL, BORDER):
        if layer.endswith(suffix) and layer != suffix:
            return layer.removesuffix(suffix), suffix
    return layer, ""
