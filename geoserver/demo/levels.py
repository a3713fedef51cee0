"""Grid levels: districts, streets, communities and basic grids, as contiguous sets of parcels."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.adjacency import Adjacency, contracted, neighbours
from geoserver.demo.land import GroundPlan
from geoserver.demo.partition import parts
from geoserver.demo.presets import Preset

__all__ = ["GridParts", "divide", "parcel_borders"]

# Weight of a metre of border: a cut along it is cheap where people see a line on the ground.
_BORDER = {
    "motorway": 0.10, "trunk": 0.12, "primary": 0.15, "secondary": 0.25, "tertiary": 0.38,
    "residential": 0.55, "service": 0.85, "path": 1.0,
}  # fmt: skip
_DEDICATED = {"hospital": 16_000.0, "institute": 30_000.0, "market": 15_000.0, "park": 38_000.0}


@dataclass
class GridParts:
    """Which unit each parcel belongs to at every level, before codes and names.

    Parameters
    ----------
    district, street, community, grid
        (p,) int64 number of the unit, numbered through the whole city.
    dedicated
        Grid number to the compound it was made for.
    rural
        Communities that are villages.
    """

    district: NDArray[np.int64]
    street: NDArray[np.int64]
    community: NDArray[np.int64]
    grid: NDArray[np.int64]
    dedicated: dict[int, int] = field(default_factory=dict)
    rural: set[int] = field(default_factory=set)


def parcel_borders(ground: GroundPlan) -> Adjacency:
    """Adjacency of the parcels, weighted by the roads and the river between them."""
    lines = [road.line for road in ground.roads]
    weights = [_BORDER[road.road_class] for road in ground.roads]
    for course in ground.terrain.courses:
        lines.append(shapely.LineString(course.centre_line))
        weights.append(0.05 if course.kind == "river" else 0.2)
    return neighbours(ground.parcels, np.array(lines), np.array(weights))


def _shares(weight: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers, at least 1, in proportion to `weight` with sum `total` (or their count)."""
    exact = weight / weight.sum() * total
    result: NDArray[np.int64] = np.maximum(1, np.floor(exact)).astype(np.int64)
    while result.sum() < total:
        result[int(np.argmax(exact - result))] += 1
    while result.sum() > total and (result > 1).any():
        result[int(np.argmax(np.where(result > 1, result - exact, -np.inf)))] -= 1
    return result


