"""Tiles of the web-mercator square and the int32 world coordinates that drawing uses.

World coordinates are in units of 2**-32 of the square (9.33 mm at the equator), x growing east
and y growing **south**, (0, 0) at longitude 0, latitude 0. Tile indices follow WebMercatorQuad:
x grows east, y grows south, (0, 0) is the north-west tile.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.bounds import BoundingBox
from grids.errors import CoordinateError, TileIndexError
from grids.units import WORLD_HALF, WORLD_SIZE

__all__ = [
    "MAX_LATITUDE",
    "MAX_ZOOM",
    "Tile",
    "lonlat_from_world",
    "tile_at",
    "tile_bounds_lonlat",
    "tile_bounds_world",
    "tiles_covering",
    "world_from_lonlat",
]

MAX_LATITUDE = 85.05112878
"""Latitude of the northern side of the square, degrees; positions beyond are moved onto it."""

MAX_ZOOM = 30
"""Largest zoom level a tile may have."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Tile:
    """Index of one tile.

    Parameters
    ----------
    z
        Zoom level, 0 to 30.
    x, y
        Column from the west and row from the **north**, 0 to 2**z - 1.

    Raises
    ------
    TileIndexError
        If an index is outside its matrix.

    Examples
    --------
    >>> Tile(z=1, x=1, y=0).parent()
    Tile(z=0, x=0, y=0)
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise TileIndexError(f"z must be 0 to {MAX_ZOOM}, got {self.z}")
        last = (1 << self.z) - 1
        for name, value in (("x", self.x), ("y", self.y)):
            if not 0 <= value <= last:
                raise TileIndexError(f"{name} must be 0 to {last} at zoom {self.z}, got {value}")

    def parent(self) -> "Tile | None":
        """Tile one level up that holds this one; None at zoom 0."""
        if self.z == 0:
            return None
        return Tile(z=self.z - 1, x=self.x >> 1, y=self.y >> 1)

    def children(self) -> tuple["Tile", "Tile", "Tile", "Tile"]:
        """Four tiles one level down: north-west, north-east, south-west, south-east."""
        z, x, y = self.z + 1, self.x * 2, self.y * 2
        return (
            Tile(z=z, x=x, y=y),
            Tile(z=z, x=x + 1, y=y),
            Tile(z=z, x=x, y=y + 1),
            Tile(z=z, x=x + 1, y=y + 1),
        )


def world_from_lonlat(lonlat: NDArray[np.float64]) -> NDArray[np.int32]:
    """World coordinates of positions, rounded to the nearest unit.

    Parameters
    ----------
    lonlat
        (n, 2) float64, lon in [-180, 180] and lat in [-90, 90] degrees, EPSG:4490.

    Returns
    -------
    NDArray
        (n, 2) int32 x east and y south; latitudes beyond `MAX_LATITUDE` lie on the border, and
        longitude 180 on the last column.

    Raises
    ------
    CoordinateError
        If the shape is wrong or a value is not finite or out of range.

    References
    ----------
    Snyder (1987), "Map projections: a working manual", USGS Professional Paper 1395, eq. 7-2a.

    Examples
    --------
    >>> world_from_lonlat(np.array([[0.0, 0.0], [90.0, 0.0]])).tolist()
    [[0, 0], [1073741824, 0]]
    """
    lonlat = np.asarray(lonlat, dtype=np.float64)
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise CoordinateError(f"lonlat must be (n, 2), got {lonlat.shape}")
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    # written so that NaN fails too
    wrong = np.flatnonzero(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)))
    if wrong.size:
        at = int(wrong[0])
        raise CoordinateError(
            f"lon must be in [-180, 180] and lat in [-90, 90], got "
            f"({lon[at]}, {lat[at]}) at row {at}"
        )
    world = np.empty(lonlat.shape, dtype=np.float64)
    np.multiply(lon, WORLD_SIZE / 360.0, out=world[:, 0])
    north = np.radians(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE))
    np.multiply(np.arctanh(np.sin(north)), -WORLD_SIZE / (2 * math.pi), out=world[:, 1])
    np.rint(world, out=world)
    np.clip(world, -WORLD_HALF, WORLD_HALF - 1, out=world)
    return world.astype(np.int32)


def lonlat_from_world(world: NDArray[np.int32] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions of world coordinates, the inverse of `world_from_lonlat` within half a unit.

    Parameters
    ----------
    world
        (n, 2) integers or float64 in world units.

    Returns
    -------
    NDArray
        (n, 2) float64 lon and lat in degrees, EPSG:4490.

    Examples
    --------
    >>> lonlat_from_world(np.array([[-1073741824, 0]])).tolist()
    [[-90.0, 0.0]]
    """
    scaled = np.asarray(world, dtype=np.float64)
    lonlat = np.empty(scaled.shape, dtype=np.float64)
    np.multiply(scaled[:, 0], 360.0 / WORLD_SIZE, out=lonlat[:, 0])
    south = np.arcsin(np.tanh(scaled[:, 1] * (2 * math.pi / WORLD_SIZE)))
    lonlat[:, 1] = 0.0 - np.degrees(south)  # never negative zero
    return lonlat


