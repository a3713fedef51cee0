"""Lines and points as vector-tile commands.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1, sections 4.3.4.2 and 4.3.4.3.
"""

import numpy as np
from numpy.typing import NDArray

from tiles.clip import crossing
from tiles.commands import Commands, Path, empty_path, on_grid, sizes, turn, where, written_path
from tiles.frame import Frame, Ragged
from tiles.kernels import borrowing, kernel
from tiles.wire import roomy, write_varint, write_zigzag

__all__ = ["line_commands", "point_commands"]

_MOVE_TO = 1


@borrowing
def _appended(path: Path, count: int, x: float, y: float, snap: int) -> int:
    """Number of points after one more, without repeats and points midway on a straight line."""
    path.x[count], path.y[count] = on_grid(x, snap), on_grid(y, snap)
    if count == 0:
        return 1
    a, b, c = count - 2, count - 1, count
    dx, dy = path.x[c] - path.x[b], path.y[c] - path.y[b]
    if dx == 0 and dy == 0:
        return count
    if count > 1 and turn(path, a, b, c) == 0:
        ahead = dx * (path.x[b] - path.x[a]) + dy * (path.y[b] - path.y[a])
        if ahead > 0:
            path.x[b], path.y[b] = path.x[c], path.y[c]
            return count
    return count + 1


@borrowing
def _finished(path: Path, count: int, out: NDArray[np.uint8], at: int) -> int:
    """Position after a line part; unchanged if it shrank to a point."""
    if count < 2:
        return at
    return written_path(path, (0, count - 1, 1), out, at)


@borrowing
def _whole_part(
    column: Ragged, part: int, frame: Frame, path: Path, out: NDArray[np.uint8], at: int
) -> int:
    """Position after one part of a line that lies inside the box."""
    count = 0
    for p in range(column.ring_starts[part], column.ring_starts[part + 1]):
        x = (column.coords[p, 0] - frame.origin_x) * frame.scale_x
        y = (column.coords[p, 1] - frame.origin_y) * frame.scale_y
        count = _appended(path, count, x, y, frame.snap)
    return _finished(path, count, out, at)


@borrowing
def _cut_part(
    column: Ragged, part: int, frame: Frame, path: Path, out: NDArray[np.uint8], at: int
) -> int:
    """Position after the pieces of one part of a line that are inside the box."""
    first, last = column.ring_starts[part], column.ring_starts[part + 1]
    count = 0
    for p in range(first, last - 1):
        ax = (column.coords[p, 0] - frame.origin_x) * frame.scale_x
        ay = (column.coords[p, 1] - frame.origin_y) * frame.scale_y
        bx = (column.coords[p + 1, 0] - frame.origin_x) * frame.scale_x
        by = (column.coords[p + 1, 1] - frame.origin_y) * frame.scale_y
        seen = crossing(ax, ay, bx, by, frame)
        if not seen.visible:
            continue
        if count == 0 or seen.entry >= 0:
            at = _finished(path, count, out, at)
            count = _appended(path, 0, seen.x0, seen.y0, frame.snap)
        count = _appended(path, count, seen.x1, seen.y1, frame.snap)
        if seen.leave >= 0:
            at = _finished(path, count, out, at)
            count = 0
    return _finished(path, count, out, at)


@kernel
def line_commands(column: Ragged, rows: NDArray[np.int64], frame: Frame) -> Commands:
    """Commands of lines cut by the tile's buffered box into parts.

    Points are rounded, repeats and points midway on a straight line left out; a part that
    shrinks to a point is left out.
    """
    total, points, _ = sizes(column, rows)
    path = empty_path(2 * points + 2)
    out = np.empty(4 * total + 1024, dtype=np.uint8)
    starts = np.zeros(rows.size + 1, dtype=np.int64)
    kept = np.empty(rows.size, dtype=np.int64)
    count = at = 0
    for k in range(rows.size):
        place, _ = where(column, rows[k], frame)
        if place == 0:
            continue
        first, last = column.feature_starts[rows[k]], column.feature_starts[rows[k] + 1]
        size = column.ring_starts[last] - column.ring_starts[first]
        worst = at + 24 * size + 16 * (last - first)
        if worst > out.size:
            out = roomy(out, worst)
        path.cursor[0] = path.cursor[1] = 0
        end = at
        for part in range(first, last):
            if place == 1:
                end = _whole_part(column, part, frame, path, out, end)
            else:
                end = _cut_part(column, part, frame, path, out, end)
        if end > at:
            kept[count] = k
            count += 1
            starts[count] = at = end
    return Commands(out[:at], starts[: count + 1], kept[:count])


@borrowing
def _inside(column: Ragged, row: int, frame: Frame, path: Path) -> int:
    """Number of points of a row inside the half-open buffered tile, rounded into the path."""
    low, high = -frame.buffer, frame.extent + frame.buffer
    first = column.ring_starts[column.feature_starts[row]]
    last = column.ring_starts[column.feature_starts[row + 1]]
    count = 0
    for p in range(first, last):
        x = on_grid((column.coords[p, 0] - frame.origin_x) * frame.scale_x, 1)
        y = on_grid((column.coords[p, 1] - frame.origin_y) * frame.scale_y, 1)
        if low <= x < high and low <= y < high:
            path.x[count], path.y[count] = x, y
            count += 1
    return count


@kernel
def point_commands(column: Ragged, rows: NDArray[np.int64], frame: Frame) -> Commands:
    """Commands of points whose rounded place is in the half-open buffered tile.

    Rounding comes first, so with no buffer every point is in exactly one tile of a zoom level.
    """
    total, points, _ = sizes(column, rows)
    path = empty_path(points + 1)
    out = np.empty(6 * total + 8 * rows.size + 16, dtype=np.uint8)
    starts = np.zeros(rows.size + 1, dtype=np.int64)
    kept = np.empty(rows.size, dtype=np.int64)
    count = at = 0
    for k in range(rows.size):
        found = _inside(column, rows[k], frame, path)
        if found == 0:
            continue
        at = write_varint(out, at, found << 3 | _MOVE_TO)
        px = py = 0
        for i in range(found):
            at = write_zigzag(out, at, path.x[i] - px)
            at = write_zigzag(out, at, path.y[i] - py)
            px, py = path.x[i], path.y[i]
        kept[count] = k
        count += 1
        starts[count] = at
    return Commands(out[:at], starts[: count + 1], kept[:count])
