"""Rows of buildings packed into a polygon: strips that lie inside it, cut into lengths."""

from dataclasses import astuple, dataclass

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

__all__ = ["RowPlan", "packed_rows", "turned"]

_Plan = tuple[float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class RowPlan:
    """How rows are laid; lengths in metres.

    Parameters
    ----------
    depth, depth_spread
        Depth of a building across the row, and how far it varies from row to row.
    pitch
        From row to row, added to the depth.
    shortest, longest
        Limits of a building's length.
    gap, gap_spread
        Between neighbours in a row.
    drop
        Share of buildings left out.
    shave
        How far a building may end short of its place.
    """

    depth: float
    depth_spread: float
    pitch: float
    shortest: float
    longest: float
    gap: float
    gap_spread: float
    drop: float
    shave: float


@njit(nogil=True, cache=True)
def _inside(coords: NDArray[np.float64], starts: NDArray[np.int64], x: float, y: float) -> bool:
    odd = False
    for ring in range(starts.size - 1):
        for i in range(starts[ring], starts[ring + 1] - 1):
            y0, y1 = coords[i, 1], coords[i + 1, 1]
            if (y0 > y) != (y1 > y):
                cross = coords[i, 0] + (y - y0) / (y1 - y0) * (coords[i + 1, 0] - coords[i, 0])
                if cross > x:
                    odd = not odd
    return odd


@njit(nogil=True, cache=True)
def _covered(
    coords: NDArray[np.float64], starts: NDArray[np.int64], low: float, high: float
) -> NDArray[np.float64]:
    """Ranges of x that edges take up within the strip, sorted by their start."""
    ranges = np.empty((coords.shape[0], 2))
    n = 0
    for ring in range(starts.size - 1):
        for i in range(starts[ring], starts[ring + 1] - 1):
            x0, y0, x1, y1 = coords[i, 0], coords[i, 1], coords[i + 1, 0], coords[i + 1, 1]
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            if y1 < low or y0 > high:
                continue
            a, b = x0, x1
            if y0 < low:
                a = x0 + (low - y0) / (y1 - y0) * (x1 - x0)
            if y1 > high:
                b = x0 + (high - y0) / (y1 - y0) * (x1 - x0)
            ranges[n, 0] = min(a, b)
            ranges[n, 1] = max(a, b)
            n += 1
    return ranges[:n][np.argsort(ranges[:n, 0])]


@njit(nogil=True, cache=True)
def _free(
    coords: NDArray[np.float64], starts: NDArray[np.int64], low: float, high: float
) -> NDArray[np.float64]:
    """Ranges of x where the whole strip lies inside the polygon."""
    taken = _covered(coords, starts, low, high)
    free = np.empty((taken.shape[0] + 1, 2))
    n = 0
    end = -np.inf
    for k in range(taken.shape[0]):
        wide = k > 0 and taken[k, 0] > end + 1.0
        if wide and _inside(coords, starts, 0.5 * (end + taken[k, 0]), 0.5 * (low + high)):
            free[n, 0] = end
            free[n, 1] = taken[k, 0]
            n += 1
        end = max(end, taken[k, 1])
    return free[:n]


@njit(nogil=True, cache=True)
def _cut(
    start: float,
    stop: float,
    plan: _Plan,
    rng: np.random.Generator,
    out: NDArray[np.float64],
    n: int,
) -> int:
    """Buildings of one row between two points: (x, width) pairs appended to `out`."""
    _, _, _, shortest, longest, gap, gap_spread, drop, shave = plan
    length = stop - start
    if length < shortest:
        return n
    wanted = rng.uniform(shortest, longest)
    count = max(1, int((length + gap) / (wanted + gap) + 0.5))
    while (length - (count - 1) * gap) / count > longest * 1.12:
        count += 1
    while count > 1 and (length - (count - 1) * gap) / count < shortest:
        count -= 1
    each = (length - (count - 1) * gap) / count
    x = start
    if each > longest * 1.12:  # one short building in a long row stands anywhere in it
        each = longest
        x += rng.uniform(0.0, length - each)
    for k in range(count):
        trim = rng.uniform(0.0, shave)
        space = gap if k == count - 1 else gap + gap_spread * rng.uniform(-0.5, 0.5)
        width = min(each - trim - (space - gap), stop - x)
        if rng.random() >= drop and width >= 0.75 * shortest and n < out.shape[0]:
            out[n, 0] = x + 0.5 * width
            out[n, 2] = width
            n += 1
        x += width + trim + space
    return n


@njit(nogil=True, cache=True)
def _pack(
    coords: NDArray[np.float64], starts: NDArray[np.int64], plan: _Plan, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    out = np.empty((4096, 4))
    lanes = np.empty(512)
    n = lanes_n = 0
    low = coords[:, 1].min()
    top = coords[:, 1].max()
    y = low + rng.uniform(0.0, 0.35) * plan[2]
    while y + plan[0] < top and lanes_n < 512:
        depth = plan[0] + plan[1] * rng.uniform(-1.0, 1.0)
        free = _free(coords, starts, y, y + depth)
        before = n
        for k in range(free.shape[0]):
            first = n
            n = _cut(free[k, 0], free[k, 1], plan, rng, out, n)
            out[first:n, 1] = y + 0.5 * depth
            out[first:n, 3] = depth
        if n > before:
            lanes[lanes_n] = y - 0.42 * plan[2]
            lanes_n += 1
            y += depth + plan[2]
        else:
            y += 4.0
    return out[:n].copy(), lanes[:lanes_n].copy()


def turned(xy: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """(n, 2) coordinates turned by `angle` radians counter-clockwise about the origin."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(xy @ np.array([[c, s], [-s, c]]))


def packed_rows(
    polygon: shapely.Geometry, angle: float, plan: RowPlan, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Buildings in rows along `angle` inside `polygon`.

    Parameters
    ----------
    polygon
        Polygon or MultiPolygon, metres.
    angle
        Direction of the rows from east, radians.
    plan
        How rows are laid.
    rng
        Source of chance.

    Returns
    -------
    tuple
        (n, 4) float64 centre x, centre y, width along the row and depth, turned by ``-angle``;
        and (k,) float64 the y of the lane before each row, turned likewise.
    """
    rings = [ring for part in shapely.get_parts(polygon) for ring in shapely.get_rings(part)]
    if not rings:
        return np.empty((0, 4)), np.empty(0)
    coords = [turned(shapely.get_coordinates(ring), -angle) for ring in rings]
    starts = np.concatenate([[0], np.cumsum([len(c) for c in coords])]).astype(np.int64)
    boxes, lanes = _pack(np.vstack(coords), starts, astuple(plan), rng)
    return boxes, lanes
