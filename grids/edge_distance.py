"""Nearest edge and neighbouring leaves of points, in metres on a local plane.

Degrees are scaled by the ground length of a degree at the latitude of the point. The distance
is within 0.03 % of the geodesic one up to 2 km (0.5 % up to 30 km) below 55 degrees of latitude.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["distances_to_edges", "leaves_within"]

Index = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


@njit(nogil=True, cache=True)
def _squared_distance(
    edge: NDArray[np.int32], x: float, y: float, scale_x: float, scale_y: float
) -> float:
    """Square metres from a point to an edge; offsets in lattice units."""
    ax, ay = (edge[0] - x) * scale_x, (edge[1] - y) * scale_y
    dx = (float(edge[2]) - edge[0]) * scale_x
    dy = (float(edge[3]) - edge[1]) * scale_y
    t = -(ax * dx + ay * dy) / (dx * dx + dy * dy)
    t = min(1.0, max(0.0, t))
    return float((ax + t * dx) ** 2 + (ay + t * dy) ** 2)


@njit(nogil=True, cache=True)
def _ring_reach(
    block: tuple[int, int, int, int],
    point: tuple[float, float],
    scale: tuple[float, float],
    place: NDArray[np.int64],
) -> float:
    """Metres from a point to the nearest cell outside a block of cells; infinite if none is."""
    x0, y0, shift, nx, ny = place[0], place[1], place[2], place[3], place[4]
    west, south, east, north = block
    reach = np.inf
    if west > 0:
        reach = min(reach, (point[0] - (x0 + (west << shift))) * scale[0])
    if south > 0:
        reach = min(reach, (point[1] - (y0 + (south << shift))) * scale[1])
    if east < nx - 1:
        reach = min(reach, (x0 + ((east + 1) << shift) - point[0]) * scale[0])
    if north < ny - 1:
        reach = min(reach, (y0 + ((north + 1) << shift) - point[1]) * scale[1])
    return max(0.0, reach)


@njit(nogil=True, cache=True)
def _nearest(
    point: tuple[float, float],
    scale: tuple[float, float],
    place: NDArray[np.int64],
    index: Index,
) -> float:
    ends, starts, members = index
    x0, y0, shift, nx, ny = place[0], place[1], place[2], place[3], place[4]
    column = min(nx - 1, max(0, (math.floor(point[0]) - x0) >> shift))
    row = min(ny - 1, max(0, (math.floor(point[1]) - y0) >> shift))
    best = np.inf
    ring = 0
    while True:
        west, east = max(0, column - ring), min(nx - 1, column + ring)
        south, north = max(0, row - ring), min(ny - 1, row + ring)
        for c in range(west, east + 1):
            inner = abs(c - column) < ring
            for r in range(south, north + 1):
                if inner and abs(r - row) < ring:
                    continue
                for k in range(starts[c * ny + r], starts[c * ny + r + 1]):
                    squared = _squared_distance(
                        ends[members[k]], point[0], point[1], scale[0], scale[1]
                    )
                    best = min(best, squared)
        reach = _ring_reach((west, south, east, north), point, scale, place)
        if best <= reach * reach:
            return float(np.sqrt(best))
        ring += 1


@njit(nogil=True, cache=True)
def distances_to_edges(
    points: NDArray[np.float64],
    scales: NDArray[np.float64],
    place: NDArray[np.int64],
    index: Index,
    out: NDArray[np.float64],
) -> None:
    """Metres from every point to the nearest edge.

    Parameters
    ----------
    points
        (n, 2) float64 offsets to the city origin, lattice units; NaN gives NaN.
    scales
        (n, 2) float64 metres per lattice unit in x and y.
    place, index
        Cells (x0, y0, shift, nx, ny), and the edges with starts and members per cell; at least
        one edge.
    out
        (n,) float64, filled.
    """
    for i in range(points.shape[0]):
        if np.isfinite(points[i, 0]) and np.isfinite(points[i, 1]):
            out[i] = _nearest(
                (points[i, 0], points[i, 1]), (scales[i, 0], scales[i, 1]), place, index
            )
        else:
            out[i] = np.nan


@njit(nogil=True, cache=True)
def _add_leaf(
    leaf: int, squared: float, leaves: NDArray[np.int32], nearest: NDArray[np.float64], count: int
) -> int:
    for k in range(count):
        if leaves[k] == leaf:
            nearest[k] = min(nearest[k], squared)
            return count
    leaves[count] = leaf
    nearest[count] = squared
    return count + 1


@njit(nogil=True, cache=True)
def _neighbours(
    where: tuple[float, float, float, float],
    own: int,
    radius_m: float,
    place: NDArray[np.int64],
    index: Index,
    sides: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Leaves other than `own` within a radius, nearest first."""
    ends, starts, members = index
    x0, y0, shift, nx, ny = place[0], place[1], place[2], place[3], place[4]
    x, y, scale_x, scale_y = where
    reach_x, reach_y = radius_m / scale_x, radius_m / scale_y
    west = max(0, (math.floor(x - reach_x) - x0) >> shift)
    east = min(nx - 1, (math.floor(x + reach_x) - x0) >> shift)
    south = max(0, (math.floor(y - reach_y) - y0) >> shift)
    north = min(ny - 1, (math.floor(y + reach_y) - y0) >> shift)
    leaves = np.empty(16, dtype=np.int32)
    nearest = np.empty(16)
    count = 0
    for column in range(west, east + 1):
        for k in range(starts[column * ny + south], starts[column * ny + north + 1]):
            edge = members[k]
            squared = _squared_distance(ends[edge], x, y, scale_x, scale_y)
            if squared > radius_m * radius_m:
                continue
            if count + 2 > leaves.size:
                leaves = np.concatenate((leaves, np.empty_like(leaves)))
                nearest = np.concatenate((nearest, np.empty_like(nearest)))
            for side in range(2):
                leaf = sides[edge, side]
                if leaf >= 0 and leaf != own:
                    count = _add_leaf(leaf, squared, leaves, nearest, count)
    return leaves[:count][np.argsort(nearest[:count])]


@njit(nogil=True, cache=True)
def leaves_within(
    plane: tuple[NDArray[np.float64], NDArray[np.float64]],
    own: NDArray[np.int32],
    radii_m: NDArray[np.float64],
    place: NDArray[np.int64],
    index: Index,
    sides: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Other leaves near every point, nearest first.

    Parameters
    ----------
    plane, place, index
        Points with their scales, cells and edges as in `distances_to_edges`.
    own
        (n,) int32 leaf to leave out.
    radii_m
        (n,) float64 metres; negative skips the point.
    sides
        (m, 2) int32 leaf on either side of every edge, -1 outside.

    Returns
    -------
    tuple
        (n + 1,) int64 starts and the leaf indices.
    """
    points, scales = plane
    starts = np.zeros(points.shape[0] + 1, dtype=np.int64)
    found = np.empty(max(16, points.shape[0]), dtype=np.int32)
    for i in range(points.shape[0]):
        starts[i + 1] = starts[i]
        if radii_m[i] < 0:
            continue
        where = (points[i, 0], points[i, 1], scales[i, 0], scales[i, 1])
        near = _neighbours(where, own[i], radii_m[i], place, index, sides)
        starts[i + 1] += near.size
        while starts[i + 1] > found.size:
            found = np.concatenate((found, np.empty_like(found)))
        found[starts[i] : starts[i + 1]] = near
    return starts, found[: starts[-1]]
