"""Ninety days of cases: where, when, of which class, with planted hot spots."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.case_model import CaseCourse, case_classes, course, hour_weights
from geoserver.demo.codes import UnitTable
from geoserver.demo.network import RoadEdges

__all__ = ["Cases", "HotSpot", "Sites", "draw_cases"]

_DAY = 86_400_000
DAYS = 90
HOT_DAYS = 30
_SOURCES = ["worker", "resident", "hotline", "camera", "sensor", "leader"]
_SOURCE_SHARE = [0.52, 0.20, 0.13, 0.10, 0.03, 0.02]


@dataclass(frozen=True, slots=True)
class Sites:
    """Where cases may lie.

    Parameters
    ----------
    building, shop
        (n, 2) float64 points in or at buildings, and their weights.
    street
        (m, 2) float64 points on streets near buildings.
    """

    building: NDArray[np.float64]
    building_weight: NDArray[np.float64]
    shop_weight: NDArray[np.float64]
    street: NDArray[np.float64]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, built: BuiltCity, roads: RoadEdges, households: NDArray[np.int64]) -> "Sites":
        """Sites of a city: `households` per building; each building's street is the nearest."""
        inside = shapely.point_on_surface(built.outline)
        streets = roads.line[
            np.isin(
                roads.road_class, ["primary", "secondary", "tertiary", "residential", "service"]
            )
        ]
        pairs = shapely.STRtree(streets).query_nearest(inside, all_matches=False)
        nearest = np.empty(len(inside), dtype=np.int64)
        nearest[pairs[0]] = pairs[1]
        at = shapely.line_locate_point(streets[nearest], inside)
        street = shapely.get_coordinates(shapely.line_interpolate_point(streets[nearest], at))
        trade = np.isin(built.use, ["commercial", "office"])
        return cls(
            shapely.get_coordinates(inside),
            households**0.75 + 1.5 * trade + 0.2,
            np.where(trade, 1.0, 0.02),
            street,
            np.arange(len(inside)),
        )


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A planted hot spot: grids, class of its cases, factor on the usual number, days."""

    grids: tuple[int, ...]
    class_code: str
    factor: float
    days: int


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases; `building` is an index of the buildings, `class_index` of the classes."""

    point: NDArray[np.float64]
    building: NDArray[np.int64]
    class_index: NDArray[np.int64]
    source: NDArray[np.str_]
    fate: NDArray[np.str_]
    steps: CaseCourse
    planted: NDArray[np.bool_]


def _times(count: int, days: float, now_ms: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Report times in the last `days`, by the rhythm of the week, thinned from uniform ones."""
    times = np.empty(0, dtype=np.int64)
    while times.size < count:
        drawn = now_ms - (rng.random(2 * count) * days * _DAY).astype(np.int64)
        kept = drawn[rng.random(drawn.size) * 2.8 < hour_weights(drawn)]
        times = np.concatenate([times, kept])
    return np.sort(times[:count])


def _places(
    sites: Sites,
    class_index: NDArray[np.int64],
    among: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points and buildings of cases; `among` (n,) float64 multiplies each building's weight."""
    place = case_classes().place[class_index]
    building = np.empty(class_index.size, dtype=np.int64)
    for kind, weight in (("shop", sites.shop_weight), ("other", sites.building_weight)):
        chosen = (place == "shop") if kind == "shop" else (place != "shop")
        total = weight * among
        building[chosen] = rng.choice(total.size, chosen.sum(), p=total / total.sum())
    point = np.where((place == "street")[:, None], sites.street[building], sites.building[building])
    spread = np.where(place == "street", 9.0, 2.0)[:, None]
    return point + rng.normal(0.0, 1.0, point.shape) * spread, building


def _hot_spots(
    grid: NDArray[np.int64], sites: Sites, units: UnitTable, rng: np.random.Generator
) -> list[HotSpot]:
    """Clusters of neighbouring basic grids, far from each other."""
    basic = np.array([k for k, unit in enumerate(units.units) if unit.kind == "basic"])
    count = np.bincount(grid, minlength=len(units.units))
    basic = basic[count[basic] > 8]
    centre = (
        np.stack(
            [np.bincount(grid, sites.building[:, k], len(units.units)) for k in (0, 1)], axis=1
        )[basic]
        / count[basic][:, None]
    )
    wanted = max(2, round(basic.size / 48))
    chosen: list[int] = []
    spots: list[HotSpot] = []
    classes = ("0501", "0502", "0102", "0504", "0301", "0601")
    for k in rng.permutation(basic.size):
        gap = 1.2 * float(np.ptp(centre[:, 0])) / (2 + wanted**0.5)
        if all(np.hypot(*(centre[k] - centre[j])) > gap for j in chosen):
            near = np.argsort(np.hypot(*(centre - centre[k]).T))[: int(rng.integers(3, 6))]
            code = classes[len(spots) % len(classes)]
            factor = float(rng.uniform(5.0, 8.0))
            spots.append(
                HotSpot(tuple(int(g) for g in basic[near]), code, round(factor, 2), HOT_DAYS)
            )
            chosen.append(int(k))
        if len(spots) == wanted:
            break
    return spots


def draw_cases(
    sites: Sites,
    grid: NDArray[np.int64],
    units: UnitTable,
    wanted: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[Cases, list[HotSpot]]:
    """Cases of the last 90 days and the hot spots planted in the last 30.

    Parameters
    ----------
    sites
        Where cases may lie.
    grid
        (n,) int64 grid of each building, an index of `units`.
    units
        The unit tree.
    wanted
        Number of cases of the background, and now in milliseconds UTC.
    rng
        Source of chance.
    """
    count, now_ms = wanted
    classes = case_classes()
    spots = _hot_spots(grid, sites, units, rng)
    mood = np.exp(rng.normal(0.0, 0.22, len(units.units)))  # grids differ a little by nature
    index = rng.choice(classes.code.size, count, p=classes.share)
    point, building = _places(sites, index, mood[grid], rng)
    times = [_times(count, DAYS, now_ms, rng)]
    points, buildings, indices, planted = [point], [building], [index], [np.zeros(count, bool)]
    for spot in spots:
        inside = np.isin(grid, spot.grids)
        usual = float(inside[building].sum()) / DAYS * HOT_DAYS
        extra = max(12, round(usual * (spot.factor - 1.0) * 0.5))
        which = np.full(extra, int(np.flatnonzero(classes.code == spot.class_code)[0]))
        more, at = _places(sites, which, inside.astype(float), rng)
        points.append(more)
        buildings.append(at)
        indices.append(which)
        times.append(_times(extra, HOT_DAYS, now_ms, rng))
        planted.append(np.ones(extra, bool))
    reported = np.concatenate(times)
    order = np.argsort(reported, kind="stable")
    class_index = np.concatenate(indices)[order]
    steps = course(reported[order], class_index, rng)
    total = order.size
    fate = rng.choice(
        ["closed", "evaluated", "rejected", "withdrawn"], total, p=[0.66, 0.32, 0.015, 0.005]
    )
    cases = Cases(
        np.vstack(points)[order],
        np.concatenate(buildings)[order],
        class_index,
        rng.choice(_SOURCES, total, p=_SOURCE_SHARE),
        fate,
        steps,
        np.concatenate(planted)[order],
    )
    return cases, spots
