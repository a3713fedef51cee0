"""Connections to one SQLite file: settings, a pool of readers, errors in our words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from grids.errors import StoreError, StoreUnavailableError

__all__ = ["ReaderPool", "connect", "mapped_errors"]

BUSY_TIMEOUT_S = 5.0
_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",  # KiB
)
_WRITER_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",  # a bulk import leaves no large log behind
)
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "is read-only",
    sqlite3.SQLITE_NOMEM: "ran out of memory",
    sqlite3.SQLITE_PROTOCOL: "is locked by another program",
}


@contextmanager
def mapped_errors(path: Path) -> Iterator[None]:
    """Errors of SQLite as ours.

    Raises
    ------
    StoreUnavailableError
        If the file is locked, full, unreadable or missing: trying again later may help.
    StoreError
        If it is damaged or not a database, or refuses what it was told.
    """
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _UNAVAILABLE:
            raise StoreUnavailableError(f"{path.name} {_UNAVAILABLE[code]} ({exc})") from exc
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            raise StoreError(f"{path.name} is damaged or not a city's database ({exc})") from exc
        raise StoreError(f"{path.name}: {exc}") from exc


def connect(path: Path, *, writer: bool) -> sqlite3.Connection:
    """Connection with this program's settings, transactions begun by hand.

    Parameters
    ----------
    path
        File.
    writer
        True for the one connection that writes: log ahead, synced at every commit.
    """
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={'rwc' if writer else 'ro'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_S,
    )
    try:
        for setting in (*_SETTINGS, *(_WRITER_SETTINGS if writer else ("PRAGMA query_only = ON",))):
            connection.execute(setting)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class ReaderPool:
    """Reading connections, lent to one thread at a time.

    Parameters
    ----------
    path
        File.
    """

    __slots__ = ("_closed", "_free", "_lock", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._free: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection in a reading transaction: all its answers are of one moment.

        Raises
        ------
        StoreUnavailableError
            If the pool is closed or the file cannot be read.
        """
        with mapped_errors(self._path):
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreUnavailableError(f"{self._path.name} is closed")
            if self._free:
                return self._free.pop()
        return connect(self._path, writer=False)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        with self._lock:
            if not self._closed:
                self._free.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close what is free now, and what is lent when it comes back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for connection in free:
            connection.close()
