"""Cases that go on: open ones pass their steps, new ones come by the rhythm of the day."""

import zlib
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geoserver.demo.case_model import CaseCourse, case_classes, course, hour_weights, state_at
from geoserver.demo.case_table import case_codes, instants

__all__ = ["LiveCases"]

_DAY = 86_400_000
_TIMES = ("reported_at", "accepted_at", "dispatched_at", "arrived_at", "handled_at", "closed_at")
_KEPT = (
    "class4", "title", "source", "grade", "severity", "level", "department", "limit_type",
    "limit_value", "address", "building_id", "grid_id", "grid_version", "crs_in",
)  # fmt: skip
_OPEN = ("registered", "accepted", "dispatched", "handling", "feedback")


@dataclass(slots=True)
class _Open:
    """Cases in progress."""

    uid: list[str]
    steps: CaseCourse
    shown: NDArray[np.str_]
    late: NDArray[np.bool_]


def _joined(a: CaseCourse, b: CaseCourse) -> CaseCourse:
    return CaseCourse(
        *(np.concatenate([getattr(a, f.name), getattr(b, f.name)]) for f in fields(CaseCourse))
    )


def _taken(steps: CaseCourse, rows: NDArray[np.int64] | NDArray[np.bool_]) -> CaseCourse:
    return CaseCourse(*(getattr(steps, f.name)[rows] for f in fields(CaseCourse)))


