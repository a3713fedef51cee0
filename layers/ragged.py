"""Ragged world geometry built from points, shapely geometries or well-known binary."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from grids.errors import CoordinateError, GeometryError
from grids.tile import world_from_lonlat
from layers.columns import RaggedGeometry
from layers.model import GeometryKind
from layers.rings import normalised_lines, normalised_polygons, ring_bounds
from layers.wkb import WkbRings, wkb_rings

__all__ = [
    "RaggedBuild",
    "ragged_from_points",
    "ragged_from_shapely",
    "ragged_from_wkb",
    "ragged_of_rings",
]


@dataclass(frozen=True, slots=True)
class RaggedBuild:
    """World geometry and what drawing precision cost.

    Parameters
    ----------
    geometry
        One feature per input, in the order given.
    dropped_rings
        Rings and line parts that vanish at 9 mm: fewer than three (two) distinct points or no
        area. The stored geometry still has them, and `RaggedGeometry.bounds` covers them.
    """

    geometry: RaggedGeometry
    dropped_rings: int


def ragged_from_points(lonlat: NDArray[np.float64]) -> RaggedGeometry:
    """World geometry of single points.

    Parameters
    ----------
    lonlat
        (n, 2) float64, lon and lat in degrees, EPSG:4490; a row with NaN is an empty geometry.

    Raises
    ------
    CoordinateError
        If a position is infinite or out of range.

    Examples
    --------
    >>> ragged_from_points(np.array([[90.0, 0.0], [np.nan, 0.0]])).bounds[0].tolist()
    [1073741824, 0, 1073741824, 0]
    """
    there = ~np.isnan(lonlat).any(axis=1)
    coords = world_from_lonlat(lonlat[there])
    feature_starts = np.zeros(there.size + 1, dtype=np.int64)
    np.cumsum(there, out=feature_starts[1:])
    ring_starts = np.arange(coords.shape[0] + 1, dtype=np.int64)
    bounds = ring_bounds(coords, ring_starts, feature_starts)
    return RaggedGeometry(coords, ring_starts, feature_starts, bounds)


def ragged_from_wkb(column: pa.Array | pa.ChunkedArray, *, kind: GeometryKind) -> RaggedBuild:
    """World geometry of a column of well-known binary.

    Parameters
    ----------
    column
        (n,) Arrow binary, longitude and latitude, EPSG:4490; null is an empty geometry.
    kind
        Kind of the layer; multi-geometries count as their kind.

    Raises
    ------
    GeometryError
        If a geometry is broken, of another kind, or out of range; names the row.
    """
    return ragged_of_rings(wkb_rings(column, kind=kind), kind=kind)


def ragged_from_shapely(geometries: NDArray[np.object_], *, kind: GeometryKind) -> RaggedBuild:
    """World geometry of shapely geometries; None is an empty geometry.

    Raises
    ------
    GeometryError
        If a geometry is of another kind or out of range.

    Examples
    --------
    >>> square = shapely.box(0, 0, 1, 1)
    >>> build = ragged_from_shapely(np.array([square, None]), kind=GeometryKind.POLYGON)
    >>> build.geometry.coords.shape
    (4, 2)
    """
    binary = shapely.to_wkb(np.asarray(geometries, dtype=object), output_dimension=2, byte_order=1)
    return ragged_from_wkb(pa.array(binary.tolist(), type=pa.large_binary()), kind=kind)


def ragged_of_rings(rings: WkbRings, *, kind: GeometryKind) -> RaggedBuild:
    """World geometry of rings as read: rounded, opened, wound, without repeats.

    Raises
    ------
    GeometryError
        If a coordinate is not finite or out of range.
    """
    try:
        world = world_from_lonlat(rings.coords)
    except CoordinateError as exc:
        raise GeometryError(f"geometry is not longitude and latitude: {exc}") from exc
    dropped = 0
    starts, features = rings.ring_starts, rings.feature_starts
    bounds = ring_bounds(world, starts, features)  # of all rings: dropped ones are found too
    if kind is GeometryKind.POLYGON:
        world, starts, features, dropped = normalised_polygons(
            world, starts, rings.exterior, features
        )
    elif kind is GeometryKind.LINE:
        world, starts, features, dropped = normalised_lines(world, starts, features)
    return RaggedBuild(RaggedGeometry(world, starts, features, bounds), int(dropped))
