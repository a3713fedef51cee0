"""Batches of reported positions, and why single reports are rejected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from grids.errors import ParameterError

__all__ = ["PositionBatch", "Reason", "Reject"]


class Reason(StrEnum):
    """Why a report was not taken."""

    NOT_FINITE = "longitude or latitude is not a number"
    OUT_OF_RANGE = "longitude or latitude is out of range"
    OUTSIDE = "the position is outside the area of the city"
    UNKNOWN_KIND = "the kind of unit is not known"
    FUTURE = "the time is in the future"
    TOO_OLD = "the time is too long ago"
    NOT_NEWER = "a position as new or newer is known"
    ACCURACY = "accuracy_m must be 0 or more"
    SPEED = "speed_mps must be 0 to 150"
    HEADING = "heading_deg must be 0 to 360"


@dataclass(frozen=True, slots=True)
class Reject:
    """One report that was not taken: its row in the batch and why."""

    row: int
    reason: Reason


@dataclass(frozen=True, slots=True, eq=False)
class PositionBatch:
    """Reports of n units, in any order.

    Parameters
    ----------
    kinds
        n kinds of unit, as ``worker`` or ``resource``.
    ids
        (n,) int64 id of the unit in the layer of its kind.
    lonlat
        (n, 2) float64 degrees, EPSG:4490.
    at
        (n,) int64 milliseconds UTC by the clock of the device.
    accuracy_m, speed_mps, heading_deg
        (n,) float64 metres, metres per second, degrees clockwise from north; NaN is unknown.
    states
        n states, empty is unknown.

    Raises
    ------
    ParameterError
        If the arrays are not of one length.
    """

    kinds: Sequence[str]
    ids: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    at: NDArray[np.int64]
    accuracy_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    states: Sequence[str]

    def __post_init__(self) -> None:
        n = len(self.kinds)
        sizes = [self.ids.size, self.at.size, len(self.states)]
        sizes += [a.size for a in (self.accuracy_m, self.speed_mps, self.heading_deg)]
        if self.lonlat.shape != (n, 2) or any(size != n for size in sizes):
            raise ParameterError(f"a batch of {n} positions has columns of other lengths")

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.kinds)

    @classmethod
    def of(
        cls,
        kinds: Sequence[str],
        ids: NDArray[np.int64],
        lonlat: NDArray[np.float64],
        at: NDArray[np.int64],
    ) -> "PositionBatch":
        """Batch of bare positions: accuracy, speed, heading and state unknown."""
        unknown = np.full(len(kinds), np.nan)
        return cls(kinds, ids, lonlat, at, unknown, unknown, unknown, [""] * len(kinds))

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, object]]) -> "PositionBatch":
        """Batch of decoded JSON rows.

        Parameters
        ----------
        rows
            Each with ``kind``, ``id``, ``lon``, ``lat``, ``at``, and optionally ``accuracy_m``,
            ``speed_mps``, ``heading_deg``, ``state``.

        Raises
        ------
        ParameterError
            If a row lacks a key or a value is of the wrong type; names row and key.
        """
        lonlat = np.column_stack([_numbers(rows, "lon"), _numbers(rows, "lat")])
        return cls(
            _texts(rows, "kind", required=True),
            _integers(rows, "id"),
            lonlat.reshape(-1, 2),
            _integers(rows, "at"),
            _numbers(rows, "accuracy_m", required=False),
            _numbers(rows, "speed_mps", required=False),
            _numbers(rows, "heading_deg", required=False),
            _texts(rows, "state", required=False),
        )


def _values(rows: Sequence[Mapping[str, object]], key: str, *, required: bool) -> list[object]:
    if required:
        for i, row in enumerate(rows):
            if row.get(key) is None:
                raise ParameterError(f"position {i} has no {key}")
    return [row.get(key) for row in rows]


def _numbers(
    rows: Sequence[Mapping[str, object]], key: str, *, required: bool = True
) -> NDArray[np.float64]:
    out = np.full(len(rows), np.nan)
    for i, value in enumerate(_values(rows, key, required=required)):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(f"{key} of position {i} must be a number, got {value!r}")
        try:
            out[i] = value
        except OverflowError:
            out[i] = np.inf
    return out


def _integers(rows: Sequence[Mapping[str, object]], key: str) -> NDArray[np.int64]:
    out = np.zeros(len(rows), dtype=np.int64)
    for i, value in enumerate(_values(rows, key, required=True)):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not -(2**63) <= value < 2**63:  # type: ignore[operator]
            raise ParameterError(f"{key} of position {i} must be a 64-bit integer, got {value!r}")
        out[i] = value  # type: ignore[call-overload]
    return out


def _texts(rows: Sequence[Mapping[str, object]], key: str, *, required: bool) -> list[str]:
    out = []
    for i, value in enumerate(_values(rows, key, required=required)):
        if value is not None and not isinstance(value, str):
            raise ParameterError(f"{key} of position {i} must be a text, got {value!r}")
        out.append(value or "")
    return out
