"""Deadlines of the demo's cases, in arrays: continuous hours and days, work hours and work days.

Work days are Monday to Friday, 08-12 and 14-18 in Asia/Shanghai; the demo knows no holidays.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["deadline"]

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_ZONE = 8 * _HOUR
_WORK_DAY_H = 8.0


def _worked(local: NDArray[np.int64]) -> NDArray[np.float64]:
    """Work hours from Monday 1969-12-29 to local times in milliseconds."""
    day = local // _DAY + 3
    week, weekday = day // 7, day % 7
    hour = (local % _DAY) / _HOUR
    today = np.clip(hour - 8.0, 0.0, 4.0) + np.clip(hour - 14.0, 0.0, 4.0)
    whole = week * 5 + np.minimum(weekday, 5)
    return np.asarray(whole * _WORK_DAY_H + np.where(weekday < 5, today, 0.0))


def _at_worked(hours: NDArray[np.float64]) -> NDArray[np.int64]:
    """First local time at which so many work hours are over."""
    number = np.ceil(hours / _WORK_DAY_H - 1e-9) - 1.0
    rest = hours - number * _WORK_DAY_H
    day = number // 5 * 7 + number % 5 - 3
    clock = np.where(rest <= 4.0 + 1e-9, 8.0 + rest, 10.0 + rest)
    return np.asarray(np.rint(day * _DAY + clock * _HOUR), dtype=np.int64)


def deadline(
    reported_ms: NDArray[np.int64], limit_type: NDArray[np.str_], value: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Deadlines, milliseconds UTC.

    Parameters
    ----------
    reported_ms
        (n,) int64 milliseconds UTC.
    limit_type
        (n,) ``urgent_hour``, ``natural_day``, ``work_hour`` or ``work_day``.
    value
        (n,) float64 hours or days.

    Examples
    --------
    Friday 2026-11-20 17:00 in Shanghai and five work hours: Monday 12:00.

    >>> friday = np.array([1795165200000])
    >>> due = deadline(friday, np.array(["work_hour"]), np.array([5.0]))
    >>> int(due[0] - friday[0]) // 3_600_000
    67
    """
    hours = np.where(np.isin(limit_type, ["natural_day"]), value * 24.0, value)
    clock = reported_ms + np.rint(hours * _HOUR).astype(np.int64)
    work = np.where(limit_type == "work_day", value * _WORK_DAY_H, value)
    local = reported_ms + _ZONE
    worked = _at_worked(_worked(local) + work) - _ZONE
    return np.where(np.isin(limit_type, ["work_hour", "work_day"]), worked, clock)
