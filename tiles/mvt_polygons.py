"""Polygons as vector-tile commands: cut, rounded, wound, without rings that vanished.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1, section 4.3.4.4 (polygon geometry).
"""

import numpy as np
from numpy.typing import NDArray

from tiles.chains import Workspace, cut_polygon, workspace
from tiles.commands import Commands, Path, on_grid, sizes, turn, where, written_path
from tiles.frame import Frame, Ragged
from tiles.kernels import borrowing, kernel
from tiles.wire import roomy

__all__ = ["polygon_commands"]

_CLOSE_PATH = 15


@borrowing
def _loaded(column: Ragged, ring: int, work: Workspace, at: int, frame: Frame) -> tuple[int, float]:
    """Position after a ring loaded in tile units, and twice its signed area.

    A ring is read backwards where the affine reverses orientation, so that exteriors stay
    positive.
    """
    first, last = column.ring_starts[ring], column.ring_starts[ring + 1]
    start, step = (last - 1, -1) if frame.flip else (first, 1)
    x0 = (column.coords[start, 0] - frame.origin_x) * frame.scale_x
    y0 = (column.coords[start, 1] - frame.origin_y) * frame.scale_y
    area2 = dx = dy = 0.0
    for k in range(last - first):
        p = start + k * step
        x = (column.coords[p, 0] - frame.origin_x) * frame.scale_x
        y = (column.coords[p, 1] - frame.origin_y) * frame.scale_y
        work.xs[at + k], work.ys[at + k] = x, y
        area2 += dx * (y - y0) - (x - x0) * dy
        dx, dy = x - x0, y - y0
    return at + last - first, area2


@borrowing
def _snapped_ring(
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
    span: tuple[int, int],
    path: Path,
    snap: int,
) -> int:
    """Number of points of a ring rounded to the grid, without repeats, spikes and midpoints."""
    xs, ys = points
    qx, qy = path.x, path.y
    count = 0
    for p in range(span[0], span[1]):
        x, y = on_grid(xs[p], snap), on_grid(ys[p], snap)
        qx[count], qy[count] = x, y
        while count > 1 and turn(path, count - 2, count - 1, count) == 0:
            count -= 1
            qx[count], qy[count] = x, y
        if count == 0 or x != qx[count - 1] or y != qy[count - 1]:
            count += 1
    return _unspiked(path, count)


@borrowing
def _unspiked(path: Path, count: int) -> int:
    """Number of points once none is on the line of its neighbours across the ring's start."""
    first = 0
    while count - first > 2:
        if turn(path, count - 2, count - 1, first) == 0:
            count -= 1
        elif turn(path, count - 1, first, first + 1) == 0:
            first += 1
        else:
            break
    if first:
        for i in range(first, count):
            path.x[i - first], path.y[i - first] = path.x[i], path.y[i]
    return count - first


@borrowing
def _written_ring(path: Path, count: int, is_exterior: int, out: NDArray[np.uint8], at: int) -> int:
    """Position after a ring wound as its role wants; unchanged if it has no area."""
    qx, qy = path.x, path.y
    area2 = 0
    for i in range(1, count - 1):
        area2 += (qx[i] - qx[0]) * (qy[i + 1] - qy[0]) - (qx[i + 1] - qx[0]) * (qy[i] - qy[0])
    if count < 3 or area2 == 0:
        return at
    span = (0, count - 1, 1) if (area2 > 0) == is_exterior else (count - 1, 0, -1)
    at = written_path(path, span, out, at)
    out[at] = _CLOSE_PATH
    return at + 1


@borrowing
def _whole_polygon(
    work: Workspace,
    rings: int,
    frame: Frame,
    out: NDArray[np.uint8],
    at: int,
) -> int:
    """Position after all loaded rings of a feature that lies inside the box."""
    is_shown = 0
    for ring in range(rings):
        is_exterior = int(ring == 0 or work.area2[ring] > 0.0)
        if not (is_exterior or is_shown):
            continue
        end = at
        if abs(work.area2[ring]) >= 2.0 * frame.min_area:
            span = (work.ring_at[ring], work.ring_at[ring + 1])
            count = _snapped_ring((work.xs, work.ys), span, work.path, frame.snap)
            end = _written_ring(work.path, count, is_exterior, out, at)
        if is_exterior:
            is_shown = int(end > at)
        at = end
    return at


