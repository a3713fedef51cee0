"""The unit of work of every store: one transaction with its change rows and its audit record."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import ConflictError, ForbiddenError, StoreError, UnknownItemError
from layers.audit import GENESIS, AuditRecord, chained, packed_ids
from layers.catalog import Catalog
from layers.changes import Change
from layers.model import LayerSpec
from layers.policy import Scope
from layers.store.grids import GridRecord
from layers.store.ledger import Ledger
from layers.store.protocol import Item, OnRows, PutReport
from layers.store.reading import item_reading, scoped_item
from layers.store.rows import Rows, checked_rows, row_table
from layers.store.upsert import Upsert, bounds_or_none, has_geometry
from layers.store.wkb import geometry_wkb
from layers.store.write_tables import WriteTables

__all__ = ["Unit"]

_BATCH = 50_000


class Unit:
    """One transaction over `WriteTables`; see `layers.store.protocol.UnitOfWork`.

    Parameters
    ----------
    tables
        Tables in an open transaction.
    catalog
        Layers of the city.
    scope
        Who writes.
    action
        What for, in the audit.
    at
        Milliseconds since 1970-01-01 UTC, the same for all rows of the unit.
    """

    def __init__(
        self, tables: WriteTables, catalog: Catalog, scope: Scope, *, action: str, at: int
    ) -> None:
        self._tables = tables
        self._catalog = catalog
        self._scope = scope
        self._action = action
        self._at = at
        self._ledger = Ledger()
        self._upsert = Upsert(tables, self._ledger, at=at)
        self._seq = 0
        self._ended = False

    @property
    def seq(self) -> int:
        """Sequence number of the last change; 0 before the commit or if nothing changed."""
        return self._seq

    def _spec(self, layer: str) -> LayerSpec:
        if self._ended:
            raise StoreError("this unit of work has ended")
        spec = self._catalog.readable(layer, self._scope)
        if not spec.stored:
            raise ForbiddenError(f"layer {layer!r} is written by publishing a grid version")
        return spec

    def put_table(
        self, layer: str, table: pa.Table, *, on_progress: OnRows | None = None
    ) -> PutReport:
        """Insert or update many rows by uid."""
        spec = self._spec(layer)
        rows = checked_rows(spec, table)
        fresh = self._tables.is_empty(layer)
        inserted = updated = 0
        for low in range(0, len(rows), _BATCH):
            batch = _part(rows, low)
            new, changed = self._upsert.put(spec, batch, fresh=fresh)
            inserted, updated = inserted + new, updated + changed
            if on_progress:
                on_progress(low + len(batch), len(rows))
        return PutReport(inserted, updated, len(rows) - inserted - updated)

    def put(
        self,
        layer: str,
        uid: str,
        values: Mapping[str, object],
        geometry: BaseGeometry | None = None,
        *,
        expected_version: int | None = None,
    ) -> Item:
        """Insert or replace one row whole."""
        spec = self._spec(layer)
        stored = self._tables.find(layer, [uid], ["id", "version"])
        _check_version(layer, stored[0] if stored else None, expected_version)
        whole: dict[str, object] = {field.name: None for field in spec.fields}
        whole.update(values)
        if has_geometry(spec) or geometry is not None:
            whole["geom"] = geometry_wkb(geometry)
        return self._put_one(spec, uid, whole)

    def patch(
        self,
        layer: str,
        item_id: int,
        values: Mapping[str, object],
        *,
        expected_version: int | None = None,
    ) -> Item:
        """Change some fields of one row."""
        spec = self._spec(layer)
        stored = self._tables.find_ids(layer, [item_id], ["uid", "id", "version"])
        if not stored:
            raise UnknownItemError(f"no {layer} with id {item_id}")
        uid = str(stored[0][0])
        _check_version(layer, stored[0][1:], expected_version)
        given = dict(values)
        if "geom" in given:
            given["geom"] = geometry_wkb(given["geom"])
        return self._put_one(spec, uid, given)

    def _put_one(self, spec: LayerSpec, uid: str, values: Mapping[str, object]) -> Item:
        rows = checked_rows(spec, row_table(spec, uid, values))
        self._upsert.put(spec, rows, fresh=False)
        reading = item_reading(self._catalog, spec.name, self._scope, None)
        return scoped_item(
            reading, self._tables.find(spec.name, [uid], reading.columns)[0], self._scope
        )

    def delete(self, layer: str, ids: Sequence[int] | NDArray[np.int64]) -> int:
        """Delete rows by id; how many there were."""
        spec = self._spec(layer)
        wanted = np.unique(np.asarray(ids, np.int64))
        columns = ["id", "geom"] if has_geometry(spec) else ["id"]
        count = 0
        for low in range(0, wanted.size, _BATCH):
            part = wanted[low : low + _BATCH].tolist()
            stored = list(zip(*self._tables.find_ids(layer, part, columns), strict=True))
            if not stored:
                continue
            present = np.array(stored[0], np.int64)
            geometries = pa.array(stored[1], pa.binary()) if len(stored) > 1 else None
            self._tables.delete(layer, present.tolist())
            self._ledger.deleted(layer, present, bounds_or_none(geometries, present.size))
            count += present.size
        return count

    def replace_layer(self, layer: str) -> int:
        """Delete the rows of a layer not put in this unit of work; how many there were."""
        self._spec(layer)
        present = self._tables.all_ids(layer)
        return self.delete(layer, np.setdiff1d(present, self._ledger.kept(layer)))

    def new_ids(self, layer: str, count: int) -> int:
        """First of `count` ids that nothing in the layer has or will have."""
        self._catalog.readable(layer, self._scope)
        return self._tables.take(layer, count)

    def add_grid_version(self, record: GridRecord) -> int:
        """Store a grid version, its units and lineage; gives its number."""
        before = self._tables.grid_box()
        self._tables.add_grid_version(record)
        ids = np.array([unit.id for unit in record.units], np.int64)
        old = np.full((ids.size, 4), np.nan) if before is None else np.tile(before, (ids.size, 1))
        new = np.tile(np.array(record.row.bounds), (ids.size, 1))
        facts = pa.record_batch({"sha256": [record.row.arcs_sha256], "note": [record.row.note]})
        self._ledger.updated("grid", ids, (old, new), facts)
        return record.row.number

    def finish(self) -> None:
        """Write change rows and the audit record; the transaction is committed by the store."""
        self._ended = True
        if self._ledger.is_empty:
            return
        pieces = list(self._ledger.pieces())
        if pieces:
            first = self._tables.take("change_log", len(pieces))
            self._seq = first + len(pieces) - 1
            self._tables.add_changes(
                [
                    Change(
                        first + i, self._seq, p.layer, p.op, p.ids, p.box_old, p.box_new, self._at
                    )
                    for i, p in enumerate(pieces)
                ]
            )
        ids = self._ledger.ids()
        self.note(
            self._action,
            count=sum(values.size for values in ids.values()),
            detail={"layers": self._ledger.counts()},
            ids=ids,
        )

    def note(
        self,
        action: str,
        *,
        count: int,
        detail: Mapping[str, object],
        ids: Mapping[str, NDArray[np.int64]],
    ) -> None:
        """Append a record to the audit; with the digest and sequence number of the unit so far."""
        last = self._tables.last_audit()
        seq, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
        record = AuditRecord(
            seq,
            self._at,
            self._scope.subject,
            str(self._scope.role),
            self._scope.purpose,
            action,
            count,
            detail,
            packed_ids(ids),
            b"" if self._ledger.is_empty else self._ledger.digest,
            self._seq,
        )
        self._tables.add_audit(chained(record, previous))


def _part(rows: Rows, low: int) -> Rows:
    columns = {name: array.slice(low, _BATCH) for name, array in rows.columns.items()}
    bounds = rows.bounds[low : low + _BATCH] if rows.bounds is not None else None
    return Rows(rows.uids.slice(low, _BATCH), columns, bounds)


def _check_version(layer: str, stored: tuple[Any, ...] | None, expected: int | None) -> None:
    found = stored[1] if stored else 0
    if expected is not None and expected != found:
        name = f"{layer} {stored[0]}" if stored else layer
        state = f"version {found}" if stored else "none"
        raise ConflictError(f"{name}: expected version {expected}, found {state}")