class LiveCases:
    """Open cases and the pattern of past ones.

    Parameters
    ----------
    past
        Table of layer ``event`` with ``uid``, ``geom`` and the fields used here.
    now_ms
        Milliseconds UTC at the start.
    rng
        Source of chance.
    """

    FIELDS = (*_KEPT, "code", "state", "colour", "late", "deadline_at", *_TIMES)

    def __init__(self, past: pa.Table, now_ms: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._past = past
        self._reported = past["reported_at"].to_numpy()
        recent = int((self._reported > now_ms - 90 * _DAY).sum())
        self._per_ms = max(recent, 90) / 90.0 / _DAY
        self._last = int(min(now_ms, max(self._reported.max(initial=0), now_ms - 2 * _DAY)))
        codes = past["code"].to_pylist()
        self._serial = {code[6:14]: 0 for code in codes if code}
        for code in codes:
            if code:
                self._serial[code[6:14]] = max(self._serial[code[6:14]], int(code[14:]))
        self._open = self._resumed(now_ms)

    @property
    def open_count(self) -> int:
        """Number of cases in progress."""
        return len(self._open.uid)

    def _resumed(self, now_ms: int) -> _Open:
        """Open cases of the store, with the steps still to come drawn anew from their keys."""
        state = np.array(self._past["state"].to_pylist())
        rows = np.flatnonzero(np.isin(state, _OPEN))
        table = self._past.take(pa.array(rows))
        uid = table["uid"].to_pylist()
        rng = np.random.default_rng(zlib.crc32("".join(uid).encode()))
        classes = case_classes()
        index = np.array(
            [int(np.flatnonzero(classes.code == c)[0]) for c in table["class4"].to_pylist()],
            dtype=np.int64,
        )
        drawn = course(table["reported_at"].to_numpy(), index, rng)
        late = now_ms + np.cumsum(rng.exponential(240_000.0, (6, len(uid))), axis=0).astype(
            np.int64
        )
        times = []
        for k, (name, field) in enumerate(zip(_TIMES, fields(CaseCourse), strict=False)):
            known = table[name].to_numpy(zero_copy_only=False)
            fresh = np.maximum(getattr(drawn, field.name), late[k])
            times.append(
                np.where(
                    np.isnan(known.astype(float)), fresh, np.nan_to_num(known.astype(float))
                ).astype(np.int64)
            )
        times.append(table["deadline_at"].to_numpy())
        steps = CaseCourse(*times)
        shown = np.char.add(
            state[rows].astype("U10"), np.array(table["colour"].to_pylist(), dtype="U5")
        )
        return _Open(uid, steps, shown, np.array(table["late"].to_pylist(), dtype=bool))

    def advance(self, now_ms: int) -> list[pa.Table]:
        """Tables to put into layer ``event``: new cases, and what changed in open ones."""
        tables = [table for table in (self._new(now_ms), self._changed(now_ms)) if table.num_rows]
        self._last = max(self._last, now_ms)
        return tables

    def _new(self, now_ms: int) -> pa.Table:
        """Cases reported since the last call; each lies near a past one and is of its class."""
        span = max(0, now_ms - self._last)
        ticks = self._last + np.arange(0, span, 60_000)
        length = np.minimum(60_000, now_ms - ticks)
        count = (
            self._rng.poisson(self._per_ms * length * hour_weights(ticks))
            if span
            else np.empty(0, int)
        )
        reported = np.repeat(ticks, count) + (
            self._rng.random(count.sum()) * np.repeat(length, count)
        ).astype(np.int64)
        if reported.size == 0:
            return pa.table({"uid": pa.array([], pa.string())})
        reported = np.sort(reported)
        rows = self._rng.integers(0, self._past.num_rows, reported.size)
        table = self._past.take(pa.array(rows)).select(["geom", *_KEPT])
        classes = case_classes()
        index = np.array(
            [int(np.flatnonzero(classes.code == c)[0]) for c in table["class4"].to_pylist()],
            dtype=np.int64,
        )
        steps = course(reported, index, self._rng)
        county = np.array(
            [code[:6] for code in self._past["code"].take(pa.array(rows)).to_pylist()], dtype="U6"
        )
        code = self._codes(county, reported)
        uid = [f"demo-{value}" for value in code]
        state, colour, late = state_at(steps, now_ms, np.full(reported.size, "closed"))
        fresh = _Open(uid, steps, np.char.add(state, colour.astype("U5")), late)
        table = _with_progress(table, steps, now_ms, (state, colour, late))
        table = table.append_column("uid", pa.array(uid, pa.string()))
        table = table.append_column("code", pa.array(code.astype(object), pa.string()))
        table = table.append_column("deadline_at", pa.array(steps.due))
        self._open = _Open(
            self._open.uid + fresh.uid,
            _joined(self._open.steps, fresh.steps),
            np.concatenate([self._open.shown, fresh.shown]),
            np.concatenate([self._open.late, fresh.late]),
        )
        return table

    def _codes(self, county: NDArray[np.str_], reported: NDArray[np.int64]) -> NDArray[np.str_]:
        codes = case_codes(county, reported)
        result = []
        for code in codes:
            day = str(code)[6:14]
            self._serial[day] = self._serial.get(day, 0) + 1
            result.append(f"{str(code)[:14]}{self._serial[day]:05d}")
        return np.array(result, dtype="U24")

    def _changed(self, now_ms: int) -> pa.Table:
        """Open cases whose state, colour or lateness is another than shown; closed ones leave."""
        held = self._open
        state, colour, late = state_at(held.steps, now_ms, np.full(len(held.uid), "closed"))
        shown = np.char.add(state, colour.astype("U5"))
        rows = np.flatnonzero((shown != held.shown) | (late != held.late))
        table = pa.table({"uid": pa.array([held.uid[k] for k in rows], pa.string())})
        table = _with_progress(
            table, _taken(held.steps, rows), now_ms, (state[rows], colour[rows], late[rows])
        )
        stay = np.flatnonzero(state != "closed")
        self._open = _Open(
            [held.uid[k] for k in stay], _taken(held.steps, stay), shown[stay], late[stay]
        )
        return table


def _with_progress(
    table: pa.Table,
    steps: CaseCourse,
    now_ms: int,
    shown: tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.bool_]],
) -> pa.Table:
    """`table` with state, colour, lateness and the times that have passed."""
    state, colour, late = shown
    columns = {
        "state": pa.array(state.astype(object), pa.string()),
        "colour": pa.array(colour.astype(object), pa.string()),
        "late": pa.array(late),
    }
    times = (
        steps.reported,
        steps.accepted,
        steps.dispatched,
        steps.arrived,
        steps.handled,
        steps.closed,
    )
    for name, time in zip(_TIMES, times, strict=True):
        columns[name] = instants(time, time <= now_ms)
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table
