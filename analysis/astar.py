"""Point-to-point search: A* forward over edges, with places in the middle of edges."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.metric import metres_per_degree
from analysis.search import (
    SEED_AGAINST,
    SEED_ALONG,
    Scratch,
    heap_drop,
    heap_push,
    next_generation,
    part_seconds,
)

__all__ = ["Plane", "Trip", "astar", "lower_plane", "trace_back"]


class Plane(NamedTuple):
    """Forward edges, and nodes on a plane whose distances never exceed those on the ground."""

    tail_start: NDArray[np.int64]
    tail_edge: NDArray[np.int32]
    head: NDArray[np.int32]
    tail: NDArray[np.int32]
    twin: NDArray[np.int32]
    xy_m: NDArray[np.float64]


class Trip(NamedTuple):
    """One question: places, limit, and a lower bound of seconds per metre."""

    from_edge: int
    from_fraction: float
    to_edge: int
    to_fraction: float
    limit_s: float
    pace: float


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
def _rest_s(plane: Plane, trip: Trip, node: int) -> float:
    """Lower bound of the seconds from a node to the nearer end of the destination's edge."""
    rest = np.inf
    for goal in (plane.tail[trip.to_edge], plane.head[trip.to_edge]):
        dx = plane.xy_m[node, 0] - plane.xy_m[goal, 0]
        dy = plane.xy_m[node, 1] - plane.xy_m[goal, 1]
        rest = min(rest, np.sqrt(dx * dx + dy * dy))
    return rest * trip.pace


@njit(nogil=True, cache=True)
def _offer_node(
    plane: Plane, scratch: Scratch, trip: Trip, size: int, node: int, offer: tuple[float, int]
) -> int:
    """Size of the heap after offering (label, via) to a node; keys are label plus lower bound."""
    label, via = offer
    generation = scratch.generation[0]
    if not label <= trip.limit_s or label == np.inf:
        return size
    if scratch.stamp[node] == generation and scratch.label[node] <= label:
        return size
    scratch.stamp[node] = generation
    scratch.label[node] = label
    scratch.via[node] = via
    key = label + _rest_s(plane, trip, node)
    return heap_push(scratch.keys, scratch.nodes, size, key, node)


@njit(nogil=True, cache=True)
def _direct(plane: Plane, seconds: NDArray[np.float64], trip: Trip) -> tuple[float, int, bool]:
    """Seconds and edge of the way that stays on the origin's own edge; inf if there is none."""
    if trip.from_edge == trip.to_edge:
        ahead = trip.to_fraction - trip.from_fraction
        if ahead >= 0.0:
            return part_seconds(ahead, seconds[trip.from_edge]), trip.from_edge, True
        twin = plane.twin[trip.from_edge]
        return part_seconds(-ahead, seconds[twin]), twin, True
    return np.inf, -1, False


@njit(nogil=True, cache=True)
def _arrival(
    plane: Plane,
    seconds: NDArray[np.float64],
    trip: Trip,
    node: int,
    label: float,
    best: tuple[float, int, bool],
) -> tuple[float, int, bool]:
    """The better of `best` and the ways that enter the destination's edge from this node."""
    twin = plane.twin[trip.to_edge]
    if node == plane.tail[trip.to_edge]:
        time = label + part_seconds(trip.to_fraction, seconds[trip.to_edge])
        if time < best[0]:
            best = (time, trip.to_edge, False)
    if node == plane.tail[twin]:
        time = label + part_seconds(1.0 - trip.to_fraction, seconds[twin])
        if time < best[0]:
            best = (time, twin, False)
    return best


@njit(nogil=True, cache=True)
def astar(
    plane: Plane, seconds: NDArray[np.float64], scratch: Scratch, trip: Trip
) -> tuple[float, int, bool, int]:
    """Seconds of the fastest way, its last edge, whether it stays on one edge, nodes settled."""
    generation = next_generation(scratch)
    best = _direct(plane, seconds, trip)
    away = part_seconds(1.0 - trip.from_fraction, seconds[trip.from_edge])
    back = part_seconds(trip.from_fraction, seconds[plane.twin[trip.from_edge]])
    first, second = plane.head[trip.from_edge], plane.tail[trip.from_edge]
    size = _offer_node(plane, scratch, trip, 0, first, (away, SEED_ALONG))
    size = _offer_node(plane, scratch, trip, size, second, (back, SEED_AGAINST))
    settled = 0
    while size > 0 and scratch.keys[0] < best[0]:
        key, node = scratch.keys[0], scratch.nodes[0]
        size = heap_drop(scratch.keys, scratch.nodes, size)
        label = scratch.label[node]
        if scratch.stamp[node] != generation or key > label + _rest_s(plane, trip, node):
            continue
        settled += 1
        best = _arrival(plane, seconds, trip, node, label, best)
        for at in range(plane.tail_start[node], plane.tail_start[node + 1]):
            edge = plane.tail_edge[at]
            offer = (label + seconds[edge], edge)
            size = _offer_node(plane, scratch, trip, size, plane.head[edge], offer)
    if best[0] > trip.limit_s:
        return np.inf, -1, False, settled
    return best[0], best[1], best[2], settled


@njit(nogil=True, cache=True)
def trace_back(plane: Plane, scratch: Scratch, last_edge: int, from_edge: int) -> NDArray[np.int32]:
    """Edges of the way that ends with the given edge, in order of travel."""
    count = 0
    edges = np.empty(0, dtype=np.int32)
    for turn in range(2):
        if turn == 1:
            edges = np.empty(count, dtype=np.int32)
            edges[count - 1] = last_edge
        count = 1
        node = plane.tail[last_edge]
        while True:
            via = scratch.via[node]
            edge = via
            if via == SEED_ALONG:
                edge = from_edge
            elif via == SEED_AGAINST:
                edge = plane.twin[from_edge]
            count += 1
            if turn == 1:
                edges[len(edges) - count] = edge
            if via < 0:
                break
            node = plane.tail[edge]
    return edges
