"""The register: publish grid versions, and find the one that holds at a moment."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from grids.arcs import ArcTable
from grids.errors import ConflictError, ForbiddenError, ParameterError, TopologyError
from grids.hierarchy import LEVELS, Hierarchy, Unit
from grids.versions import GridVersion
from layers.columns import LayerTable
from layers.model import LayerSpec
from layers.policy import Role, Scope
from layers.registry.arcs import arcs_sha256, packed_arcs, unpacked_arcs
from layers.registry.table import grid_items, grid_table
from layers.registry.units import check_faces, check_units, renumbered, with_stable_ids
from layers.store.grids import GridRecord, GridVersionRow, LineageRow
from layers.store.protocol import Item, Store

__all__ = ["Lineage", "Registry"]

_PUBLISHERS = frozenset({Role.PLANNER, Role.ADMIN, Role.SYSTEM})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Lineage:
    """One step from a unit of the version before to one of the version to be, by code.

    Parameters
    ----------
    old_code, new_code
        Codes; equal where a unit goes on under its code with other bounds.
    kind
        ``split``, ``merge``, ``move`` (other parent) or ``renumber``.
    """

    old_code: str
    new_code: str
    kind: str


class Registry:
    """Published grid versions of one store.

    Parameters
    ----------
    store
        Where they are kept.
    levels
        Words for the levels, from the top.
    pool
        Threads for point location; None uses the caller's.
    keep
        How many versions stay in memory.
    clock
        Milliseconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        store: Store,
        *,
        levels: Sequence[str] = LEVELS,
        pool: Executor | None = None,
        keep: int = 4,
        clock: Callable[[], int] = _now_ms,
    ) -> None:
        self._store = store
        self._levels = tuple(levels)
        self._pool = pool
        self._keep = keep
        self._clock = clock
        self._loaded: OrderedDict[int, GridVersion] = OrderedDict()
        self._lock = RLock()

    def versions(self) -> list[GridVersionRow]:
        """Published versions in order of number, those in the future included."""
        return self._store.grid_versions()

    def version(self, at: int | None = None) -> GridVersion | None:
        """Version that holds at a moment.

        Parameters
        ----------
        at
            Milliseconds since 1970-01-01 UTC; None is now.

        Returns
        -------
        GridVersion | None
            The newest whose first moment is not after `at`; None before the first.
        """
        moment = self._clock() if at is None else at
        numbers = [row.number for row in self.versions() if row.effective_from <= moment]
        return self.numbered(numbers[-1]) if numbers else None

    def numbered(self, number: int) -> GridVersion:
        """Version with a number.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._lock:
            if number in self._loaded:
                self._loaded.move_to_end(number)
                return self._loaded[number]
            record = self._store.grid_record(number)
            arcs = unpacked_arcs(record.arcs, record.row.arcs_sha256)
            hierarchy = Hierarchy(record.units, levels=self._levels)
            return self._kept(record.row, arcs, hierarchy)

    def _kept(self, row: GridVersionRow, arcs: ArcTable, hierarchy: Hierarchy) -> GridVersion:
        version = GridVersion(row.number, row.effective_from, arcs, hierarchy, pool=self._pool)
        self._loaded[row.number] = version
        while len(self._loaded) > self._keep:
            self._loaded.popitem(last=False)
        return version

    def lineage(self, number: int) -> tuple[LineageRow, ...]:
        """How units of the version before became units of this one."""
        return self._store.grid_record(number).lineage

    def table(self, version: GridVersion, spec: LayerSpec) -> LayerTable:
        """Every unit of a version as a row of the layer ``grid``."""
        return grid_table(version, spec)

    def items(self, version: GridVersion, ids: Sequence[int] | NDArray[np.int64]) -> list[Item]:
        """Units of a version by id, with their exact outline; those that are not there left out."""
        return grid_items(version, self._store.catalog["grid"], ids)

    def unit_ids(self, codes: Iterable[str]) -> dict[str, int]:
        """Id of each code: the registered one, or for a new code one that nothing has.

        Ids of new codes are provisional: `publish` numbers them.
        """
        wanted = list(dict.fromkeys(codes))
        known = self._store.grid_codes()
        free = 1 + max((number for number, _ in known.values()), default=0)
        new = iter(range(free, free + len(wanted)))
        return {code: known[code][0] if code in known else next(new) for code in wanted}

    def publish(  # noqa: PLR0913 - all that a publication is, by name
        self,
        arcs: ArcTable,
        units: Iterable[Unit],
        *,
        effective_from: int,
        scope: Scope,
        author: str = "",
        note: str = "",
        lineage: Iterable[Lineage] = (),
    ) -> GridVersion:
        """Publish the next version, in one transaction.

        Parameters
        ----------
        arcs
            Coverage of the leaf units.
        units
            All units, with any distinct ids, by which `arcs` and parents name them. A code that
            was published keeps its id, whatever id is given here; new codes get new ids.
        effective_from
            Milliseconds since 1970-01-01 UTC from which the version holds; not before that of
            the version before, so that history does not move.
        scope
            Who publishes; of a planner, an administrator or the server itself.
        author, note
            Who made it (by default the scope's subject), and why.
        lineage
            Steps from the version before.

        Raises
        ------
        ForbiddenError
            If the scope may not publish.
        ConflictError
            If a code was retired or moved, or `effective_from` is too early.
        HierarchyError, TopologyError
            If the units form no tree, or arcs and tree do not belong together.
        """
        if scope.role not in _PUBLISHERS:
            raise ForbiddenError(f"role {scope.role} may not publish a grid version")
        given = list(units)
        Hierarchy(given, levels=self._levels)
        with self._store.write(scope, action="publish grid version") as unit:
            rows, codes = self._store.grid_versions(), self._store.grid_codes()
            last = self.numbered(rows[-1].number) if rows else None
            if rows and effective_from < rows[-1].effective_from:
                raise ConflictError(
                    f"effective_from {effective_from} lies before {rows[-1].effective_from}, "
                    f"that of version {rows[-1].number}"
                )
            check_units(given, codes, last.hierarchy if last else None)
            count = sum(u.code not in codes for u in given)
            stable = with_stable_ids(given, codes, unit.new_ids("grid", count))
            hierarchy = Hierarchy(stable.units, levels=self._levels)
            named = renumbered(arcs, stable)
            check_faces(named, hierarchy)
            packed, box = packed_arcs(named), named.bounds()
            if box is None:
                raise TopologyError("a grid version without arcs cannot be published")
            row = GridVersionRow(
                len(rows) + 1,
                effective_from,
                self._clock(),
                author or scope.subject,
                note,
                (box.xmin, box.ymin, box.xmax, box.ymax),
                arcs_sha256(packed),
            )
            steps = _steps(lineage, hierarchy, last.hierarchy if last else None)
            unit.add_grid_version(GridRecord(row, packed, hierarchy.units, steps))
        with self._lock:
            return self._kept(row, named, hierarchy)


def _steps(
    lineage: Iterable[Lineage], new: Hierarchy, old: Hierarchy | None
) -> tuple[LineageRow, ...]:
    steps = list(lineage)
    if steps and old is None:
        raise ParameterError("the first version has no lineage")
    return tuple(
        LineageRow(old.unit_by_code(s.old_code).id, new.unit_by_code(s.new_code).id, s.kind)
        for s in steps
        if old is not None
    )
