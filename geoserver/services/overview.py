"""The figures of the day: cases reported, due, late; streets; feeds; who is on duty."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.services.columns import ViewColumns
from geoserver.services.counting import count_kind
from geoserver.services.situation import OPEN_STATES
from geoserver.services.units import LAYERS, Fleet, UnitService
from grids.versions import GridVersion
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["PERIOD_DAYS", "OverviewService"]

PERIOD_DAYS = 7
"""Days whose deadlines the closure rates look at."""

_BIN_MS = 600_000
_DAY_MS = 86_400_000
_RECENT = 20
_RED = 10
_ON_DUTY = ("on_duty", "busy")
_KEPT_MS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """Columns of the layer ``event`` that the figures need; times in ms, NaN where unknown."""

    columns: ViewColumns
    reported: NDArray[np.float64]
    deadline: NDArray[np.float64]
    closed: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    is_red: NDArray[np.bool_]
    leaf: NDArray[np.int32]


@dataclass(slots=True)
class OverviewService:
    """Figures out of the snapshot, worked out at most every two seconds.

    Parameters
    ----------
    city
        The city.
    fleets
        Units at their last position.
    """

    city: City
    fleets: UnitService
    _kept: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def overview(self, scope: Scope) -> dict[str, Any]:
        """The figures for one reader.

        Raises
        ------
        UnknownLayerError
            If the reader may not see cases.
        """
        now = self.city.now()
        with self._lock:
            at, known = self._kept.get(scope.key, (0, {}))
        if known and known["seq"] == self.city.snapshot.seq and now - at < _KEPT_MS:
            return known
        figures = self._figures(scope, now)
        with self._lock:
            self._kept[scope.key] = (now, figures)
        return figures

    def _figures(self, scope: Scope, now: int) -> dict[str, Any]:
        """The figures, worked out."""
        snapshot = self.city.snapshot
        cases = _cases(snapshot, scope)
        units = self.fleets.fleet(scope)
        version = snapshot.grid_version
        day = _midnight(now, self.city)
        in_period = (cases.deadline >= now - PERIOD_DAYS * _DAY_MS) & (cases.deadline < now)
        on_time = in_period & (cases.closed <= cases.deadline)
        late = cases.is_open & (cases.deadline < now)
        duty = _duty(units)
        return {
            "as_of": now,
            "seq": snapshot.seq,
            "kind": count_kind(scope),
            "grid_version": version.number if version else None,
            "reported_today": _between(cases.reported, day, now),
            "reported_same_day_last_week": _between(
                cases.reported, *_a_week_before(day, now, self.city)
            ),
            "period_days": PERIOD_DAYS,
            "due": int(in_period.sum()),
            "closed_on_time": int(on_time.sum()),
            "overdue": int(late.sum()),
            "at_risk": int((cases.is_open & cases.is_red & ~late).sum()),
            "open": int(cases.is_open.sum()),
            "on_duty": duty[0],
            "on_duty_expected": duty[1],
            "by_street": _by_street(version, cases.leaf, in_period, on_time),
            "histogram": _histogram(cases, day, now),
            "feeds": self._feeds(cases, units, now),
            "recent": self._recent(cases, version, scope),
            "response": _response(cases, now),
        }

    def _recent(
        self, cases: _Cases, version: GridVersion | None, scope: Scope
    ) -> list[dict[str, Any]]:
        """Open red cases by deadline, then those reported last, with what is only in the store."""
        known = np.flatnonzero(~np.isnan(cases.reported))
        newest = known[np.argsort(-cases.reported[known], kind="stable")][:_RECENT]
        red = known[(cases.is_open & cases.is_red)[known]]
        red = red[np.argsort(cases.deadline[red], kind="stable")][:_RED]
        rows = np.concatenate((red, newest[~np.isin(newest, red)]))
        ids = cases.columns.ids[rows].tolist()
        fields = ("code", "title", "state", "colour", "address", "reported_at", "deadline_at")
        items = {item.id: item for item in self.city.items("event", ids, scope)}
        found = []
        for row, item_id in zip(rows.tolist(), ids, strict=True):
            if item_id not in items:
                continue
            item, leaf = items[item_id], int(cases.leaf[row])
            place = item.geometry
            found.append(
                {"id": item_id}
                | {name: item.values.get(name) for name in (*fields, "closed_at")}
                | {
                    "grid": _leaf_name(version, leaf),
                    "lon": None if place is None else place.x,
                    "lat": None if place is None else place.y,
                }
            )
        return found

    def _feeds(self, cases: _Cases, units: Fleet, now: int) -> list[dict[str, Any]]:
        """Age of what streams in; a feed that never spoke is stale."""
        feeds = []
        ages = units.age_s[~np.isnan(units.age_s)]
        feeds.append(_feed("positions", "人员车辆定位", _least(ages), units.fresh_s))
        reported = cases.reported[cases.reported <= now]
        age = _least((now - reported) / 1000.0)
        feeds.append(_feed("event", "事件上报", age, 6 * 3600.0))
        return feeds


def _leaf_name(version: GridVersion | None, leaf: int) -> str | None:
    """Name of a leaf unit; None outside."""
    return version.hierarchy.chain(leaf)[-1].name if version and leaf >= 0 else None


def _feed(name: str, title: str, age_s: float | None, limit_s: float) -> dict[str, Any]:
    """One feed with its age."""
    return {
        "name": name,
        "title": title,
        "age_s": None if age_s is None else round(age_s, 1),
        "stale": age_s is None or age_s > limit_s,
    }


def _least(values: NDArray[np.float64]) -> float | None:
    """Smallest value; None if there is none."""
    return float(values.min()) if values.size else None


def _cases(snapshot: Snapshot, scope: Scope) -> _Cases:
    """Columns of the cases that the reader may see."""
    columns = ViewColumns.of(snapshot.layer("event", scope))
    return _Cases(
        columns,
        columns.numbers("reported_at"),
        columns.numbers("deadline_at"),
        columns.numbers("closed_at"),
        columns.is_word("state", *OPEN_STATES),
        columns.is_word("colour", "red"),
        columns.leaf,
    )


def _midnight(now: int, city: City) -> int:
    """Milliseconds UTC of the start of the day in the city."""
    local = datetime.fromtimestamp(now / 1000, city.profile.zone)
    return round(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _a_week_before(day: int, now: int, city: City) -> tuple[int, int]:
    """The same span of the day, one week earlier by the calendar of the city."""
    start = datetime.fromtimestamp(day / 1000, city.profile.zone) - timedelta(days=7)
    first = round(start.timestamp() * 1000)
    return first, first + (now - day)


def _between(times: NDArray[np.float64], start: int, end: int) -> int:
    """How many times lie in [start, end)."""
    return int(((times >= start) & (times < end)).sum())


def _duty(units: Fleet) -> tuple[int, int | None]:
    """Workers on duty whose position is fresh, and workers that should be on duty."""
    is_worker = units.register.layer == LAYERS.index("worker")
    if not is_worker.any():
        return 0, None
    on_duty = is_worker & np.array([state in _ON_DUTY for state in units.state], dtype=bool)
    return int((on_duty & units.is_fresh).sum()), int(on_duty.sum())


def _by_street(
    version: GridVersion | None,
    leaf: NDArray[np.int32],
    due: NDArray[np.bool_],
    on_time: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    """Cases due and closed on time per street; of the level above the leaves without streets."""
    if version is None:
        return []
    tree = version.hierarchy
    level = next((lv for lv in ("street", "district", "city") if tree.units_at(lv)), None)
    if level is None:
        return []
    units, index = tree.units_at(level), np.append(tree.ancestor_index(level), -1)
    street = index[leaf]
    counts = [
        np.bincount(street[mask & (street >= 0)], minlength=len(units)) for mask in (due, on_time)
    ]
    return [
        {
            "code": unit.code,
            "name": unit.name,
            "due": int(n),
            "closed_on_time": int(done),
            "rate": round(float(done / n), 4) if n else None,
        }
        for unit, n, done in zip(units, *counts, strict=True)
    ]


def _histogram(cases: _Cases, day: int, now: int) -> list[dict[str, int]]:
    """Cases reported today per ten minutes, up to now."""
    bins = (now - day) // _BIN_MS + 1
    today = (cases.reported >= day) & (cases.reported <= now)
    slot = ((cases.reported[today] - day) // _BIN_MS).astype(np.int64)
    every = np.bincount(slot, minlength=bins)
    red = np.bincount(slot[cases.is_red[today]], minlength=bins)
    return [
        {"t": day + i * _BIN_MS, "n": int(every[i]), "red": int(red[i])} for i in range(int(bins))
    ]


def _response(cases: _Cases, now: int) -> dict[str, float | None] | None:
    """Median time to acceptance, and from dispatch to arrival, over the period."""
    is_recent = cases.reported >= now - PERIOD_DAYS * _DAY_MS
    accepted = cases.columns.numbers("accepted_at")
    accept = _median(accepted[is_recent] - cases.reported[is_recent])
    dispatched = cases.columns.numbers("dispatched_at")
    arrived = cases.columns.numbers("arrived_at")
    arrive = _median(arrived[is_recent] - dispatched[is_recent])
    if accept is None and arrive is None:
        return None
    return {"median_accept_s": accept, "median_arrive_s": arrive}


def _median(span_ms: NDArray[np.float64]) -> float | None:
    """Median in seconds of the spans that are known and not negative."""
    known = span_ms[span_ms >= 0]
    return round(float(np.median(known)) / 1000, 1) if known.size else None
