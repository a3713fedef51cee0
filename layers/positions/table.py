"""Last position of every moving unit, in memory, with its own sequence."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.errors import ForbiddenError
from layers.policy import Scope
from layers.positions.batch import PositionBatch, Reject
from layers.positions.checks import CheckLimits, rejects
from layers.positions.columns import PositionColumns, Positions

__all__ = ["Diff", "Inside", "PositionTable", "Push", "Swept"]

Inside = Callable[[Scope, NDArray[np.float64]], NDArray[np.bool_]]
"""Which positions (n, 2) lie inside the jurisdiction of a scope that has units: (n,) bool."""

Box = tuple[float, float, float, float]
Key = tuple[str, int]

_TOMBSTONES = 100_000


@dataclass(frozen=True, slots=True)
class Push:
    """What became of a batch: the table's sequence number after it, and rejected reports."""

    seq: int
    accepted: NDArray[np.int64]
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """Units that a sweep found: silent for long, and gone."""

    seq: int
    stale: tuple[Key, ...]
    gone: tuple[Key, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Diff:
    """Changes for one reader since a sequence number.

    Parameters
    ----------
    seq
        Cursor for the next call.
    add
        Units that appeared.
    update
        Units that moved or changed; a reader that does not have one adds it.
    remove
        Keys of units that left the box or are gone; a reader that does not have one goes on.
    reset
        True if the cursor is too old: `add` is everything, forget what came before.
    """

    seq: int
    add: Positions
    update: Positions
    remove: tuple[Key, ...]
    reset: bool


class PositionTable:
    """Last positions by kind and id; every method may be called from any thread.

    Parameters
    ----------
    limits
        What a report must keep.
    inside
        Jurisdiction of scopes with units; without it such scopes see nothing.
    """

    def __init__(self, limits: CheckLimits | None = None, *, inside: Inside | None = None) -> None:
        self._limits = limits or CheckLimits()
        self._inside = inside
        self._lock = threading.Lock()
        self._columns = PositionColumns()
        self._seq = 0
        self._gone: dict[Key, int] = {}
        self._forgotten = 0
        self._view: Positions | None = None

    @property
    def seq(self) -> int:
        """Sequence number of the last change."""
        return self._seq

    def __len__(self) -> int:
        """Number of units with a position."""
        return len(self._columns)

    def push(self, batch: PositionBatch, *, received: int) -> Push:
        """Take the good reports of a batch, all of them at one sequence number.

        Parameters
        ----------
        received
            Milliseconds UTC of the server's clock.

        Returns
        -------
        Push
            `accepted` has (k,) int64 rows of the batch, ascending; where one unit comes twice,
            the newest report counts and the others are rejected.
        """
        with self._lock:
            known_at = self._columns.known_at(batch)
            rejected = rejects(batch, known_at, received=received, limits=self._limits)
            good = np.ones(len(batch), dtype=np.bool_)
            good[[reject.row for reject in rejected]] = False
            accepted = np.flatnonzero(good)
            if accepted.size:
                self._seq += 1
                self._columns.put(batch, accepted, seq=self._seq, received=received)
                self._view = None
            return Push(self._seq, accepted, rejected)

    def sweep(self, now: int, *, stale_ms: int, gone_ms: int) -> Swept:
        """Mark silent units stale, and remove those silent for very long.

        Parameters
        ----------
        now
            Milliseconds UTC of the server's clock; silence is measured from reception.
        stale_ms, gone_ms
            Length of silence after which a unit is stale, or gone.
        """
        with self._lock:
            stale = self._columns.newly_stale(now - stale_ms)
            gone = self._columns.silent_since(now - gone_ms)
            if stale.size or gone.size:
                self._seq += 1
                self._view = None
            stale_keys = self._columns.mark_stale(stale, seq=self._seq)
            gone_keys = self._columns.remove(gone)
            for key in gone_keys:
                self._gone.pop(key, None)
                self._gone[key] = self._seq
            while len(self._gone) > _TOMBSTONES:
                oldest = next(iter(self._gone))
                self._forgotten = self._gone.pop(oldest)
            gone_set = set(gone_keys)
            stale_left = tuple(key for key in stale_keys if key not in gone_set)
            return Swept(self._seq, stale_left, gone_keys)

    def view(self, scope: Scope) -> Positions:
        """All positions that a scope may see, immutable.

        Raises
        ------
        ForbiddenError
            If the scope is not of staff: where people on duty are is not public.
        """
        return self._seen(self._whole(), scope)

    def since(self, seq: int, box: Box | None, scope: Scope) -> Diff:
        """What a reader of a box must change to be up to date.

        Parameters
        ----------
        seq
            Cursor of the reader's last diff; 0 for everything.
        box
            xmin, ymin, xmax, ymax in degrees that the reader shows; None for all. A reader that
            moves its box starts again from 0.

        Returns
        -------
        Diff
            A scope with units always gets a reset: to say which units left its jurisdiction
            would tell of units that were never inside.

        Raises
        ------
        ForbiddenError
            If the scope is not of staff.
        """
        with self._lock:
            whole, gone, forgotten = self._frozen(), self._gone_since(seq), self._forgotten
        reset = not forgotten <= seq <= whole.seq or seq <= 0 or scope.units is not None
        if reset:
            shown = self._seen(whole, scope)
            shown = shown.taken(shown.within(box))
            return Diff(whole.seq, shown, shown.taken(slice(0)), (), reset=True)
        changed = whole.taken(whole.changed > seq)
        seen = self._may_see(changed, scope) & changed.within(box)
        shown, new = changed.taken(seen), changed.appeared > seq
        removed = changed.taken(~seen & ~new).keys()
        if gone:  # one that is back again counts as gone unless it is shown
            here = set(shown.keys())
            removed += tuple(key for key in gone if key not in here)
        return Diff(
            whole.seq, shown.taken(new[seen]), shown.taken(~new[seen]), removed, reset=False
        )

    def positions_of(self, keys: Sequence[Key], scope: Scope) -> Mapping[Key, tuple[float, float]]:
        """Last longitude and latitude of some units, those that the scope sees."""
        shown = self.view(scope)
        place = {key: i for i, key in enumerate(shown.keys())}
        found = {key: shown.lonlat[place[key]].tolist() for key in keys if key in place}
        return {key: (lon, lat) for key, (lon, lat) in found.items()}

    def _gone_since(self, seq: int) -> list[Key]:
        """Units removed after a sequence number, the last first."""
        found = []
        for key, at in reversed(self._gone.items()):
            if at <= seq:
                break
            found.append(key)
        return found

    def _whole(self) -> Positions:
        with self._lock:
            return self._frozen()

    def _frozen(self) -> Positions:
        if self._view is None:
            self._view = self._columns.frozen(self._seq)
        return self._view

    def _seen(self, positions: Positions, scope: Scope) -> Positions:
        seen = self._may_see(positions, scope)
        return positions if seen.all() else positions.taken(seen)

    def _may_see(self, positions: Positions, scope: Scope) -> NDArray[np.bool_]:
        if not scope.is_staff:
            raise ForbiddenError(f"role {scope.role} may not see positions of units on duty")
        if scope.units is None:
            return np.ones(len(positions), dtype=np.bool_)
        if self._inside is None:
            return np.zeros(len(positions), dtype=np.bool_)
        return self._inside(scope, positions.lonlat)
