"""Uniform cells over pieces of road, and the nearest piece to a point."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.metric import metres_per_degree

__all__ = ["PieceCells", "Places", "build_cells", "nearest_pieces"]


class PieceCells(NamedTuple):
    """Uniform cells over road pieces: `pieces[starts[c]:starts[c + 1]]` touch cell c."""

    low: NDArray[np.float64]
    size: NDArray[np.float64]
    shape: NDArray[np.int64]
    starts: NDArray[np.int64]
    pieces: NDArray[np.int32]
    xy: NDArray[np.float64]


class Places(NamedTuple):
    """Nearest places of n points, written by `nearest_pieces`.

    Attributes
    ----------
    vertex
        (n,) int64, first vertex of the piece.
    share
        (n,) float64, share of the piece before the place.
    distance_m
        (n,) float64, metres.
    """

    vertex: NDArray[np.int64]
    share: NDArray[np.float64]
    distance_m: NDArray[np.float64]


def build_cells(shape: NDArray[np.float64], first: NDArray[np.int32]) -> PieceCells:
    """Index of the pieces that start at the given vertices, about one cell per piece."""
    if len(first) == 0:
        one = np.ones(2)
        empty = np.zeros(0, dtype=np.int32)
        return PieceCells(
            np.zeros(2), one, np.zeros(2, np.int64), np.zeros(1, np.int64), empty, shape
        )
    ends = np.concatenate((shape[first], shape[first + 1]))
    low, high = ends.min(axis=0), ends.max(axis=0)
    metres = np.array(metres_per_degree(float(0.5 * (low[1] + high[1]))))
    extent_m = np.maximum((high - low) * metres, 1.0)
    size_m = max(float(np.sqrt(extent_m[0] * extent_m[1] / len(first))), 20.0)
    size_m = max(size_m, float(extent_m.max()) / 8192)
    size = size_m / metres
    grid = np.floor((high - low) / size).astype(np.int64) + 1
    starts, pieces = _fill_cells(shape, first, low, size, grid)
    return PieceCells(low, size, grid, starts, pieces, shape)


@njit(nogil=True, cache=True)
def _row_columns(
    a: NDArray[np.float64], b: NDArray[np.float64], y0: float, y1: float
) -> tuple[float, float]:
    """Smallest and largest x of a piece within the band y0 <= y <= y1, which it touches."""
    x0, x1 = min(a[0], b[0]), max(a[0], b[0])
    dy = b[1] - a[1]
    if dy == 0.0:
        return x0, x1
    t0, t1 = (y0 - a[1]) / dy, (y1 - a[1]) / dy
    if t0 > t1:
        t0, t1 = t1, t0
    t0, t1 = max(t0, 0.0), min(t1, 1.0)
    p, q = a[0] + t0 * (b[0] - a[0]), a[0] + t1 * (b[0] - a[0])
    return max(x0, min(p, q)), min(x1, max(p, q))


@njit(nogil=True, cache=True)
def _enter_piece(
    shape: NDArray[np.float64],
    at: int,
    frame: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    free: NDArray[np.int64],
    pieces: NDArray[np.int32],
) -> None:
    """Advance `free` of every cell a piece touches; write the piece there if there is room."""
    low, size, grid = frame
    slack = 1e-9  # degrees; a piece on a cell border goes to both sides
    a, b = shape[at], shape[at + 1]
    r0 = max(int((min(a[1], b[1]) - slack - low[1]) / size[1]), 0)
    r1 = min(int((max(a[1], b[1]) + slack - low[1]) / size[1]), grid[1] - 1)
    for row in range(r0, r1 + 1):
        y0 = low[1] + row * size[1]
        x0, x1 = _row_columns(a, b, y0 - slack, y0 + size[1] + slack)
        c0 = max(int((x0 - slack - low[0]) / size[0]), 0)
        c1 = min(int((x1 + slack - low[0]) / size[0]), grid[0] - 1)
        for cell in range(row * grid[0] + c0, row * grid[0] + c1 + 1):
            if len(pieces) > 0:
                pieces[free[cell]] = at
            free[cell] += 1


@njit(nogil=True, cache=True)
def _fill_cells(
    shape: NDArray[np.float64],
    first: NDArray[np.int32],
    low: NDArray[np.float64],
    size: NDArray[np.float64],
    grid: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Cell starts and the pieces of each cell, in order; counted first, then filled."""
    starts = np.zeros(grid[0] * grid[1] + 1, dtype=np.int64)
    none = np.empty(0, dtype=np.int32)
    for at in first:
        _enter_piece(shape, at, (low, size, grid), starts[1:], none)
    for cell in range(len(starts) - 1):
        starts[cell + 1] += starts[cell]
    pieces = np.empty(starts[-1], dtype=np.int32)
    free = starts[:-1].copy()
    for at in first:
        _enter_piece(shape, at, (low, size, grid), free, pieces)
    return starts, pieces


