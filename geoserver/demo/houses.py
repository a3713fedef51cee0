"""Houses (dwellings) and the households that live in them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.codes import UnitTable
from geoserver.demo.dwellings import Dwellings
from geoserver.demo.presets import Preset

__all__ = ["Houses", "fill_houses"]


@dataclass(frozen=True, slots=True)
class Houses:
    """Dwellings in order of building, stairway and floor.

    Parameters
    ----------
    building
        (h,) int64 index of the building.
    stair, floor, room
        (h,) int64; room numbers read floor then place, as 601.
    area_m2
        (h,) float64.
    occupied
        (h,) bool: a household lives there.
    rented
        (h,) bool.
    """

    building: NDArray[np.int64]
    stair: NDArray[np.int64]
    floor: NDArray[np.int64]
    room: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    occupied: NDArray[np.bool_]
    rented: NDArray[np.bool_]


def _wanted(
    houses: NDArray[np.int64], units: UnitTable, preset: Preset, warned: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(u,) households of each unit: 300 to 500 in basic grids, save those meant to warn."""
    kinds = np.array([unit.kind for unit in units.units])
    share = min(0.96, preset.households / max(1, houses.sum()))
    wanted = np.rint(houses * share)
    basic = kinds == "basic"
    wanted[basic] = np.clip(wanted[basic], 308, 492)
    wanted[warned[0::2]] = 524 + 7 * np.arange(warned[0::2].size)
    wanted[warned[1::2]] = 268 - 6 * np.arange(warned[1::2].size)
    return np.asarray(np.minimum(wanted, np.floor(0.985 * houses)), dtype=np.int64)


def fill_houses(
    built: BuiltCity,
    dwellings: Dwellings,
    units: UnitTable,
    preset: Preset,
    rng: np.random.Generator,
) -> tuple[Houses, NDArray[np.int64]]:
    """Houses of all buildings, and the grids planted with too many or too few households.

    Returns
    -------
    tuple
        Houses, and (k,) int64 indices of planted grids in the unit table.
    """
    total = dwellings.total
    building = np.repeat(np.arange(total.size), total)
    place = np.arange(building.size) - np.repeat(np.cumsum(total) - total, total)
    flats = np.maximum(1, dwellings.flats[building])
    stairs = np.maximum(1, dwellings.stairs[building])
    per_stair = np.maximum(1, -(-total[building] // stairs))
    stair = np.minimum(place // per_stair, stairs - 1) + 1
    within = place - (stair - 1) * per_stair
    floor = np.minimum(within // flats + 1, built.floors[building])
    room = floor * 100 + (within - (floor - 1) * flats) + 1
    grid = units.grid[built.parcel[building]]
    count = np.bincount(grid, minlength=len(units.units))
    kinds = np.array([unit.kind for unit in units.units])
    fit = np.flatnonzero((kinds == "basic") & (count > 560))
    planted = np.sort(rng.permutation(fit)[: int(0.025 * (kinds == "basic").sum())])
    wanted = _wanted(count, units, preset, planted)
    luck = rng.random(building.size)
    order = np.lexsort((luck, grid))
    rank = np.empty(building.size, dtype=np.int64)
    first = np.cumsum(count) - count
    rank[order] = np.arange(building.size) - first[grid[order]]
    occupied = rank < wanted[grid]
    footprint = shapely.area(built.outline)[building]
    share = footprint * built.floors[building] / np.maximum(1, total[building])
    area = np.clip(np.round(share * 0.82 * rng.uniform(0.92, 1.08, building.size), 1), 28.0, 260.0)
    rented = rng.random(building.size) < np.where(built.kind[building] == "courtyards", 0.34, 0.22)
    return Houses(building, stair, floor, room, area, occupied, rented), planted
