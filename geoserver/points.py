"""Places as analysts have them: a GeoSeries, a pair of arrays, an array of pairs."""

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from grids.crs import parse_crs, to_lonlat
from grids.errors import CoordinateError, CrsError, GeometryError

__all__ = ["Points", "point_lonlat"]

Points: TypeAlias = gpd.GeoSeries | tuple[Any, Any] | NDArray[np.float64]
_POINT, _MISSING = 0, -1


def point_lonlat(
    points: Points, crs: str | int | None
) -> tuple[NDArray[np.float64], "pd.Index[Any]", str]:
    """Places as longitude and latitude.

    Parameters
    ----------
    points
        GeoSeries of points, a pair (x, y) of arrays, or (n, 2). A missing or empty point, and
        NaN, is a place that lies nowhere.
    crs
        Reference system as `grids.crs.parse_crs` reads it; None takes that of the GeoSeries, and
        EPSG:4490 for arrays.

    Returns
    -------
    tuple
        (n, 2) float64 in degrees, EPSG:4490; the index of the answer; the name of the reference
        system.

    Raises
    ------
    CrsError
        If the reference system is unknown, or neither given nor that of the GeoSeries.
    GeometryError
        If a geometry is not a point.
    CoordinateError
        If the arrays have no form of pairs.
    """
    if isinstance(points, gpd.GeoSeries):
        xy, index = _xy_of_series(points), points.index
        if crs is None:
            crs = _declared(points)
    else:
        xy = _xy_of_arrays(points)
        index = pd.RangeIndex(len(xy))
    known = parse_crs("EPSG:4490" if crs is None else crs)
    return to_lonlat(xy, known), index, known.name


def _declared(points: gpd.GeoSeries) -> str:
    """Reference system that a GeoSeries names."""
    if points.crs is None:
        raise CrsError("points has no reference system: give crs, such as crs='GCJ-02'")
    code = points.crs.to_epsg()
    return str(points.crs.to_wkt()) if code is None else f"EPSG:{code}"


def _xy_of_series(points: gpd.GeoSeries) -> NDArray[np.float64]:
    """(n, 2) coordinates of points, NaN for those missing or empty."""
    shapes = np.asarray(points.array, dtype=object)
    kinds = shapely.get_type_id(shapes)
    wrong = np.flatnonzero((kinds != _POINT) & (kinds != _MISSING))
    if wrong.size:
        kind = shapes[wrong[0]].geom_type
        raise GeometryError(f"points must be points, got a {kind} at row {wrong[0]}")
    xy = np.full((len(shapes), 2), np.nan)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy[there] = shapely.get_coordinates(shapes[there])
    return xy


def _xy_of_arrays(points: tuple[Any, Any] | NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) coordinates of a pair of arrays, or of an array of pairs."""
    try:
        if isinstance(points, tuple):
            x, y = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in points)
            xy = np.column_stack((x, y))
        else:
            xy = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise CoordinateError(f"points must be (x, y) of one length or (n, 2): {exc}") from exc
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise CoordinateError(f"points must be (x, y) of one length or (n, 2), got {xy.shape}")
    return xy
