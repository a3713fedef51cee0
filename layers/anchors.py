"""Anchors: the one point that stands for a feature when it is counted to a grid."""

import numpy as np
import pyarrow as pa
import shapely
from numba import njit
from numpy.typing import NDArray

from layers.model import GeometryKind
from layers.wkb import WkbRings

__all__ = ["anchors"]


def anchors(rings: WkbRings, column: pa.Array, *, kind: GeometryKind) -> NDArray[np.float64]:
    """One point of every feature, always the same for the same geometry.

    A point stands for itself (the first of several). A line is its point half-way along its
    longest part. A polygon is the centroid of its largest part if that lies inside, else a point
    on its surface.

    Parameters
    ----------
    rings
        Features as read by `layers.wkb.wkb_rings`.
    column
        (n,) the Arrow binary they were read from.

    Returns
    -------
    NDArray
        (n, 2) float64, lon and lat in degrees, unrounded; NaN where there is no geometry.
    """
    out = np.full((rings.feature_starts.size - 1, 2), np.nan)
    if kind is GeometryKind.POINT:
        _first_points(rings.coords, rings.ring_starts, rings.feature_starts, out)
    elif kind is GeometryKind.LINE:
        _line_middles(rings.coords, rings.ring_starts, rings.feature_starts, out)
    else:
        inside = np.ones(out.shape[0], dtype=np.bool_)
        _centroids(
            rings.coords, rings.ring_starts, rings.exterior, rings.feature_starts, out, inside
        )
        outside = np.flatnonzero(~inside)
        if outside.size:
            binary = column.take(pa.array(outside)).to_numpy(zero_copy_only=False)
            surface = shapely.point_on_surface(shapely.from_wkb(binary))
            found = ~shapely.is_empty(surface)  # a polygon without area keeps its first point
            out[outside[found]] = shapely.get_coordinates(surface)
    return out


@njit(nogil=True, cache=True)
def _first_points(coords, ring_starts, feature_starts, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for f in range(out.shape[0]):
        if feature_starts[f] < feature_starts[f + 1]:
            at = ring_starts[feature_starts[f]]
            out[f, 0] = coords[at, 0]
            out[f, 1] = coords[at, 1]


@njit(nogil=True, cache=True)
def _length(coords, start, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    total = 0.0
    for i in range(start + 1, end):
        total += np.hypot(coords[i, 0] - coords[i - 1, 0], coords[i, 1] - coords[i - 1, 1])
    return total


@njit(nogil=True, cache=True)
def _line_middles(coords, ring_starts, feature_starts, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for f in range(out.shape[0]):
        best, longest = -1, -1.0
        for ring in range(feature_starts[f], feature_starts[f + 1]):
            length = _length(coords, ring_starts[ring], ring_starts[ring + 1])
            if length > longest:
                best, longest = ring, length
        if best < 0:
            continue
        left = longest / 2.0
        start, end = ring_starts[best], ring_starts[best + 1]
        out[f, 0] = coords[start, 0]
        out[f, 1] = coords[start, 1]
        for i in range(start + 1, end):
            dx, dy = coords[i, 0] - coords[i - 1, 0], coords[i, 1] - coords[i - 1, 1]
            step = np.hypot(dx, dy)
            share = left / step if step > 0.0 else 0.0
            if share <= 1.0:
                out[f, 0] = coords[i - 1, 0] + share * dx
                out[f, 1] = coords[i - 1, 1] + share * dy
            if left <= step:
                break
            left -= step


@njit(nogil=True, cache=True)
def _moments(coords, start, end, origin):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Twice the area, and six times the first moments from the origin, of one ring."""
    area, mx, my = 0.0, 0.0, 0.0
    for i in range(start, end):
        j = i + 1 if i + 1 < end else start
        ax, ay = coords[i, 0] - origin[0], coords[i, 1] - origin[1]
        bx, by = coords[j, 0] - origin[0], coords[j, 1] - origin[1]
        cross = ax * by - bx * ay
        area += cross
        mx += (ax + bx) * cross
        my += (ay + by) * cross
    if area < 0.0:
        return -area, -mx, -my
    return area, mx, my


@njit(nogil=True, cache=True)
def _is_inside(coords, ring_starts, first, last, point):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Even-odd test over rings first to last - 1."""
    odd = False
    for ring in range(first, last):
        start, end = ring_starts[ring], ring_starts[ring + 1]
        for i in range(start, end):
            j = i + 1 if i + 1 < end else start
            yi, yj = coords[i, 1] - point[1], coords[j, 1] - point[1]
            if (yi > 0.0) != (yj > 0.0):
                xi, xj = coords[i, 0] - point[0], coords[j, 0] - point[0]
                if xi + (xj - xi) * (yi / (yi - yj)) > 0.0:
                    odd = not odd
    return odd


@njit(nogil=True, cache=True)
def _centroids(coords, ring_starts, exterior, feature_starts, out, inside):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for f in range(out.shape[0]):
        last_ring = feature_starts[f + 1]
        best, largest = -1, -1.0
        for ring in range(feature_starts[f], last_ring):
            if exterior[ring]:
                start = ring_starts[ring]
                area = _moments(coords, start, ring_starts[ring + 1], coords[start])[0]
                if area > largest:
                    best, largest = ring, area
        if best < 0:
            continue
        start = ring_starts[best]
        out[f, 0] = coords[start, 0]
        out[f, 1] = coords[start, 1]
        origin = coords[start]
        area, mx, my = _moments(coords, start, ring_starts[best + 1], origin)
        end = best + 1
        while end < last_ring and not exterior[end]:
            hole = _moments(coords, ring_starts[end], ring_starts[end + 1], origin)
            area, mx, my = area - hole[0], mx - hole[1], my - hole[2]
            end += 1
        if area > 0.0:
            out[f, 0] = origin[0] + mx / (3.0 * area)
            out[f, 1] = origin[1] + my / (3.0 * area)
        inside[f] = area > 0.0 and _is_inside(coords, ring_starts, best, end, out[f])
