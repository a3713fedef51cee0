"""Reverse sweep from a target over units on the roads: search with early stop, and routes back."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.fleet import RoadUnits
from analysis.ranking import Ranking, offer, time_bound
from analysis.search import (
    SEED_ALONG,
    Graph,
    Scratch,
    heap_drop,
    next_generation,
    part_seconds,
    relax_entering,
    seed_target,
)

__all__ = ["Ask", "sweep", "trace"]


class Ask(NamedTuple):
    """One question: where, how many, how far, and which units are refused."""

    edge: int
    fraction: float
    limit_s: float
    refusals: NDArray[np.int16]


@njit(nogil=True, cache=True)
def _offer_entry(
    units: RoadUnits,
    ask: Ask,
    rankings: tuple[Ranking, Ranking],
    at: int,
    time: float,
    direct: bool,  # noqa: FBT001 - a kernel takes no keywords
) -> bool:
    """Offer one entry to the found or the refused units; whether only the limit kept it out."""
    row = units.row[at]
    refusal = ask.refusals[row]
    if refusal < 0 or time == np.inf:
        return False
    if time > time_bound(rankings[0], ask.limit_s):
        return refusal == 0 and time > ask.limit_s
    entry = (row, units.edge[at], units.part[at], direct)
    if refusal == 0:
        offer(rankings[0], units.ids, time, entry)
    else:
        offer(rankings[1], units.ids, time, entry)
    return False


@njit(nogil=True, cache=True)
def _offer_same_edge(
    graph: Graph,
    seconds: NDArray[np.float64],
    units: RoadUnits,
    ask: Ask,
    rankings: tuple[Ranking, Ranking],
) -> None:
    """Offer units that stand before the target on its own edge, in either direction."""
    for way in range(2):
        edge = ask.edge if way == 0 else graph.twin[ask.edge]
        rest = 1.0 - ask.fraction if way == 0 else ask.fraction
        node = graph.head[edge]
        for at in range(units.starts[node], units.starts[node + 1]):
            if units.edge[at] == edge and units.part[at] >= rest:
                time = part_seconds(units.part[at] - rest, seconds[edge])
                _offer_entry(units, ask, rankings, at, time, True)  # noqa: FBT003 - as above


@njit(nogil=True, cache=True)
def sweep(
    graph: Graph,
    seconds: NDArray[np.float64],
    scratch: Scratch,
    units: RoadUnits,
    ask: Ask,
    rankings: tuple[Ranking, Ranking],
) -> tuple[int, bool]:
    """Fill the rankings; settled nodes, and whether the limit cut the search."""
    generation = next_generation(scratch)
    _offer_same_edge(graph, seconds, units, ask, rankings)
    size = seed_target(graph, seconds, scratch, ask.edge, ask.fraction, 1e300)
    settled = 0
    cut = False
    while size > 0:
        label = scratch.keys[0]
        node = scratch.nodes[0]
        if label > time_bound(rankings[0], ask.limit_s):
            return settled, True
        size = heap_drop(scratch.keys, scratch.nodes, size)
        if scratch.stamp[node] != generation or label > scratch.label[node]:
            continue
        settled += 1
        for at in range(units.starts[node], units.starts[node + 1]):
            time = label + part_seconds(units.part[at], seconds[units.edge[at]])
            cut |= _offer_entry(units, ask, rankings, at, time, False)  # noqa: FBT003 - as above
        # Labels beyond the limit are kept, so that an emptied heap means "no way" and not "far".
        bound = time_bound(rankings[0], ask.limit_s)
        size = relax_entering(graph, seconds, scratch, size, node, _relax_bound(bound, ask))
    return settled, cut


@njit(nogil=True, cache=True)
def _relax_bound(bound: float, ask: Ask) -> float:
    """Largest label worth keeping: the k-th total, else anything that is not closed."""
    if bound < ask.limit_s:
        return bound
    return 1e300


@njit(nogil=True, cache=True)
def _walk(
    graph: Graph,
    scratch: Scratch,
    way: tuple[int, bool, int],
    edges: NDArray[np.int32],
    at: int,
) -> tuple[int, int, float]:
    """Where the list of edges of one route ends, its last edge, and metres of whole edges.

    `way` is the edge it begins on, whether it stays there, and the target's edge. Edges are
    written from position `at` on if there is room.
    """
    edge, direct, target = way
    metres = 0.0
    while True:
        if at < len(edges):
            edges[at] = edge
        at += 1
        if direct:
            return at, edge, metres
        via = scratch.via[graph.head[edge]]
        direct = via < 0
        if via < 0:
            edge = target if via == SEED_ALONG else graph.twin[target]
        else:
            edge = via
            metres += graph.length_m[edge]


@njit(nogil=True, cache=True)
def trace(
    graph: Graph, scratch: Scratch, found: Ranking, target: int, fraction: float
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Edges of every route, where each starts, share of its last edge, and its metres."""
    count = found.held[0]
    starts = np.zeros(count + 1, dtype=np.int64)
    last = np.empty(count, dtype=np.float64)
    distance_m = np.empty(count, dtype=np.float64)
    none = np.empty(0, dtype=np.int32)
    for i in range(count):
        way = (found.edge[i], found.direct[i], target)
        starts[i + 1] = _walk(graph, scratch, way, none, starts[i])[0]
    edges = np.empty(starts[count], dtype=np.int32)
    for i in range(count):
        way = (found.edge[i], found.direct[i], target)
        _, edge, metres = _walk(graph, scratch, way, edges, starts[i])
        last[i] = fraction if edge == target else 1.0 - fraction
        begin = found.part[i] - 1.0 if found.direct[i] else found.part[i]
        metres += begin * graph.length_m[found.edge[i]] + last[i] * graph.length_m[edge]
        distance_m[i] = max(metres, 0.0)
    return edges, starts, last, distance_m
