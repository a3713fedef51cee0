"""The road layer: edges between junctions with class, name, speed, one-way and bridge."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.land import GroundPlan, RoadLine
from geoserver.demo.names import NameGiver
from geoserver.demo.noding import node
from geoserver.demo.plane import Plane
from geoserver.demo.roads import CLASSES

__all__ = ["SPEED_KMH", "RoadEdges", "build_network"]

SPEED_KMH = {
    "motorway": 80.0, "trunk": 65.0, "primary": 50.0, "secondary": 42.0, "tertiary": 34.0,
    "residential": 24.0, "service": 14.0, "path": 5.0,
}  # fmt: skip
LANES = {
    "motorway": 6, "trunk": 6, "primary": 6, "secondary": 4, "tertiary": 2, "residential": 2,
    "service": 1, "path": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoadEdges:
    """Edges of the road network.

    Parameters
    ----------
    line
        (n,) LineStrings, metres, on the lattice; edges that join have the same end point.
    road_class, name
        (n,) text; an empty name for service roads and paths.
    origin
        (n,) int64 number of the road each is a part of.
    oneway
        (n,) int64: 1 along the line, 0 both ways.
    bridge, raised
        (n,) bool; raised edges pass over what they cross.
    ends
        (n, 2) int64 node at both ends.
    """

    line: NDArray[np.object_]
    road_class: NDArray[np.str_]
    name: NDArray[np.str_]
    origin: NDArray[np.int64]
    oneway: NDArray[np.int64]
    bridge: NDArray[np.bool_]
    raised: NDArray[np.bool_]
    ends: NDArray[np.int64]


def _ends(lines: NDArray[np.object_]) -> NDArray[np.int64]:
    points = [shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)]
    keys = np.rint(np.stack(points, axis=1).reshape(-1, 2) * 1e4)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1, 2).astype(np.int64)


def _sources(ground: GroundPlan, built: BuiltCity) -> list[RoadLine]:
    paths = [RoadLine(line, "path", "path", 500_000 + k) for k, line in enumerate(built.paths)]
    return [*ground.roads, *paths]


def _owners(edges: NDArray[np.object_], sources: list[RoadLine]) -> NDArray[np.int64]:
    """Source of each edge: the highest class that runs within 30 cm of its middle."""
    rank = np.array([CLASSES.index(road.road_class) for road in sources])
    middle = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    tree = shapely.STRtree(np.array([road.line for road in sources]))
    pairs = tree.query(middle, predicate="dwithin", distance=0.3)
    order = np.lexsort((rank[pairs[1]], pairs[0]))
    owner = np.full(len(edges), -1, dtype=np.int64)
    first = np.unique(pairs[0][order], return_index=True)[1]
    owner[pairs[0][order][first]] = pairs[1][order][first]
    return owner


def _overpasses(
    edges: NDArray[np.object_], owner: NDArray[np.int64], sources: list[RoadLine]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Motorway edges joined where only small roads pass below: no junction there."""
    rank = np.array([CLASSES.index(sources[k].road_class) for k in owner])
    ends = _ends(edges)
    fast = np.flatnonzero(rank == 0)
    others = np.full(ends.max() + 1, len(CLASSES))
    np.minimum.at(others, ends[rank > 0].ravel(), np.repeat(rank[rank > 0], 2))
    fast_degree = np.bincount(ends[fast].ravel(), minlength=ends.max() + 1)
    plain = (others > CLASSES.index("primary")) & (fast_degree == 2)
    pairs = np.stack([ends[fast], np.stack([fast, fast], axis=1)], axis=-1).reshape(-1, 2)
    pairs = pairs[plain[pairs[:, 0]]]
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")].reshape(-1, 2, 2)
    ones = np.ones(len(pairs))
    graph = coo_matrix((ones, (pairs[:, 0, 1], pairs[:, 1, 1])), shape=(len(edges), len(edges)))
    group = connected_components(graph, directed=False)[1]
    keep = np.ones(len(edges), dtype=bool)
    edges = edges.copy()
    for number in np.unique(group[fast]):
        members = fast[group[fast] == number]
        line = shapely.line_merge(shapely.MultiLineString(list(edges[members])))
        if members.size > 1 and line.geom_type == "LineString":
            edges[members[0]] = line
            keep[members[1:]] = False
    return edges[keep], owner[keep]


