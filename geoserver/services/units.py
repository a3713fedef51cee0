"""Units that can be sent: workers and resources with their last position and readiness."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.speeds import Mode
from geoserver.city import City
from geoserver.services.columns import ViewColumns
from layers.policy import Scope

__all__ = ["LAYERS", "REASONS", "Fleet", "UnitService", "travel_mode", "unit_keys"]

LAYERS = ("worker", "resource")
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
_EMERGENCY = frozenset({"police_car", "ambulance", "fire_engine"})
_ON_FOOT = frozenset({"grid_worker", "collector", "grid_leader", "patrol", "team"})


def travel_mode(kind: str) -> Mode | None:
    """How a kind of unit travels; None flies in a straight line."""
    if kind == "drone":
        return None
    if kind in _EMERGENCY:
        return "emergency"
    return "foot" if kind in _ON_FOOT else "car"


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """All units that a reader may see, as columns of one length.

    Parameters
    ----------
    layer, item_id
        (n,) int8 position in `LAYERS`, and int64 id in that layer.
    kind, name, state
        Words of each; name is the number of a worker, whose own name is restricted.
    lonlat
        (n, 2) float64 degrees; NaN without position.
    age_s
        (n,) float64, age of the position; NaN where it is not known.
    reason
        (n,) int16, `READY` or why a unit cannot be sent.
    fresh_s
        Seconds after which a position is stale.
    """

    layer: NDArray[np.int8]
    item_id: NDArray[np.int64]
    kind: list[str]
    name: list[str]
    state: list[str]
    lonlat: NDArray[np.float64]
    age_s: NDArray[np.float64]
    reason: NDArray[np.int16]
    fresh_s: float

    def __len__(self) -> int:
        """Number of units."""
        return int(self.item_id.size)

    @property
    def keys(self) -> NDArray[np.int64]:
        """(n,) int64, different for every unit of all layers: the order of ties."""
        return self.item_id * len(LAYERS) + self.layer

    @property
    def is_fresh(self) -> NDArray[np.bool_]:
        """(n,) bool, True where the age of the position is known and small."""
        return np.nan_to_num(self.age_s, nan=np.inf) <= self.fresh_s

    def words(self, row: int) -> dict[str, object]:
        """What every answer says of one unit."""
        lon, lat = (round(float(value), 7) for value in self.lonlat[row])
        age = float(self.age_s[row])
        return {
            "id": int(self.item_id[row]),
            "layer": LAYERS[int(self.layer[row])],
            "kind": self.kind[row],
            "name": self.name[row],
            "state": self.state[row],
            "lon": lon,
            "lat": lat,
            "position_age_s": None if np.isnan(age) else round(age, 1),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Register:
    """Units as the layers have them; `seen_at` is the time of the stored position, NaN unknown."""

    layer: NDArray[np.int8]
    item_id: NDArray[np.int64]
    kind: list[str]
    name: list[str]
    state: list[str]
    lonlat: NDArray[np.float64]
    seen_at: NDArray[np.float64]
    row_of: dict[int, int]


def unit_keys(layers: Sequence[str], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) int64 number of each unit, different over all layers."""
    return ids * len(LAYERS) + np.array([LAYERS.index(layer) for layer in layers], dtype=np.int64)


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
    _kept: dict[str, tuple[tuple[int, ...], _Register]] = field(default_factory=dict)

    def fleet(self, scope: Scope) -> Fleet:
        """Workers and resources that a reader may see, at their last position."""
        known = self._register(scope)
        now, lonlat, seen = self.city.now(), known.lonlat.copy(), known.seen_at.copy()
        state = list(known.state)
        if scope.is_staff:
            sent = self.city.positions.view(scope)
            keys = unit_keys(sent.kinds.tolist(), sent.ids).tolist()
            pairs = [(known.row_of[key], i) for i, key in enumerate(keys) if key in known.row_of]
            rows, taken = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
            lonlat[rows], seen[rows] = sent.lonlat[taken], sent.at[taken]
            for row, i in pairs:
                state[row] = sent.states[i] or state[row]
        age_s = np.maximum(0.0, (now - seen) / 1000.0)
        reason = np.array([_STATES.get(word, READY) for word in state], dtype=np.int16)
        stale = np.nan_to_num(age_s, nan=0.0) > self.fresh_s
        reason[(reason == READY) & stale] = STALE
        reason[np.isnan(lonlat[:, 0])] = NO_POSITION
        return Fleet(
            layer=known.layer,
            item_id=known.item_id,
            kind=known.kind,
            name=known.name,
            state=state,
            lonlat=lonlat,
            age_s=age_s,
            reason=reason,
            fresh_s=self.fresh_s,
        )

    def kinds_and_states(self, scope: Scope) -> dict[int, tuple[str, str]]:
        """Number of a unit to its kind and stored state, for those that a reader may see."""
        known = self._register(scope)
        return {key: (known.kind[row], known.state[row]) for key, row in known.row_of.items()}

    def _register(self, scope: Scope) -> _Register:
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


def _layer_units(columns: ViewColumns, layer: str) -> _Register:
    """Units of one layer as the snapshot has them."""
    is_worker = layer == "worker"
    return _Register(
        layer=np.full(len(columns), LAYERS.index(layer), dtype=np.int8),
        item_id=columns.ids,
        kind=[word or layer for word in columns.word_list("role" if is_worker else "kind")],
        name=[word or "" for word in columns.word_list("code" if is_worker else "name")],
        state=[word or "" for word in columns.word_list("state")],
        lonlat=columns.lonlat,
        seen_at=columns.numbers("last_seen_at" if is_worker else "position_at"),
        row_of={},
    )


def _joined(parts: list[_Register]) -> _Register:
    """Units of several layers, one after the other."""
    none = np.empty(0, dtype=np.int64)
    layer = np.concatenate([none, *(p.layer for p in parts)]).astype(np.int8)
    item_id = np.concatenate([none, *(p.item_id for p in parts)])
    keys = item_id * len(LAYERS) + layer
    return _Register(
        layer=layer,
        item_id=item_id,
        kind=[word for p in parts for word in p.kind],
        name=[word for p in parts for word in p.name],
        state=[word for p in parts for word in p.state],
        lonlat=np.concatenate([np.empty((0, 2)), *(p.lonlat for p in parts)]),
        seen_at=np.concatenate([np.empty(0), *(p.seen_at for p in parts)]),
        row_of={key: row for row, key in enumerate(keys.tolist())},
    )
