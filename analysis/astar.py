"""Point-to-point search: A* forward over edges, with places in the middle of edges."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.metric import metres_per_degree
from analysis.search import (
    SEED_AGAINST,
    SEED_ALONG,
    Space,
    heap_drop,
    heap_push,
    part_seconds,
)

__all__ = ["Plane", "Trip", "astar", "lower_plane", "trace_back"]


Plane = tuple[
    NDArray[np.int64],  # tail_start, (n + 1,)
    NDArray[np.int32],  # tail_edge, (m,)
    NDArray[np.int32],  # head, (m,)
    NDArray[np.int32],  # tail, (m,)
    NDArray[np.int32],  # twin, (m,)
    NDArray[np.float64],  # xy_m, (n, 2), from `lower_plane`
]
"""Forward edges, and nodes on a plane whose distances never exceed those on the ground."""


_Number = int | np.int64
_End = tuple[_Number, _Number, float]
_Best = tuple[float, _Number, bool]


class Trip(NamedTuple):
    """One question: places, limit, a lower bound of seconds per metre, and the stamp."""

    from_edge: int
    from_fraction: float
    to_edge: int
    to_fraction: float
    limit_s: float
    pace: float
    generation: int


def lower_plane(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nodes on a plane with the smallest metres per degree that occur among them."""
    if len(lonlat) == 0:
        return np.zeros((0, 2))
    lats = np.linspace(lonlat[:, 1].min(), lonlat[:, 1].max(), 9)
    if lats[0] < 0.0 < lats[-1]:
        lats[4] = 0.0  # where a degree of latitude is shortest
    scales = [metres_per_degree(float(lat)) for lat in lats]
    scale = np.array(scales).min(axis=0) * (1.0 - 1e-9)
    return np.ascontiguousarray((lonlat - lonlat.mean(axis=0)) * scale)


@njit(nogil=True, cache=True)
def _rest_s(xy_m: NDArray[np.float64], node: int, goals: tuple[int, int], pace: float) -> float:
    """Lower bound of the seconds from a node to the nearer of two nodes."""
    rest = np.inf
    for goal in goals:
        dx = xy_m[node, 0] - xy_m[goal, 0]
        dy = xy_m[node, 1] - xy_m[goal, 1]
        rest = min(rest, np.sqrt(dx * dx + dy * dy))
    return rest * pace


@njit(nogil=True, cache=True)
def _direct(twin: NDArray[np.int32], seconds: NDArray[np.float64], trip: Trip) -> _Best:
    """Seconds and edge of the way that stays on the origin's own edge; inf if there is none."""
    if trip.from_edge == trip.to_edge:
        ahead = trip.to_fraction - trip.from_fraction
        if ahead >= 0.0:
            return part_seconds(ahead, seconds[trip.from_edge]), trip.from_edge, True
        back = twin[trip.from_edge]
        return part_seconds(-ahead, seconds[back]), back, True
    return np.inf, -1, False


@njit(nogil=True, cache=True)
def _arrival(
    ends: tuple[_End, _End],
    node: int,
    label: float,
    best: _Best,
) -> _Best:
    """The better of `best` and the ways that enter the destination's edge from this node.

    `ends` holds, for each direction, the node it is entered from, the edge and the seconds on it.
    """
    for entry, edge, rest in ends:
        if node == entry and label + rest < best[0]:
            best = (label + rest, edge, False)
    return best


@njit(nogil=True, cache=True)
def _ends(plane: Plane, seconds: NDArray[np.float64], trip: Trip) -> tuple[_End, _End]:
    """Ways into the destination's edge: node, edge and seconds to the place, either direction."""
    _, _, head, tail, twin, _ = plane
    edge, back = trip.to_edge, np.int64(twin[trip.to_edge])
    return (
        (np.int64(tail[edge]), edge, part_seconds(trip.to_fraction, seconds[edge])),
        (np.int64(head[edge]), back, part_seconds(1.0 - trip.to_fraction, seconds[back])),
    )


@njit(nogil=True, cache=True)
def _seed_origin(plane: Plane, seconds: NDArray[np.float64], space: Space, trip: Trip) -> int:
    """Size of the heap after seeding both ends of the origin's segment."""
    _, _, head, tail, twin, xy_m = plane
    label, via, stamp, keys, nodes = space
    goals = (tail[trip.to_edge], head[trip.to_edge])
    edge = trip.from_edge
    away = part_seconds(1.0 - trip.from_fraction, seconds[edge])
    back = part_seconds(trip.from_fraction, seconds[twin[edge]])
    size = 0
    for node, value, mark in ((head[edge], away, SEED_ALONG), (tail[edge], back, SEED_AGAINST)):
        worse = stamp[node] == trip.generation and label[node] <= value
        if value <= trip.limit_s and value < np.inf and not worse:
            stamp[node], label[node], via[node] = trip.generation, value, mark
            key = value + _rest_s(xy_m, node, goals, trip.pace)
            size = heap_push(keys, nodes, size, key, node)
    return size


@njit(nogil=True, cache=True)
def astar(
    plane: Plane, seconds: NDArray[np.float64], space: Space, trip: Trip
) -> tuple[float, _Number, bool, int]:
    """Seconds of the fastest way, its last edge, whether it stays on one edge, nodes settled."""
    tail_start, tail_edge, head, tail, twin, xy_m = plane
    label, via, stamp, keys, nodes = space
    goals, pace = (tail[trip.to_edge], head[trip.to_edge]), trip.pace
    ends = _ends(plane, seconds, trip)
    best = _direct(twin, seconds, trip)
    most = min(trip.limit_s, 1e300)  # a closed edge is never relaxed
    size = _seed_origin(plane, seconds, space, trip)
    settled = 0
    while size > 0 and keys[0] < best[0]:
        key, node = keys[0], nodes[0]
        size = heap_drop(keys, nodes, size)
        value = label[node]
        if key > value + _rest_s(xy_m, node, goals, pace):
            continue
        settled += 1
        best = _arrival(ends, node, value, best)
        for at in range(tail_start[node], tail_start[node + 1]):
            edge = tail_edge[at]
            other, through = head[edge], value + seconds[edge]
            if through > most or (stamp[other] == trip.generation and label[other] <= through):
                continue
            stamp[other], label[other], via[other] = trip.generation, through, edge
            size = heap_push(keys, nodes, size, through + _rest_s(xy_m, other, goals, pace), other)
    if best[0] > trip.limit_s:
        return np.inf, -1, False, settled
    return best[0], best[1], best[2], settled


@njit(nogil=True, cache=True)
def trace_back(
    plane: Plane, via: NDArray[np.int32], last_edge: int, from_edge: int
) -> NDArray[np.int32]:
    """Edges of the way that ends with the given edge, in order of travel."""
    _, _, _, tail, twin, _ = plane
    backwards = [last_edge]
    while True:
        step = via[tail[backwards[-1]]]
        if step == SEED_ALONG:
            backwards.append(from_edge)
        elif step == SEED_AGAINST:
            backwards.append(twin[from_edge])
        else:
            backwards.append(step)
        if step < 0:
            break
    edges = np.empty(len(backwards), dtype=np.int32)
    for i in range(len(backwards)):
        edges[i] = backwards[len(backwards) - 1 - i]
    return edges
