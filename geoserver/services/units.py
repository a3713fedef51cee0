"""Units that can be sent: workers and resources with their last position and readiness."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.speeds import Mode
from geoserver.city import City
from geoserver.services.columns import ViewColumns
from layers.policy import Scope

__all__ = [
    "LAYERS",
    "MODES",
    "REASONS",
    "STATIONS",
    "Fleet",
    "UnitRegister",
    "UnitService",
    "travel_mode",
    "unit_keys",
]

LAYERS = ("worker", "resource", "facility")
"""Layers that units come from; of facilities only `STATIONS`, where units set out."""

STATIONS = ("police", "fire_station", "hospital", "clinic", "depot")
WORLD = (-(2**31), -(2**31), 2**31, 2**31)
_KEPT = 64

READY, OFF_DUTY, LEAVE, BUSY, ASSIGNED = range(5)
OFFLINE, MAINTENANCE, STALE, NO_POSITION, NO_ROAD = range(5, 10)

REASONS: dict[int, tuple[str, str]] = {
    READY: ("ready", "可派"),
    OFF_DUTY: ("off-duty", "已下班"),
    LEAVE: ("on-leave", "请假"),
    BUSY: ("busy", "正在处置其他事件"),
    ASSIGNED: ("assigned", "已出动"),
    OFFLINE: ("offline", "离线"),
    MAINTENANCE: ("in-maintenance", "维修中"),
    STALE: ("stale-position", "定位已过期"),
    NO_POSITION: ("no-position", "没有定位"),
    NO_ROAD: ("no-road", "附近没有可通行道路"),
}
"""Code of a unit's readiness to its machine word and its Chinese words."""

_STATES = {
    "off_duty": OFF_DUTY,
    "leave": LEAVE,
    "busy": BUSY,
    "assigned": ASSIGNED,
    "offline": OFFLINE,
    "maintenance": MAINTENANCE,
}
MODES: tuple[Mode | None, ...] = ("emergency", "car", "foot", None)
"""Modes of travel; None flies in a straight line."""

_EMERGENCY = frozenset({"police_car", "ambulance", "fire_engine", *STATIONS[:-1]})
_ON_FOOT = frozenset({"grid_worker", "collector", "grid_leader", "patrol", "team"})
_Words = NDArray[np.object_]


def travel_mode(kind: str) -> Mode | None:
    """How a kind of unit travels; None flies in a straight line."""
    if kind == "drone":
        return None
    if kind in _EMERGENCY:
        return "emergency"
    return "foot" if kind in _ON_FOOT else "car"


@dataclass(frozen=True, slots=True, eq=False)
class UnitRegister:
    """Units as their layers have them; the same object as long as no row of them changed.

    Parameters
    ----------
    key
        (n,) int64 ascending, different for every unit of all layers.
    layer, item_id
        (n,) int8 position in `LAYERS`, and int64 id in that layer.
    kind, name, state
        (n,) words; name is the number of a worker, whose own name is restricted.
    mode
        (n,) int8 position in `MODES`.
    lonlat
        (n, 2) float64 degrees, the stored position; NaN without.
    seen_at
        (n,) float64 milliseconds UTC of the stored position; NaN where it is not known.
    """

    key: NDArray[np.int64]
    layer: NDArray[np.int8]
    item_id: NDArray[np.int64]
    kind: _Words
    name: _Words
    state: _Words
    mode: NDArray[np.int8]
    lonlat: NDArray[np.float64]
    seen_at: NDArray[np.float64]

    def rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) int64 row of each key, -1 where there is none."""
        if not self.key.size:
            return np.full(keys.size, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.key, keys), self.key.size - 1)
        return np.where(self.key[at] == keys, at, -1)


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """All units that a reader may see, where they are now.

    Parameters
    ----------
    register
        What is stored of them.
    state
        (n,) words: the state last sent, else the stored one.
    lonlat
        (n, 2) float64 degrees; NaN without position.
    age_s
        (n,) float64, age of the position; NaN where it is not known.
    reason
        (n,) int16, `READY` or why a unit cannot be sent.
    fresh_s
        Seconds after which a position is stale.
    positions_seq
        Sequence number of the positions used.
    """

    register: UnitRegister
    state: _Words
    lonlat: NDArray[np.float64]
    age_s: NDArray[np.float64]
    reason: NDArray[np.int16]
    fresh_s: float
    positions_seq: int

    def __len__(self) -> int:
        """Number of units."""
        return int(self.reason.size)

    @property
    def is_fresh(self) -> NDArray[np.bool_]:
        """(n,) bool, True where the age of the position is known and small."""
        return np.nan_to_num(self.age_s, nan=np.inf) <= self.fresh_s

    def words(self, row: int) -> dict[str, object]:
        """What every answer says of one unit."""
        lon, lat = (round(float(value), 7) for value in self.lonlat[row])
        age = float(self.age_s[row])
        return {
            "id": int(self.register.item_id[row]),
            "layer": LAYERS[int(self.register.layer[row])],
            "kind": self.register.kind[row],
            "name": self.register.name[row],
            "state": self.state[row],
            "lon": lon,
            "lat": lat,
            "position_age_s": None if np.isnan(age) else round(age, 1),
        }


def unit_keys(layers: _Words, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) int64 number of each unit, different over all layers."""
    number = np.zeros(ids.size, dtype=np.int64)
    for place, layer in enumerate(LAYERS):
        number[layers == layer] = place
    return ids * len(LAYERS) + number


