"""Who is nearest: units by road time with a reason for every one chosen and refused."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.nearest import Nearest, nearest_units
from analysis.paths import path_lonlat
from analysis.snap import Snapped
from analysis.speeds import Mode
from geoserver.city import City
from geoserver.places import shown
from geoserver.roads import Roads
from geoserver.services.fleet_places import FleetPlaces, PlacedUnits
from geoserver.services.units import LAYERS, MODES, NO_ROAD, REASONS, STATIONS, Fleet, UnitService
from grids.crs import Crs
from grids.errors import ForbiddenError, ParameterError
from grids.geodesic import distance_m
from layers.policy import Scope

__all__ = ["DispatchLimits", "DispatchService", "NearestQuestion"]

_AIR_KMH = 45.0
_DETOUR = 1.35  # road over straight distance in built-up areas, for estimates without a road
_STRAIGHT_KMH: dict[str, float] = {"foot": 4.8, "emergency": 32.0}
_REJECTED_MOST = 50
_NO_LINE = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class DispatchLimits:
    """Limits of a search: farthest road time, farthest road, speed of estimates."""

    limit_s: float
    snap_m: float
    straight_kmh: float


@dataclass(frozen=True, slots=True)
class NearestQuestion:
    """A place (1, 2) in degrees, how many units, of which kinds (empty: all), answered in `crs`."""

    lonlat: NDArray[np.float64]
    k: int
    kinds: frozenset[str]
    crs: Crs


@dataclass(frozen=True, slots=True)
class _Found:
    """One unit with its time, distance and line; `is_road` if along roads."""

    row: int
    time_s: float
    metres: float
    line: NDArray[np.float64]
    is_road: bool


@dataclass(slots=True)
class DispatchService:
    """Nearest units on the road network of the city."""

    city: City
    units: UnitService
    limits: DispatchLimits
    places: FleetPlaces = field(init=False)

    def __post_init__(self) -> None:
        """Places are kept as long as the service."""
        self.places = FleetPlaces(self.city.pool, self.limits.snap_m)

    def nearest(self, question: NearestQuestion, scope: Scope) -> dict[str, object]:
        """The k units that are soonest there, and those passed over though nearer.

        Raises
        ------
        ParameterError
            If a kind is not one of the city's.
        ForbiddenError
            If the reader is not of staff.
        """
        if not scope.is_staff:
            raise ForbiddenError(f"role {scope.role} may not see where units are")
        snapshot = self.city.snapshot
        units = self.units.fleet(scope)
        wanted = self._wanted(units, question.kinds)
        roads = self.city.roads.current()
        chosen, refused = self._found(question, units, wanted, roads)
        chosen.sort(key=lambda found: (found.time_s, int(units.register.key[found.row])))
        chosen = chosen[: question.k]
        last_s = chosen[-1].time_s if len(chosen) == question.k else np.inf
        refused = sorted((f for f in refused if f.time_s <= last_s), key=lambda f: f.time_s)
        is_road = any(f.is_road for f in chosen) or (not chosen and self._is_near(roads, question))
        return {
            "units": [self._chosen(units, found, question.crs) for found in chosen],
            "rejected": [_refused(units, found) for found in refused[:_REJECTED_MOST]],
            "left_out": {"rejected": max(0, len(refused) - _REJECTED_MOST)},
            "method": "road" if is_road else "straight",
            "asked": question.k,
            "candidates": int(wanted.sum()),
            "limit_s": self.limits.limit_s,
            "positions_seq": units.positions_seq,
            "seq": snapshot.seq,
            "grid_version": snapshot.grid_version.number if snapshot.grid_version else None,
        }

    def _wanted(self, units: Fleet, kinds: frozenset[str]) -> NDArray[np.bool_]:
        """(n,) bool, units of the kinds asked that have a position."""
        there = ~np.isnan(units.lonlat[:, 0])
        if not kinds:  # stations only where there is nobody else to send
            is_mobile = units.register.layer < LAYERS.index("facility")
            return there & is_mobile if is_mobile.any() else there
        known = self.city.unit_kinds | {*STATIONS, *units.register.kind.tolist()}
        if unknown := sorted(kinds - known):
            raise ParameterError(
                f"kind has no {unknown[0]!r}; there are {', '.join(sorted(known))}"
            )
        is_kind = np.zeros(len(units), dtype=np.bool_)
        for kind in kinds:
            is_kind |= units.register.kind == kind
        return there & is_kind

    def _is_near(self, roads: Roads | None, question: NearestQuestion) -> bool:
        """True if a road is near the place."""
        if roads is None:
            return False
        snapper = roads.modes["car"].snapper
        place = snapper.snap(question.lonlat, max_distance_m=self.limits.snap_m)
        return bool(place.on_road[0])

    def _found(
        self,
        question: NearestQuestion,
        units: Fleet,
        wanted: NDArray[np.bool_],
        roads: Roads | None,
    ) -> tuple[list[_Found], list[_Found]]:
        """The nearest of every mode, and the refused ones."""
        chosen: list[_Found] = []
        refused: list[_Found] = []
        for number, mode in enumerate(MODES):
            rows = np.flatnonzero(wanted & (units.register.mode == number))
            if not rows.size:
                continue
            if mode is None:
                near, passed = self._straight(question, units, rows, kmh=_AIR_KMH, detour=1.0)
            else:
                near, passed = self._by_mode(question, units, wanted, rows, (mode, roads))
            chosen += near
            refused += passed
        return chosen, refused

    def _by_mode(
        self,
        question: NearestQuestion,
        units: Fleet,
        wanted: NDArray[np.bool_],
        rows: NDArray[np.int64],
        ways: tuple[Mode, Roads | None],
    ) -> tuple[list[_Found], list[_Found]]:
        """Units of one mode; along the roads if there is one near the place."""
        mode, roads = ways
        kmh = _STRAIGHT_KMH.get(mode, self.limits.straight_kmh)
        if roads is None:
            return self._straight(question, units, rows, kmh=kmh, detour=_DETOUR)
        snapper = roads.modes[mode].snapper
        target = snapper.snap(question.lonlat, max_distance_m=self.limits.snap_m)
        if not target.on_road[0]:
            return self._straight(question, units, rows, kmh=kmh, detour=_DETOUR)
        placed = self.places.of(units, roads, mode)
        near, passed = self._on_road(question, units, wanted, placed, (roads, mode, target))
        off = placed.rows[~placed.is_on_road & wanted[placed.rows]]
        far, far_passed = self._straight(question, units, off, kmh=kmh, detour=_DETOUR)
        return near, passed + far_passed + far

    def _on_road(
        self,
        question: NearestQuestion,
        units: Fleet,
        wanted: NDArray[np.bool_],
        placed: PlacedUnits,
        ways: tuple[Roads, Mode, Snapped],
    ) -> tuple[list[_Found], list[_Found]]:
        """Search along the roads; the stretches between places and their roads are not timed."""
        roads, mode, target = ways
        rows = placed.rows
        found = nearest_units(
            placed.index,
            roads.modes[mode].weights.current,
            target,
            k=question.k,
            limit_s=self.limits.limit_s,
            refusals=np.where(wanted[rows], units.reason[rows], -1).astype(np.int16),
        )
        near = []
        for at, row in enumerate(rows[found.row].tolist()):
            line = path_lonlat(roads.network, found.paths[at])
            line = np.concatenate((units.lonlat[[row]], line, question.lonlat))
            moved = np.append(True, (np.diff(line, axis=0) != 0).any(axis=1))
            times = float(found.time_s[at]), float(found.distance_m[at])
            near.append(_Found(row, *times, line[moved], is_road=True))
        return near, _passed(found, rows)

    def _straight(
        self,
        question: NearestQuestion,
        units: Fleet,
        rows: NDArray[np.int64],
        *,
        kmh: float,
        detour: float,
    ) -> tuple[list[_Found], list[_Found]]:
        """Estimates by straight distance times a detour factor."""
        if not rows.size:
            return [], []
        metres = distance_m(units.lonlat[rows], np.repeat(question.lonlat, rows.size, axis=0))
        metres = metres * detour
        found = [
            _Found(
                int(row),
                float(m / kmh * 3.6),
                float(m),
                np.concatenate((units.lonlat[[row]], question.lonlat)),
                is_road=False,
            )
            for row, m in zip(rows, metres, strict=True)
            if m / kmh * 3.6 <= self.limits.limit_s
        ]
        found.sort(key=lambda f: f.time_s)
        ready = [f for f in found if units.reason[f.row] == 0]
        return ready[: question.k], [f for f in found if units.reason[f.row] != 0]

    def _chosen(self, units: Fleet, found: _Found, crs: Crs) -> dict[str, Any]:
        """A unit that can go, with its way and why."""
        minutes = max(1, round(found.time_s / 60))
        is_station = LAYERS[int(units.register.layer[found.row])] == "facility"
        ready = "驻点" if is_station else REASONS[0][1]
        how = "沿道路" if found.is_road else "直线估算"
        return units.words(found.row) | {
            "travel_time_s": round(found.time_s, 1),
            "distance_m": round(found.metres, 1),
            "mode": MODES[int(units.register.mode[found.row])] or "air",
            "method": "road" if found.is_road else "straight",
            "reason": f"{ready}，{how}约 {minutes} 分钟",
            "reason_code": REASONS[0][0],
            "route": shown(found.line, crs),
        }


def _passed(found: Nearest, rows: NDArray[np.int64]) -> list[_Found]:
    """Units that were refused though no farther than the last one found."""
    return [
        _Found(int(rows[row]), float(time_s), float("nan"), _NO_LINE, is_road=True)
        for row, time_s in zip(found.refused_row, found.refused_time_s, strict=True)
    ]


def _refused(units: Fleet, found: _Found) -> dict[str, Any]:
    """A unit that was passed over, and why."""
    reason = int(units.reason[found.row])
    code, text = REASONS[reason or NO_ROAD]
    words = units.words(found.row)
    age = words["position_age_s"]
    if code == "stale-position" and isinstance(age, float):
        text = f"{text}（{max(1, round(age / 60))} 分钟前）"
    return words | {
        "reason": text,
        "reason_code": code,
        "travel_time_s": round(found.time_s, 1),
        "method": "road" if found.is_road else "straight",
    }
