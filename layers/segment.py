"""Segments: immutable runs of rows that a snapshot layer is made of, with their indexes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from layers.anchors import anchors as anchors_of
from layers.columns import Column, LayerTable, NumberColumn, RaggedGeometry, TextColumn
from layers.model import FieldSpec, FieldType, GeometryKind, LayerSpec
from layers.ragged import ragged_of_rings
from layers.spatial_index import BoxIndex, hilbert_order
from layers.wkb import wkb_rings

__all__ = ["LeafOf", "Segment", "leaf_column", "segment_from_arrow", "segment_of", "taken_column"]

LeafOf = Callable[[NDArray[np.float64]], NDArray[np.int32]]
"""Leaf indices (n,) int32, -1 outside, of positions (n, 2) in degrees."""

_TEXT = frozenset({FieldType.TEXT, FieldType.CATEGORY})


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Rows of one layer with what is needed to find them; make it with `segment_of`.

    Parameters
    ----------
    table
        The rows, along a Hilbert curve (by id where there is no geometry).
    anchors
        (n, 2) float64 degrees, the point each row is counted at, NaN for none; None for a layer
        whose place in the grid is not computed.
    boxes
        Index over the bounds; None without geometry.
    sorted_ids, sorted_rows
        (n,) int64 ids ascending, and (n,) int32 row of each.
    """

    table: LayerTable
    anchors: NDArray[np.float64] | None
    boxes: BoxIndex | None
    sorted_ids: NDArray[np.int64]
    sorted_rows: NDArray[np.int32]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.table)

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of each id, (k,) int64; -1 where the segment has no such id."""
        if not len(self):
            return np.full(ids.size, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.sorted_ids, ids), self.sorted_ids.size - 1)
        rows: NDArray[np.int64] = np.where(self.sorted_ids[at] == ids, self.sorted_rows[at], -1)
        return rows

    def relocated(self, leaf_of: LeafOf | None) -> "Segment":
        """The same rows with leaf indices of another grid version."""
        if self.anchors is None:
            return self
        columns = {**self.table.columns, "leaf": leaf_column(self.anchors, leaf_of)}
        return replace(self, table=replace(self.table, columns=columns))


def segment_of(table: LayerTable, anchors: NDArray[np.float64] | None) -> Segment:
    """Segment over rows that are already in their order."""
    order = np.argsort(table.ids, kind="stable")
    boxes = None if table.geometry is None else BoxIndex.build(table.geometry.bounds)
    return Segment(table, anchors, boxes, table.ids[order], order.astype(np.int32))


def leaf_column(anchors: NDArray[np.float64], leaf_of: LeafOf | None) -> NumberColumn:
    """Leaf index of every anchor, int32; -1 outside, without anchor, or without a grid."""
    leaf = np.full(anchors.shape[0], -1, dtype=np.int32)
    if leaf_of is not None:
        there = ~np.isnan(anchors[:, 0])
        if there.all():
            leaf = np.ascontiguousarray(leaf_of(anchors), dtype=np.int32)
        elif there.any():
            leaf[there] = leaf_of(np.ascontiguousarray(anchors[there]))
    return NumberColumn(leaf)


def segment_from_arrow(
    spec: LayerSpec, tables: Iterable[pa.Table], *, leaf_of: LeafOf | None
) -> Segment:
    """Segment of rows scanned from a store.

    Parameters
    ----------
    spec
        Declaration of the layer; its held fields become columns.
    tables
        As `layers.store.protocol.Store.scan` gives them: ``id``, ``version``, ``geom``, fields.
    leaf_of
        Point location of the current grid version; None before the first is published.

    Raises
    ------
    GeometryError
        If a stored geometry cannot be read; names the layer and row.
    """
    batches = [table for table in tables if table.num_rows]
    if not batches:
        return segment_of(empty_table(spec), _no_anchors(spec))
    table = pa.concat_tables(batches, promote_options="permissive")
    ids = _integers(table["id"])
    geometry: RaggedGeometry | None = None
    anchors: NDArray[np.float64] | None = None
    if spec.geometry is GeometryKind.NONE:
        order = np.argsort(ids, kind="stable")
    else:
        binary = table["geom"].cast(pa.large_binary())
        rings = wkb_rings(binary, kind=spec.geometry)
        order = hilbert_order(ragged_of_rings(rings, kind=spec.geometry).geometry.bounds)
        binary = binary.take(pa.array(order)).combine_chunks()
        rings = wkb_rings(binary, kind=spec.geometry)
        geometry = ragged_of_rings(rings, kind=spec.geometry).geometry
        anchors = anchors_of(rings, binary, kind=spec.geometry)
    taken = pa.array(order)
    columns: dict[str, Column] = {
        field.name: column_from_arrow(table[field.name].take(taken), field)
        for field in spec.held_fields
    }
    columns["leaf"] = leaf_column(_anchors_or_none(anchors, ids.size), leaf_of)
    versions = _integers(table["version"])[order].astype(np.int32)
    return segment_of(LayerTable(spec, ids[order], versions, geometry, columns), anchors)


def _no_anchors(spec: LayerSpec) -> NDArray[np.float64] | None:
    return None if spec.geometry is GeometryKind.NONE else np.empty((0, 2))


def _anchors_or_none(anchors: NDArray[np.float64] | None, rows: int) -> NDArray[np.float64]:
    return np.full((rows, 2), np.nan) if anchors is None else anchors


def empty_table(spec: LayerSpec) -> LayerTable:
    """Table of a layer without rows."""
    zero = np.zeros(1, dtype=np.int64)
    geometry = None
    if spec.geometry is not GeometryKind.NONE:
        geometry = RaggedGeometry(
            np.empty((0, 2), dtype=np.int32), zero, zero.copy(), np.empty((0, 4), dtype=np.int32)
        )
    columns = {f.name: column_from_arrow(pa.nulls(0), f) for f in spec.held_fields}
    columns["leaf"] = NumberColumn(np.empty(0, dtype=np.int32))
    ids = np.empty(0, dtype=np.int64)
    return LayerTable(spec, ids, np.empty(0, dtype=np.int32), geometry, columns)


def _integers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.ascontiguousarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def column_from_arrow(column: pa.ChunkedArray | pa.Array, field: FieldSpec) -> Column:
    """Column of one field; NaN counts as null.

    Parameters
    ----------
    column
        (n,) Arrow values of the type that `layers.store.protocol.Store.scan` gives the field.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # several chunks remain above 2 GB of text
        column = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in column.chunks])
    if field.type in _TEXT:
        return _text_column(column)
    kind = {FieldType.NUMBER: pa.float64(), FieldType.BOOLEAN: pa.bool_()}.get(
        field.type, pa.int64()
    )
    column = column.cast(kind)
    valid = None
    if column.null_count:
        valid = np.array(pc.is_valid(column).to_numpy(zero_copy_only=False), dtype=np.bool_)
        column = column.fill_null(False if field.type is FieldType.BOOLEAN else 0)
    values = np.array(column.to_numpy(zero_copy_only=False))
    if field.type is FieldType.NUMBER and np.isnan(values).any():
        known = ~np.isnan(values)
        valid = known if valid is None else valid & known
        values = np.where(known, values, 0.0)
    return NumberColumn(values, valid)


def _text_column(column: pa.Array) -> TextColumn:
    coded = column.cast(pa.large_string()).dictionary_encode()
    codes = np.array(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int32)
    values = np.array(coded.dictionary.to_pylist(), dtype=object)
    return TextColumn(codes, values)


def taken_column(column: Column, rows: NDArray[np.int64]) -> Column:
    """Some rows of a column; a text column keeps its dictionary."""
    if isinstance(column, TextColumn):
        return TextColumn(column.codes[rows], column.values)
    return NumberColumn(column.values[rows], None if column.valid is None else column.valid[rows])
