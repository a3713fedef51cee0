"""Columns of last positions: growing arrays inside, frozen copies for readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.positions.batch import PositionBatch

__all__ = ["PositionColumns", "Positions"]

Key = tuple[str, int]
Box = tuple[float, float, float, float]

_NEVER = np.iinfo(np.int64).min
_FIRST_ROWS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Positions of n units at one moment.

    Parameters
    ----------
    seq
        Sequence number of the table.
    kinds, states
        (n,) object arrays of str.
    ids
        (n,) int64.
    lonlat
        (n, 2) float64 degrees, EPSG:4490.
    accuracy_m, speed_mps, heading_deg
        (n,) float64, NaN unknown.
    at, received
        (n,) int64 milliseconds UTC: by the device, and by the server.
    stale
        (n,) bool, True after long silence.
    appeared, changed
        (n,) int64 sequence numbers: when the unit came into the table, and when it last changed.
    """

    seq: int
    kinds: NDArray[np.object_]
    ids: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    states: NDArray[np.object_]
    at: NDArray[np.int64]
    received: NDArray[np.int64]
    stale: NDArray[np.bool_]
    appeared: NDArray[np.int64]
    changed: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of units."""
        return self.ids.size

    def taken(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Positions":
        """Some of the units."""
        arrays = {name: getattr(self, name)[chosen] for name in self.__slots__ if name != "seq"}
        return Positions(self.seq, **arrays)

    def within(self, box: Box | None) -> NDArray[np.bool_]:
        """(n,) bool: which lie in a box in degrees, borders included; all for None."""
        if box is None:
            return np.ones(len(self), dtype=np.bool_)
        xmin, ymin, xmax, ymax = box
        lon, lat = self.lonlat[:, 0], self.lonlat[:, 1]
        across = (lon >= xmin) | (lon <= xmax) if xmin > xmax else (lon >= xmin) & (lon <= xmax)
        return np.asarray(across & (lat >= ymin) & (lat <= ymax))

    def keys(self) -> tuple[Key, ...]:
        """Kind and id of every unit."""
        return tuple(zip(self.kinds.tolist(), self.ids.tolist(), strict=True))


class PositionColumns:
    """Growing arrays with a row per unit; rows of removed units are used again."""

    def __init__(self) -> None:
        self._rows: dict[Key, int] = {}
        self._free: list[int] = []
        self._end = 0
        self._arrays: dict[str, NDArray[Any]] = {
            name: np.zeros((_FIRST_ROWS, *shape), dtype=dtype)
            for name, dtype, shape in (
                ("kinds", object, ()),
                ("ids", np.int64, ()),
                ("lonlat", np.float64, (2,)),
                ("accuracy_m", np.float64, ()),
                ("speed_mps", np.float64, ()),
                ("heading_deg", np.float64, ()),
                ("states", object, ()),
                ("at", np.int64, ()),
                ("received", np.int64, ()),
                ("stale", np.bool_, ()),
                ("appeared", np.int64, ()),
                ("changed", np.int64, ()),
                ("used", np.bool_, ()),
            )
        }

    def __len__(self) -> int:
        """Number of units."""
        return len(self._rows)

    def known_at(self, batch: PositionBatch) -> NDArray[np.int64]:
        """(n,) int64 time of what is known of each unit; the lowest int64 for nothing."""
        rows = [self._rows.get(key, -1) for key in _keys(batch, range(len(batch)))]
        at = np.array(rows, dtype=np.int64)
        known: NDArray[np.int64] = np.where(at >= 0, self._arrays["at"][at], _NEVER)
        return known

    def put(
        self, batch: PositionBatch, accepted: NDArray[np.int64], *, seq: int, received: int
    ) -> None:
        """Write some rows of a batch, no unit twice."""
        rows = np.array([self._row(key, seq) for key in _keys(batch, accepted.tolist())])
        arrays = self._arrays
        arrays["lonlat"][rows] = batch.lonlat[accepted]
        for name in ("accuracy_m", "speed_mps", "heading_deg", "at"):
            arrays[name][rows] = getattr(batch, name)[accepted]
        arrays["received"][rows] = received
        arrays["stale"][rows] = False
        arrays["changed"][rows] = seq
        for row, state in zip(
            rows.tolist(), (batch.states[i] for i in accepted.tolist()), strict=True
        ):
            if state or arrays["states"][row] is None:  # an unknown state keeps the last
                arrays["states"][row] = state

    def newly_stale(self, before: int) -> NDArray[np.int64]:
        """Rows heard of last before a moment and not marked yet."""
        silent = self.silent_since(before)
        return np.asarray(silent[~self._arrays["stale"][silent]])

    def silent_since(self, before: int) -> NDArray[np.int64]:
        """Rows heard of last before a moment."""
        used = self._arrays["used"][: self._end]
        return np.flatnonzero(used & (self._arrays["received"][: self._end] < before))

    def mark_stale(self, rows: NDArray[np.int64], *, seq: int) -> tuple[Key, ...]:
        """Mark rows; their keys."""
        self._arrays["stale"][rows] = True
        self._arrays["changed"][rows] = seq
        return self._keys_of(rows)

    def remove(self, rows: NDArray[np.int64]) -> tuple[Key, ...]:
        """Take rows out; their keys."""
        keys = self._keys_of(rows)
        self._arrays["used"][rows] = False
        for key, row in zip(keys, rows.tolist(), strict=True):
            del self._rows[key]
            self._arrays["states"][row] = None
            self._free.append(row)
        return keys

    def frozen(self, seq: int) -> Positions:
        """Copy for readers."""
        used = np.flatnonzero(self._arrays["used"][: self._end])
        arrays = {name: array[used] for name, array in self._arrays.items() if name != "used"}
        return Positions(seq, **arrays)

    def _keys_of(self, rows: NDArray[np.int64]) -> tuple[Key, ...]:
        kinds, ids = self._arrays["kinds"][rows].tolist(), self._arrays["ids"][rows].tolist()
        return tuple(zip(kinds, ids, strict=True))

    def _row(self, key: Key, seq: int) -> int:
        row = self._rows.get(key)
        if row is None:
            row = self._free.pop() if self._free else self._grown()
            self._rows[key] = row
            arrays = self._arrays
            arrays["kinds"][row], arrays["ids"][row] = key
            arrays["states"][row] = None
            arrays["used"][row], arrays["appeared"][row] = True, seq
        return row

    def _grown(self) -> int:
        if self._end == self._arrays["ids"].shape[0]:
            for name, array in self._arrays.items():
                grown = np.zeros((2 * array.shape[0], *array.shape[1:]), dtype=array.dtype)
                grown[: self._end] = array
                self._arrays[name] = grown
        self._end += 1
        return self._end - 1


def _keys(batch: PositionBatch, rows: Sequence[int]) -> list[Key]:
    ids = batch.ids.tolist()
    return [(batch.kinds[row], ids[row]) for row in rows]
