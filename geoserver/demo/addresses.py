"""Standard addresses: door numbers along streets, estates, building and room numbers."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.codes import UnitTable
from geoserver.demo.land import GroundPlan
from geoserver.demo.names import NameGiver, words
from geoserver.demo.network import RoadEdges

__all__ = ["Addresses", "assign_addresses"]

_ESTATES = {"walkups", "slabs", "towers", "villas"}
_PLACES = {
    "mall": ("广场", "购物中心", "天地"), "office": ("大厦", "中心", "商务楼"),
    "school": ("小学", "中学", "实验学校", "幼儿园"), "hospital": ("医院", "中医院", "妇幼保健院"),
    "park": ("公园", "游园"), "market": ("农贸市场", "小商品市场", "菜市场"),
    "institute": ("研究院", "职业学院", "机关大院"), "halls": ("工业园", "制造厂", "机械厂"),
    "logistics": ("物流园",), "square": ("广场",), "construction": ("在建工地",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of buildings and names of compounds.

    Parameters
    ----------
    compound_name
        One per compound, empty for open land.
    street, number
        (n,) text per building: name of the street or village, and number on it (without 号).
    building_no
        (n,) text: number in its estate, as ``3栋``; empty if the building has its own door number.
    compound
        (n,) int64 index of the compound of each building.
    full
        (n,) text: the whole standard address, unique.
    """

    compound_name: list[str]
    street: NDArray[np.str_]
    number: NDArray[np.int64]
    building_no: NDArray[np.str_]
    compound: NDArray[np.int64]
    full: NDArray[np.object_]


def _compound_names(ground: GroundPlan, names: NameGiver) -> list[str]:
    result = []
    for compound in ground.compounds:
        if compound.use in _ESTATES:
            result.append(names.unique("compound", words("estates")))
        elif compound.use in _PLACES:
            result.append(names.unique("compound", _PLACES[compound.use]))
        else:
            result.append("")
    return result


def _doors(
    points: NDArray[np.object_], roads: RoadEdges
) -> tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.int64]]:
    """Nearest named street of each point, place along it in metres, and side (0 left, 1 right)."""
    named = np.flatnonzero((roads.name != "") & (roads.road_class != "motorway"))
    lines = roads.line[named]
    pairs = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    edge = np.empty(len(points), dtype=np.int64)
    edge[pairs[0]] = pairs[1]
    name = roads.name[named][edge]
    near = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[edge], shapely.line_locate_point(lines[edge], points))
    )
    ends = [shapely.get_coordinates(shapely.get_point(lines[edge], k)) for k in (0, -1)]
    way = ends[1] - ends[0]
    along = np.empty(len(points))
    side = np.zeros(len(points), dtype=np.int64)
    for street in np.unique(name):
        chosen = name == street
        track = shapely.get_coordinates(lines[roads.name[named] == street])
        spread = track - track.mean(axis=0)
        axis = np.linalg.svd(spread.T @ spread)[0][:, 0]
        axis = axis if axis @ np.array([1.0, 0.6]) > 0 else -axis
        along[chosen] = (near[chosen] - track.mean(axis=0)) @ axis - (spread @ axis).min()
        here = shapely.get_coordinates(points[chosen]) - near[chosen]
        turn = np.where(way[chosen] @ axis >= 0, 1.0, -1.0)[:, None] * way[chosen]
        side[chosen] = (turn[:, 0] * here[:, 1] - turn[:, 1] * here[:, 0] < 0).astype(np.int64)
    return name, along, side


def _door_numbers(
    name: NDArray[np.str_], along: NDArray[np.float64], side: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Odd numbers on the left, even on the right, rising along the street, never twice."""
    number = np.zeros(name.size, dtype=np.int64)
    order = np.lexsort((along, side, name))
    last_key, last = None, 0
    for k in order:
        key = (name[k], side[k])
        if key != last_key:
            last_key, last = key, int(side[k]) - 1
        by_place = 2 * int(max(0.0, along[k]) / 9.0) + int(side[k]) + 1
        last = max(last + 2, by_place)
        number[k] = last
    return number


def assign_addresses(
    ground: GroundPlan, built: BuiltCity, units: UnitTable, roads: RoadEdges, names: NameGiver
) -> Addresses:
    """Addresses of all buildings.

    Buildings of an estate share its door number and are counted as 栋 from the north-west; others
    have a door number of their own.
    """
    compound = ground.compound[built.parcel]
    compound_name = _compound_names(ground, names)
    inside = shapely.point_on_surface(built.outline)
    estate = np.isin(built.kind, list(_ESTATES)) & (compound >= 0)
    gates = np.array([c.outline.centroid for c in ground.compounds])
    every = np.concatenate([gates, inside[~estate]])
    name, along, side = _doors(every, roads)
    number = _door_numbers(name, along, side)
    street = np.empty(len(inside), dtype=name.dtype)
    door = np.zeros(len(inside), dtype=np.int64)
    street[estate], door[estate] = name[compound[estate]], number[compound[estate]]
    street[~estate], door[~estate] = name[len(gates) :], number[len(gates) :]
    building_no = _serials(shapely.get_coordinates(inside), compound, estate)
    full = _full(built, units, (street, door, building_no), compound, compound_name)
    return Addresses(compound_name, street, door, building_no, compound, full)


def _serials(
    points: NDArray[np.float64], compound: NDArray[np.int64], estate: NDArray[np.bool_]
) -> NDArray[np.str_]:
    """``1栋``, ``2栋`` ... in each estate, by bands from north to south, west to east."""
    order = np.lexsort((points[:, 0], -np.floor(points[:, 1] / 30.0), compound))
    order = order[estate[order]]
    groups = compound[order]
    start = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    rank = np.arange(order.size) - np.repeat(start, np.diff(np.append(start, order.size)))
    result = np.full(len(points), "", dtype="U6")
    result[order] = np.char.add((rank + 1).astype("U4"), "栋")
    return result


def _full(
    built: BuiltCity,
    units: UnitTable,
    door: tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.str_]],
    compound: NDArray[np.int64],
    compound_name: list[str],
) -> NDArray[np.object_]:
    street, number, building_no = door
    prefix = []
    for index in range(len(units.units)):
        chain = [units.ancestor(index, level) for level in ("city", "district", "street")]
        prefix.append("".join(units.units[k].name for k in chain if k >= 0))
    leaf = units.leaf[built.parcel]
    rows = zip(leaf, street, number, building_no, compound, strict=True)
    return np.array(
        [f"{prefix[u]}{s}{n}号{compound_name[c] + b if b else ''}" for u, s, n, b, c in rows],
        dtype=object,
    )
