"""Who is nearest: units by road time with a reason for every one chosen and refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.fleet import UnitIndex
from analysis.nearest import Nearest, nearest_units
from analysis.paths import path_lonlat
from analysis.snap import Snapped
from analysis.speeds import Mode
from geoserver.city import City
from geoserver.places import shown
from geoserver.roads import ModeRoads, Roads
from geoserver.services.units import NO_ROAD, REASONS, Fleet, UnitService, travel_mode
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


@dataclass(frozen=True, slots=True)
class DispatchService:
    """Nearest units on the road network of the city."""

    city: City
    units: UnitService
    limits: DispatchLimits

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
        chosen: list[_Found] = []
        refused: list[_Found] = []
        for mode in ("emergency", "car", "foot"):
            rows = _of_mode(units, wanted, mode)
            near, passed = self._by_mode(question, units, rows, mode, roads)
            chosen += near
            refused += passed
        flyers = _of_mode(units, wanted, None)
        near, passed = self._straight(question, units, flyers, kmh=_AIR_KMH, detour=1.0)
        chosen, refused = chosen + near, refused + passed
        chosen.sort(key=lambda found: (found.time_s, int(units.keys[found.row])))
        chosen = chosen[: question.k]
        last_s = chosen[-1].time_s if len(chosen) == question.k else np.inf
        refused = sorted((f for f in refused if f.time_s <= last_s), key=lambda f: f.time_s)
        is_road = any(found.is_road for found in chosen) or (roads is not None and not chosen)
        return {
            "units": [self._chosen(units, found, question.crs) for found in chosen],
            "rejected": [_refused(units, found) for found in refused[:_REJECTED_MOST]],
            "left_out": {"rejected": max(0, len(refused) - _REJECTED_MOST)},
            "method": "road" if is_road else "straight",
            "asked": question.k,
            "candidates": len(wanted),
            "limit_s": self.limits.limit_s,
            "positions_seq": self.city.positions.seq,
            "seq": snapshot.seq,
            "grid_version": snapshot.grid_version.number if snapshot.grid_version else None,
        }

    def _wanted(self, units: Fleet, kinds: frozenset[str]) -> list[int]:
        """Rows of the kinds asked that have a position."""
        known = set(units.kind) | self.city.unit_kinds
        if unknown := sorted(kinds - known):
            raise ParameterError(
                f"kind has no {unknown[0]!r}; there are {', '.join(sorted(known))}"
            )
        there = ~np.isnan(units.lonlat[:, 0])
        return [r for r in np.flatnonzero(there).tolist() if not kinds or units.kind[r] in kinds]

    def _by_mode(
        self,
        question: NearestQuestion,
        units: Fleet,
        rows: NDArray[np.int64],
        mode: Mode,
        roads: Roads | None,
    ) -> tuple[list[_Found], list[_Found]]:
        """Units of one mode; along the roads if there is one near the place."""
        kmh = _STRAIGHT_KMH.get(mode, self.limits.straight_kmh)
        if not rows.size:
            return [], []
        if roads is None:
            return self._straight(question, units, rows, kmh=kmh, detour=_DETOUR)
        ways = roads.modes[mode]
        target = ways.snapper.snap(question.lonlat, max_distance_m=self.limits.snap_m)
        if target.edge[0] < 0:
            return self._straight(question, units, rows, kmh=kmh, detour=_DETOUR)
        places = ways.snapper.snap(
            units.lonlat[rows], max_distance_m=self.limits.snap_m, pool=self.city.pool
        )
        off = rows[places.edge < 0]
        near, passed = self._on_road(question, units, rows, (roads, ways, target, places))
        far, far_passed = self._straight(question, units, off, kmh=kmh, detour=_DETOUR)
        off_road = [f for f in far if units.reason[f.row] == 0]
        return near, passed + far_passed + off_road

    def _on_road(
        self,
        question: NearestQuestion,
        units: Fleet,
        rows: NDArray[np.int64],
        ways: tuple[Roads, ModeRoads, Snapped, Snapped],
    ) -> tuple[list[_Found], list[_Found]]:
        """Search along the roads, with the stretch from a place to its road at walking pace."""
        roads, mode, target, places = ways
        index = UnitIndex(roads.network, places, units.keys[rows], pool=roads.pool)
        found = nearest_units(
            index,
            mode.weights.current,
            target,
            k=question.k,
            limit_s=self.limits.limit_s,
            refusals=units.reason[rows],
        )
        near = []
        for at, row in enumerate(found.row.tolist()):
            line = path_lonlat(roads.network, found.paths[at])
            line = np.concatenate((units.lonlat[rows[row]][None], line, question.lonlat))
            line = line[np.append(True, (np.diff(line, axis=0) != 0).any(axis=1))]
            near.append(
                _Found(
                    int(rows[row]),
                    float(found.time_s[at]),
                    float(found.distance_m[at]),
                    line,
                    is_road=True,
                )
            )
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
        how = "沿道路" if found.is_road else "直线估算"
        return units.words(found.row) | {
            "travel_time_s": round(found.time_s, 1),
            "distance_m": round(found.metres, 1),
            "mode": travel_mode(units.kind[found.row]) or "air",
            "method": "road" if found.is_road else "straight",
            "reason": f"{REASONS[0][1]}，{how}约 {minutes} 分钟",
            "reason_code": REASONS[0][0],
            "route": shown(found.line, crs),
        }


def _of_mode(units: Fleet, rows: list[int], mode: Mode | None) -> NDArray[np.int64]:
    """Those of some rows that travel in a mode."""
    return np.array([r for r in rows if travel_mode(units.kind[r]) == mode], dtype=np.int64)


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