def _refined(
    borders: Adjacency,
    weight: NDArray[np.float64],
    above: NDArray[np.int64],
    total: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Each unit of `above` divided into its share of `total` parts."""
    count = int(above.max()) + 1
    shares = _shares(np.bincount(above, weight, count).astype(np.float64), total)
    result = np.zeros(above.size, dtype=np.int64)
    first = 0
    for unit in range(count):
        members = np.flatnonzero(above == unit)
        wanted = min(int(shares[unit]), members.size)
        result[members] = first + parts(borders.within(members), weight[members], wanted, rng)
        first = int(result[members].max()) + 1
    return result


def _whole(borders: Adjacency, block: NDArray[np.int64]) -> NDArray[np.int64]:
    """Blocks whose parcels are not connected fall into several: (p,) int64 numbers."""
    same = block[borders.first] == block[borders.second]
    inner = Adjacency(
        borders.first[same], borders.second[same], borders.length_m[same], borders.cost[same]
    )
    return inner.pieces(block.size)


def _set_apart(
    ground: GroundPlan,
    borders: Adjacency,
    members: NDArray[np.int64],
    households: NDArray[np.float64],
) -> dict[int, NDArray[np.int64]]:
    """Compounds of a community that get a grid of their own, if the rest stays in one piece."""
    chosen: dict[int, NDArray[np.int64]] = {}
    rest = members
    compounds = ground.compound[members]
    for number in np.unique(compounds[compounds >= 0]):
        compound = ground.compounds[number]
        inside = members[compounds == number]
        if compound.outline.area < _DEDICATED.get(compound.use, np.inf):
            continue
        left = rest[~np.isin(rest, inside)]
        if households[inside].sum() > 40 or left.size < 6:
            continue
        one = borders.within(inside).pieces(inside.size).max() == 0
        if one and borders.within(left).pieces(left.size).max() == 0:
            chosen[int(number)] = inside
            rest = left
    return chosen


def _even_grids(
    borders: Adjacency, weight: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Parts of 300 to 500 households: the best of some divisions into about as many as fit."""
    fair = max(1, round(float(weight.sum()) / 400.0))
    best: NDArray[np.int64] | None = None
    least = np.inf
    for wanted in (fair, fair, fair, fair + 1, max(1, fair - 1), fair, fair + 1, fair):
        made = parts(borders, weight, wanted, rng)
        load = np.bincount(made, weight)
        load = load[load > 0]
        miss = float(np.maximum(0.0, np.maximum(325.0 - load, load - 475.0)).sum())
        if miss < least:
            best, least = made, miss
        if least == 0.0:
            break
    assert best is not None  # noqa: S101 - the loop runs at least once
    return _absorbed(borders, weight, best)


def _absorbed(
    borders: Adjacency, weight: NDArray[np.float64], made: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Parts of under 245 households joined to the lightest part beside them."""
    while True:
        load = np.bincount(made, weight)
        between = contracted(borders, made)
        light = np.where(np.bincount(made) > 0, load, np.inf)
        part = int(np.argmin(light))
        beside = np.concatenate(
            [between.second[between.first == part], between.first[between.second == part]]
        )
        if light[part] >= 245.0 or beside.size == 0:
            return np.unique(made, return_inverse=True)[1].astype(np.int64)
        made = np.where(made == part, beside[int(np.argmin(load[beside]))], made)


def _grids(
    ground: GroundPlan,
    borders: Adjacency,
    result: GridParts,
    households: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Basic grids of 300 to 500 households, and dedicated ones, within each community."""
    area = shapely.area(ground.parcels)
    first = 0
    for community in range(int(result.community.max()) + 1):
        members = np.flatnonzero(result.community == community)
        total = households[members].sum()
        rural = total / (area[members].sum() / 1e4) < 9.0 or total < 560.0
        if rural:
            result.rural.add(community)
        apart = {} if rural else _set_apart(ground, borders, members, households)
        for compound, inside in apart.items():
            result.grid[inside] = first
            result.dedicated[first] = compound
            first += 1
        taken = np.concatenate([np.empty(0, dtype=np.int64), *apart.values()])
        rest = members[~np.isin(members, taken)]
        if rural:
            weight = households[rest] + area[rest] * 3e-3
            wanted = max(1, round(float(weight.sum()) / 700.0))
            made = parts(borders.within(rest), weight, wanted, rng)
        else:
            made = _even_grids(borders.within(rest), households[rest] + area[rest] * 1e-6, rng)
        result.grid[rest] = first + made
        first = int(result.grid[rest].max()) + 1


def divide(
    ground: GroundPlan, households: NDArray[np.float64], preset: Preset, rng: np.random.Generator
) -> GridParts:
    """Divide the city.

    Parameters
    ----------
    ground
        Parcels.
    households
        (p,) float64 households expected on each parcel.
    preset
        Numbers of units wanted.
    rng
        Source of chance.
    """
    borders = parcel_borders(ground)
    block = _whole(borders, ground.block)
    count = int(block.max()) + 1
    between = contracted(borders, block)
    load = households + shapely.area(ground.parcels) * 4e-4
    weight = np.bincount(block, load, count).astype(np.float64)
    district = _refined(between, weight, np.zeros(count, dtype=np.int64), preset.districts, rng)
    street = _refined(between, weight, district, preset.streets, rng)
    community = _refined(between, weight, street, preset.communities, rng)
    result = GridParts(
        district[block], street[block], community[block], np.zeros(block.size, dtype=np.int64)
    )
    _grids(ground, borders, result, households, rng)
    return result
