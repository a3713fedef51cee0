"""What differs between stores when they write: plain rows inside one open transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from layers.audit import AuditRecord
from layers.changes import Box, Change
from layers.store.grids import GridRecord

__all__ = ["WriteTables"]


class WriteTables(Protocol):
    """Tables of a store inside one open transaction."""

    def take(self, counter: str, count: int) -> int:
        """First of `count` numbers never given before."""

    def is_empty(self, layer: str) -> bool:
        """True if a layer has no row."""

    def find(
        self, layer: str, uids: Sequence[str], columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows by uid, in any order."""

    def find_ids(
        self, layer: str, ids: Sequence[int], columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows by id, in order of id."""

    def all_ids(self, layer: str) -> NDArray[np.int64]:
        """Ids of all rows, ascending."""

    def insert(self, layer: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows: id, uid, version, updated_at, row_hash, fields, geom."""

    def update(self, layer: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Set columns; each row ends with its id."""

    def delete(self, layer: str, ids: Sequence[int]) -> None:
        """Delete rows by id."""

    def add_changes(self, changes: Sequence[Change]) -> None:
        """Append to the change log."""

    def last_audit(self) -> tuple[int, bytes] | None:
        """Number and hash of the last audit record."""

    def add_audit(self, record: AuditRecord) -> None:
        """Append to the audit."""

    def grid_box(self) -> Box | None:
        """Box around all grid versions."""

    def add_grid_version(self, record: GridRecord) -> None:
        """Insert a grid version."""