@borrowing
def _written_pieces(
    work: Workspace,
    pieces: int,
    frame: Frame,
    out: NDArray[np.uint8],
    at: int,
) -> int:
    """Position after the pieces of a cut polygon, each exterior followed by its holes."""
    for exterior in range(pieces):
        if work.owner[exterior] != exterior:
            break
        is_shown = 0
        for piece in range(exterior, pieces):
            if work.owner[piece] == exterior and (piece == exterior or is_shown):
                span = (work.piece_at[piece], work.piece_at[piece + 1])
                count = _snapped_ring((work.px, work.py), span, work.path, frame.snap)
                role = int(piece == exterior)
                end = _written_ring(work.path, count, role, out, at)
                is_shown |= int(end > at)
                at = end
    return at


@kernel
def _cut_feature(
    work: Workspace,
    rings: int,
    frame: Frame,
    out: NDArray[np.uint8],
    at: int,
) -> int:
    """Position after the parts of a feature that are inside the box."""
    first = 0
    while first < rings:
        last = first + 1
        while last < rings and work.area2[last] <= 0.0:
            last += 1
        if abs(work.area2[first]) >= 2.0 * frame.min_area:
            pieces = cut_polygon(work, (first, last), frame)
            at = _written_pieces(work, pieces, frame, out, at)
        first = last
    return at


@borrowing
def _simple_polygon(
    column: Ragged, row: int, work: Workspace, frame: Frame, out: NDArray[np.uint8], at: int
) -> int:
    """Position after a feature of one ring that lies inside the box."""
    end, area2 = _loaded(column, column.feature_starts[row], work, 0, frame)
    if area2 < 2.0 * frame.min_area:
        return at
    count = _snapped_ring((work.xs, work.ys), (0, end), work.path, frame.snap)
    return _written_ring(work.path, count, 1, out, at)


@kernel
def _several_rings(
    column: Ragged, row: int, work: Workspace, frame: Frame, out: NDArray[np.uint8], at: int
) -> int:
    """Position after a feature of several rings, or one that crosses the box."""
    first, last = column.feature_starts[row], column.feature_starts[row + 1]
    end = 0
    for ring in range(first, last):
        work.ring_at[ring - first] = end
        end, work.area2[ring - first] = _loaded(column, ring, work, end, frame)
    work.ring_at[last - first] = end
    if where(column, row, frame)[0] == 1:
        return _whole_polygon(work, last - first, frame, out, at)
    return _cut_feature(work, last - first, frame, out, at)


@kernel
def polygon_commands(column: Ragged, rows: NDArray[np.int64], frame: Frame) -> Commands:
    """Commands of polygons cut by the tile's buffered box.

    Rings are rounded after cutting, wound by their role, and left out where nothing of them
    remains; parts and holes smaller than `frame.min_area` are left out whole.
    """
    total, points, rings = sizes(column, rows)
    work = workspace(points, rings)
    out = np.empty(4 * total + 1024, dtype=np.uint8)
    starts = np.zeros(rows.size + 1, dtype=np.int64)
    kept = np.empty(rows.size, dtype=np.int64)
    count = at = 0
    for k in range(rows.size):
        place, area = where(column, rows[k], frame)
        if place == 0 or area < frame.min_area:
            continue
        first, last = column.feature_starts[rows[k]], column.feature_starts[rows[k] + 1]
        size = column.ring_starts[last] - column.ring_starts[first]
        worst = size if place == 1 else 8 * size + 16
        worst = at + 6 * worst + 16 * (worst // 3 + last - first)
        if worst > out.size:
            out = roomy(out, worst)
        work.path.cursor[0] = work.path.cursor[1] = 0
        if place == 1 and last - first == 1:
            end = _simple_polygon(column, rows[k], work, frame, out, at)
        else:
            end = _several_rings(column, rows[k], work, frame, out, at)
        if end > at:
            kept[count] = k
            count += 1
            starts[count] = at = end
    return Commands(out[:at], starts[: count + 1], kept[:count])
