"""The page of a map: its size, its scale, and degrees to pixels."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.errors import ParameterError
from grids.geodesic import metres_per_degree

__all__ = ["FOOT_PX", "HEAD_PX", "MARGIN_PX", "Box", "Page", "page_of"]

MARGIN_PX = 10
HEAD_PX = 34
FOOT_PX = 26
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """Degrees to pixels: equal scale in both directions at the middle latitude."""

    west: float
    north: float
    px_per_degree: tuple[float, float]
    size: tuple[int, int]
    px_per_m: float

    def pixels(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) pixels, y down, of (n, 2) degrees."""
        offset = (lonlat - [self.west, self.north]) * [1.0, -1.0]
        return offset * self.px_per_degree + [MARGIN_PX, HEAD_PX]


def page_of(box: Box, width_px: int) -> Page:
    """Size and scale of the drawing."""
    if width_px < 200:
        raise ParameterError(f"width_px must be 200 or more, got {width_px}")
    west, south, east, north = box
    if not (west <= east and south <= north):
        raise ParameterError(f"box must be xmin, ymin, xmax, ymax, got {box}")
    per_lon, per_lat = (float(m) for m in metres_per_degree((south + north) / 2))
    wide_m = max((east - west) * per_lon, 1.0) * 1.02
    high_m = max((north - south) * per_lat, 1.0) * 1.02
    inner = width_px - 2 * MARGIN_PX
    px_per_m = min(inner / wide_m, 1.4 * inner / high_m)
    height = math.ceil(high_m * px_per_m) + HEAD_PX + FOOT_PX
    spare = (inner / px_per_m - (east - west) * per_lon) / 2
    return Page(
        west=west - spare / per_lon,
        north=north + (high_m - (north - south) * per_lat) / 2 / per_lat,
        px_per_degree=(per_lon * px_per_m, per_lat * px_per_m),
        size=(width_px, height),
        px_per_m=px_per_m,
    )
