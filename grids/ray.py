"""Ray upwards from a point through the cells: the face it starts in.

The point is taken at (x + e, y + e**2) for a vanishing e > 0, so it is never on an edge: an edge
is met when ``ax <= x < bx``, and a point on an edge is below it when the edge rises to the east.

A cell without edges holds the leaf of all its points; a cell with edges holds ``-2 - k`` and its
edges are the rows of `records` from k on, up to the first one marked last: ax, ay, bx, by, leaf
below (right of a to b), leaf above (left), last, and one unused (so two fill a cache line).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from grids.exact import Ends, Point, is_touching, orientation, side_of_edge, whole_units

__all__ = ["cell_leaves", "cell_records", "leaves_of_offsets", "leaves_of_points"]

Cells = tuple[NDArray[np.int32], NDArray[np.int32]]

_BLOCK = 512
_CLOSE = 1e-3  # lattice units; a crossing is known to about 1e-7


@njit(nogil=True, cache=True)
def _ends(records: NDArray[np.int32], row: int) -> Ends:
    """Ends of an edge as scalars: a slice would count references."""
    return records[row, 0], records[row, 1], records[row, 2], records[row, 3]


@njit(nogil=True, cache=True)
def _is_lower(first: Ends, second: Ends) -> bool:
    """Whether one of two edges that do not cross, both over one abscissa, runs below."""
    if first[0] >= second[0]:
        low, point, sign = second, first, -1
    else:
        low, point, sign = first, second, 1
    turn = orientation(low, point[0], point[1])
    if turn == 0:
        turn = orientation(low, point[2], point[3])
    return turn * sign > 0


@njit(nogil=True, cache=True)
def _height(edge: Ends, x: float) -> float:
    rise = (x - edge[0]) * (float(edge[3]) - edge[1]) / (float(edge[2]) - edge[0])
    return float(edge[1] + rise)


@njit(nogil=True, cache=True)
def _is_over(edge: Ends, point: Point, origin: tuple[int, int]) -> bool:
    """Whether an edge runs above a point moved by (e, e**2)."""
    x, y = point[0], point[2]
    if x < edge[0] or x >= edge[2] or (edge[1] < y and edge[3] < y):
        return False
    if edge[1] > y + 1 and edge[3] > y + 1:
        return True
    side = side_of_edge(edge, point, origin)
    return side < 0 or (side == 0 and edge[3] > edge[1])


@njit(nogil=True, cache=True)
def _leaf_above(cell: int, top: int, point: Point, place: NDArray[np.int64], cells: Cells) -> int:
    """Leaf just below the first edge over a point, walking north from its cell."""
    values, records = cells
    origin = (place[5], place[6])
    x = point[0] + point[1]
    best, best_height = -1, np.inf
    while values[cell] < -1:
        row = -3 - values[cell]
        last = False
        while not last:
            row += 1
            last = records[row, 6] != 0
            edge = _ends(records, row)
            if row == best or not _is_over(edge, point, origin):
                continue
            height = _height(edge, x)
            gap = height - best_height
            if gap < -_CLOSE or (gap < _CLOSE and _is_lower(edge, _ends(records, best))):
                best, best_height = row, height
        if best_height < top - _CLOSE:
            return int(records[best, 4])
        cell += 1
        top += 1 << place[2]
    return int(values[cell])


@njit(nogil=True, cache=True)
def _touching_leaf(
    row: int, point: Point, place: NDArray[np.int64], cells: Cells, leaf_unit: NDArray[np.int64]
) -> int:
    """Leaf of lowest unit id that touches a point of the outer border; -1 if none does."""
    records = cells[1]
    origin = (place[5], place[6])
    found = -1
    while True:
        if is_touching(_ends(records, row), point, origin):
            for side in range(4, 6):
                leaf = records[row, side]
                if leaf >= 0 and (found < 0 or leaf_unit[leaf] < leaf_unit[found]):
                    found = leaf
        if records[row, 6] != 0:
            return found
        row += 1


@njit(nogil=True, cache=True)
def leaves_of_points(
    lonlat: NDArray[np.float64],
    place: NDArray[np.int64],
    cells: Cells,
    leaf_unit: NDArray[np.int64],
    out: NDArray[np.int32],
) -> None:
    """Leaf index of every point, -1 outside or where a coordinate is not finite.

    Parameters
    ----------
    lonlat
        (n, 2) float64 degrees.
    place
        (7,) int64 x0, y0, shift, nx, ny of the cells, and the city origin.
    cells
        Values and records as the module describes.
    leaf_unit
        (L,) int64 unit ids, which settle points on the outer border.
    out
        (n,) int32, filled.
    """
    values, records = cells
    ny, shift = place[4], place[2]
    touched = np.empty(_BLOCK, dtype=np.int32)
    whole = np.empty((_BLOCK, 2), dtype=np.int64)
    fraction = np.empty((_BLOCK, 2))
    cell = np.empty(_BLOCK, dtype=np.int64)
    for low in range(0, lonlat.shape[0], _BLOCK):
        size = min(_BLOCK, lonlat.shape[0] - low)
        _cells_of_points(lonlat, low, size, place, (whole, fraction, cell))
        for i in range(size):  # reads of one block overlap, so most of the waiting is shared
            out[low + i] = values[cell[i]] if cell[i] >= 0 else -1
        for i in range(size):
            if out[low + i] < -1:
                touched[i] = records[-2 - out[low + i], 0]
        for i in range(size):
            if out[low + i] >= -1:
                continue
            lon, lat = lonlat[low + i, 0], lonlat[low + i, 1]
            point = (whole[i, 0], fraction[i, 0], whole[i, 1], fraction[i, 1], lon, lat)
            top = place[1] + ((cell[i] % ny + 1) << shift)
            leaf = _leaf_above(cell[i], top, point, place, cells)
            if leaf < 0:
                leaf = _touching_leaf(-2 - values[cell[i]], point, place, cells, leaf_unit)
            out[low + i] = leaf


@njit(nogil=True, cache=True)
def _cells_of_points(
    lonlat: NDArray[np.float64],
    low: int,
    size: int,
    place: NDArray[np.int64],
    block: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
) -> None:
    """Whole units, fractions and cell (-1 outside the cells) of a block of points."""
    whole, fraction, cell = block
    shift, nx, ny = place[2], place[3], place[4]
    for i in range(size):
        lon, lat = lonlat[low + i, 0], lonlat[low + i, 1]
        cell[i] = -1
        if not (abs(lon) <= 360.0 and abs(lat) <= 360.0):
            continue
        x, fx = whole_units(lon)
        y, fy = whole_units(lat)
        x -= place[5]
        y -= place[6]
        column, row = (x - place[0]) >> shift, (y - place[1]) >> shift
        if 0 <= column < nx and 0 <= row < ny:
            cell[i] = column * ny + row
        whole[i, 0], whole[i, 1] = x, y
        fraction[i, 0], fraction[i, 1] = fx, fy


@njit(nogil=True, cache=True)
def leaves_of_offsets(
    points: NDArray[np.int64], place: NDArray[np.int64], cells: Cells, out: NDArray[np.int32]
) -> None:
    """Leaf index of lattice points, offsets to the origin, inside the extent of the cells."""
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        column, row = (x - place[0]) >> place[2], (y - place[1]) >> place[2]
        top = place[1] + ((row + 1) << place[2])
        point = (x, 0.0, y, 0.0, 0.0, 0.0)
        out[i] = _leaf_above(column * place[4] + row, top, point, place, cells)


@njit(nogil=True, cache=True)
def cell_records(
    ends: NDArray[np.int32],
    below: NDArray[np.int32],
    above: NDArray[np.int32],
    cell_starts: NDArray[np.int32],
    members: NDArray[np.int32],
) -> NDArray[np.int32]:
    """(k, 8) int32 records of the edges in the order of the cells."""
    records = np.zeros((members.size, 8), dtype=np.int32)
    for i in range(members.size):
        edge = members[i]
        records[i, :4] = ends[edge]
        records[i, 4] = below[edge]
        records[i, 5] = above[edge]
    for cell in range(cell_starts.size - 1):
        if cell_starts[cell + 1] > cell_starts[cell]:
            records[cell_starts[cell + 1] - 1, 6] = 1
    return records


@njit(nogil=True, cache=True)
def cell_leaves(place: NDArray[np.int64], cell_starts: NDArray[np.int32], cells: Cells) -> None:
    """Value of every cell, column by column from the north; the top row must have no edge."""
    values, _ = cells
    x0, y0, shift, nx, ny = place[0], place[1], place[2], place[3], place[4]
    for cell in range(nx * ny - 1, -1, -1):
        column, row = cell // ny, cell % ny
        if cell_starts[cell + 1] > cell_starts[cell]:
            values[cell] = -2 - cell_starts[cell]
        elif row == ny - 1:
            values[cell] = -1
        elif values[cell + 1] >= -1:
            values[cell] = values[cell + 1]
        else:
            x, y = x0 + (column << shift), y0 + (row << shift)
            point = (x, 0.0, y, 0.0, 0.0, 0.0)
            values[cell] = _leaf_above(cell + 1, y + (2 << shift), point, place, cells)
