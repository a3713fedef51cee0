"""Shortest-path search over edges in compressed rows: heap, scratch space, bounded Dijkstra."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.closures import EdgeWeights
from analysis.network import RoadNetwork
from grids.errors import ParameterError

__all__ = [
    "SEED_AGAINST",
    "SEED_ALONG",
    "Graph",
    "Scratch",
    "ScratchPool",
    "travel_times",
]

SEED_ALONG = -2  # `via` of a node whose last stretch is the target's edge in drawing direction
SEED_AGAINST = -3  # the same, on its twin


class Graph(NamedTuple):
    """Arrays of a network that the reverse search reads.

    Attributes
    ----------
    head_start
        (n + 1,) int64, first edge that enters each node.
    tail, head, twin
        (m,) int32.
    length_m
        (m,) float64, metres.
    """

    head_start: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    twin: NDArray[np.int32]
    length_m: NDArray[np.float64]


class Scratch(NamedTuple):
    """Working arrays of one search; a generation stamp replaces clearing them.

    Attributes
    ----------
    label
        (n,) float64, seconds; valid where `stamp` equals `generation[0]`.
    via
        (n,) int32, edge taken from a node, or a seed mark.
    stamp
        (n,) int32, generation that wrote the label.
    keys, nodes
        (m + 4,) float64 and int32, the heap.
    generation
        (1,) int32.
    """

    label: NDArray[np.float64]
    via: NDArray[np.int32]
    stamp: NDArray[np.int32]
    keys: NDArray[np.float64]
    nodes: NDArray[np.int32]
    generation: NDArray[np.int32]


class ScratchPool:
    """Scratch spaces of one network, each lent to one search at a time.

    Parameters
    ----------
    network
        Road network the searches run on.
    """

    __slots__ = ("_edges", "_free", "_nodes", "graph")

    def __init__(self, network: RoadNetwork) -> None:
        self.graph = Graph(
            network.head_start, network.tail, network.head, network.twin, network.length_m
        )
        self._nodes, self._edges = network.node_count, network.edge_count
        self._free: list[Scratch] = []

    def take(self) -> Scratch:
        """A scratch space nobody else holds."""
        try:
            return self._free.pop()
        except IndexError:
            return Scratch(
                label=np.zeros(self._nodes),
                via=np.zeros(self._nodes, dtype=np.int32),
                stamp=np.zeros(self._nodes, dtype=np.int32),
                keys=np.zeros(self._edges + 4),
                nodes=np.zeros(self._edges + 4, dtype=np.int32),
                generation=np.zeros(1, dtype=np.int32),
            )

    def give(self, scratch: Scratch) -> None:
        """Hand a scratch space back."""
        self._free.append(scratch)


@njit(nogil=True, cache=True)
def next_generation(scratch: Scratch) -> int:
    """Generation of a new search; all labels of older ones become void."""
    if scratch.generation[0] == 2147483647:
        scratch.stamp[:] = 0
        scratch.generation[0] = 0
    generation: int = scratch.generation[0] + 1
    scratch.generation[0] = generation
    return generation


@njit(nogil=True, cache=True)
def heap_push(
    keys: NDArray[np.float64], nodes: NDArray[np.int32], size: int, key: float, node: int
) -> int:
    """Size of a 4-ary min-heap after adding a key."""
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if keys[parent] <= key:
            break
        keys[at] = keys[parent]
        nodes[at] = nodes[parent]
        at = parent
    keys[at] = key
    nodes[at] = node
    return size + 1


@njit(nogil=True, cache=True)
def heap_drop(keys: NDArray[np.float64], nodes: NDArray[np.int32], size: int) -> int:
    """Size of a 4-ary min-heap after removing its smallest key, which is at position 0."""
    size -= 1
    key = keys[size]
    node = nodes[size]
    at = 0
    while True:
        first = 4 * at + 1
        if first >= size:
            break
        least = first
        for child in range(first + 1, min(first + 4, size)):
            if keys[child] < keys[least]:
                least = child
        if keys[least] >= key:
            break
        keys[at] = keys[least]
        nodes[at] = nodes[least]
        at = least
    keys[at] = key
    nodes[at] = node
    return size


@njit(nogil=True, cache=True)
def part_seconds(part: float, seconds: float) -> float:
    """Seconds of a part of an edge; none of it costs nothing, even where the edge is closed."""
    if part <= 0.0:
        return 0.0
    return part * seconds


@njit(nogil=True, cache=True)
def relax(scratch: Scratch, size: int, generation: int, node: int, label: float, via: int) -> int:
    """Size of the heap after offering a label to a node."""
    if scratch.stamp[node] == generation and scratch.label[node] <= label:
        return size
    scratch.stamp[node] = generation
    scratch.label[node] = label
    scratch.via[node] = via
    return heap_push(scratch.keys, scratch.nodes, size, label, node)


@njit(nogil=True, cache=True)
def seed_target(
    graph: Graph,
    seconds: NDArray[np.float64],
    scratch: Scratch,
    edge: int,
    fraction: float,
    limit: float,
) -> int:
    """Size of the heap after seeding both ends of the target's segment."""
    generation = scratch.generation[0]
    twin = graph.twin[edge]
    size = 0
    label = part_seconds(fraction, seconds[edge])
    if label <= limit:
        size = relax(scratch, size, generation, graph.tail[edge], label, SEED_ALONG)
    label = part_seconds(1.0 - fraction, seconds[twin])
    if label <= limit:
        size = relax(scratch, size, generation, graph.tail[twin], label, SEED_AGAINST)
    return size


