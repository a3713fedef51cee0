"""Grid workers, one per grid with stand-ins, and vehicles with their bases."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.codes import UnitTable
from geoserver.demo.facilities import Facilities
from geoserver.demo.land import GroundPlan
from geoserver.demo.names import person_names

__all__ = ["Vehicles", "Workers", "muster", "station_vehicles"]

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Workers:
    """Workers; `grid` is an index of the unit table.

    Parameters
    ----------
    grid
        (n,) int64 grid each answers for, or stands in for.
    role, state, name
        (n,) text.
    backup
        (n,) bool: a stand-in for the grids of a community.
    point
        (n, 2) float64 metres, in its grid.
    """

    grid: NDArray[np.int64]
    role: NDArray[np.str_]
    state: NDArray[np.str_]
    name: NDArray[np.str_]
    backup: NDArray[np.bool_]
    point: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Vehicles and teams; `base` is an index of the facilities."""

    base: NDArray[np.int64]
    kind: NDArray[np.str_]
    name: NDArray[np.str_]
    skills: NDArray[np.str_]
    capacity: NDArray[np.int64]
    state: NDArray[np.str_]
    point: NDArray[np.float64]


def on_shift(index: NDArray[np.int64], now_ms: int) -> NDArray[np.bool_]:
    """Who works now, in Asia/Shanghai; on Saturday and Sunday two in three of them.

    Most have the day shift from 8 to 18, every sixth the evening from 14 to 22, every twentieth
    the night.
    """
    local = now_ms + 8 * 3_600_000
    hour = local % _DAY_MS / 3_600_000
    weekend = (local // _DAY_MS + 3) % 7 >= 5
    shift = np.where(index % 20 == 7, 2, np.where(index % 6 == 3, 1, 0))
    day = (hour >= 8.0) & (hour < 18.0)
    evening = (hour >= 14.0) & (hour < 22.0)
    night = (hour >= 21.0) | (hour < 8.5)
    works = np.choose(
        shift, [np.full(index.size, day), np.full(index.size, evening), np.full(index.size, night)]
    )
    return np.asarray(works & ~(weekend & (index % 3 == 1)))


def muster(ground: GroundPlan, units: UnitTable, now_ms: int, rng: np.random.Generator) -> Workers:
    """One worker per grid, a leader per community, and stand-ins for one grid in five."""
    grids = np.unique(units.grid)
    largest = np.full(len(units.units), -1)
    area = shapely.area(ground.parcels)
    order = np.argsort(area)
    largest[units.grid[order]] = order
    spare = np.sort(rng.permutation(grids)[: max(1, grids.size // 5)])
    lead = np.array([k for k in grids if units.units[k].code.endswith("001")])
    grid = np.concatenate([grids, spare, lead])
    role = np.repeat(
        ["grid_worker", "collector", "grid_leader"], [grids.size, spare.size, lead.size]
    )
    inside = shapely.get_coordinates(shapely.point_on_surface(ground.parcels[largest[grid]]))
    index = np.arange(grid.size)
    state = np.where(on_shift(index, now_ms), "on_duty", "off_duty").astype("U8")
    state[rng.random(grid.size) < 0.02] = "leave"
    state[(state == "on_duty") & (rng.random(grid.size) < 0.08)] = "busy"
    name = person_names(rng.random(grid.size) < 0.62, rng)
    return Workers(grid, role, state, name, role == "collector", inside)


_FLEET = (
    ("police", "police_car", "警车", "治安 交通", 4, 3),
    ("fire_station", "fire_engine", "消防车", "灭火 破拆 救援", 6, 2),
    ("hospital", "ambulance", "救护车", "急救", 3, 2),
    ("government", "patrol_car", "城管巡逻车", "市容 秩序", 4, 2),
    ("depot", "repair", "抢修车", "燃气 供水 供电", 4, 1),
    ("government", "sanitation", "环卫车", "清扫 清运", 2, 2),
    ("depot", "team", "应急队伍", "防汛 抢险", 20, 1),
)


def station_vehicles(
    facilities: Facilities, points: NDArray[np.float64], rng: np.random.Generator
) -> Vehicles:
    """Vehicles of every base; `points` (n, 2) metres of the facilities."""
    rows: list[tuple[int, str, str, str, int]] = []
    for base_kind, kind, title, skills, capacity, each in _FLEET:
        serial = 0
        for at in np.flatnonzero(facilities.kind == base_kind):
            for _ in range(each):
                serial += 1
                rows.append((int(at), kind, f"{title}{serial:03d}", skills, capacity))
    base = np.array([row[0] for row in rows])
    state = rng.choice(
        ["available", "assigned", "maintenance", "offline"], len(rows), p=[0.84, 0.10, 0.03, 0.03]
    )
    return Vehicles(
        base,
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
        np.array([row[4] for row in rows]),
        state,
        points[base] + rng.normal(0, 6.0, (len(rows), 2)),
    )
