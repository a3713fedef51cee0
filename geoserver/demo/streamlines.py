"""Evenly spaced streamlines through a direction field: the courses of main streets.

References
----------
Jobard and Lefer (1997), "Creating evenly-spaced streamlines of arbitrary density", section 3.
Chen, Esch, Wonka, Mueller and Zhang (2008), "Interactive procedural street modeling".
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geoserver.demo.field import DirectionField

__all__ = ["StreetTracer"]

_STEP_M = 12.0
_LONGEST = 4000
_Field = tuple[NDArray[np.float64], float, NDArray[np.float64], NDArray[np.float64]]
_Store = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float
]


@njit(nogil=True, cache=True)
def _direction(x: float, y: float, family: int, field: _Field) -> tuple[float, float]:
    """Unit vector of the street direction at a place; family 1 crosses the field."""
    origin, cell, cosine, sine = field
    fx = (x - origin[0]) / cell
    fy = (y - origin[1]) / cell
    col = min(max(int(fx), 0), cosine.shape[1] - 2)
    row = min(max(int(fy), 0), cosine.shape[0] - 2)
    u = min(max(fx - col, 0.0), 1.0)
    v = min(max(fy - row, 0.0), 1.0)
    c = (cosine[row, col] * (1 - u) + cosine[row, col + 1] * u) * (1 - v) + (
        cosine[row + 1, col] * (1 - u) + cosine[row + 1, col + 1] * u
    ) * v
    s = (sine[row, col] * (1 - u) + sine[row, col + 1] * u) * (1 - v) + (
        sine[row + 1, col] * (1 - u) + sine[row + 1, col + 1] * u
    ) * v
    angle = 0.5 * np.arctan2(s, c) + family * np.pi / 2
    return np.cos(angle), np.sin(angle)


@njit(nogil=True, cache=True)
def _too_close(
    place: tuple[float, float],
    way: tuple[float, float],
    limit: float,
    store: _Store,
    origin: NDArray[np.float64],
) -> bool:
    """True if a street of about this direction has a point within `limit` of the place."""
    points, tangents, head, follow, hash_m = store
    col = int((place[0] - origin[0]) / hash_m)
    row = int((place[1] - origin[1]) / hash_m)
    reach = int(limit / hash_m) + 1
    for r in range(max(row - reach, 0), min(row + reach + 1, head.shape[0])):
        for c in range(max(col - reach, 0), min(col + reach + 1, head.shape[1])):
            i = head[r, c]
            while i >= 0:
                ex = points[i, 0] - place[0]
                ey = points[i, 1] - place[1]
                parallel = abs(way[0] * tangents[i, 0] + way[1] * tangents[i, 1]) > 0.75
                if parallel and ex * ex + ey * ey < limit * limit:
                    return True
                i = follow[i]
    return False


@njit(nogil=True, cache=True)
def _open(x: float, y: float, field: _Field, blocked: NDArray[np.bool_]) -> bool:
    """True if the place is inside the field and not blocked."""
    col = int((x - field[0][0]) / field[1])
    row = int((y - field[0][1]) / field[1])
    if col < 1 or row < 1 or row >= blocked.shape[0] - 1 or col >= blocked.shape[1] - 1:
        return False
    return not blocked[row, col]


@njit(nogil=True, cache=True)
def _trace(
    seed: NDArray[np.float64],
    run: tuple[float, int, float],
    field: _Field,
    blocked: NDArray[np.bool_],
    store: _Store,
) -> NDArray[np.float64]:
    """Points of a street one way from `seed`; `run` is sign, family and least distance."""
    sign, family, limit = run
    out = np.empty((_LONGEST, 2))
    x, y = seed[0], seed[1]
    px, py = _direction(x, y, family, field)
    px, py = px * sign, py * sign
    n = 0
    while n < _LONGEST:
        dx, dy = _direction(x + 0.5 * _STEP_M * px, y + 0.5 * _STEP_M * py, family, field)
        if dx * px + dy * py < 0:
            dx, dy = -dx, -dy
        x += _STEP_M * dx
        y += _STEP_M * dy
        px, py = dx, dy
        if not _open(x, y, field, blocked) or _too_close((x, y), (dx, dy), limit, store, field[0]):
            break
        out[n, 0] = x
        out[n, 1] = y
        n += 1
    return out[:n]


class StreetTracer:
    """Traces streets through `field`, keeping off places that are `blocked` and off each other.

    Parameters
    ----------
    field
        Directions.
    blocked
        Raster of the field's shape, True where no street goes.
    """

    def __init__(self, field: DirectionField, blocked: NDArray[np.bool_]) -> None:
        self._field = field
        self._blocked = blocked
        self._hash_m = 60.0
        extent = field.cell_m * (field.cosine.shape[0] + 2)
        size = int(extent / self._hash_m) + 2
        self._head = np.full((size, size), -1, dtype=np.int64)
        self._points = np.empty((0, 2))
        self._tangents = np.empty((0, 2))
        self._follow = np.empty(0, dtype=np.int64)

    def add(self, line: NDArray[np.float64]) -> None:
        """Make later streets keep their distance from `line`, (n, 2) float64 metres."""
        tangent = np.gradient(line, axis=0)
        tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-12
        first = len(self._points)
        follow = np.empty(len(line), dtype=np.int64)
        cells = ((line - self._field.origin) / self._hash_m).astype(np.int64)
        for k, (col, row) in enumerate(cells):
            inside = 0 <= row < self._head.shape[0] and 0 <= col < self._head.shape[1]
            follow[k] = self._head[row, col] if inside else -1
            if inside:
                self._head[row, col] = first + k
        self._points = np.vstack([self._points, line])
        self._tangents = np.vstack([self._tangents, tangent])
        self._follow = np.concatenate([self._follow, follow])

    def trace(
        self, seed: NDArray[np.float64], family: int, *, apart_m: float, limit_m: float
    ) -> NDArray[np.float64] | None:
        """The street through `seed`, or None if one of its direction is within `apart_m`.

        It runs both ways until another one of its direction is within `limit_m`, a blocked place
        or the edge of the field. `family` 0 follows the field, 1 crosses it.
        """
        field = (self._field.origin, self._field.cell_m, self._field.cosine, self._field.sine)
        store = (self._points, self._tangents, self._head, self._follow, self._hash_m)
        way = _direction(seed[0], seed[1], family, field)
        if _too_close((seed[0], seed[1]), way, apart_m, store, self._field.origin):
            return None
        ways = [
            _trace(seed, (sign, family, limit_m), field, self._blocked, store)
            for sign in (-1.0, 1.0)
        ]
        line = np.vstack([ways[0][::-1], seed[None, :], ways[1]])
        return line if len(line) * _STEP_M > apart_m * 0.8 else None