def tile_bounds_world(tile: Tile, buffer: float = 0.0) -> tuple[int, int, int, int]:
    """Square of a tile in world units, grown on every side.

    Parameters
    ----------
    tile
        The tile.
    buffer
        Fraction of the tile's side to add on every side; 64 / 4096 is usual.

    Returns
    -------
    tuple
        xmin, ymin, xmax, ymax; the tile holds the points with ``xmin <= x < xmax``. They may
        leave the int32 range, so they are Python integers.

    Examples
    --------
    >>> tile_bounds_world(Tile(z=1, x=1, y=1))
    (0, 0, 2147483648, 2147483648)
    """
    side = 1 << (32 - tile.z)
    margin = math.ceil(buffer * side)
    x, y = tile.x * side - WORLD_HALF, tile.y * side - WORLD_HALF
    return x - margin, y - margin, x + side + margin, y + side + margin


def tile_bounds_lonlat(tile: Tile) -> BoundingBox:
    """Box of a tile in degrees.

    Examples
    --------
    >>> box = tile_bounds_lonlat(Tile(z=0, x=0, y=0))
    >>> box.xmin, round(box.ymax, 6)
    (-180.0, 85.051129)
    """
    xmin, ymin, xmax, ymax = tile_bounds_world(tile)
    corners = lonlat_from_world(np.array([[xmin, ymax], [xmax, ymin]], dtype=np.float64))
    (west, south), (east, north) = corners.tolist()
    return BoundingBox(west, south, east, north)


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """Tile of one zoom level that holds a position.

    Raises
    ------
    CoordinateError
        If the position is out of range.
    TileIndexError
        If `z` is.

    Examples
    --------
    >>> tile_at(120.155, 30.274, 10)
    Tile(z=10, x=853, y=421)
    """
    x, y = world_from_lonlat(np.array([[lon, lat]]))[0].tolist()
    shift = 32 - Tile(z=z, x=0, y=0).z
    return Tile(z=z, x=(x + WORLD_HALF) >> shift, y=(y + WORLD_HALF) >> shift)


def tiles_covering(bbox: BoundingBox, z: int) -> Iterator[Tile]:
    """Tiles of one zoom level that meet a box in degrees, row by row from the north-west.

    Examples
    --------
    >>> [(tile.x, tile.y) for tile in tiles_covering(BoundingBox(-10.0, -10.0, 10.0, 10.0), 1)]
    [(0, 0), (1, 0), (0, 1), (1, 1)]
    """
    first = tile_at(bbox.xmin, bbox.ymax, z)
    last = tile_at(bbox.xmax, bbox.ymin, z)
    for y in range(first.y, last.y + 1):
        for x in range(first.x, last.x + 1):
            yield Tile(z=z, x=x, y=y)
