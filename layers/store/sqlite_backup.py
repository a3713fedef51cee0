"""Backups of a SQLite store: taken while it works, checked before they count."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from grids.errors import StoreError, StoreUnavailableError
from layers.catalog import Catalog
from layers.store.sqlite import SqliteStore
from layers.store.sqlite_connections import connect, mapped_errors

__all__ = ["backup_faults", "write_backup"]


def write_backup(source: Path, target: Path, catalog: Catalog) -> None:
    """Write a copy of a store as of one moment; writers go on meanwhile.

    Parameters
    ----------
    source
        File of a store, open or not.
    target
        New file; it appears only when it is whole, synced and found sound.
    catalog
        Layers of the city.

    Raises
    ------
    StoreUnavailableError
        If `target` exists, or a file cannot be read or written.
    StoreError
        If the copy is not sound.
    """
    if target.exists():
        raise StoreUnavailableError(f"{target} exists: a backup is never written over")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            mapped_errors(target),
            closing(connect(source, writer=False)) as live,
            closing(sqlite3.connect(part)) as copy,
        ):
            live.backup(copy)  # all pages in one step: one moment
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        if faults := backup_faults(part, catalog):
            raise StoreError(f"the copy of {source.name} is not sound: {faults[0]}")
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    except OSError as exc:
        raise StoreUnavailableError(f"cannot write {target}: {exc.strerror}") from exc
    finally:
        part.unlink(missing_ok=True)


def backup_faults(path: Path, catalog: Catalog) -> list[str]:
    """What is wrong with a backup: damage, or an audit chain that does not hold."""
    with SqliteStore(path, catalog, read_only=True) as store:
        faults, audit = store.faults(), store.audit_fault()
    if audit is not None:
        faults.append(f"audit record {audit.seq}: {audit.reason}")
    return faults


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
