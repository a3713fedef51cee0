"""What a SQLite file keeps beside the rows of layers: changes, audit, grid versions."""

from pathlib import Path

from grids.errors import ForbiddenError
from layers.audit import GENESIS, AuditFault, AuditRecord, first_fault
from layers.catalog import Catalog
from layers.changes import Change
from layers.policy import Role, Scope
from layers.store.grids import GridRecord, GridVersionRow
from layers.store.sqlite_connections import ReaderPool
from layers.store.sqlite_tables import (
    read_audit,
    read_changes,
    read_grid_codes,
    read_grid_record,
    read_grid_versions,
)

__all__ = ["SqliteRecords"]

_AT_ONCE = 10_000
_AUDITORS = frozenset({Role.ADMIN, Role.SYSTEM})


class SqliteRecords:
    """Records of one file, read at any time.

    Parameters
    ----------
    path
        File.
    catalog
        Layers of the city.
    """

    def __init__(self, path: Path, catalog: Catalog) -> None:
        self.path = path
        self._catalog = catalog
        self._readers = ReaderPool(path)

    @property
    def catalog(self) -> Catalog:
        """Layers of the city."""
        return self._catalog

    def head(self) -> int:
        """Sequence number of the last committed change; 0 for an empty store."""
        with self._readers.transaction() as connection:
            row = connection.execute("SELECT max(seq) FROM change_log").fetchone()
        return int(row[0] or 0)

    def changes(self, after: int, *, limit: int = 1000, scope: Scope) -> list[Change]:
        """Changes above a sequence number, in order, whole units of work."""
        with self._readers.transaction() as connection:
            changes = read_changes(connection, after, limit)
        seen = {name for name, spec in self._catalog.items() if scope.can_read(spec)}
        return [change for change in changes if change.layer in seen]

    def audit(self, after: int = 0, *, limit: int = 1000, scope: Scope) -> list[AuditRecord]:
        """Audit records with a number above `after`, in order."""
        if scope.role not in _AUDITORS:
            raise ForbiddenError(f"role {scope.role} may not read the audit")
        with self._readers.transaction() as connection:
            return read_audit(connection, after, limit)

    def audit_fault(self) -> AuditFault | None:
        """First place where the audit chain does not hold; None if it holds."""
        previous, after = GENESIS, 0
        with self._readers.transaction() as connection:
            while records := read_audit(connection, after, _AT_ONCE):
                fault = first_fault(records, previous=previous, first_seq=after + 1)
                if fault:
                    return fault
                previous, after = records[-1].hash, records[-1].seq
        return None

    def grid_versions(self) -> list[GridVersionRow]:
        """Published grid versions in order of number."""
        with self._readers.transaction() as connection:
            return read_grid_versions(connection)

    def grid_record(self, number: int) -> GridRecord:
        """A grid version whole."""
        with self._readers.transaction() as connection:
            return read_grid_record(connection, number)

    def grid_codes(self) -> dict[str, tuple[int, int]]:
        """Every code ever published: unit id, and number of the last version that has it."""
        with self._readers.transaction() as connection:
            return read_grid_codes(connection)

    def faults(self) -> list[str]:
        """What the database itself finds wrong with the file; empty if it is sound."""
        with self._readers.transaction() as connection:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
        return [row[0] for row in rows if row[0] != "ok"]
