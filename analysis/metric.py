"""Ground metres of one degree, for short distances inside a city."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["cumulative_metres", "metres_per_degree"]

_A = 6378137.0  # CGCS2000 and WGS84 semi-major axis, metres
_E2 = 0.0066943800229  # first eccentricity squared, CGCS2000


@njit(nogil=True, cache=True)
def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of latitude at a latitude, on the ellipsoid.

    Parameters
    ----------
    lat
        Latitude, degrees, EPSG:4490.

    Returns
    -------
    tuple
        (metres per degree of longitude, metres per degree of latitude), from the radii of
        curvature in the prime vertical and in the meridian.

    References
    ----------
    Torge and Mueller (2012), "Geodesy", 4th ed., section 4.1.3.

    Examples
    --------
    >>> [round(float(metres)) for metres in metres_per_degree(0.0)]
    [111319, 110574]
    """
    s = math.sin(math.radians(lat))
    w2 = 1.0 - _E2 * s * s
    prime_vertical = _A / math.sqrt(w2)
    meridian = prime_vertical * (1.0 - _E2) / w2
    return (
        math.radians(prime_vertical) * math.cos(math.radians(lat)),
        math.radians(meridian),
    )


@njit(nogil=True, cache=True)
def cumulative_metres(
    lonlat: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Ground length from the start of each line to each of its vertices.

    Parameters
    ----------
    lonlat
        (p, 2) float64, lon and lat in degrees, EPSG:4490, lines one after the other.
    starts
        (n + 1,) int64, first vertex of each line, and p.

    Returns
    -------
    NDArray
        (p,) float64, metres; 0 at the first vertex of a line. Each piece is measured on the plane
        that touches the ellipsoid at its middle latitude: for pieces below 10 km the error is
        below 1e-6 of the length.
    """
    out = np.zeros(len(lonlat), dtype=np.float64)
    for line in range(len(starts) - 1):
        total = 0.0
        for p in range(starts[line] + 1, starts[line + 1]):
            mx, my = metres_per_degree(0.5 * (lonlat[p, 1] + lonlat[p - 1, 1]))
            dx = (lonlat[p, 0] - lonlat[p - 1, 0]) * mx
            dy = (lonlat[p, 1] - lonlat[p - 1, 1]) * my
            total += math.sqrt(dx * dx + dy * dy)
            out[p] = total
    return out
