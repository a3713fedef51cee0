"""Coordinates at the edge: the reference systems that HTTP takes and gives, with checks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grids.bounds import BoundingBox, bounding_box
from grids.crs import Crs, from_lonlat, parse_crs, to_lonlat
from grids.errors import CoordinateError, CrsError, ParameterError

__all__ = ["EDGE_CRS", "given_lonlat", "given_place", "parse_bbox", "parse_edge_crs", "shown"]

EDGE_CRS = ("4490", "4326", "GCJ-02", "BD-09")


def parse_edge_crs(text: str, *, name: str = "crs") -> Crs:
    """Reference system out of those that HTTP takes and gives.

    Raises
    ------
    CrsError
        For any other.
    """
    label = text.strip().upper().removeprefix("EPSG:")
    label = {"GCJ02": "GCJ-02", "BD09": "BD-09"}.get(label, label)
    if label not in EDGE_CRS:
        raise CrsError(f"{name} is one of {', '.join(EDGE_CRS)}, got {text!r}")
    return parse_crs(label)


def given_place(lon: float, lat: float, crs: Crs, *, row: str = "") -> NDArray[np.float64]:
    """One place as longitude and latitude in EPSG:4490.

    Parameters
    ----------
    lon, lat
        Degrees.
    crs
        Reference system they are given in.
    row
        What precedes the names in messages, such as ``points[3] ``.

    Returns
    -------
    NDArray
        (1, 2) float64.

    Raises
    ------
    CoordinateError
        Naming `lon` or `lat`: not finite, out of range, or swapped.
    """
    for name, value, limit in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        if not np.isfinite(value):
            raise CoordinateError(f"{row}{name} must be a finite number, got {value}")
        if abs(value) > limit:
            swapped = name == "lat" and abs(value) <= 180 and abs(lon) <= 90
            hint = "; lon and lat look swapped" if swapped else ""
            reach = f"-{limit:g} to {limit:g}"
            raise CoordinateError(f"{row}{name} must lie in {reach}, got {value}{hint}")
    return to_lonlat(np.array([[lon, lat]], dtype=np.float64), crs)


def given_lonlat(points: Sequence[Sequence[float]], crs: Crs, *, most: int) -> NDArray[np.float64]:
    """Many places as longitude and latitude in EPSG:4490.

    Returns
    -------
    NDArray
        (n, 2) float64.

    Raises
    ------
    ParameterError
        If there are more than `most`.
    CoordinateError
        Naming the first row that is no place, by index.
    """
    if len(points) > most:
        raise ParameterError(f"points holds {len(points)} places, at most {most} are taken")
    lonlat = np.array(points, dtype=np.float64).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isfinite(lonlat).all(axis=1) & (np.abs(lonlat) <= (180.0, 90.0)).all(axis=1))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        lon, lat = lonlat[first]
        given_place(float(lon), float(lat), crs, row=f"points[{first}] ")
    return to_lonlat(lonlat, crs)


def parse_bbox(text: str, crs: Crs) -> BoundingBox:
    """Box ``xmin,ymin,xmax,ymax`` in degrees, in EPSG:4490.

    Raises
    ------
    ParameterError
        If it is not four numbers in that order, within the globe.
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as exc:
        raise ParameterError(f"bbox is xmin,ymin,xmax,ymax in degrees, got {text[:80]!r}") from exc
    if len(values) == 6:  # with heights, which are not looked at
        values = [*values[:2], *values[3:5]]
    if len(values) != 4 or not np.isfinite(values).all():
        raise ParameterError(f"bbox is four finite numbers xmin,ymin,xmax,ymax, got {text[:80]!r}")
    box = bounding_box(values)
    corners = to_lonlat(np.array([[box.xmin, box.ymin], [box.xmax, box.ymax]]), crs)
    return BoundingBox(*(float(value) for value in corners.ravel()))


def shown(lonlat: NDArray[np.float64], crs: Crs) -> NDArray[np.float64]:
    """(n, 2) places of EPSG:4490 in the reference system of the answer, 1e-8 degree."""
    return np.round(from_lonlat(lonlat, crs), 8)
