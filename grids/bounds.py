"""Bounding boxes in longitude and latitude."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grids.errors import CoordinateError

__all__ = ["BoundingBox", "bounding_box", "bounds_of"]


class BoundingBox(NamedTuple):
    """Box with sides along the axes: longitude grows with x, latitude with y.

    Parameters
    ----------
    xmin, ymin, xmax, ymax
        Degrees, EPSG:4490, ``xmin <= xmax`` and ``ymin <= ymax``; boxes over the antimeridian
        are not represented.

    Examples
    --------
    >>> BoundingBox(120.0, 30.0, 120.5, 30.25).width
    0.5
    """

    xmin: float
    ymin: float
    xmax: float
    ymax: float

    @property
    def width(self) -> float:
        """Extent along x, in degrees."""
        return self.xmax - self.xmin

    @property
    def height(self) -> float:
        """Extent along y, in degrees."""
        return self.ymax - self.ymin

    @property
    def centre(self) -> tuple[float, float]:
        """Middle as (lon, lat), degrees."""
        return (self.xmin + self.xmax) / 2, (self.ymin + self.ymax) / 2

    def contains(self, lon: float, lat: float) -> bool:
        """Whether a position lies inside or on the box."""
        return self.xmin <= lon <= self.xmax and self.ymin <= lat <= self.ymax

    def contains_points(self, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of (n, 2) positions lies inside or on the box; False for NaN."""
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        in_x = (lon >= self.xmin) & (lon <= self.xmax)
        return in_x & (lat >= self.ymin) & (lat <= self.ymax)

    def intersects(self, other: "BoundingBox") -> bool:
        """Whether two boxes share at least a point."""
        return (
            self.xmin <= other.xmax
            and other.xmin <= self.xmax
            and self.ymin <= other.ymax
            and other.ymin <= self.ymax
        )

    def union(self, other: "BoundingBox") -> "BoundingBox":
        """Smallest box around both."""
        return BoundingBox(
            min(self.xmin, other.xmin),
            min(self.ymin, other.ymin),
            max(self.xmax, other.xmax),
            max(self.ymax, other.ymax),
        )

    def expanded(self, degrees: float) -> "BoundingBox":
        """Box grown by `degrees` on every side, cut to the globe."""
        return BoundingBox(
            max(-180.0, self.xmin - degrees),
            max(-90.0, self.ymin - degrees),
            min(180.0, self.xmax + degrees),
            min(90.0, self.ymax + degrees),
        )


def bounding_box(values: Iterable[float]) -> BoundingBox:
    """Checked box from four numbers in the order xmin, ymin, xmax, ymax.

    Raises
    ------
    CoordinateError
        If there are not four finite numbers, a minimum exceeds its maximum, a longitude is
        outside [-180, 180] or a latitude outside [-90, 90].

    Examples
    --------
    >>> bounding_box([120, 30, 121, 31])
    BoundingBox(xmin=120.0, ymin=30.0, xmax=121.0, ymax=31.0)
    """
    numbers = [float(value) for value in values]
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise CoordinateError(
            f"bbox must be four finite numbers xmin,ymin,xmax,ymax, got {numbers}"
        )
    xmin, ymin, xmax, ymax = numbers
    if not (-180 <= xmin <= xmax <= 180):
        raise CoordinateError(
            f"bbox needs -180 <= xmin <= xmax <= 180 (longitude first), got {xmin} and {xmax}"
        )
    if not (-90 <= ymin <= ymax <= 90):
        raise CoordinateError(f"bbox needs -90 <= ymin <= ymax <= 90, got {ymin} and {ymax}")
    return BoundingBox(xmin, ymin, xmax, ymax)


def bounds_of(lonlat: NDArray[np.float64]) -> BoundingBox | None:
    """Box around (n, 2) finite positions in degrees; None when there are none."""
    if lonlat.shape[0] == 0:
        return None
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    return BoundingBox(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
