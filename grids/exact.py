"""Exact position of a float64 point against integer edges.

A coordinate in degrees is taken times 1e7 without rounding (a double times a 17-bit integer is
the sum of two doubles) and split into a whole number of lattice units and a fraction. Signs come
from int64 where that decides, from a double with an error bound next, and from an exact sum of
doubles when the point is within a hair of the edge.

References
----------
Shewchuk (1997), "Adaptive precision floating-point arithmetic and fast robust geometric
predicates", Discrete & Computational Geometry 18, 305-363: two-sum, two-product, theorem 10
(grow-expansion). Edelsbrunner and Muecke (1990), "Simulation of simplicity".
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Ends", "Point", "is_touching", "orientation", "side_of_edge", "whole_units"]

_DEGREE = 10_000_000.0
_SPLITTER = 134217729.0  # 2**27 + 1
Ends = tuple[int, int, int, int]
Point = tuple[int, float, int, float, float, float]

_FRACTION_ERROR = 2.0**-21  # of one fraction, with a margin for the sum


@njit(nogil=True, cache=True)
def _two_sum(a: float, b: float) -> tuple[float, float]:
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


@njit(nogil=True, cache=True)
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    big = _SPLITTER * a
    a_high = big - (big - a)
    a_low = a - a_high
    big = _SPLITTER * b
    b_high = big - (big - b)
    b_low = b - b_high
    return product, a_low * b_low - (
        ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
    )


@njit(nogil=True, cache=True)
def whole_units(degrees: float) -> tuple[int, float]:
    """Whole lattice units below a coordinate, exactly, and the fraction above them, rounded.

    Parameters
    ----------
    degrees
        Finite, at most 360 in size.

    Returns
    -------
    tuple
        int64 floor of ``degrees * 1e7`` and a float64 fraction in [0, 1], off by less than
        2**-22, and 0 only where it is 0 exactly.
    """
    scaled = degrees * _DEGREE
    whole = math.floor(scaled)
    fraction = scaled - whole
    if fraction == 0.0:
        fraction = _two_product(degrees, _DEGREE)[1]
        if fraction < 0.0:
            return whole - 1, 1.0
    return whole, fraction


@njit(nogil=True, cache=True)
def _add_fraction(
    terms: NDArray[np.float64], first: int, degrees: float, whole: int, factor: int
) -> None:
    """Six terms whose exact sum is `factor` times the fraction of a coordinate."""
    high, low = _two_product(degrees, _DEGREE)
    near, rest = _two_sum(high, -float(whole))
    terms[first], terms[first + 1] = _two_product(low, float(factor))
    terms[first + 2], terms[first + 3] = _two_product(rest, float(factor))
    terms[first + 4], terms[first + 5] = _two_product(near, float(factor))


@njit(nogil=True, cache=True)
def _sign_of_sum(terms: NDArray[np.float64]) -> int:
    """Sign of an exact sum of doubles."""
    parts = np.zeros(terms.size)
    for n in range(terms.size):
        carry = terms[n]
        for i in range(n):
            carry, parts[i] = _two_sum(carry, parts[i])
        parts[n] = carry
    for n in range(terms.size - 1, -1, -1):
        if parts[n] != 0.0:
            return 1 if parts[n] > 0.0 else -1
    return 0


@njit(nogil=True, cache=True)
def orientation(edge: Ends, x: int, y: int) -> int:
    """Twice the signed area of an edge and a lattice point; positive where that is left."""
    area: int = (edge[2] - edge[0]) * (y - edge[1]) - (edge[3] - edge[1]) * (x - edge[0])
    return area


@njit(nogil=True, cache=True)
def side_of_edge(edge: Ends, point: Point, origin: tuple[int, int]) -> int:
    """Side of an edge a point lies on: 1 left, -1 right, 0 on the line, exactly.

    Parameters
    ----------
    edge
        ax, ay, bx, by as offsets to the origin.
    point
        Whole units less the origin and fraction of x, then of y, from `whole_units`, and the
        longitude and latitude they come from.
    origin
        City origin, lattice units.
    """
    x, fx, y, fy, lon, lat = point
    dx, dy = edge[2] - edge[0], edge[3] - edge[1]
    whole = dx * (y - edge[1]) - dy * (x - edge[0])
    reach = abs(dx) + abs(dy)
    if whole > reach:
        return 1
    if whole < -reach:
        return -1
    if fx == 0.0 and fy == 0.0:
        return int(whole > 0) - int(whole < 0)
    near = whole + (dx * fy - dy * fx)
    error = reach * _FRACTION_ERROR
    if near > error:
        return 1
    if near < -error:
        return -1
    terms = np.empty(13)
    terms[0] = float(whole)
    _add_fraction(terms, 1, lat, y + origin[1], dx)
    _add_fraction(terms, 7, lon, x + origin[0], -dy)
    return _sign_of_sum(terms)


@njit(nogil=True, cache=True)
def is_touching(edge: Ends, point: Point, origin: tuple[int, int]) -> bool:
    """Whether a point lies on an edge or one of its ends, exactly; a before b from west."""
    x, fx, y, fy, _, _ = point
    if x < edge[0] or x > edge[2] or y < min(edge[1], edge[3]) or y > max(edge[1], edge[3]):
        return False
    if (x == edge[2] and fx > 0.0) or (y == max(edge[1], edge[3]) and fy > 0.0):
        return False
    return side_of_edge(edge, point, origin) == 0
