"""The one writer of a SQLite file: its turn, its transactions, its audit."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from grids.errors import StoreError, StoreUnavailableError
from layers.catalog import Catalog
from layers.policy import Scope
from layers.store.file_lock import FileLock
from layers.store.file_system import refuse_network_folder
from layers.store.sqlite_connections import connect, mapped_errors
from layers.store.sqlite_schema import prepare
from layers.store.sqlite_tables import SqliteTables
from layers.store.statements import LayerSql
from layers.store.unit import Unit

__all__ = ["SqliteWriter"]

_Note = tuple[Scope, str, int, Mapping[str, object]]


class SqliteWriter:
    """Writing connection to one file, used by one thread at a time.

    Parameters
    ----------
    path
        File, made if absent with rights for its owner alone.
    catalog
        Layers of the city.
    sql
        Statements by layer.
    wait_s
        How long a thread waits for its turn.
    clock
        Milliseconds since 1970-01-01 UTC.

    Raises
    ------
    StoreUnavailableError
        If another process has the file open for writing, it lies on a network file system, or it
        cannot be opened.
    SchemaVersionError, StoreError
        See `layers.store.sqlite_schema.prepare`.
    """

    def __init__(
        self,
        path: Path,
        catalog: Catalog,
        sql: Mapping[str, LayerSql],
        *,
        wait_s: float,
        clock: Callable[[], int],
    ) -> None:
        self._path = path
        self._catalog = catalog
        self._sql = sql
        self._wait_s = wait_s
        self._clock = clock
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._notes: list[_Note] = []
        self._closed = False
        refuse_network_folder(path)
        self._file_lock = FileLock(path.with_name(f"{path.name}.lock"))
        try:
            with suppress(FileExistsError, IsADirectoryError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with mapped_errors(path):
                self._connection = connect(path, writer=True)
                try:
                    self.identity = prepare(self._connection, catalog)
                except BaseException:
                    self._connection.close()
                    raise
        except BaseException:
            self._file_lock.release()
            raise

    def close(self) -> None:
        """Wait for the unit of work under way, then close; a second call does nothing."""
        with self._turn:
            if not self._closed:
                self._closed = True
                self._connection.close()
                self._file_lock.release()

    @contextmanager
    def unit(self, scope: Scope, *, action: str) -> Iterator[Unit]:
        """One unit of work in one transaction.

        Raises
        ------
        StoreUnavailableError
            If the writer before does not end in time, or the file is locked, full or closed.
        StoreError
            If this thread has a unit of work open already.
        """
        with self._my_turn(), mapped_errors(self._path):
            try:
                with self._transaction() as tables:
                    unit = Unit(tables, self._catalog, scope, action=action, at=self._clock())
                    yield unit
                    unit.finish()
            finally:
                notes, self._notes = self._notes, []
                if notes:
                    self._write_notes(notes)

    def note(self, scope: Scope, *, action: str, count: int, detail: Mapping[str, object]) -> None:
        """Commit an audit record of something that changed no row.

        Inside a unit of work of the same thread it is committed after its end, kept or not.
        """
        if self._owner == threading.get_ident():
            self._notes.append((scope, action, count, detail))
            return
        with self._my_turn(), mapped_errors(self._path):
            self._write_notes([(scope, action, count, detail)])

    def _write_notes(self, notes: list[_Note]) -> None:
        with self._transaction() as tables:
            for scope, action, count, detail in notes:
                unit = Unit(tables, self._catalog, scope, action=action, at=self._clock())
                unit.note(action, count=count, detail=detail, ids={})

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._owner == threading.get_ident():
            raise StoreError("this thread has a unit of work open already")
        if not self._turn.acquire(timeout=self._wait_s):
            raise StoreUnavailableError(
                f"{self._path.name} has been written to for more than {self._wait_s:g} s: "
                "try again later"
            )
        try:
            if self._closed:
                raise StoreUnavailableError(f"{self._path.name} is closed")
            self._owner = threading.get_ident()
            yield
        finally:
            self._owner = None
            self._turn.release()

    @contextmanager
    def _transaction(self) -> Iterator[SqliteTables]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqliteTables(self._connection, self._sql)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled back already
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
            raise
