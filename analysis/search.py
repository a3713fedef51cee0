"""Shortest-path search over edges in compressed rows: heap, scratch space, bounded Dijkstra.

Kernels take arrays one by one where they run per node or per edge: an array taken out of a tuple
there counts references with atomic writes, which costs more than the search itself.
"""

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
    "Space",
    "travel_times",
]

SEED_ALONG = -2  # `via` of a node whose last stretch is the target's edge in drawing direction
SEED_AGAINST = -3  # the same, on its twin
_LAST_GENERATION = 2**31 - 1

Graph = tuple[
    NDArray[np.int64],  # head_start, (n + 1,)
    NDArray[np.int32],  # tail, (m,)
    NDArray[np.int32],  # head, (m,)
    NDArray[np.int32],  # twin, (m,)
    NDArray[np.float64],  # length_m, (m,)
]
"""Arrays of a network that the reverse search reads."""

Space = tuple[
    NDArray[np.float64],  # label, (n,): seconds, valid where stamp is the generation
    NDArray[np.int32],  # via, (n,): edge taken from a node, or a seed mark
    NDArray[np.int32],  # stamp, (n,): generation that wrote the label
    NDArray[np.float64],  # keys of the heap, (m + 4,)
    NDArray[np.int32],  # nodes of the heap, (m + 4,)
]
"""Working arrays of one search; a generation stamp replaces clearing them."""


class Scratch:
    """Scratch space of one search at a time.

    Parameters
    ----------
    nodes, edges
        Size of the network.
    """

    __slots__ = ("generation", "space")

    def __init__(self, nodes: int, edges: int) -> None:
        self.generation = 0
        self.space: Space = (
            np.zeros(nodes),
            np.zeros(nodes, dtype=np.int32),
            np.zeros(nodes, dtype=np.int32),
            np.zeros(edges + 4),
            np.zeros(edges + 4, dtype=np.int32),
        )

    def next_generation(self) -> int:
        """Stamp of a new search; the labels of all older ones become void."""
        if self.generation >= _LAST_GENERATION:
            self.space[2][:] = 0
            self.generation = 0
        self.generation += 1
        return self.generation


class ScratchPool:
    """Scratch spaces of one network, each lent to one search at a time.

    Parameters
    ----------
    network
        Road network the searches run on.
    """

    __slots__ = ("_edges", "_free", "_nodes", "graph")

    def __init__(self, network: RoadNetwork) -> None:
        self.graph: Graph = (
            network.head_start,
            network.tail,
            network.head,
            network.twin,
            network.length_m,
        )
        self._nodes, self._edges = network.node_count, network.edge_count
        self._free: list[Scratch] = []

    def take(self) -> Scratch:
        """A scratch space nobody else holds."""
        try:
            return self._free.pop()
        except IndexError:
            return Scratch(self._nodes, self._edges)

    def give(self, scratch: Scratch) -> None:
        """Hand a scratch space back."""
        self._free.append(scratch)


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
def relax(  # noqa: PLR0913, PLR0917 - arrays one by one, see the top
    label: NDArray[np.float64],
    via: NDArray[np.int32],
    stamp: NDArray[np.int32],
    keys: NDArray[np.float64],
    nodes: NDArray[np.int32],
    size: int,
    offer: tuple[int, int, float, int],
) -> int:
    """Size of the heap after an offer of (generation, node, label, via)."""
    generation, node, value, edge = offer
    if stamp[node] == generation and label[node] <= value:
        return size
    stamp[node] = generation
    label[node] = value
    via[node] = edge
    return heap_push(keys, nodes, size, value, node)


@njit(nogil=True, cache=True)
def seed_target(
    graph: Graph,
    seconds: NDArray[np.float64],
    space: Space,
    place: tuple[int, float],
    generation: int,
    bound: float,
) -> int:
    """Size of the heap after seeding both ends of the target's segment."""
    label, via, stamp, keys, nodes = space
    edge, fraction = place
    _, tail, head, twin, _ = graph
    size = 0
    value = part_seconds(fraction, seconds[edge])
    if value <= bound:
        offer = (generation, tail[edge], value, SEED_ALONG)
        size = relax(label, via, stamp, keys, nodes, size, offer)
    value = part_seconds(1.0 - fraction, seconds[twin[edge]])
    if value <= bound:
        offer = (generation, head[edge], value, SEED_AGAINST)
        size = relax(label, via, stamp, keys, nodes, size, offer)
    return size


@njit(nogil=True, cache=True)
def _labels(
    graph: Graph,
    seconds: NDArray[np.float64],
    space: Space,
    place: tuple[int, float],
    generation: int,
    limit: float,
) -> NDArray[np.float64]:
    """Seconds from every node to the target; inf beyond the limit."""
    label, via, stamp, keys, nodes = space
    head_start, tail, _, _, _ = graph
    out = np.full(len(label), np.inf)
    bound = min(limit, 1e300)  # a closed edge is never relaxed
    size = seed_target(graph, seconds, space, place, generation, bound)
    while size > 0:
        key, node = keys[0], nodes[0]
        size = heap_drop(keys, nodes, size)
        if key > label[node] or out[node] <= key:
            continue
        out[node] = key
        for edge in range(head_start[node], head_start[node + 1]):
            through = key + seconds[edge]
            if through <= bound:
                offer = (generation, tail[edge], through, edge)
                size = relax(label, via, stamp, keys, nodes, size, offer)
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
        If the edge does not exist, `limit_s` is negative or NaN, or the weights belong to another
        network.
    """
    if not 0 <= edge < len(pool.graph[1]):
        raise ParameterError(f"edge must lie in 0 to {len(pool.graph[1]) - 1}, got {edge}")
    if not limit_s >= 0:
        raise ParameterError(f"limit_s must not be negative, got {limit_s}")
    if len(weights.seconds) != len(pool.graph[1]):
        raise ParameterError("weights must be those of the network of the pool")
    scratch = pool.take()
    try:
        labels: NDArray[np.float64] = _labels(
            pool.graph,
            weights.seconds,
            scratch.space,
            (edge, fraction),
            scratch.next_generation(),
            limit_s,
        )
    finally:
        pool.give(scratch)
    return labels
