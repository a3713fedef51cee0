"""Frame of a tile over an integer column: affine to tile units, clip box, tolerances.

The encoder knows no projection: it is given integer columns and this affine, so the same
kernels draw web-mercator world coordinates and longitude and latitude at 1e-7 degree.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grids.errors import ParameterError
from grids.tile import Tile, tile_bounds_world

__all__ = ["Frame", "MvtOptions", "Ragged", "mercator_frame", "window"]

_MAX_EXTENT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MvtOptions:
    """How a layer is drawn into a tile.

    Parameters
    ----------
    extent
        Units along a side of the tile, 256 to 65536, a multiple of `snap`.
    buffer
        Units kept beyond each side, 0 to `extent`.
    snap
        Units between the grid lines that lines and polygons are rounded to, from 1.
    min_area
        Square units; polygon parts and holes of smaller **unclipped** area are left out, the
        same ones in every tile they touch.

    Raises
    ------
    ParameterError
        If a value is out of its range.
    """

    extent: int = 4096
    buffer: int = 64
    snap: int = 1
    min_area: float = 0.0

    def __post_init__(self) -> None:
        if not 256 <= self.extent <= _MAX_EXTENT:
            raise ParameterError(f"extent must be 256 to {_MAX_EXTENT} units, got {self.extent}")
        if not 0 <= self.buffer <= self.extent:
            raise ParameterError(f"buffer must be 0 to {self.extent} units, got {self.buffer}")
        if self.snap < 1 or self.extent % self.snap:
            raise ParameterError(f"snap must divide the extent {self.extent}, got {self.snap}")
        if not self.min_area >= 0.0:
            raise ParameterError(f"min_area must not be negative, got {self.min_area}")

    def at_zoom(self, z: int, max_zoom: int) -> "MvtOptions":
        """These options coarsened for a zoom level below the last one of a layer.

        A unit is an eighth of a pixel of a 512-pixel tile. Below `max_zoom` polygon parts
        smaller than a square half a pixel wide (16 square units) are left out; four and more
        levels below it coordinates are rounded to a quarter of a pixel.
        """
        if z >= max_zoom:
            return self
        unit = self.extent / 4096
        snap = self.snap if z > max_zoom - 4 or self.extent % 4096 else int(2 * unit)
        return replace(
            self, min_area=max(self.min_area, 16.0 * unit * unit), snap=max(self.snap, snap)
        )


class Ragged(NamedTuple):
    """Geometry columns as kernels take them; see `layers.columns.RaggedGeometry`.

    The shapes are (p, 2) integers, (r + 1,) int64, (n + 1,) int64 and (n, 4) integers.
    """

    coords: NDArray[np.int32]
    ring_starts: NDArray[np.int64]
    feature_starts: NDArray[np.int64]
    bounds: NDArray[np.int32]


class Frame(NamedTuple):
    """Affine and limits of one tile.

    A column coordinate x becomes ``(x - origin_x) * scale_x`` tile units; the clip box
    (xmin, ymin, xmax, ymax) is in tile units, off every column coordinate so that no vertex
    lies on it. `flip` is 1 where the affine reverses orientation (an axis growing north).
    """

    origin_x: float
    origin_y: float
    scale_x: float
    scale_y: float
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    extent: int
    buffer: int
    snap: int
    min_area: float
    flip: int


def mercator_frame(tile: Tile, options: MvtOptions) -> Frame:
    """Frame of a web-mercator tile over int32 world coordinates."""
    xmin, ymin, xmax, _ = tile_bounds_world(tile)
    scale = options.extent / (xmax - xmin)
    nudge = 0.5 * scale  # half a world unit: no vertex can lie on the clip box
    low, high = -options.buffer - nudge, options.extent + options.buffer - nudge
    return Frame(
        origin_x=float(xmin),
        origin_y=float(ymin),
        scale_x=scale,
        scale_y=scale,
        xmin=low,
        ymin=low,
        xmax=high,
        ymax=high,
        extent=options.extent,
        buffer=options.buffer,
        snap=options.snap,
        min_area=options.min_area,
        flip=0,
    )


def window(tile: Tile, options: MvtOptions) -> tuple[int, int, int, int]:
    """World bounds of everything that can show in a tile: its square and buffer, and one unit.

    Returns
    -------
    tuple
        xmin, ymin, xmax, ymax, inclusive, cut to the int32 range.
    """
    bounds = tile_bounds_world(tile, (options.buffer + 1) / options.extent)
    xmin, ymin, xmax, ymax = (min(max(v, -(1 << 31)), (1 << 31) - 1) for v in bounds)
    return xmin, ymin, xmax, ymax