@njit(nogil=True, cache=True)
def relax_entering(
    graph: Graph,
    seconds: NDArray[np.float64],
    scratch: Scratch,
    size: int,
    node: int,
    bound: float,
) -> int:
    """Size of the heap after relaxing every edge that enters a settled node."""
    label = scratch.label[node]
    generation = scratch.generation[0]
    for edge in range(graph.head_start[node], graph.head_start[node + 1]):
        through = label + seconds[edge]
        if through <= bound:
            size = relax(scratch, size, generation, graph.tail[edge], through, edge)
    return size


@njit(nogil=True, cache=True)
def _labels(
    graph: Graph,
    seconds: NDArray[np.float64],
    scratch: Scratch,
    target: tuple[int, float],
    limit: float,
) -> NDArray[np.float64]:
    """Seconds from every node to the target; inf beyond the limit."""
    generation = next_generation(scratch)
    out = np.full(len(scratch.label), np.inf)
    size = seed_target(graph, seconds, scratch, target[0], target[1], limit)
    while size > 0:
        key = scratch.keys[0]
        node = scratch.nodes[0]
        size = heap_drop(scratch.keys, scratch.nodes, size)
        if scratch.stamp[node] == generation and key <= scratch.label[node] and key < out[node]:
            out[node] = key
            bound = min(limit, 1e300)  # a closed edge is never relaxed
            size = relax_entering(graph, seconds, scratch, size, node, bound)
    return out


def travel_times(
    pool: ScratchPool,
    weights: EdgeWeights,
    *,
    edge: int,
    fraction: float,
    limit_s: float = np.inf,
) -> NDArray[np.float64]:
    """Travel time from every node to one place on the network, by bounded reverse Dijkstra.

    Parameters
    ----------
    pool
        Scratch spaces of the network of n nodes.
    weights
        Travel times of the edges.
    edge, fraction
        The place: an edge in drawing direction and the share of it before the place.
    limit_s
        Seconds after which the search stops.

    Returns
    -------
    NDArray
        (n,) float64, seconds; inf where the place cannot be reached within the limit.

    Raises
    ------
    ParameterError
        If the edge does not exist, or `limit_s` is negative or NaN.
    """
    if not 0 <= edge < len(pool.graph.tail):
        raise ParameterError(f"edge must lie in 0 to {len(pool.graph.tail) - 1}, got {edge}")
    if not limit_s >= 0:
        raise ParameterError(f"limit_s must not be negative, got {limit_s}")
    scratch = pool.take()
    try:
        labels: NDArray[np.float64] = _labels(
            pool.graph, weights.seconds, scratch, (edge, fraction), limit_s
        )
    finally:
        pool.give(scratch)
    return labels
