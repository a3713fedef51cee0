"""Units that can be sent: workers and resources with their last position and readiness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.speeds import Mode
from geoserver.city import City
from geoserver.services.columns import ViewColumns
from layers.policy import Scope

__all__ = ["LAYERS", "REASONS", "Fleet", "fleet", "travel_mode"]

LAYERS = ("worker", "resource")

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


def fleet(city: City, scope: Scope, *, fresh_s: float) -> Fleet:
    """Workers and resources that a reader may see, at their last position.

    Parameters
    ----------
    city
        The city.
    scope
        Reader.
    fresh_s
        Seconds after which a position that was sent counts as stale.
    """
    snapshot, now = city.snapshot, city.now()
    visible = [name for name in LAYERS if name in snapshot.layers(scope)]
    parts = [
        _layer_units(ViewColumns.of(snapshot.layer(name, scope)), name, now) for name in visible
    ]
    units = _joined(parts, fresh_s)
    _apply_positions(units, city, scope, now)
    stale = np.nan_to_num(units.age_s, nan=0.0) > fresh_s
    units.reason[(units.reason == READY) & stale] = STALE
    units.reason[np.isnan(units.lonlat[:, 0])] = NO_POSITION
    return units


def _layer_units(columns: ViewColumns, layer: str, now: int) -> Fleet:
    """Units of one layer as the snapshot has them."""
    is_worker = layer == "worker"
    seen = columns.numbers("last_seen_at" if is_worker else "position_at")
    state = [word or "" for word in columns.word_list("state")]
    return Fleet(
        layer=np.full(len(columns), LAYERS.index(layer), dtype=np.int8),
        item_id=columns.ids,
        kind=[word or layer for word in columns.word_list("role" if is_worker else "kind")],
        name=[word or "" for word in columns.word_list("code" if is_worker else "name")],
        state=state,
        lonlat=columns.lonlat,
        age_s=np.maximum(0.0, (now - seen) / 1000.0),
        reason=np.array([_STATES.get(word, READY) for word in state], dtype=np.int16),
        fresh_s=np.inf,
    )


def _joined(parts: list[Fleet], fresh_s: float) -> Fleet:
    """Units of several layers, one after the other."""
    empty = np.empty(0, dtype=np.int64)
    return Fleet(
        layer=np.concatenate([empty, *(p.layer for p in parts)]).astype(np.int8),
        item_id=np.concatenate([empty, *(p.item_id for p in parts)]),
        kind=[word for p in parts for word in p.kind],
        name=[word for p in parts for word in p.name],
        state=[word for p in parts for word in p.state],
        lonlat=np.concatenate([np.empty((0, 2)), *(p.lonlat for p in parts)]),
        age_s=np.concatenate([np.empty(0), *(p.age_s for p in parts)]),
        reason=np.concatenate([empty, *(p.reason for p in parts)]).astype(np.int16),
        fresh_s=fresh_s,
    )
