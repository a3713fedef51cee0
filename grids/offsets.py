"""GCJ-02 and BD-09, the offset coordinates of Chinese web maps, both ways.

The forward series of GCJ-02 is public by reverse engineering; it has no closed inverse, so the
inverse is iterated to the last bits of a double. The offset applies inside a box, outside which
the coordinates are WGS84. It is not a projection: store true coordinates, convert at the edge.

Within about 700 m of the sides of the box GCJ-02 is not one-to-one; there the inverse prefers the
position inside the box.

References
----------
The coefficients are those of wandergis/coordTransform_py; the rotation of BD-09 uses
``x_pi = pi * 3000 / 180``.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "OFFSET_BOX",
    "bd09_from_gcj02",
    "bd09_from_lonlat",
    "gcj02_from_bd09",
    "gcj02_from_lonlat",
    "lonlat_from_bd09",
    "lonlat_from_gcj02",
]

OFFSET_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""Box of the offset, lon and lat degrees: the wider of the two in use."""

_SEMI_MAJOR_M = 6378245.0  # Krassovsky 1940
_E2 = 0.00669342162296594323
_X_PI = math.pi * 3000.0 / 180.0
_ROUNDS = 30
_MARGIN = 0.1  # degrees; no shift is larger
_MIDDLE = (105.0, 35.0)  # stands in where nothing is to be computed

Array = NDArray[np.float64]


def gcj02_from_lonlat(lonlat: Array) -> Array:
    """GCJ-02 coordinates of true positions.

    Parameters
    ----------
    lonlat
        (n, 2) float64, lon and lat in degrees, EPSG:4490 or 4326; NaN stays NaN.

    Returns
    -------
    NDArray
        (n, 2) float64 GCJ-02 degrees; unchanged outside `OFFSET_BOX`.

    Examples
    --------
    >>> gcj02_from_lonlat(np.array([[116.397128, 39.916527]])).round(6).tolist()
    [[116.403372, 39.917931]]
    """
    lonlat = np.asarray(lonlat, dtype=np.float64)
    inside = _in_box(lonlat)[:, None]
    near = np.where(inside, lonlat, _MIDDLE)
    return np.where(inside, near + _gcj_shift(near), lonlat)


def lonlat_from_gcj02(gcj: Array) -> Array:
    """True positions of GCJ-02 coordinates, by fixed-point iteration.

    Parameters
    ----------
    gcj
        (n, 2) float64 GCJ-02 degrees; NaN stays NaN.

    Returns
    -------
    NDArray
        (n, 2) float64 degrees, EPSG:4490, within 1e-12 degree of the exact inverse.

    Examples
    --------
    >>> lonlat_from_gcj02(np.array([[120.159765, 30.271756]])).round(4).tolist()
    [[120.1551, 30.2741]]
    """
    gcj = np.asarray(gcj, dtype=np.float64)
    lonlat = _inverse(gcj, lambda guess: guess + _gcj_shift(guess))
    return np.where(_in_box(lonlat)[:, None], lonlat, gcj)


def bd09_from_gcj02(gcj: Array) -> Array:
    """BD-09 coordinates of GCJ-02 coordinates, (n, 2) float64 degrees, near the box."""
    gcj = np.asarray(gcj, dtype=np.float64)
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))


def gcj02_from_bd09(bd: Array) -> Array:
    """GCJ-02 coordinates of BD-09 coordinates, (n, 2) float64 degrees, by iteration."""
    return _inverse(np.asarray(bd, dtype=np.float64), bd09_from_gcj02)


def bd09_from_lonlat(lonlat: Array) -> Array:
    """BD-09 coordinates of true positions, (n, 2) float64 degrees; unchanged outside the box.

    Examples
    --------
    >>> bd09_from_lonlat(np.array([[116.397128, 39.916527]])).round(6).tolist()
    [[116.409739, 39.924269]]
    """
    lonlat = np.asarray(lonlat, dtype=np.float64)
    inside = _in_box(lonlat)[:, None]
    shifted = bd09_from_gcj02(gcj02_from_lonlat(np.where(inside, lonlat, _MIDDLE)))
    return np.where(inside, shifted, lonlat)


def lonlat_from_bd09(bd: Array) -> Array:
    """True positions of BD-09 coordinates, (n, 2) float64 degrees, EPSG:4490."""
    bd = np.asarray(bd, dtype=np.float64)
    lonlat = _inverse(gcj02_from_bd09(bd), lambda guess: guess + _gcj_shift(guess))
    return np.where(_in_box(lonlat)[:, None], lonlat, bd)


def _in_box(lonlat: Array, *, margin: float = 0.0) -> NDArray[np.bool_]:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    west, south, east, north = OFFSET_BOX
    in_x = (lon >= west - margin) & (lon <= east + margin)
    return in_x & (lat >= south - margin) & (lat <= north + margin)


def _inverse(target: Array, forward: Callable[[Array], Array]) -> Array:
    """Argument that `forward`, a small shift, takes to `target`; far from the box unchanged."""
    near = _in_box(target, margin=_MARGIN)[:, None]
    wanted = np.where(near, target, _MIDDLE)
    guess = wanted
    for _ in range(_ROUNDS):
        step = wanted - forward(guess)
        guess = guess + step
        if not step.size or float(np.abs(step).max()) < 1e-13:
            break
    return np.where(near, guess, target)


def _gcj_shift(lonlat: Array) -> Array:
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    lat = np.radians(lonlat[:, 1])
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * x * math.pi) + 20.0 * np.sin(2.0 * x * math.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(y * math.pi) + 40.0 * np.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * math.pi) + 320.0 * np.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(x * math.pi) + 40.0 * np.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * math.pi) + 300.0 * np.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    magic = 1.0 - _E2 * np.sin(lat) ** 2
    prime = _SEMI_MAJOR_M / np.sqrt(magic)
    meridian = prime * (1.0 - _E2) / magic
    return np.column_stack((np.degrees(east / (prime * np.cos(lat))), np.degrees(north / meridian)))