def _connected(ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which edges belong to the largest connected network."""
    count = int(ends.max()) + 1
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    piece = label[ends[:, 0]]
    return np.asarray(piece == np.bincount(piece).argmax())


def _one_ways(
    ends: NDArray[np.int64],
    road_class: NDArray[np.str_],
    origin: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Some narrow streets are one-way, unless a place could then not be left or reached."""
    streets = np.unique(origin[road_class == "residential"])
    chosen = streets[rng.random(streets.size) < 0.13]
    oneway = np.isin(origin, chosen).astype(np.int64)
    count = int(ends.max()) + 1
    for _ in range(12):
        both = oneway == 0
        a = np.concatenate([ends[:, 0], ends[both, 1]])
        b = np.concatenate([ends[:, 1], ends[both, 0]])
        graph = coo_matrix((np.ones(a.size), (a, b)), shape=(count, count))
        label = connected_components(graph, directed=True, connection="strong")[1]
        main = np.bincount(label).argmax()
        cut = (oneway == 1) & ((label[ends] != main).any(axis=1))
        if not cut.any():
            return oneway
        oneway[np.isin(origin, origin[cut])] = 0
    return np.zeros(len(ends), dtype=np.int64)


_ENDINGS = {
    "motorway": ("高速",), "trunk": ("大道",), "primary": ("大道", "路"), "secondary": ("路",),
    "tertiary": ("路", "街"), "residential": ("巷", "街", "路", "里弄"),
}  # fmt: skip
_FIXED = {0: "解放路", 1: "人民路"}
_RINGS = {"primary": "内环路", "trunk": "中环大道", "motorway": "绕城高速"}


def _road_name(road: RoadLine, names: NameGiver) -> str:
    if road.role == "ring":
        return _RINGS[road.road_class]
    if road.role == "bank" and road.road_class == "secondary":
        return names.numbered("road", "滨江", "路")
    if road.road_class in {"service", "path"}:
        return ""
    return names.unique("road", _ENDINGS[road.road_class])


def _names(sources: list[RoadLine], centre_y: float, names: NameGiver) -> list[str]:
    """Name of each source; long axes carry a direction on each side of the centre."""
    by_origin: dict[int, str] = {}
    result = []
    for road in sources:
        if road.origin not in by_origin:
            by_origin[road.origin] = _FIXED.get(road.origin) or _road_name(road, names)
        name = by_origin[road.origin]
        if road.origin in _FIXED:
            x, y = shapely.get_coordinates(
                shapely.line_interpolate_point(road.line, 0.5, normalized=True)
            )[0]
            side = (
                ("北" if y > centre_y else "南") if road.origin == 0 else ("东" if x > 0 else "西")
            )
            name = f"{name[:-1]}{side}路"
        result.append(name)
    return result


def build_network(
    ground: GroundPlan, built: BuiltCity, names: NameGiver, plane: Plane, rng: np.random.Generator
) -> RoadEdges:
    """Road layer of the city: all roads and footpaths noded, the connected part of them."""
    sources = _sources(ground, built)
    steps = node(np.array([road.line for road in sources]), plane)
    edges = shapely.transform(steps, plane.metres)
    owner = _owners(edges, sources)
    edges, owner = edges[owner >= 0], owner[owner >= 0]
    edges, owner = _overpasses(edges, owner, sources)
    used = _connected(_ends(edges)) & (shapely.length(edges) > 0.15)
    edges, owner = edges[used], owner[used]
    ends = _ends(edges)
    road_class = np.array([sources[k].road_class for k in owner])
    origin = np.array([sources[k].origin for k in owner])
    river = shapely.union_all([course.surface for course in ground.terrain.courses])
    bridge = shapely.length(shapely.intersection(edges, river)) > 5.0
    source_names = _names(sources, 0.0, names)
    return RoadEdges(
        edges,
        road_class,
        np.array([source_names[k] for k in owner]),
        origin,
        _one_ways(ends, road_class, origin, rng),
        bridge,
        (road_class == "motorway") | bridge,
        ends,
    )
