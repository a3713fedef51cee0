"""Kernels that make quantised rings fit for drawing: no repeats, no slivers, one winding."""

import numpy as np
from numba import njit

__all__ = ["normalised_lines", "normalised_polygons", "ring_bounds"]


@njit(nogil=True, cache=True)
def _distinct(world, start, end, out, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Copy a run of points without repeats in a row; position after the last."""
    first = at
    for i in range(start, end):
        x, y = world[i, 0], world[i, 1]
        if at == first or x != out[at - 1, 0] or y != out[at - 1, 1]:
            out[at, 0] = x
            out[at, 1] = y
            at += 1
    return at


@njit(nogil=True, cache=True)
def _twice_area(out, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Twice the signed area; exact while the ring is under 2**26 units (600 km) wide."""
    x0, y0 = np.float64(out[first, 0]), np.float64(out[first, 1])
    total = 0.0
    for i in range(first, last):
        j = i + 1 if i + 1 < last else first
        ax, ay = out[i, 0] - x0, out[i, 1] - y0
        bx, by = out[j, 0] - x0, out[j, 1] - y0
        total += ax * by - bx * ay
    return total


@njit(nogil=True, cache=True)
def _reverse(out, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    i, j = first, last - 1
    while i < j:
        for axis in range(2):
            kept = out[i, axis]
            out[i, axis] = out[j, axis]
            out[j, axis] = kept
        i += 1
        j -= 1


@njit(nogil=True, cache=True)
def normalised_polygons(world, ring_starts, exterior, feature_starts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Rings opened, without repeats, with exteriors positive and holes negative.

    Parameters
    ----------
    world
        (p, 2) int32 points, rings closed or not.
    ring_starts, exterior, feature_starts
        As in `layers.wkb.WkbRings`.

    Returns
    -------
    tuple
        Coordinates, ring starts, feature starts, and how many rings were dropped for having no
        area (a hole goes with its exterior).
    """
    out = np.empty_like(world)
    rings = np.empty(ring_starts.size, dtype=np.int64)
    features = np.empty(feature_starts.size, dtype=np.int64)
    rings[0] = 0
    features[0] = 0
    at, r, dropped = 0, 0, 0
    for f in range(feature_starts.size - 1):
        has_exterior = False
        for ring in range(feature_starts[f], feature_starts[f + 1]):
            first = at
            last = _distinct(world, ring_starts[ring], ring_starts[ring + 1], out, at)
            while last - first > 1 and (
                out[last - 1, 0] == out[first, 0] and out[last - 1, 1] == out[first, 1]
            ):
                last -= 1
            area = _twice_area(out, first, last) if last - first >= 3 else 0.0
            if exterior[ring]:
                has_exterior = area != 0.0
            if area == 0.0 or not has_exterior:
                dropped += 1
                continue
            if (area > 0.0) != exterior[ring]:
                _reverse(out, first, last)
            at = last
            r += 1
            rings[r] = at
        features[f + 1] = r
    return out[:at].copy(), rings[: r + 1].copy(), features, dropped


@njit(nogil=True, cache=True)
def normalised_lines(world, ring_starts, feature_starts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Line parts without repeats; parts shorter than two points are dropped and counted."""
    out = np.empty_like(world)
    rings = np.empty(ring_starts.size, dtype=np.int64)
    features = np.empty(feature_starts.size, dtype=np.int64)
    rings[0] = 0
    features[0] = 0
    at, r, dropped = 0, 0, 0
    for f in range(feature_starts.size - 1):
        for ring in range(feature_starts[f], feature_starts[f + 1]):
            last = _distinct(world, ring_starts[ring], ring_starts[ring + 1], out, at)
            if last - at < 2:
                dropped += 1
                continue
            at = last
            r += 1
            rings[r] = at
        features[f + 1] = r
    return out[:at].copy(), rings[: r + 1].copy(), features, dropped


@njit(nogil=True, cache=True)
def ring_bounds(coords, ring_starts, feature_starts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """(n, 4) int32 bounds of every feature; empty ones have xmin > xmax."""
    n = feature_starts.size - 1
    bounds = np.empty((n, 4), dtype=np.int32)
    for f in range(n):
        xmin = ymin = 2147483647
        xmax = ymax = -2147483648
        for i in range(ring_starts[feature_starts[f]], ring_starts[feature_starts[f + 1]]):
            x, y = coords[i, 0], coords[i, 1]
            xmin, xmax = min(xmin, x), max(xmax, x)
            ymin, ymax = min(ymin, y), max(ymax, y)
        bounds[f, 0] = xmin
        bounds[f, 1] = ymin
        bounds[f, 2] = xmax
        bounds[f, 3] = ymax
    return bounds
