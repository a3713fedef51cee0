"""Merging of segments: chosen rows of several runs as one new run in order."""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.columns import Column, LayerTable, NumberColumn, RaggedGeometry, TextColumn
from layers.segment import Segment, segment_of
from layers.spatial_index import hilbert_order

__all__ = ["merged", "taken_geometry"]

Chosen = tuple[Segment, NDArray[np.int64]]
"""A segment and the (k,) int64 rows wanted of it."""


def merged(parts: Sequence[Chosen]) -> Segment:
    """One segment of the chosen rows, along the Hilbert curve (by id without geometry).

    Parameters
    ----------
    parts
        At least one; all of one layer, with no id twice.
    """
    spec = parts[0][0].table.spec
    ids = np.concatenate([segment.table.ids[rows] for segment, rows in parts])
    versions = np.concatenate([segment.table.versions[rows] for segment, rows in parts])
    anchors: NDArray[np.float64] | None = None
    geometry: RaggedGeometry | None = None
    if parts[0][0].table.geometry is None:
        order = np.argsort(ids, kind="stable")
    else:
        pieces = [
            taken_geometry(segment.table.geometry, rows)
            for segment, rows in parts
            if segment.table.geometry is not None
        ]
        joined = _joined_geometry(pieces)
        order = hilbert_order(joined.bounds)
        geometry = taken_geometry(joined, order)
    if all(segment.anchors is not None for segment, _ in parts):
        anchors = np.concatenate([s.anchors[r] for s, r in parts if s.anchors is not None])[order]
    columns = {
        name: _merged_column([(s.table.columns[name], rows) for s, rows in parts], order)
        for name in parts[0][0].table.columns
    }
    return segment_of(LayerTable(spec, ids[order], versions[order], geometry, columns), anchors)


def taken_geometry(geometry: RaggedGeometry, rows: NDArray[np.int64]) -> RaggedGeometry:
    """Some features of a ragged geometry, in the order of `rows`."""
    coords, ring_starts, feature_starts = _taken(
        geometry.coords, geometry.ring_starts, geometry.feature_starts, rows
    )
    return RaggedGeometry(coords, ring_starts, feature_starts, geometry.bounds[rows])


def _joined_geometry(pieces: Sequence[RaggedGeometry]) -> RaggedGeometry:
    if len(pieces) == 1:
        return pieces[0]
    return RaggedGeometry(
        np.concatenate([piece.coords for piece in pieces]),
        _joined_starts([piece.ring_starts for piece in pieces]),
        _joined_starts([piece.feature_starts for piece in pieces]),
        np.concatenate([piece.bounds for piece in pieces]),
    )


def _joined_starts(starts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    out = [np.zeros(1, dtype=np.int64)]
    last = 0
    for piece in starts:
        out.append(piece[1:] + last)
        last += int(piece[-1])
    return np.concatenate(out)


def _merged_column(
    parts: Sequence[tuple[Column, NDArray[np.int64]]], order: NDArray[np.int64]
) -> Column:
    texts = [(column, rows) for column, rows in parts if isinstance(column, TextColumn)]
    if texts:
        return _merged_text(texts, order)
    numbers = [(column, rows) for column, rows in parts if isinstance(column, NumberColumn)]
    values = np.concatenate([column.values[rows] for column, rows in numbers])[order]
    if all(column.valid is None for column, _ in numbers):
        return NumberColumn(values)
    valid = np.concatenate(
        [
            np.ones(rows.size, dtype=np.bool_) if column.valid is None else column.valid[rows]
            for column, rows in numbers
        ]
    )[order]
    return NumberColumn(values, None if valid.all() else valid)


def _merged_text(
    parts: Sequence[tuple[TextColumn, NDArray[np.int64]]], order: NDArray[np.int64]
) -> TextColumn:
    """Text of several dictionaries in one, without values that no row has."""
    code_of: dict[str, int] = {}
    pieces = []
    for column, rows in parts:
        codes = column.codes[rows]
        used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=column.values.size))
        renumbered = np.full(column.values.size + 1, -1, dtype=np.int32)  # its last is for null
        for code in used.tolist():
            renumbered[code] = code_of.setdefault(column.values[code], len(code_of))
        pieces.append(renumbered[codes])
    values = np.empty(len(code_of), dtype=object)
    values[:] = list(code_of)
    return TextColumn(np.concatenate(pieces)[order], values)


@njit(nogil=True, cache=True)
def _taken(coords, ring_starts, feature_starts, rows):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    features = np.zeros(rows.size + 1, dtype=np.int64)
    points = 0
    for k in range(rows.size):
        first, last = feature_starts[rows[k]], feature_starts[rows[k] + 1]
        features[k + 1] = features[k] + last - first
        points += ring_starts[last] - ring_starts[first]
    rings = np.zeros(features[-1] + 1, dtype=np.int64)
    out = np.empty((points, 2), dtype=np.int32)
    at, r = 0, 0
    for k in range(rows.size):
        for ring in range(feature_starts[rows[k]], feature_starts[rows[k] + 1]):
            for i in range(ring_starts[ring], ring_starts[ring + 1]):
                out[at, 0] = coords[i, 0]
                out[at, 1] = coords[i, 1]
                at += 1
            r += 1
            rings[r] = at
    return out, rings, features
