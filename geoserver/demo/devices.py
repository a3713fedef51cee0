"""Cameras at junctions with their view; sensors for smoke, water, air, manholes, gas, flow."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.network import RoadEdges
from geoserver.demo.roads import CLASSES
from geoserver.demo.water import Terrain

__all__ = ["Cameras", "Sensors", "place_cameras", "place_sensors"]


@dataclass(frozen=True, slots=True)
class Cameras:
    """Cameras; bearings in degrees clockwise from north."""

    point: NDArray[np.float64]
    bearing: NDArray[np.float64]
    fov: NDArray[np.float64]
    range_m: NDArray[np.float64]
    kind: NDArray[np.str_]
    name: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Sensors:
    """Sensors; building is -1 for those in the open."""

    point: NDArray[np.float64]
    kind: NDArray[np.str_]
    name: NDArray[np.str_]
    value: NDArray[np.float64]
    unit: NDArray[np.str_]
    threshold: NDArray[np.float64]
    building: NDArray[np.int64]


def _leaving(
    roads: RoadEdges,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """For each end of each edge: node, point 25 m along, and the node's place."""
    node = roads.ends.T.ravel()
    reach = np.minimum(25.0, 0.8 * shapely.length(roads.line))
    start = shapely.get_coordinates(shapely.get_point(roads.line, 0))
    stop = shapely.get_coordinates(shapely.get_point(roads.line, -1))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(roads.line, reach))
    back = shapely.get_coordinates(shapely.line_interpolate_point(roads.line, -reach))
    return node, np.vstack([ahead, back]), np.vstack([start, stop])


def place_cameras(roads: RoadEdges, count: int, rng: np.random.Generator) -> Cameras:
    """Cameras at the most important junctions, looking down the roads that leave them."""
    rank = np.array([CLASSES.index(name) for name in roads.road_class])
    node, ahead, here = _leaving(roads)
    rank2 = np.concatenate([rank, rank])
    degree = np.bincount(node)
    best = np.full(degree.size, 9)
    np.minimum.at(best, node, rank2)
    arms = np.flatnonzero((degree[node] >= 3) & (best[node] <= 5) & (rank2 <= 5) & (rank2 > 0))
    order = np.lexsort((rng.random(arms.size), best[node[arms]] + rng.uniform(0, 1.6, arms.size)))
    arms = np.sort(arms[order[:count]])
    way = ahead[arms] - here[arms]
    bearing = np.degrees(np.arctan2(way[:, 0], way[:, 1])) % 360.0
    unit = way / np.hypot(way[:, 0], way[:, 1])[:, None]
    side = np.stack([unit[:, 1], -unit[:, 0]], axis=1)
    kind = rng.choice(["fixed", "dome", "panorama"], arms.size, p=[0.62, 0.30, 0.08])
    fov = np.where(kind == "fixed", rng.uniform(45, 75, arms.size), rng.uniform(80, 110, arms.size))
    fov[kind == "panorama"] = 360.0
    reach = np.where(kind == "panorama", 60.0, rng.uniform(60.0, 160.0, arms.size))
    street = np.concatenate([roads.name, roads.name])[arms]
    compass = np.array(["北", "东北", "东", "东南", "南", "西南", "西", "西北"])
    looks = compass[np.rint(bearing / 45.0).astype(np.int64) % 8]
    name = np.char.add(np.char.add(street, "口 "), looks)
    return Cameras(
        here[arms] + side * 6.0 + unit * 3.0,
        bearing.round(1),
        fov.round(0),
        reach.round(0),
        kind,
        name,
    )


def _chosen(chance: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    return np.flatnonzero(rng.random(chance.size) < chance)


def place_sensors(
    built: BuiltCity, roads: RoadEdges, terrain: Terrain, rng: np.random.Generator
) -> Sensors:
    """Smoke detectors in old and high buildings, gas in restaurants' fronts, others outside."""
    inside = shapely.get_coordinates(shapely.point_on_surface(built.outline))
    old = (
        (built.kind == "courtyards") * 0.10
        + (built.floors > 18) * 0.35
        + (built.kind == "market") * 0.8
    )
    smoke = _chosen(old, rng)
    gas = _chosen((built.kind == "front") * 0.06, rng)
    flow = _chosen((built.kind == "mall") * 0.5, rng)
    river = shapely.LineString(terrain.courses[0].centre_line)
    along = np.arange(0.0, river.length, 900.0)
    gauges = shapely.get_coordinates(shapely.line_interpolate_point(river, along))
    gauges = gauges[shapely.contains_xy(terrain.boundary, gauges[:, 0], gauges[:, 1])]
    middle = shapely.get_coordinates(
        shapely.line_interpolate_point(roads.line, 0.5, normalized=True)
    )
    street = np.flatnonzero(np.isin(roads.road_class, ["secondary", "tertiary"]))
    lids = middle[rng.permutation(street)[: max(4, street.size // 12)] if street.size else street]
    air = middle[rng.permutation(street)[: max(2, street.size // 260)]]
    kinds = [
        ("smoke", "烟感", inside[smoke], smoke, "%/m", 8.0, (0.0, 3.0)),
        ("gas", "燃气", inside[gas], gas, "%LEL", 20.0, (0.0, 5.0)),
        ("flow", "人流", inside[flow], flow, "人", 3000.0, (50.0, 2200.0)),
        ("water_level", "水位", gauges, None, "m", 9.5, (6.2, 8.6)),
        ("manhole", "井盖", lids, None, "度", 15.0, (0.0, 4.0)),
        ("air", "空气质量", air, None, "ug/m3", 75.0, (14.0, 68.0)),
    ]
    number = [len(points) for _, _, points, *_ in kinds]
    names = [
        f"{title}{k + 1:04d}"
        for (_, title, points, *_), n in zip(kinds, number, strict=True)
        for k in range(n)
    ]
    building = [
        np.full(n, -1) if kind[3] is None else kind[3]
        for kind, n in zip(kinds, number, strict=True)
    ]
    return Sensors(
        np.vstack([kind[2] for kind in kinds]),
        np.repeat([kind[0] for kind in kinds], number),
        np.array(names),
        np.concatenate(
            [rng.uniform(*kind[6], n).round(2) for kind, n in zip(kinds, number, strict=True)]
        ),
        np.repeat([kind[4] for kind in kinds], number),
        np.repeat([kind[5] for kind in kinds], number),
        np.concatenate(building),
    )
