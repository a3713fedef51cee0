"""The embedded store: one SQLite file, one writer at a time, readers that never wait."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grids.errors import ForbiddenError, StoreUnavailableError
from layers.catalog import Catalog
from layers.model import Access
from layers.policy import Role, Scope
from layers.store.protocol import Item, Visible
from layers.store.reading import Reading, bulk_reading, item_reading, row_batch, scoped_item
from layers.store.schema import layer_table
from layers.store.sqlite_records import SqliteRecords
from layers.store.sqlite_schema import prepare
from layers.store.sqlite_tables import json_keys
from layers.store.sqlite_writer import SqliteWriter
from layers.store.statements import LayerSql
from layers.store.unit import Unit

__all__ = ["SqliteStore"]

_LOG = logging.getLogger(__name__)
_SCAN_ROWS = 32_768
_KEYS = 10_000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class SqliteStore(SqliteRecords):
    """Store in one SQLite file; see `layers.store.protocol.Store`.

    Parameters
    ----------
    path
        File, made if absent; a lock file lies beside it while it is open for writing.
    catalog
        Layers of the city. Tables of new layers and columns of new fields are added.
    read_only
        True to read beside the process that writes; `write` is then refused, and with it every
        look that would have to be audited.
    wait_s
        How long a writer waits for the one before it.
    clock
        Milliseconds since 1970-01-01 UTC.

    Raises
    ------
    StoreUnavailableError
        If another process has the file open for writing, or it cannot be opened.
    SchemaVersionError
        If a newer program made it, or it is older and open for reading only.
    StoreError
        If it is not a city's database.
    """

    def __init__(
        self,
        path: Path | str,
        catalog: Catalog,
        *,
        read_only: bool = False,
        wait_s: float = 10.0,
        clock: Callable[[], int] = _now_ms,
    ) -> None:
        super().__init__(Path(path), catalog)
        self._sql = {n: LayerSql(layer_table(spec)) for n, spec in catalog.items() if spec.stored}
        self._listeners: tuple[Callable[[int], None], ...] = ()
        self._writer: SqliteWriter | None = None
        if read_only:
            with self._readers.transaction() as connection:
                self._identity = prepare(connection, catalog, read_only=True)
        else:
            self._writer = SqliteWriter(self.path, catalog, self._sql, wait_s=wait_s, clock=clock)
            self._identity = self._writer.identity

    def __enter__(self) -> Self:
        """The store, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @property
    def identity(self) -> str:
        """Random text given when the store was made."""
        return self._identity

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
        self._readers.close()
        if self._writer is not None:
            self._writer.close()

    def _writing(self) -> SqliteWriter:
        if self._writer is None:
            raise StoreUnavailableError(f"{self.path.name} is open for reading only")
        return self._writer

    @contextmanager
    def write(self, scope: Scope, *, action: str) -> Iterator[Unit]:
        """One unit of work; others wait for its end."""
        if not scope.is_staff:
            raise ForbiddenError(f"role {scope.role} may not write")
        with self._writing().unit(scope, action=action) as unit:
            yield unit
        if unit.seq:
            self._wake(unit.seq)

    def _wake(self, seq: int) -> None:
        for callback in self._listeners:
            try:
                callback(seq)
            except Exception:  # the write is committed: a listener cannot make it fail
                _LOG.exception("a listener of commits failed")

    def on_commit(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Have `callback` called after each commit; gives the way to end that."""
        self._listeners = (*self._listeners, callback)

        def end() -> None:
            self._listeners = tuple(c for c in self._listeners if c is not callback)

        return end

    def record_audit(
        self, scope: Scope, *, action: str, count: int, detail: Mapping[str, object] | None = None
    ) -> None:
        """Commit an audit record that goes with no change of rows."""
        self._writing().note(scope, action=action, count=count, detail=detail or {})

    def _audit_look(self, reading: Reading, scope: Scope, action: str, ids: list[int]) -> None:
        restricted = [f.name for f in reading.fields if f.access is Access.RESTRICTED]
        detail = {"layer": reading.spec.name, "fields": restricted, "ids": ids[:_KEYS]}
        self.record_audit(
            scope, action=f"{action} {reading.spec.name}", count=len(ids), detail=detail
        )

    def scan(
        self,
        layer: str,
        *,
        scope: Scope,
        fields: Sequence[str] | None = None,
        ids: NDArray[np.int64] | None = None,
    ) -> Iterator[pa.Table]:
        """Rows in order of id, in tables of some ten thousands, all of one moment."""
        reading = bulk_reading(self._catalog, layer, scope, fields)
        if not reading.spec.stored:
            return iter(())
        if reading.look:
            self._audit_look(reading, scope, "scan", [] if ids is None else ids.tolist())
        return self._tables(reading, None if ids is None else np.unique(ids))

    def _tables(self, reading: Reading, ids: NDArray[np.int64] | None) -> Iterator[pa.Table]:
        sql = self._sql[reading.spec.name]
        with self._readers.transaction() as connection:
            if ids is None:
                cursor = connection.execute(sql.all(reading.columns))
                while rows := cursor.fetchmany(_SCAN_ROWS):
                    yield row_batch(reading, rows)
                return
            statement = sql.by_id(reading.columns)
            for low in range(0, ids.size, _SCAN_ROWS):
                keys = json_keys(ids[low : low + _SCAN_ROWS].tolist())
                if rows := connection.execute(statement, (keys,)).fetchall():
                    yield row_batch(reading, rows)

    def fetch(
        self,
        layer: str,
        ids: Sequence[int] | NDArray[np.int64],
        *,
        scope: Scope,
        fields: Sequence[str] | None = None,
        visible: Visible | None = None,
    ) -> list[Item]:
        """Rows by id, in the order asked, those that are not there left out."""
        reading = item_reading(self._catalog, layer, scope, fields)
        wanted = _inside(np.asarray(ids, np.int64), scope, visible)
        if not reading.spec.stored or not wanted.size:
            return []
        found: dict[int, tuple[Any, ...]] = {}
        statement = self._sql[layer].by_id(reading.columns)
        with self._readers.transaction() as connection:
            for low in range(0, wanted.size, _KEYS):
                keys = json_keys(wanted[low : low + _KEYS].tolist())
                found.update((row[0], row) for row in connection.execute(statement, (keys,)))
        present = [i for i in wanted.tolist() if i in found]
        if reading.look and present:
            self._audit_look(reading, scope, "fetch", present)
        return [scoped_item(reading, found[i], scope) for i in present]

    def find_uid(
        self, layer: str, uids: Sequence[str], *, scope: Scope, visible: Visible | None = None
    ) -> dict[str, int]:
        """Id of each uid that exists."""
        reading = item_reading(self._catalog, layer, scope, [])
        if not reading.uid:
            raise ForbiddenError(f"keys of layer {layer!r} may tell who somebody is")
        if not reading.spec.stored:
            return {}
        statement, rows = self._sql[layer].by_uid(["uid", "id"]), []
        with self._readers.transaction() as connection:
            for low in range(0, len(uids), _KEYS):
                rows += connection.execute(
                    statement, (json_keys(uids[low : low + _KEYS]),)
                ).fetchall()
        inside = set(_inside(np.array([r[1] for r in rows], np.int64), scope, visible).tolist())
        found = {uid: number for uid, number in rows if number in inside}
        if reading.spec.people and scope.role is not Role.SYSTEM:
            self._audit_look(reading, scope, "find", list(found.values()))
        return found

    def count(self, layer: str, *, scope: Scope) -> int:
        """Number of rows."""
        spec = self._catalog.readable(layer, scope)
        if scope.units is not None or (spec.people and not scope.person_count):
            raise ForbiddenError(f"an exact count of layer {layer!r} is not for this reader")
        if not spec.stored:
            return 0
        with self._readers.transaction() as connection:
            return int(connection.execute(self._sql[layer].count()).fetchone()[0])


def _inside(ids: NDArray[np.int64], scope: Scope, visible: Visible | None) -> NDArray[np.int64]:
    if visible is not None:
        return ids[visible(ids)]
    return ids if scope.units is None else ids[:0]