@njit(nogil=True, cache=True)
def _piece_distance(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    point: NDArray[np.float64],
    metres: tuple[float, float],
) -> tuple[float, float]:
    """Squared metres from a point to a piece, and the share of the piece before the place."""
    ax, ay = (a[0] - point[0]) * metres[0], (a[1] - point[1]) * metres[1]
    dx, dy = (b[0] - a[0]) * metres[0], (b[1] - a[1]) * metres[1]
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0)
    x, y = ax + t * dx, ay + t * dy
    return x * x + y * y, t


@njit(nogil=True, cache=True)
def _nearest_in_row(
    cells: PieceCells,
    span: tuple[int, int, int],
    point: NDArray[np.float64],
    rule: tuple[float, float, int, int],
    best: tuple[float, int, float],
) -> tuple[float, int, float]:
    """The better of `best` and the nearest piece in cells of one row, given by row and columns.

    `rule` holds metres per degree of lon and lat, and the range of vertices that is barred.
    """
    row, c0, c1 = span
    metres = (rule[0], rule[1])
    square, vertex, share = best
    for at in range(cells.starts[row + c0], cells.starts[row + c1 + 1]):
        piece = cells.pieces[at]
        if rule[2] <= piece < rule[3]:
            continue
        d, t = _piece_distance(cells.xy[piece], cells.xy[piece + 1], point, metres)
        if d < square or (d == square and piece < vertex):
            square, vertex, share = d, piece, t
    return square, vertex, share


@njit(nogil=True, cache=True)
def _nearest_in_ring(
    cells: PieceCells,
    ring: tuple[int, int, int],
    point: NDArray[np.float64],
    rule: tuple[float, float, int, int],
    best: tuple[float, int, float],
) -> tuple[float, int, float]:
    """The better of `best` and the nearest piece in the square ring (column, row, radius)."""
    column, row, radius = ring
    columns, rows = cells.shape
    c0, c1 = max(column - radius, 0), min(column + radius, columns - 1)
    for r in range(max(row - radius, 0), min(row + radius, rows - 1) + 1):
        base = r * columns
        if abs(r - row) == radius:
            best = _nearest_in_row(cells, (base, c0, c1), point, rule, best)
            continue
        if column - radius >= 0:
            best = _nearest_in_row(cells, (base, c0, c0), point, rule, best)
        if column + radius < columns:
            best = _nearest_in_row(cells, (base, c1, c1), point, rule, best)
    return best


@njit(nogil=True, cache=True)
def nearest_pieces(
    cells: PieceCells,
    lonlat: NDArray[np.float64],
    max_distance_m: float,
    barred: NDArray[np.int64],
    places: Places,
) -> None:
    """Write the nearest piece of every point, or leave the outputs as they are.

    `barred` is (n, 2): pieces that start at vertices `barred[i, 0]:barred[i, 1]` do not count.
    """
    columns, rows = cells.shape
    if columns == 0:
        return
    for i in range(len(lonlat)):
        point = lonlat[i]
        metres = metres_per_degree(point[1])
        rule = (metres[0], metres[1], barred[i, 0], barred[i, 1])
        # The point put inside the cells: projection onto a convex box never adds distance, so a
        # bound from the projected point holds for the point itself.
        column = min(max(int((point[0] - cells.low[0]) / cells.size[0]), 0), columns - 1)
        row = min(max(int((point[1] - cells.low[1]) / cells.size[1]), 0), rows - 1)
        step_m = min(cells.size[0] * metres[0], cells.size[1] * metres[1])
        limit = max_distance_m * max_distance_m
        best = (np.inf, len(cells.xy), 0.0)
        for radius in range(max(columns, rows)):
            best = _nearest_in_ring(cells, (column, row, radius), point, rule, best)
            reach_m = radius * step_m * (1.0 - 1e-9)
            if reach_m * reach_m > min(best[0], limit):
                break
        if best[0] <= limit and best[1] < len(cells.xy):
            places.vertex[i], places.share[i] = best[1], best[2]
            places.distance_m[i] = np.sqrt(best[0])
