"""Classes of cases, rhythm of the day and week, and the course of a case after its report."""

import tomllib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geoserver.demo.deadlines import deadline
from layers.data_files import data_text

__all__ = ["CaseClasses", "CaseCourse", "case_classes", "course", "hour_weights", "state_at"]

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_RHYTHM = np.array(
    [1, 0.7, 0.5, 0.4, 0.5, 1.2, 3, 5.5, 9, 11, 10, 8, 5, 5.5, 8, 9.5, 9, 7, 5.5, 5, 4, 3, 2.2, 1.5]
)
_WEEK = np.array([1.08, 1.05, 1.0, 1.0, 1.04, 0.82, 0.74])


@dataclass(frozen=True, slots=True)
class CaseClasses:
    """Classes of cases as columns of data/names/event_classes.toml."""

    code: NDArray[np.str_]
    title: NDArray[np.str_]
    share: NDArray[np.float64]
    department: NDArray[np.str_]
    grade: NDArray[np.str_]
    limit_type: NDArray[np.str_]
    limit_value: NDArray[np.float64]
    place: NDArray[np.str_]


@cache
def case_classes() -> CaseClasses:
    """The classes of the demo city."""
    rows = tomllib.loads(data_text("names", "event_classes.toml"))["class"]
    share = np.array([row["share"] for row in rows])
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0] if key != "share"}
    return CaseClasses(share=share / share.sum(), **columns)


def hour_weights(times_ms: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) float64 relative rate of reports at times, by hour and weekday in Asia/Shanghai."""
    local = times_ms + 8 * _HOUR
    hour = (local % _DAY) // _HOUR
    return np.asarray(_RHYTHM[hour] / _RHYTHM.mean() * _WEEK[(local // _DAY + 3) % 7])


@dataclass(frozen=True, slots=True)
class CaseCourse:
    """Times of every step of cases, (n,) int64 milliseconds UTC, past and future."""

    reported: NDArray[np.int64]
    accepted: NDArray[np.int64]
    dispatched: NDArray[np.int64]
    arrived: NDArray[np.int64]
    handled: NDArray[np.int64]
    closed: NDArray[np.int64]
    due: NDArray[np.int64]


def course(
    reported: NDArray[np.int64], class_index: NDArray[np.int64], rng: np.random.Generator
) -> CaseCourse:
    """How cases go: accepted within minutes, most closed well before the limit, a few late."""
    classes = case_classes()
    due = deadline(reported, classes.limit_type[class_index], classes.limit_value[class_index])
    span = (due - reported).astype(np.float64)
    part = rng.lognormal(np.log(0.30), 0.72, reported.size)
    closed = reported + (part * span).astype(np.int64)
    room = np.maximum(closed - reported, 240_000)

    def step(median_s: float, spread: float, cap: float) -> NDArray[np.int64]:
        wait = rng.lognormal(np.log(median_s * 1e3), spread, reported.size)
        return np.asarray(np.minimum(wait, cap * room), dtype=np.int64)

    accepted = reported + step(35.0, 0.7, 0.15)
    dispatched = accepted + step(50.0, 0.8, 0.15)
    arrived = dispatched + step(660.0, 0.6, 0.35)
    handled = arrived + ((closed - arrived) * rng.uniform(0.55, 0.93, reported.size)).astype(
        np.int64
    )
    return CaseCourse(
        reported, accepted, dispatched, arrived, np.maximum(handled, arrived + 60_000),
        np.maximum(closed, arrived + 120_000), due,
    )  # fmt: skip


def state_at(
    steps: CaseCourse, now_ms: int, fate: NDArray[np.str_]
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.bool_]]:
    """State, colour and lateness of cases at a moment.

    Parameters
    ----------
    steps
        Their courses.
    now_ms
        The moment, milliseconds UTC.
    fate
        (n,) how a case ends: ``closed``, ``evaluated``, ``rejected`` or ``withdrawn``.
    """
    state = np.full(steps.reported.size, "registered", dtype="U10")
    for name, time in (
        ("accepted", steps.accepted),
        ("dispatched", steps.dispatched),
        ("handling", steps.arrived),
        ("feedback", steps.handled),
    ):
        state[time <= now_ms] = name
    refused = np.isin(fate, ["rejected", "withdrawn"])
    over = (steps.closed <= now_ms) | (refused & (steps.accepted <= now_ms))
    state[over] = fate[over]
    used = (now_ms - steps.reported) / np.maximum(1, steps.due - steps.reported)
    colour = np.where(over, "green", np.where(used >= 0.8, "red", "blue"))
    late = np.where(over, ~refused & (steps.closed > steps.due), now_ms > steps.due)
    return state, colour, np.asarray(late, dtype=bool)
