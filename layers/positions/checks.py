"""Checks of reported positions, all rows of a batch at once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.positions.batch import PositionBatch, Reason, Reject

__all__ = ["CheckLimits", "rejects"]

_MAX_SPEED_MPS = 150.0


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What a report must keep.

    Parameters
    ----------
    kinds
        Known kinds of unit.
    area
        xmin, ymin, xmax, ymax in degrees that positions must lie in; None for anywhere.
    future_ms, past_ms
        How far the device's time may be ahead of and behind the server's.
    """

    kinds: frozenset[str] = field(default=frozenset({"worker", "resource"}))
    area: tuple[float, float, float, float] | None = None
    future_ms: int = 120_000
    past_ms: int = 86_400_000


def rejects(
    batch: PositionBatch,
    known_at: NDArray[np.int64],
    *,
    received: int,
    limits: CheckLimits,
) -> tuple[Reject, ...]:
    """Reports that may not be taken, each with the first reason, by row.

    Parameters
    ----------
    known_at
        (n,) int64 time of the position known of each unit; the lowest int64 for none.
    received
        Milliseconds UTC of the server's clock.
    """
    lon, lat = batch.lonlat[:, 0], batch.lonlat[:, 1]
    finite = np.isfinite(lon) & np.isfinite(lat)
    tests = [
        (~finite, Reason.NOT_FINITE),
        (finite & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)), Reason.OUT_OF_RANGE),
        (_outside(batch, limits), Reason.OUTSIDE),
        (np.array([kind not in limits.kinds for kind in batch.kinds], bool), Reason.UNKNOWN_KIND),
        (batch.at > received + limits.future_ms, Reason.FUTURE),
        (batch.at < received - limits.past_ms, Reason.TOO_OLD),
        (_wrong(batch.accuracy_m, np.inf), Reason.ACCURACY),
        (_wrong(batch.speed_mps, _MAX_SPEED_MPS), Reason.SPEED),
        (_wrong(batch.heading_deg, 360.0), Reason.HEADING),
        (batch.at <= known_at, Reason.NOT_NEWER),
    ]
    reasons: dict[int, Reason] = {}
    for fails, reason in tests:
        for row in np.flatnonzero(fails).tolist():
            reasons.setdefault(row, reason)
    for row in _superseded(batch, reasons):
        reasons[row] = Reason.NOT_NEWER
    return tuple(Reject(row, reasons[row]) for row in sorted(reasons))


def _outside(batch: PositionBatch, limits: CheckLimits) -> NDArray[np.bool_]:
    if limits.area is None:
        return np.zeros(len(batch), dtype=np.bool_)
    xmin, ymin, xmax, ymax = limits.area
    lon, lat = batch.lonlat[:, 0], batch.lonlat[:, 1]
    inside = (lon >= xmin) & (lon <= xmax) & (lat >= ymin) & (lat <= ymax)
    return np.asarray(~inside)


def _wrong(values: NDArray[np.float64], highest: float) -> NDArray[np.bool_]:
    """Known values below 0 or above `highest`; infinite is wrong, NaN is unknown."""
    return np.asarray((values < 0) | (values > highest) | np.isinf(values))


def _superseded(batch: PositionBatch, rejected: dict[int, Reason]) -> list[int]:
    """Good rows that a newer (of equals, an earlier) good row of the same unit makes pointless."""
    best: dict[tuple[str, int], int] = {}
    lost = []
    for row, key in enumerate(zip(batch.kinds, batch.ids.tolist(), strict=True)):
        if row in rejected:
            continue
        other = best.get(key)
        if other is None:
            best[key] = row
        elif batch.at[row] > batch.at[other]:
            lost.append(other)
            best[key] = row
        else:
            lost.append(row)
    return lost
