"""Counts for answers: exact for staff in their area, protected for everybody else."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.services.columns import ViewColumns
from geoserver.services.units import WORLD
from layers.counts import CountKind, UnitCounts, unit_counts
from layers.model import LayerSpec
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["CountingService", "count_kind"]

_KEPT = 256
_KEPT_HOMES = 16
_Homes = tuple[tuple[int, int], NDArray[np.int64], NDArray[np.int64]]


def count_kind(scope: Scope) -> CountKind:
    """Which kind of counts of people a reader gets."""
    is_exact = scope.is_staff and scope.person_count
    return CountKind.EXACT if is_exact else CountKind.PROTECTED


@dataclass(slots=True)
class CountingService:
    """Counts per unit, worked out once per snapshot and reader, and the audit of looks.

    Parameters
    ----------
    city
        The city.
    k
        Smallest number of people that a protected count tells of.
    """

    city: City
    k: int
    _kept: OrderedDict[tuple[int, int, str, str], UnitCounts] = field(default_factory=OrderedDict)
    _homes: dict[str, _Homes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def units(self, snapshot: Snapshot, layer: str, scope: Scope) -> UnitCounts:
        """Rows of a layer per unit of the grid.

        Raises
        ------
        UnknownLayerError
            If the reader may not see the layer; protected counts of people are for everyone.
        """
        number = snapshot.grid_version.number if snapshot.grid_version else 0
        key = (snapshot.seq, number, layer, scope.key)
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            known = unit_counts(snapshot, layer, scope, k=self.k)
            with self._lock:
                self._kept[key] = known
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return known

    def people_in(
        self, snapshot: Snapshot, building_ids: NDArray[np.int64], scope: Scope
    ) -> NDArray[np.int64] | None:
        """(n,) int64 people registered in each building; None for a reader who may not count.

        Numbers of freely chosen buildings are never protected by rounding: enough of them would
        tell of single people, so they are only for those who may know.
        """
        if count_kind(scope) is CountKind.PROTECTED:
            return None
        view = snapshot.layer("person", scope)
        number = snapshot.grid_version.number if snapshot.grid_version else 0
        stamp = (view.version_key(WORLD), number)
        with self._lock:
            known = self._homes.get(scope.key)
        if known is None or known[0] != stamp:
            home = ViewColumns.of(view).numbers("building_id")
            found = np.unique(home[~np.isnan(home)].astype(np.int64), return_counts=True)
            known = (stamp, *found)
            with self._lock:
                if len(self._homes) >= _KEPT_HOMES:
                    self._homes.clear()
                self._homes[scope.key] = known
        _, homes, counts = known
        if not homes.size:
            return np.zeros(building_ids.size, dtype=np.int64)
        at = np.minimum(np.searchsorted(homes, building_ids), homes.size - 1)
        return np.where(homes[at] == building_ids, counts[at], 0)

    def total(self, snapshot: Snapshot, layer: str, scope: Scope) -> int | None:
        """Rows of a layer that a reader sees; None where the number of people may not be told."""
        view = snapshot.layer(layer, scope)
        return None if is_protected(view.spec, scope) else view.count()

    def note_look(
        self, scope: Scope, what: str, *, people: int | None, place: dict[str, object]
    ) -> None:
        """Put an exact look at a number of people into the audit before it is answered."""
        if people is not None and count_kind(scope) is CountKind.EXACT:
            self.city.store.record_audit(
                scope, action=f"count people: {what}", count=people, detail=place
            )


def is_protected(spec: LayerSpec, scope: Scope) -> bool:
    """True if counts of a layer are not exact for a reader."""
    return spec.people and count_kind(scope) is CountKind.PROTECTED
