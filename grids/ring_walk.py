"""Simple rings around groups of faces, walked along half-edges, holes behind their exterior."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["hole_owners", "simple_rings"]


@njit(nogil=True, cache=True)
def simple_rings(
    edges: NDArray[np.int64],
    following: NDArray[np.int64],
    group: NDArray[np.int64],
    vertex_count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rings with the group on their left; a walk that meets a vertex again is cut there.

    Parameters
    ----------
    edges
        (m, 2) int64 vertices.
    following
        (2m,) int64 next half-edge with the same face on the left.
    group
        (2m,) int64 group on the left of every half-edge, -1 for none.
    vertex_count
        Number of vertices.

    Returns
    -------
    tuple
        Vertices of all rings, (r + 1,) starts, (r,) group of each ring.
    """
    half = following.size
    vertices = np.empty(half, dtype=np.int64)
    starts = np.zeros(half + 1, dtype=np.int64)
    owner = np.empty(half, dtype=np.int64)
    seen = np.zeros(half, dtype=np.bool_)
    depth = np.full(vertex_count, -1, dtype=np.int64)
    stack = np.empty(half, dtype=np.int64)
    rings, at = 0, 0
    for first in range(half):
        if seen[first] or group[first] < 0:
            continue
        height, h = 0, first
        while True:
            v = edges[h >> 1, h & 1]
            if depth[v] >= 0:  # a loop closes here: it is a ring of its own
                for k in range(depth[v], height):
                    vertices[at] = stack[k]
                    at += 1
                    if k > depth[v]:
                        depth[stack[k]] = -1
                owner[rings] = group[first]
                rings += 1
                starts[rings] = at
                height = depth[v]
            if seen[h]:
                depth[v] = -1
                break
            depth[v] = height
            stack[height] = v
            height += 1
            seen[h] = True
            h = following[h]
    return vertices[:at], starts[: rings + 1], owner[:rings]


@njit(nogil=True, cache=True)
def _is_inside(x: int, y: int, ring: NDArray[np.int64]) -> bool:
    """Whether a point in doubled units, not on the ring, is inside it (crossing parity)."""
    inside = False
    j = ring.shape[0] - 1
    for i in range(ring.shape[0]):
        ax, ay = 2 * ring[j, 0], 2 * ring[j, 1]
        bx, by = 2 * ring[i, 0], 2 * ring[i, 1]
        if (ay > y) != (by > y):
            turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if (turn > 0) == (by > ay):
                inside = not inside
        j = i
    return inside


@njit(nogil=True, cache=True)
def hole_owners(
    points: NDArray[np.int64],
    starts: NDArray[np.int64],
    area: NDArray[np.int64],
    order: NDArray[np.int64],
    group: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Exterior ring of every ring: itself, or for a hole the smallest exterior around it.

    Parameters
    ----------
    points, starts
        Points of all rings.
    area
        (r,) int64 twice the signed area; negative for holes.
    order
        (r,) rings sorted by group.
    group
        (r,) int64 group of each ring.
    """
    owner = np.arange(area.size)
    low = 0
    while low < order.size:
        high = low
        while high < order.size and group[order[high]] == group[order[low]]:
            high += 1
        for i in range(low, high):
            hole = order[i]
            if area[hole] > 0:
                continue
            a, b = points[starts[hole]], points[starts[hole] + 1]
            best = -1
            for j in range(low, high):
                ring = order[j]
                if area[ring] <= -area[hole] or (best >= 0 and area[ring] >= area[best]):
                    continue
                rows = points[starts[ring] : starts[ring + 1]]
                if _is_inside(a[0] + b[0], a[1] + b[1], rows):
                    best = ring
            owner[hole] = best
        low = high
    return owner
