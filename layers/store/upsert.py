"""Upsert of checked rows: what exists is found by uid, equal rows are left, the rest is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from layers.model import GeometryKind, LayerSpec
from layers.store.ledger import Ledger
from layers.store.row_hash import row_hashes
from layers.store.rows import ARROW_TYPES, Rows
from layers.store.wkb import bounds_of
from layers.store.write_tables import WriteTables

__all__ = ["Upsert", "bounds_or_none", "has_geometry"]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store has for the rows of a batch.

    Parameters
    ----------
    at
        (k,) positions in the batch of the rows that exist.
    ids, versions, hashes
        (k,) int64 of those rows.
    kept
        (k,) values of each column that was not given; and ``geom``.
    """

    at: NDArray[np.int64]
    ids: NDArray[np.int64]
    versions: NDArray[np.int64]
    hashes: NDArray[np.int64]
    kept: Mapping[str, tuple[Any, ...]]


_NO_NUMBERS = np.empty(0, np.int64)
_NOTHING = _Found(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, {})


@dataclass(frozen=True, slots=True)
class _Content:
    """Whole rows of a batch: keys, all value columns, their hashes and bounds."""

    uids: pa.Array
    columns: Mapping[str, pa.Array]
    hashes: NDArray[np.int64]
    bounds: NDArray[np.float64]

    def taken(self, at: NDArray[np.int64]) -> pa.RecordBatch:
        """Some rows as a record batch with ``uid`` first."""
        batch = pa.record_batch({"uid": self.uids, **self.columns})
        return batch if at.size == batch.num_rows else batch.take(pa.array(at))


class Upsert:
    """Insert or update rows of any layer inside one transaction.

    Parameters
    ----------
    tables
        Tables in an open transaction.
    ledger
        Where what was done is noted.
    at
        Milliseconds since 1970-01-01 UTC for `updated_at`.
    """

    __slots__ = ("_at", "_ledger", "_tables")

    def __init__(self, tables: WriteTables, ledger: Ledger, *, at: int) -> None:
        self._tables = tables
        self._ledger = ledger
        self._at = at

    def put(self, spec: LayerSpec, rows: Rows, *, fresh: bool) -> tuple[int, int]:
        """Insert or update rows; how many were inserted and updated.

        Parameters
        ----------
        spec
            Layer of the rows.
        rows
            Checked rows; a field that was not given keeps its value.
        fresh
            True if the layer held no row before, so nothing needs looking up.
        """
        names = _value_columns(spec)
        kept = [name for name in names if name not in rows.columns]
        found = self._found(spec, rows, kept) if not fresh else _NOTHING
        columns = {
            name: rows.columns[name]
            if name in rows.columns
            else _column(spec, name, found, len(rows))
            for name in names
        }
        hashes = row_hashes(columns)
        is_new = np.ones(len(rows), bool)
        is_new[found.at] = False
        differs = hashes[found.at] != found.hashes
        bounds = rows.bounds
        if bounds is None:
            bounds = bounds_or_none(columns.get("geom"), len(rows))
        content = _Content(rows.uids, columns, hashes, bounds)
        self._insert(spec, np.flatnonzero(is_new), content)
        given = [name for name in names if name in rows.columns]
        self._update(spec, found, differs, content, given)
        self._ledger.unchanged(spec.name, found.ids[~differs])
        return int(is_new.sum()), int(differs.sum())

    def _found(self, spec: LayerSpec, rows: Rows, kept: Sequence[str]) -> _Found:
        extra = list(dict.fromkeys([*kept, *(["geom"] if has_geometry(spec) else [])]))
        uids = rows.uids.to_pylist()
        stored = self._tables.find(spec.name, uids, ["uid", "id", "version", "row_hash", *extra])
        if not stored:
            return _NOTHING
        by_uid = {row[0]: row[1:] for row in stored}
        hits = [(i, by_uid[uid]) for i, uid in enumerate(uids) if uid in by_uid]
        columns = list(zip(*(row for _, row in hits), strict=True))
        ids, versions, hashes = (np.array(column, np.int64) for column in columns[:3])
        at = np.array([i for i, _ in hits], np.int64)
        return _Found(at, ids, versions, hashes, dict(zip(extra, columns[3:], strict=True)))

    def _insert(self, spec: LayerSpec, at: NDArray[np.int64], content: _Content) -> None:
        if not at.size:
            return
        first = self._tables.take(spec.name, at.size)
        ids = np.arange(first, first + at.size, dtype=np.int64)
        batch = content.taken(at)
        columns = [
            ids.tolist(),
            batch["uid"].to_pylist(),
            [1] * at.size,
            [self._at] * at.size,
            content.hashes[at].tolist(),
            *(plain_values(batch[name]) for name in content.columns),
        ]
        self._tables.insert(spec.name, zip(*columns, strict=True))
        self._ledger.inserted(spec.name, ids, content.bounds[at], batch)

    def _update(
        self,
        spec: LayerSpec,
        found: _Found,
        differs: NDArray[np.bool_],
        content: _Content,
        given: Sequence[str],
    ) -> None:
        at, ids = found.at[differs], found.ids[differs]
        if not at.size:
            return
        batch = content.taken(at)
        columns = [
            (found.versions[differs] + 1).tolist(),
            [self._at] * at.size,
            content.hashes[at].tolist(),
            *(plain_values(batch[name]) for name in given),
            ids.tolist(),
        ]
        names = ["version", "updated_at", "row_hash", *given]
        self._tables.update(spec.name, names, zip(*columns, strict=True))
        old = None
        if "geom" in found.kept:
            stored = found.kept["geom"]
            old = pa.array([stored[i] for i in np.flatnonzero(differs)], pa.binary())
        bounds = bounds_or_none(old, at.size), content.bounds[at]
        self._ledger.updated(spec.name, ids, bounds, batch)


def has_geometry(spec: LayerSpec) -> bool:
    """True if rows of the layer have a geometry."""
    return spec.geometry is not GeometryKind.NONE


def _value_columns(spec: LayerSpec) -> list[str]:
    """Columns of a layer table that a caller gives: fields in order, and ``geom``."""
    return [field.name for field in spec.fields] + (["geom"] if has_geometry(spec) else [])


def bounds_or_none(geometries: pa.Array | None, size: int) -> NDArray[np.float64]:
    """Bounds of stored geometries, (n, 4) NaN where there are none."""
    return np.full((size, 4), np.nan) if geometries is None else bounds_of(geometries)


def plain_values(column: pa.Array) -> list[Any]:
    """Values as plain Python objects, null as None."""
    if column.null_count == 0 and pa.types.is_primitive(column.type):
        values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return values
    return list(column.to_pylist())


def _column(spec: LayerSpec, name: str, found: _Found, size: int) -> pa.Array:
    kind = pa.binary() if name == "geom" else ARROW_TYPES[spec.field(name).type]
    if not found.at.size:
        return pa.nulls(size, kind)
    values: list[Any] = [None] * size
    stored = found.kept[name]
    for at, value in zip(found.at.tolist(), stored, strict=True):
        values[at] = bool(value) if kind == pa.bool_() and value is not None else value
    return pa.array(values, kind)
