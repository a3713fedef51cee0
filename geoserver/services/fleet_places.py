"""Units of one mode placed on the roads, kept until something of it moves."""

import threading
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.fleet import UnitIndex
from analysis.speeds import Mode
from geoserver.roads import Roads
from geoserver.services.units import MODES, Fleet, UnitRegister

__all__ = ["FleetPlaces", "PlacedUnits"]

_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class PlacedUnits:
    """Units of one mode that have a position.

    Parameters
    ----------
    rows
        (m,) int64 row of each in the fleet.
    is_on_road
        (m,) bool, False where no passable road is near.
    index
        The same units in the same order, ready to be searched.
    """

    rows: NDArray[np.int64]
    is_on_road: NDArray[np.bool_]
    index: UnitIndex


@dataclass(slots=True)
class FleetPlaces:
    """Places of units, one entry per reader's register and mode.

    Parameters
    ----------
    pool
        Threads that share the points.
    snap_m
        Farthest distance from a unit to the road it drives on.
    """

    pool: Executor
    snap_m: float
    _kept: dict[tuple[int, Mode], tuple[UnitRegister, Roads, int, PlacedUnits]] = field(
        default_factory=dict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, fleet: Fleet, roads: Roads, mode: Mode) -> PlacedUnits:
        """Units of a mode on the roads, placed anew only if they, or the roads, changed."""
        key = (id(fleet.register), mode)
        with self._lock:
            known = self._kept.get(key)
        if known is not None:
            register, old_roads, seq, placed = known
            if (register, old_roads, seq) == (fleet.register, roads, fleet.positions_seq):
                return placed
        placed = self._placed(fleet, roads, mode)
        with self._lock:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = (fleet.register, roads, fleet.positions_seq, placed)
        return placed

    def _placed(self, fleet: Fleet, roads: Roads, mode: Mode) -> PlacedUnits:
        """Snap every unit of the mode that has a position."""
        is_mode = fleet.register.mode == MODES.index(mode)
        rows = np.flatnonzero(is_mode & ~np.isnan(fleet.lonlat[:, 0]))
        places = roads.modes[mode].snapper.snap(
            fleet.lonlat[rows], max_distance_m=self.snap_m, pool=self.pool
        )
        index = UnitIndex(roads.network, places, fleet.register.key[rows], pool=roads.pool)
        return PlacedUnits(rows, places.on_road, index)
