"""Borders of a coverage: every stretch between two units once, with the widest level it divides.

Drawn from the units themselves a border is two lines on top of each other, and dashes of one
fill the gaps of the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.columns import LayerTable, RaggedGeometry, TextColumn
from layers.spatial_index import hilbert_order
from tiles.kernels import borrowing, kernel

__all__ = ["border_lines"]

_HALF = 1 << 31


def _edges(geometry: RaggedGeometry) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Both ends of every ring edge as packed positions, the smaller first."""
    x, y = (geometry.coords[:, k].astype(np.int64) + _HALF for k in (0, 1))
    keys = (x.astype(np.uint64) << np.uint64(32)) | y.astype(np.uint64)
    following = np.arange(1, keys.size + 1)
    ends = geometry.ring_starts[1:]
    full = ends > geometry.ring_starts[:-1]
    following[ends[full] - 1] = geometry.ring_starts[:-1][full]
    return np.minimum(keys, keys[following]), np.maximum(keys, keys[following])


class _Graph(NamedTuple):
    """Edges by node: those of node k are `neighbours` and `edges` from starts[k] to starts[k+1].

    `is_end` marks the nodes where chains end; `used` the edges already in a chain.
    """

    starts: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    edges: NDArray[np.int64]
    is_end: NDArray[np.bool_]
    used: NDArray[np.bool_]


@borrowing
def _free_edge(graph: _Graph, node: int) -> int:
    """Place of an edge of a node that is in no chain yet, -1 if there is none."""
    for k in range(graph.starts[node], graph.starts[node + 1]):
        if not graph.used[graph.edges[k]]:
            return k
    return -1


@borrowing
def _followed(graph: _Graph, step: int, nodes: NDArray[np.int64], at: int) -> int:
    """Position in `nodes` after a chain that goes out by the edge at place `step`."""
    while step >= 0:
        graph.used[graph.edges[step]] = True
        node = graph.neighbours[step]
        nodes[at] = node
        at += 1
        step = -1 if graph.is_end[node] else _free_edge(graph, node)
    return at


@kernel
def _walk(
    graph: _Graph, ranks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Chains of edges of one rank between end nodes: nodes, chain offsets, rank per chain."""
    nodes = np.empty(2 * ranks.size + 1, dtype=np.int64)
    chain_starts = np.zeros(ranks.size + 1, dtype=np.int64)
    chain_ranks = np.empty(ranks.size, dtype=np.int64)
    chains = at = 0
    for only_ends in (True, False):  # what is left after the first pass are closed loops
        for origin in range(graph.starts.size - 1):
            step = -1 if only_ends and not graph.is_end[origin] else _free_edge(graph, origin)
            while step >= 0:
                chain_ranks[chains] = ranks[graph.edges[step]]
                nodes[at] = origin
                at = _followed(graph, step, nodes, at + 1)
                chains += 1
                chain_starts[chains] = at
                step = _free_edge(graph, origin)
    return nodes[:at], chain_starts[: chains + 1], chain_ranks[:chains]


def _chained(
    low: NDArray[np.int64], high: NDArray[np.int64], ranks: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Chains of edges between node indices; see `_walk`."""
    origins = np.concatenate((low, high))
    order = np.argsort(origins, kind="stable")
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(origins, minlength=count), out=starts[1:])
    neighbours = np.concatenate((high, low))[order]
    edges = np.tile(np.arange(low.size), 2)[order]
    sizes = np.diff(starts)
    widest = np.maximum.reduceat(ranks[edges], starts[:-1])
    narrowest = np.minimum.reduceat(ranks[edges], starts[:-1])
    is_end = (sizes != 2) | (widest != narrowest)
    used = np.zeros(ranks.size, dtype=np.bool_)
    return _walk(_Graph(starts, neighbours, edges, is_end, used), ranks)


def border_lines(
    table: LayerTable, rows: NDArray[np.int64], *, field: str, levels: Sequence[str]
) -> tuple[RaggedGeometry, TextColumn]:
    """Borders between the units of some rows.

    Parameters
    ----------
    table
        Polygons whose shared borders have the same vertices.
    rows
        (k,) int64, the rows that count.
    field
        Category that holds the level of a unit.
    levels
        Its values from wide to narrow.

    Returns
    -------
    tuple
        Lines, and for each the widest level whose units it divides, coded into `levels`.
    """
    geometry, column = table.geometry, table.columns[field]
    if geometry is None or not isinstance(column, TextColumn) or rows.size == 0:
        empty = np.zeros((0, 2), dtype=np.int32)
        zero = np.zeros(1, dtype=np.int64)
        none = RaggedGeometry(empty, zero, zero, np.zeros((0, 4), dtype=np.int32))
        return none, TextColumn(np.zeros(0, dtype=np.int32), np.array(levels, dtype=object))
    place = {level: k for k, level in enumerate(levels)}
    by_code = np.array([*(place.get(v, len(levels) - 1) for v in column.values), len(levels) - 1])
    ranks = by_code[column.codes]
    points = np.diff(geometry.ring_starts[geometry.feature_starts])
    kept = np.zeros(len(table), dtype=np.bool_)
    kept[rows] = True
    low, high = _edges(geometry)
    is_kept = np.repeat(kept, points) & (low != high)
    low, high, rank = low[is_kept], high[is_kept], np.repeat(ranks, points)[is_kept]
    order = np.lexsort((rank, high, low))
    low, high, rank = low[order], high[order], rank[order]
    first = np.ones(low.size, dtype=np.bool_)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, rank = low[first], high[first], rank[first]  # the widest level sorts first
    keys, index = np.unique(np.concatenate((low, high)), return_inverse=True)
    nodes, starts, chain_ranks = _chained(
        index[: low.size], index[low.size :], rank.astype(np.int64), keys.size
    )
    packed = keys[nodes]
    x = (packed >> np.uint64(32)).astype(np.int64) - _HALF
    y = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64) - _HALF
    return _lines(np.column_stack((x, y)).astype(np.int32), starts, chain_ranks, levels)


def _lines(
    coords: NDArray[np.int32],
    starts: NDArray[np.int64],
    ranks: NDArray[np.int64],
    levels: Sequence[str],
) -> tuple[RaggedGeometry, TextColumn]:
    """Chains as a column of lines along a Hilbert curve."""
    lows = np.minimum.reduceat(coords, starts[:-1], axis=0)
    highs = np.maximum.reduceat(coords, starts[:-1], axis=0)
    bounds = np.hstack((lows, highs))
    order = hilbert_order(bounds)
    sizes = np.diff(starts)[order]
    ring_starts = np.zeros(order.size + 1, dtype=np.int64)
    np.cumsum(sizes, out=ring_starts[1:])
    shift = np.repeat(starts[:-1][order] - ring_starts[:-1], sizes)
    ordered = np.ascontiguousarray(coords[np.arange(coords.shape[0]) + shift])
    features = np.arange(order.size + 1, dtype=np.int64)
    geometry = RaggedGeometry(ordered, ring_starts, features, bounds[order])
    return geometry, TextColumn(ranks[order].astype(np.int32), np.array(levels, dtype=object))
