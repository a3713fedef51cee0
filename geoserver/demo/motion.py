"""Movement along the roads: walkers keep to streets and paths near home, vehicles to streets."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.roads import CLASSES

__all__ = ["Movers", "StreetGraph", "street_graph"]

_TRIALS = 8


@dataclass(frozen=True, slots=True)
class StreetGraph:
    """Roads as a graph for wandering; metres.

    Parameters
    ----------
    line, length
        (e,) LineStrings and their lengths.
    ends
        (e, 2) int64 node at both ends.
    node
        (n, 2) float64 places of the nodes.
    rank, oneway
        (e,) int64 index in `roads.CLASSES`; 1 if only along the line.
    first, arm
        (n + 1,) and (2 e,) int64: arms that leave each node, as 2 * edge + (1 if backwards).
    """

    line: NDArray[np.object_]
    length: NDArray[np.float64]
    ends: NDArray[np.int64]
    node: NDArray[np.float64]
    rank: NDArray[np.int64]
    oneway: NDArray[np.int64]
    first: NDArray[np.int64]
    arm: NDArray[np.int64]


def street_graph(
    line: NDArray[np.object_], road_class: NDArray[np.str_], oneway: NDArray[np.int64]
) -> StreetGraph:
    """Graph of roads that share end points; `line` (e,) LineStrings in metres."""
    points = np.stack(
        [shapely.get_coordinates(shapely.get_point(line, k)) for k in (0, -1)], axis=1
    ).reshape(-1, 2)
    _, index, number = np.unique(
        np.rint(points * 100.0), axis=0, return_index=True, return_inverse=True
    )
    ends = number.reshape(-1, 2).astype(np.int64)
    arm = np.arange(2 * len(line))
    leaves = np.where(arm % 2 == 0, ends[arm // 2, 0], ends[arm // 2, 1])
    order = np.argsort(leaves, kind="stable")
    first = np.searchsorted(leaves[order], np.arange(len(index) + 1))
    rank = np.array([CLASSES.index(name) if name in CLASSES else 5 for name in road_class])
    return StreetGraph(
        line, shapely.length(line), ends, points[index], rank, oneway, first, arm[order]
    )


class Movers:
    """Units that wander on the graph, each around its home.

    Parameters
    ----------
    graph
        Streets.
    home
        (n, 2) float64 metres.
    radius_m, speed_mps
        (n,) float64: how far from home, and how fast; 0 stands still.
    walks
        (n,) bool: on foot (paths allowed, motorways not, one-ways do not matter).
    rng
        Source of chance.
    """

    def __init__(
        self,
        graph: StreetGraph,
        home: NDArray[np.float64],
        pace: tuple[NDArray[np.float64], NDArray[np.float64]],
        walks: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> None:
        self._graph = graph
        self._home = home
        self._radius, self._speed = pace
        self._walks = walks
        self._rng = rng
        fit = np.flatnonzero((graph.rank >= 2) & (graph.rank <= 6))
        tree = shapely.STRtree(graph.line[fit])
        pairs = tree.query_nearest(shapely.points(home), all_matches=False)
        edge = np.zeros(len(home), dtype=np.int64)
        edge[pairs[0]] = fit[pairs[1]]
        self._arm = 2 * edge
        self._at = shapely.line_locate_point(graph.line[edge], shapely.points(home))

    def _next_arms(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Arm each mover takes at the node it has come to."""
        graph, arm = self._graph, self._arm[rows]
        node = graph.ends[arm // 2, 1 - arm % 2]
        count = graph.first[node + 1] - graph.first[node]
        chosen = arm ^ 1  # turning back is always possible
        waiting = np.arange(rows.size)
        away = np.hypot(*(graph.node[node] - self._home[rows]).T)
        for _ in range(_TRIALS):
            draw = (self._rng.random(waiting.size) * count[waiting]).astype(np.int64)
            option = graph.arm[graph.first[node[waiting]] + draw]
            far = graph.ends[option // 2, 1 - option % 2]
            reach = np.hypot(*(graph.node[far] - self._home[rows[waiting]]).T)
            near = (reach < self._radius[rows[waiting]]) | (reach < away[waiting])
            rank = graph.rank[option // 2]
            foot = self._walks[rows[waiting]]
            wrong_way = (graph.oneway[option // 2] == 1) & (option % 2 == 1) & ~foot
            allowed = np.where(foot, rank > 1, rank < 7) & ~wrong_way
            good = near & allowed & (option != (arm[waiting] ^ 1))
            chosen[waiting[good]] = option[good]
            waiting = waiting[~good]
        return chosen

    def step(self, seconds: float) -> None:
        """Let everyone go on for `seconds`."""
        pace = self._rng.uniform(0.75, 1.2, self._at.size)
        self._at = self._at + self._speed * pace * seconds
        for _ in range(64):
            over = np.flatnonzero(self._at > self._graph.length[self._arm // 2])
            if over.size == 0:
                return
            rest = self._at[over] - self._graph.length[self._arm[over] // 2]
            self._arm[over] = self._next_arms(over)
            self._at[over] = rest
        self._at = np.minimum(self._at, self._graph.length[self._arm // 2])

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, 2) float64 metres where each is, and (n,) float64 heading in degrees."""
        edge, back = self._arm // 2, self._arm % 2 == 1
        line, length = self._graph.line[edge], self._graph.length[edge]
        at = np.where(back, length - self._at, self._at)
        here = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
        ahead = shapely.get_coordinates(
            shapely.line_interpolate_point(
                line, np.clip(at + np.where(back, -2.0, 2.0), 0.0, length)
            )
        )
        way = ahead - here
        return here, np.degrees(np.arctan2(way[:, 0], way[:, 1])) % 360.0
