"""Reverse sweep from a target over units on the roads: search with early stop, and routes back."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.ranking import DIRECT, EDGE, END, METRES, PART, TIME, offer
from analysis.search import SEED_ALONG, Graph, Space, heap_drop, part_seconds, relax, seed_target

__all__ = ["Ask", "Fleet", "Rankings", "nearest_routes"]

Fleet = tuple[
    NDArray[np.int64],  # starts, as in `analysis.fleet.RoadUnits`
    NDArray[np.int32],  # row
    NDArray[np.int32],  # edge
    NDArray[np.float64],  # part
    NDArray[np.int64],  # ids
    NDArray[np.int16],  # refusals, per unit
]
Rankings = tuple[
    NDArray[np.float64],  # measures of the units found
    NDArray[np.int32],  # marks of the units found
    NDArray[np.float64],  # the same of the units refused
    NDArray[np.int32],
]
Ask = tuple[int, float, float, int]
"""Edge and fraction of the target, limit in seconds, generation of the search."""


@njit(nogil=True, cache=True)
def _bound(measures: NDArray[np.float64], count: int, limit_s: float) -> float:
    """Time above which nothing can enter a ranking."""
    bound: float = limit_s
    if count == len(measures):
        bound = min(measures[count - 1, TIME], limit_s)
    return bound


@njit(nogil=True, cache=True)
def _same_edge(
    graph: Graph,
    seconds: NDArray[np.float64],
    fleet: Fleet,
    ask: Ask,
    rankings: Rankings,
) -> tuple[int, int, bool]:
    """Units found and refused that stand before the target on its own edge, either way.

    The last value says whether the limit alone kept a wanted unit out.
    """
    _, _, head, twin, _ = graph
    starts, rows, edges, parts, ids, refusals = fleet
    measures, marks, refused_measures, refused_marks = rankings
    count, near, cut = 0, 0, False
    for way in range(2):
        edge = ask[0] if way == 0 else twin[ask[0]]
        rest = 1.0 - ask[1] if way == 0 else ask[1]
        for at in range(starts[head[edge]], starts[head[edge] + 1]):
            row = rows[at]
            if edges[at] != edge or parts[at] < rest or refusals[row] < 0:
                continue
            time = part_seconds(parts[at] - rest, seconds[edge])
            entry = (row, edge, parts[at], 1)
            if time > ask[2] or time == np.inf:
                cut |= refusals[row] == 0 and time < np.inf
            elif refusals[row] == 0:
                count = offer(measures, marks, count, ids, time, entry)
            else:
                near = offer(refused_measures, refused_marks, near, ids, time, entry)
    return count, near, cut


@njit(nogil=True, cache=True)
def _sweep(  # noqa: C901 - one loop, kept whole for speed
    graph: Graph,
    seconds: NDArray[np.float64],
    space: Space,
    fleet: Fleet,
    ask: Ask,
    rankings: Rankings,
) -> tuple[int, int, int, bool]:
    """Fill the rankings: units found, units refused, nodes settled, whether the limit cut it."""
    head_start, tail, _, _, _ = graph
    label, via, stamp, keys, nodes = space
    starts, rows, edges, parts, ids, refusals = fleet
    measures, marks, refused_measures, refused_marks = rankings
    edge, fraction, limit_s, generation = ask
    count, near, cut = _same_edge(graph, seconds, fleet, ask, rankings)
    size = seed_target(graph, seconds, space, (edge, fraction), generation, 1e300)
    settled = 0
    bound = _bound(measures, count, limit_s)
    while size > 0:
        key, node = keys[0], nodes[0]
        if key > bound:
            return count, near, settled, cut or bound == limit_s
        size = heap_drop(keys, nodes, size)
        if key > label[node]:
            continue
        settled += 1
        for at in range(starts[node], starts[node + 1]):
            refusal = refusals[rows[at]]
            time = key + part_seconds(parts[at], seconds[edges[at]])
            if refusal < 0 or time > bound or time == np.inf:
                cut |= refusal == 0 and limit_s < time < np.inf
                continue
            entry = (rows[at], edges[at], parts[at], 0)
            if refusal == 0:
                count = offer(measures, marks, count, ids, time, entry)
                bound = _bound(measures, count, limit_s)
            else:
                near = offer(refused_measures, refused_marks, near, ids, time, entry)
        # Labels beyond the limit are kept, so that an emptied heap means "no way" and not "far".
        most = bound if bound < limit_s else 1e300
        for entering in range(head_start[node], head_start[node + 1]):
            through = key + seconds[entering]
            if through <= most:
                step = (generation, tail[entering], through, entering)
                size = relax(label, via, stamp, keys, nodes, size, step)
    return count, near, settled, cut


@njit(nogil=True, cache=True)
def _walk(
    graph: Graph,
    via: NDArray[np.int32],
    way: tuple[int, bool, int],
    edges: NDArray[np.int32],
    at: int,
) -> tuple[int, int, float]:
    """Where the list of edges of one route ends, its last edge, and metres of whole edges.

    `way` is the edge it begins on, whether it stays there, and the target's edge. Edges are
    written from position `at` on if there is room.
    """
    _, _, head, twin, length_m = graph
    edge, is_last, target = way
    metres = 0.0
    while True:
        if at < len(edges):
            edges[at] = edge
        at += 1
        if is_last:
            return at, edge, metres
        step = via[head[edge]]
        is_last = step < 0
        if step < 0:
            edge = target if step == SEED_ALONG else twin[target]
        else:
            edge = step
            metres += length_m[edge]


@njit(nogil=True, cache=True)
def _trace(
    graph: Graph,
    via: NDArray[np.int32],
    measures: NDArray[np.float64],
    marks: NDArray[np.int32],
    count: int,
    place: tuple[int, float],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Edges of the routes of all units found and where each starts; writes ends and metres."""
    length_m = graph[4]
    target, fraction = place
    starts = np.zeros(count + 1, dtype=np.int64)
    none = np.empty(0, dtype=np.int32)
    for i in range(count):
        way = (marks[i, EDGE], marks[i, DIRECT] == 1, target)
        starts[i + 1] = _walk(graph, via, way, none, starts[i])[0]
    edges = np.empty(starts[count], dtype=np.int32)
    for i in range(count):
        first, direct = marks[i, EDGE], marks[i, DIRECT] == 1
        _, last, metres = _walk(graph, via, (first, direct, target), edges, starts[i])
        end = fraction if last == target else 1.0 - fraction
        begin = measures[i, PART] - 1.0 if direct else measures[i, PART]
        metres += begin * length_m[first] + end * length_m[last]
        measures[i, END], measures[i, METRES] = end, max(metres, 0.0)
    return edges, starts


@njit(nogil=True, cache=True)
def nearest_routes(
    graph: Graph,
    seconds: NDArray[np.float64],
    space: Space,
    fleet: Fleet,
    ask: Ask,
    rankings: Rankings,
) -> tuple[int, int, int, bool, NDArray[np.int32], NDArray[np.int64]]:
    """Fill the rankings and trace the routes of the units found.

    Returns
    -------
    tuple
        Units found, units refused no farther than the last one found, nodes settled, whether the
        limit kept a unit out, edges of all routes, and where each route starts.
    """
    count, near, settled, cut = _sweep(graph, seconds, space, fleet, ask, rankings)
    measures, marks, refused_measures, _ = rankings
    edges, starts = _trace(graph, space[1], measures, marks, count, (ask[0], ask[1]))
    if count == len(measures):
        while near > 0 and refused_measures[near - 1, TIME] > measures[count - 1, TIME]:
            near -= 1
    return count, near, settled, cut, edges, starts
