"""Half-edges around vertices and the boundary cycles they form; disjoint sets.

Half-edge 2e runs along edge e from its lower to its higher vertex, 2e + 1 back.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["cycles", "join", "next_half_edges", "roots", "top_vertices"]


@njit(nogil=True, cache=True)
def _comes_before(ax: int, ay: int, bx: int, by: int) -> bool:
    """Whether direction a comes before b, counter-clockwise from due east."""
    a_south = ay < 0 or (ay == 0 and ax < 0)
    b_south = by < 0 or (by == 0 and bx < 0)
    if a_south != b_south:
        return bool(b_south)
    return bool(ax * by - ay * bx > 0)


@njit(nogil=True, cache=True)
def next_half_edges(points: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Half-edge after each, keeping the face on the left; 2e runs low to high, 2e + 1 back."""
    half = 2 * edges.shape[0]
    starts = np.zeros(points.shape[0] + 1, dtype=np.int64)
    for h in range(half):
        starts[edges[h >> 1, h & 1] + 1] += 1
    for v in range(points.shape[0]):
        starts[v + 1] += starts[v]
    around = np.empty(half, dtype=np.int64)
    filled = starts[:-1].copy()
    for h in range(half):
        v, w = edges[h >> 1, h & 1], edges[h >> 1, 1 - (h & 1)]
        dx, dy = points[w, 0] - points[v, 0], points[w, 1] - points[v, 1]
        at = filled[v]
        while at > starts[v]:
            u = edges[around[at - 1] >> 1, 1 - (around[at - 1] & 1)]
            if not _comes_before(dx, dy, points[u, 0] - points[v, 0], points[u, 1] - points[v, 1]):
                break
            around[at] = around[at - 1]
            at -= 1
        around[at] = h
        filled[v] += 1
    following = np.empty(half, dtype=np.int64)
    for v in range(points.shape[0]):
        for k in range(starts[v], starts[v + 1]):
            before = k - 1 if k > starts[v] else starts[v + 1] - 1
            following[around[k] ^ 1] = around[before]
    return following


@njit(nogil=True, cache=True)
def cycles(
    points: NDArray[np.int64], edges: NDArray[np.int64], following: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cycle of every half-edge and twice the signed area of every cycle (exact modulo 2**64)."""
    cycle = np.full(following.size, -1, dtype=np.int64)
    area = np.zeros(following.size, dtype=np.int64)
    count = 0
    for first in range(following.size):
        if cycle[first] >= 0:
            continue
        h = first
        while cycle[h] < 0:
            cycle[h] = count
            v, w = edges[h >> 1, h & 1], edges[h >> 1, 1 - (h & 1)]
            area[count] += points[v, 0] * points[w, 1] - points[w, 0] * points[v, 1]
            h = following[h]
        count += 1
    return cycle, area[:count]


@njit(nogil=True, cache=True)
def top_vertices(
    points: NDArray[np.int64], edges: NDArray[np.int64], cycle: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Northernmost vertex of every cycle, the easternmost of several."""
    top = np.full(count, -1, dtype=np.int64)
    for h in range(cycle.size):
        v, at = edges[h >> 1, h & 1], top[cycle[h]]
        higher = at < 0 or points[v, 1] > points[at, 1]
        if higher or (points[v, 1] == points[at, 1] and points[v, 0] > points[at, 0]):
            top[cycle[h]] = v
    return top


@njit(nogil=True, cache=True)
def _root(parent: NDArray[np.int64], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


@njit(nogil=True, cache=True)
def join(parent: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
    """Put a[i] and b[i] into one set, for every i; the highest item is the root."""
    for i in range(a.size):
        first, second = _root(parent, a[i]), _root(parent, b[i])
        parent[min(first, second)] = max(first, second)


@njit(nogil=True, cache=True)
def roots(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Root of the set of every item."""
    found = np.empty_like(parent)
    for i in range(parent.size):
        found[i] = _root(parent, i)
    return found
