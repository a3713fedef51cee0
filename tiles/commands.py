"""Vector-tile geometry commands: what the kernels of points, lines and polygons share.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1, section 4.3 (geometry encoding).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Frame, Ragged
from tiles.kernels import borrowing, kernel
from tiles.wire import write_varint, write_zigzag

__all__ = ["Commands", "Path", "empty_path", "on_grid", "sizes", "turn", "where", "written_path"]

_MOVE_TO, _LINE_TO = 1, 2


class Path(NamedTuple):
    """Points rounded to the grid, and the place the last command left (x, y)."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    cursor: NDArray[np.int64]


class Commands(NamedTuple):
    """Encoded geometries, one per feature that shows in the tile.

    Parameters
    ----------
    data
        uint8, the packed command integers of all features after each other.
    starts
        (k + 1,) int64 offsets into `data`.
    kept
        (k,) int64, which of the given rows each belongs to, ascending.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    kept: NDArray[np.int64]


@kernel
def empty_path(points: int) -> Path:
    """Empty path with room for so many points."""
    return Path(
        np.empty(points, dtype=np.int64), np.empty(points, dtype=np.int64), np.zeros(2, np.int64)
    )


@borrowing
def sizes(column: Ragged, rows: NDArray[np.int64]) -> tuple[int, int, int]:
    """Points of all rows, and the most points and rings of any row."""
    total = points = rings = 0
    for row in rows:
        first, last = column.feature_starts[row], column.feature_starts[row + 1]
        count = column.ring_starts[last] - column.ring_starts[first]
        total += count
        points = max(points, count)
        rings = max(rings, last - first)
    return total, points, rings


@borrowing
def where(column: Ragged, row: int, frame: Frame) -> tuple[int, float]:
    """0 outside the clip box, 1 inside, 2 across, and the area of the bounds in units."""
    box = column.bounds
    if box[row, 0] > box[row, 2]:
        return 0, 0.0
    x0 = (box[row, 0] - frame.origin_x) * frame.scale_x
    x1 = (box[row, 2] - frame.origin_x) * frame.scale_x
    y0 = (box[row, 1] - frame.origin_y) * frame.scale_y
    y1 = (box[row, 3] - frame.origin_y) * frame.scale_y
    y0, y1 = min(y0, y1), max(y0, y1)
    if x1 < frame.xmin or x0 > frame.xmax or y1 < frame.ymin or y0 > frame.ymax:
        return 0, 0.0
    within = x0 >= frame.xmin and x1 <= frame.xmax and y0 >= frame.ymin and y1 <= frame.ymax
    return (1 if within else 2), (x1 - x0) * (y1 - y0)


@borrowing
def on_grid(value: float, snap: int) -> int:
    """Nearest grid line of a coordinate in tile units; halves go up, in every tile alike."""
    if snap == 1:
        return int(np.floor(value + 0.5))
    line: int = int(np.floor(value / snap + 0.5)) * snap
    return line


@borrowing
def turn(path: Path, a: int, b: int, c: int) -> int:
    """Twice the signed area of three points: 0 where the middle one is on their line."""
    x, y = path.x, path.y
    area2: int = (x[b] - x[a]) * (y[c] - y[b]) - (y[b] - y[a]) * (x[c] - x[b])
    return area2


@borrowing
def written_path(path: Path, span: tuple[int, int, int], out: NDArray[np.uint8], at: int) -> int:
    """Position after MoveTo and LineTo commands of points (first, last, step)."""
    first, last, step = span
    more = abs(last - first)
    out[at] = 1 << 3 | _MOVE_TO
    px, py = path.x[first], path.y[first]
    at = write_zigzag(out, at + 1, px - path.cursor[0])
    at = write_zigzag(out, at, py - path.cursor[1])
    at = write_varint(out, at, more << 3 | _LINE_TO)
    for k in range(1, more + 1):
        x, y = path.x[first + k * step], path.y[first + k * step]
        at = write_zigzag(out, at, x - px)
        at = write_zigzag(out, at, y - py)
        px, py = x, y
    path.cursor[0], path.cursor[1] = px, py
    return at
