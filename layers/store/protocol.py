"""What every store gives: one unit of work to write with, scan, fetch and change log to read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.audit import AuditFault, AuditRecord
from layers.catalog import Catalog
from layers.changes import Change
from layers.policy import Scope
from layers.store.grids import GridRecord, GridVersionRow
from layers.store.items import Item, OnRows, PutReport, Visible

__all__ = ["Item", "OnRows", "PutReport", "Store", "UnitOfWork", "Visible"]


class UnitOfWork(Protocol):
    """One transaction: all of it is kept, or nothing.

    An exception that leaves the ``with`` block rolls everything back. At its end stand one audit
    record and, per layer and at most `layers.changes.IDS_PER_CHANGE` ids, one change row. Reads
    of the store do not see the writes before the end.
    """

    @property
    def seq(self) -> int:
        """Sequence number of its last change, known after the commit; 0 if nothing changed."""

    def put_table(
        self, layer: str, table: pa.Table, *, on_progress: OnRows | None = None
    ) -> PutReport:
        """Insert or update many rows by ``uid``.

        Parameters
        ----------
        layer
            Name of a layer.
        table
            Columns ``uid`` (text), ``geom`` (WKB, longitude and latitude, EPSG:4490; may be left
            out) and fields of the layer. A field that is not a column keeps its value in rows
            that exist and is null in new ones. Rows equal to what is stored are not written.
            When one uid comes twice, the last row counts.
        on_progress
            Called after every batch.

        Raises
        ------
        FieldError
            For an unknown column, a wrong type, a category outside its domain, an empty or
            missing uid; the message names the first such rows.
        GeometryError
            For a geometry of the wrong kind, invalid, or outside longitude and latitude.
        """

    def put(
        self,
        layer: str,
        uid: str,
        values: Mapping[str, object],
        geometry: BaseGeometry | None = None,
        *,
        expected_version: int | None = None,
    ) -> Item:
        """Insert or replace one row whole: fields not in `values` become null.

        Parameters
        ----------
        expected_version
            Version the caller has seen, 0 for "does not exist"; None writes whatever is there.

        Raises
        ------
        ConflictError
            If the stored version is another; the message names id, expected and found.
        """

    def patch(
        self,
        layer: str,
        item_id: int,
        values: Mapping[str, object],
        *,
        expected_version: int | None = None,
    ) -> Item:
        """Change some fields of one row; ``geom`` in `values` changes its geometry.

        Raises
        ------
        UnknownItemError
            If there is no such row.
        ConflictError
            If the stored version is not `expected_version`.
        """

    def delete(self, layer: str, ids: Sequence[int] | NDArray[np.int64]) -> int:
        """Delete rows by id; how many there were. Their ids are never given again."""

    def replace_layer(self, layer: str) -> int:
        """Delete the rows of a layer not put in this unit of work; how many there were."""

    def add_grid_version(self, record: GridRecord) -> int:
        """Store a grid version, its units and lineage; used by `layers.registry` alone.

        Raises
        ------
        ConflictError
            If its number is taken.
        """

    def new_ids(self, layer: str, count: int) -> int:
        """First of `count` ids that nothing in the layer has or will have."""


class Store(Protocol):
    """The one truth of a city. Every reader takes a `Scope`.

    A layer the scope may not see raises `UnknownLayerError`, as one that does not exist.
    """

    @property
    def catalog(self) -> Catalog:
        """Layers of the city."""

    @property
    def identity(self) -> str:
        """Random text given when the store was made: says which store a snapshot is of."""

    def head(self) -> int:
        """Sequence number of the last committed change; 0 for an empty store."""

    def write(self, scope: Scope, *, action: str) -> AbstractContextManager[UnitOfWork]:
        """One unit of work; others wait for its end.

        Raises
        ------
        ForbiddenError
            If the scope is not of staff.
        StoreUnavailableError
            If the store is locked, full or down: nothing was changed.
        """

    def scan(
        self,
        layer: str,
        *,
        scope: Scope,
        fields: Sequence[str] | None = None,
        ids: NDArray[np.int64] | None = None,
    ) -> Iterator[pa.Table]:
        """Rows in order of id, in tables of some ten thousands, all of one moment.

        Columns: ``id`` int64, ``uid`` text (see `Item.uid`), ``version`` int32, ``updated_at``
        int64, ``geom`` WKB (where the scope may see it) and the fields: INTEGER and INSTANT
        int64, NUMBER float64, TEXT, CATEGORY and JSON text, BOOLEAN bool.

        Parameters
        ----------
        fields
            Fields wanted; None takes those held in the snapshot that the scope reads plain.
        ids
            Only these rows; None for all.

        Raises
        ------
        ForbiddenError
            If a named field is not readable plain by the scope, or the scope has units.
        """

    def fetch(
        self,
        layer: str,
        ids: Sequence[int] | NDArray[np.int64],
        *,
        scope: Scope,
        fields: Sequence[str] | None = None,
        visible: Visible | None = None,
    ) -> list[Item]:
        """Rows by id, in the order asked, those that are not there left out.

        Restricted fields are masked by `layers.masking`; a scope that may unmask reads them
        whole, and an audit record of the look is committed before the answer is given.

        Parameters
        ----------
        fields
            Fields wanted; None takes all.
        visible
            Jurisdiction, needed if the scope has units.
        """

    def find_uid(
        self, layer: str, uids: Sequence[str], *, scope: Scope, visible: Visible | None = None
    ) -> dict[str, int]:
        """Id of each uid that exists.

        Raises
        ------
        ForbiddenError
            If the layer tells of people and the scope may not unmask.
        """

    def count(self, layer: str, *, scope: Scope) -> int:
        """Number of rows.

        Raises
        ------
        ForbiddenError
            If the layer tells of people and the scope may not count them, or the scope has units.
        """

    def changes(self, after: int, *, limit: int = 1000, scope: Scope) -> list[Change]:
        """Changes with a sequence number above `after`, in order, whole units of work.

        More than `limit` rows come only to finish the last unit of work. Changes of layers the
        scope may not see are left out.
        """

    def audit(self, after: int = 0, *, limit: int = 1000, scope: Scope) -> list[AuditRecord]:
        """Audit records with a number above `after`, in order.

        Raises
        ------
        ForbiddenError
            Unless the scope is of an administrator or the server itself.
        """

    def record_audit(
        self, scope: Scope, *, action: str, count: int, detail: Mapping[str, object] | None = None
    ) -> None:
        """Commit an audit record that goes with no change of rows: a look, a sign-in, a batch."""

    def audit_fault(self) -> AuditFault | None:
        """First place where the audit chain does not hold; None if it holds."""

    def grid_versions(self) -> list[GridVersionRow]:
        """Published grid versions in order of number."""

    def grid_record(self, number: int) -> GridRecord:
        """A grid version whole.

        Raises
        ------
        NotFoundError
            If there is no such version.
        """

    def grid_codes(self) -> dict[str, tuple[int, int]]:
        """Every code ever published: unit id, and number of the last version that has it."""

    def on_commit(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Have `callback` called with `head` after each commit; gives the way to end that.

        It runs in the writer's thread after the writer's lock is given back, and only wakes:
        what changed is read from `changes`. Units of work may be run together in one call.
        """

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