@dataclass(slots=True)
class UnitService:
    """Units at their last position.

    Parameters
    ----------
    city
        The city.
    fresh_s
        Seconds after which a position counts as stale.
    """

    city: City
    fresh_s: float
    _kept: dict[str, tuple[tuple[int, ...], UnitRegister]] = field(default_factory=dict)

    def fleet(self, scope: Scope) -> Fleet:
        """Workers, resources and stations that a reader may see, at their last position."""
        known = self.register(scope)
        now, lonlat, seen = self.city.now(), known.lonlat.copy(), known.seen_at.copy()
        state, seq = known.state.copy(), 0
        if scope.is_staff:
            sent = self.city.positions.view(scope)
            rows = known.rows_of(unit_keys(sent.kinds, sent.ids))
            there = rows >= 0
            lonlat[rows[there]], seen[rows[there]] = sent.lonlat[there], sent.at[there]
            told = there & (sent.states != "")
            state[rows[told]], seq = sent.states[told], sent.seq
        age_s = np.maximum(0.0, (now - seen) / 1000.0)
        reason = np.array([_STATES.get(word, READY) for word in state.tolist()], dtype=np.int16)
        stale = np.nan_to_num(age_s, nan=0.0) > self.fresh_s
        reason[(reason == READY) & stale] = STALE
        reason[np.isnan(lonlat[:, 0])] = NO_POSITION
        return Fleet(known, state, lonlat, age_s, reason, self.fresh_s, seq)

    def register(self, scope: Scope) -> UnitRegister:
        """Units that a reader may see, read again when a row of them changed."""
        snapshot = self.city.snapshot
        views = {
            name: snapshot.layer(name, scope) for name in LAYERS if name in snapshot.layers(scope)
        }
        number = snapshot.grid_version.number if snapshot.grid_version else 0
        stamp = (number, *(view.version_key(WORLD) for view in views.values()))
        known = self._kept.get(scope.key)
        if known is None or known[0] != stamp:
            parts = [_layer_units(ViewColumns.of(view), name) for name, view in views.items()]
            known = (stamp, _joined(parts))
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[scope.key] = known
        return known[1]


def _words(words: list[str | None], fallback: str) -> _Words:
    """Words as a column."""
    return np.array([word or fallback for word in words], dtype=object)


def _layer_units(columns: ViewColumns, layer: str) -> UnitRegister:
    """Units of one layer as the snapshot has them."""
    if layer == "facility":
        columns = columns.where(columns.is_word("kind", *STATIONS))
    is_worker = layer == "worker"
    kind = _words(columns.word_list("role" if is_worker else "kind"), layer)
    return UnitRegister(
        key=columns.ids * len(LAYERS) + LAYERS.index(layer),
        layer=np.full(len(columns), LAYERS.index(layer), dtype=np.int8),
        item_id=columns.ids,
        kind=kind,
        name=_words(columns.word_list("code" if is_worker else "name"), ""),
        state=_words(columns.word_list("state"), ""),
        mode=np.array([MODES.index(travel_mode(word)) for word in kind.tolist()], dtype=np.int8),
        lonlat=columns.lonlat,
        seen_at=columns.numbers("last_seen_at" if is_worker else "position_at"),  # of stations NaN
    )


def _joined(parts: list[UnitRegister]) -> UnitRegister:
    """Units of several layers in order of key."""
    none = np.empty(0, dtype=np.int64)
    words = np.empty(0, dtype=object)
    key = np.concatenate([none, *(p.key for p in parts)])
    order = np.argsort(key)
    return UnitRegister(
        key=key[order],
        layer=np.concatenate([none, *(p.layer for p in parts)]).astype(np.int8)[order],
        item_id=np.concatenate([none, *(p.item_id for p in parts)])[order],
        kind=np.concatenate([words, *(p.kind for p in parts)])[order],
        name=np.concatenate([words, *(p.name for p in parts)])[order],
        state=np.concatenate([words, *(p.state for p in parts)])[order],
        mode=np.concatenate([none, *(p.mode for p in parts)]).astype(np.int8)[order],
        lonlat=np.concatenate([np.empty((0, 2)), *(p.lonlat for p in parts)])[order],
        seen_at=np.concatenate([np.empty(0), *(p.seen_at for p in parts)])[order],
    )
