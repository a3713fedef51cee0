"""Label points: one place inside each polygon, the same at every zoom, for its name.

Put on the whole polygon and drawn without buffer, a label is in exactly one tile of a zoom level;
clients that place names on clipped polygons repeat them in every tile.
"""

import numpy as np
from numpy.typing import NDArray

from layers.columns import RaggedGeometry
from tiles.frame import Ragged
from tiles.kernels import borrowing, kernel

__all__ = ["label_points"]

_LINES = 7  # horizontal lines tried where the centroid is outside


@borrowing
def _ring_moments(column: Ragged, ring: int) -> tuple[float, float, float]:
    """Twice the signed area of a ring, and its centroid."""
    first, last = column.ring_starts[ring], column.ring_starts[ring + 1]
    x0, y0 = float(column.coords[first, 0]), float(column.coords[first, 1])
    area2 = mx = my = ax = ay = 0.0
    for p in range(first, last):
        bx, by = column.coords[p, 0] - x0, column.coords[p, 1] - y0
        cross = ax * by - bx * ay
        area2 += cross
        mx += (ax + bx) * cross
        my += (ay + by) * cross
        ax, ay = bx, by
    if area2 == 0.0:
        return 0.0, x0, y0
    return area2, x0 + mx / (3.0 * area2), y0 + my / (3.0 * area2)


@borrowing
def _crossings(column: Ragged, rings: tuple[int, int], y: float, found: NDArray[np.float64]) -> int:
    """Number of places where a horizontal line crosses the rings; their x in `found`."""
    count = 0
    for ring in range(rings[0], rings[1]):
        first, last = column.ring_starts[ring], column.ring_starts[ring + 1]
        before = last - 1
        for p in range(first, last):
            ya, yb = column.coords[before, 1], column.coords[p, 1]
            if (ya > y) != (yb > y):
                xa, xb = column.coords[before, 0], column.coords[p, 0]
                found[count] = xa + (y - ya) * (float(xb) - xa) / (float(yb) - ya)
                count += 1
            before = p
    return count


@kernel
def _inside(
    column: Ragged, rings: tuple[int, int], x: float, y: float, found: NDArray[np.float64]
) -> tuple[float, float]:
    """The place itself if it is inside the rings, else the middle of the widest chord."""
    count = _crossings(column, rings, y, found)
    if np.sum(found[:count] < x) % 2 == 1:
        return x, y
    first, last = column.ring_starts[rings[0]], column.ring_starts[rings[0] + 1]
    low, high = column.coords[first:last, 1].min(), column.coords[first:last, 1].max()
    best_x, best_y, widest = x, y, 0.0
    for k in range(_LINES):
        line = low + (float(high) - low) * (k + 0.5) / _LINES + 0.25
        count = _crossings(column, rings, line, found)
        found[:count].sort()
        for i in range(0, count - 1, 2):
            if found[i + 1] - found[i] > widest:
                widest = found[i + 1] - found[i]
                best_x, best_y = 0.5 * (found[i] + found[i + 1]), line
    return best_x, best_y


@kernel
def _places(column: Ragged) -> NDArray[np.int32]:
    """(n, 2) place in the largest part of each polygon."""
    rows = column.feature_starts.size - 1
    places = np.zeros((rows, 2), dtype=np.int32)
    found = np.empty(column.coords.shape[0] + 1)
    for row in range(rows):
        first, last = column.feature_starts[row], column.feature_starts[row + 1]
        if first == last:
            continue
        largest, best, x, y = first, 0.0, 0.0, 0.0
        for ring in range(first, last):
            area2, cx, cy = _ring_moments(column, ring)
            if ring == first or area2 > best:
                largest, best, x, y = ring, area2, cx, cy
        end = largest + 1
        while end < last and _ring_moments(column, end)[0] < 0.0:
            end += 1
        x, y = _inside(column, (largest, end), x, y, found)
        places[row, 0], places[row, 1] = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
    return places


def label_points(geometry: RaggedGeometry) -> RaggedGeometry:
    """Point inside each polygon, at its centroid where that is inside.

    Parameters
    ----------
    geometry
        Polygons.

    Returns
    -------
    RaggedGeometry
        One point per polygon, in the largest of its parts; an empty polygon stays empty.
    """
    column = Ragged(geometry.coords, geometry.ring_starts, geometry.feature_starts, geometry.bounds)
    places = _places(column)
    count = np.arange(places.shape[0] + 1, dtype=np.int64)
    bounds = np.hstack((places, places))
    empty = geometry.bounds[:, 0] > geometry.bounds[:, 2]
    bounds[empty] = (1, 1, 0, 0)
    return RaggedGeometry(places, count, count, bounds)
