"""Uniform cells over lattice edges: which edges meet which cell, exactly.

Cells are squares of ``2**shift`` lattice units, half-open to the north and east, numbered column
by column from the south-west, so the cell to the north is the next one in memory.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["CellFrame", "cell_frame", "edges_by_cell", "left_to_right"]


@dataclass(frozen=True, slots=True)
class CellFrame:
    """Position and size of a block of cells.

    Parameters
    ----------
    x0, y0
        South-west corner, offsets to the city origin.
    shift
        Side of a cell as a power of two.
    nx, ny
        Columns and rows.
    """

    x0: int
    y0: int
    shift: int
    nx: int
    ny: int


def cell_frame(
    low: NDArray[np.int32], high: NDArray[np.int32], *, max_cells: int, min_shift: int = 2
) -> CellFrame:
    """Frame of the smallest cells that cover an extent with at most `max_cells` of them.

    Parameters
    ----------
    low, high
        (2,) corners of the extent; a row and a column beyond `high` stay empty.
    max_cells
        Bound on their number.
    min_shift
        Smallest shift to use.
    """
    x0, y0 = (int(value) for value in low)
    width, height = int(high[0]) - x0, int(high[1]) - y0
    shift = min_shift
    while ((width >> shift) + 2) * ((height >> shift) + 2) > max_cells:
        shift += 1
    return CellFrame(x0, y0, shift, (width >> shift) + 2, (height >> shift) + 2)


def left_to_right(
    a: NDArray[np.int32], b: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Edges with their western end first (the southern one where vertical).

    Parameters
    ----------
    a, b
        (m, 2) ends.

    Returns
    -------
    tuple
        (m, 4) int32 rows ax, ay, bx, by, and (m,) bool where an edge was turned.
    """
    turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    flipped = turned[:, None]
    ends = np.concatenate((np.where(flipped, b, a), np.where(flipped, a, b)), axis=1)
    return np.ascontiguousarray(ends, dtype=np.int32), turned


def edges_by_cell(
    ends: NDArray[np.int32], frame: CellFrame
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Edges that meet every cell of a frame.

    Parameters
    ----------
    ends
        (m, 4) int32 from `left_to_right`, all inside the frame.
    frame
        The cells.

    Returns
    -------
    tuple
        (nx * ny + 1,) int32 starts and (k,) int32 edge numbers, ascending within a cell.
    """
    place = np.array([frame.x0, frame.y0, frame.shift, frame.ny], dtype=np.int64)
    starts = np.zeros(frame.nx * frame.ny + 1, dtype=np.int32)
    _count(ends, place, starts)
    np.cumsum(starts, out=starts)
    members = np.empty(int(starts[-1]), dtype=np.int32)
    _fill(ends, place, starts, members)
    return starts, members


@njit(nogil=True, cache=True)
def _rows(edge: NDArray[np.int32], column: int, place: NDArray[np.int64]) -> tuple[int, int]:
    """First and last row of the cells that an edge meets in one column."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    shift = place[2]
    first, last = ay, by
    if bx > ax:
        west = place[0] + (column << shift)
        start = max(ax, west)
        end = min(bx, west + (1 << shift))
        first = ay + (by - ay) * (start - ax) // (bx - ax)
        last = ay + (by - ay) * (end - ax) // (bx - ax)
    return (min(first, last) - place[1]) >> shift, (max(first, last) - place[1]) >> shift


@njit(nogil=True, cache=True)
def _count(ends: NDArray[np.int32], place: NDArray[np.int64], counts: NDArray[np.int32]) -> None:
    """Number of edges per cell, one position late, ready for a running sum."""
    for i in range(ends.shape[0]):
        edge = ends[i]
        west = (edge[0] - place[0]) >> place[2]
        east = (edge[2] - place[0]) >> place[2]
        for column in range(west, east + 1):
            low, high = _rows(edge, column, place)
            for row in range(low, high + 1):
                counts[column * place[3] + row + 1] += 1


@njit(nogil=True, cache=True)
def _fill(
    ends: NDArray[np.int32],
    place: NDArray[np.int64],
    starts: NDArray[np.int32],
    members: NDArray[np.int32],
) -> None:
    """Edge numbers into their cells; restores `starts` at the end."""
    for i in range(ends.shape[0]):
        edge = ends[i]
        west = (edge[0] - place[0]) >> place[2]
        east = (edge[2] - place[0]) >> place[2]
        for column in range(west, east + 1):
            low, high = _rows(edge, column, place)
            for row in range(low, high + 1):
                cell = column * place[3] + row
                members[starts[cell]] = i
                starts[cell] += 1
    for cell in range(starts.size - 1, 0, -1):
        starts[cell] = starts[cell - 1]
    starts[0] = 0
