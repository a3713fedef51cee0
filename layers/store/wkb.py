"""Geometry on its way into the store: one form of WKB, of one kind, valid and on the globe."""

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from grids.errors import GeometryError
from layers.model import GeometryKind

__all__ = ["bounds_of", "checked_geometry", "geometry_wkb", "row_name"]

_KINDS = {
    GeometryKind.POINT: (0, 4),
    GeometryKind.LINE: (1, 5),
    GeometryKind.POLYGON: (3, 6),
}  # shapely type ids: single and multi
_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("xy", "<f8", (2,))])
_GLOBE = np.array([-180.0, -90.0, 180.0, 90.0])


def geometry_wkb(geometry: object) -> bytes | None:
    """WKB of one shapely geometry as the store keeps it; None for None.

    Raises
    ------
    GeometryError
        If it is not a shapely geometry.
    """
    if geometry is None:
        return None
    if not isinstance(geometry, shapely.Geometry):
        raise GeometryError(f"geometry must be a shapely geometry, got {type(geometry).__name__}")
    return bytes(shapely.to_wkb(geometry, output_dimension=2, byte_order=1))


def checked_geometry(
    wkb: pa.Array, kind: GeometryKind, uids: pa.Array | None
) -> tuple[pa.Array, NDArray[np.float64]]:
    """Geometries in the form the store keeps, and their bounds.

    Parameters
    ----------
    wkb
        (n,) binary, longitude and latitude in degrees, EPSG:4490; null is no geometry. A third
        dimension is dropped.
    kind
        Kind the layer holds; multi-parts are allowed.
    uids
        (n,) keys of the rows, for messages; None names rows by number, where keys may tell who
        somebody is.

    Returns
    -------
    tuple
        (n,) binary two-dimensional little-endian WKB, and (n, 4) float64 bounds, NaN for null.

    Raises
    ------
    GeometryError
        If something is not WKB, is empty, of another kind, not valid, or outside longitude
        -180..180 and latitude -90..90; the message names the first rows.
    """
    points = _plain_points(wkb) if kind is GeometryKind.POINT else None
    if points is not None:
        bounds = np.hstack([points, points])
        _refuse(~_on_globe(bounds), uids, "lie outside longitude -180..180, latitude -90..90")
        return wkb, bounds
    geometries = _parsed(wkb, uids)
    present = ~shapely.is_missing(geometries)
    bounds = shapely.bounds(geometries)
    _refuse(present & shapely.is_empty(geometries), uids, "are empty")
    _refuse(
        present & ~np.isin(shapely.get_type_id(geometries), _KINDS[kind]), uids, f"are no {kind}"
    )
    _refuse(present & ~_on_globe(bounds), uids, "lie outside longitude -180..180, latitude -90..90")
    invalid = present & ~shapely.is_valid(geometries)
    if invalid.any():
        reason = shapely.is_valid_reason(geometries[np.argmax(invalid)])
        _refuse(invalid, uids, f"are not valid ({reason})")
    stored = shapely.to_wkb(geometries, output_dimension=2, byte_order=1)
    return pa.array(stored, pa.binary()), bounds


def bounds_of(wkb: pa.Array) -> NDArray[np.float64]:
    """Bounds of stored geometries.

    Parameters
    ----------
    wkb
        (n,) binary as stored; null is no geometry.

    Returns
    -------
    NDArray
        (n, 4) float64 in degrees, NaN for null.
    """
    points = _plain_points(wkb)
    if points is not None:
        return np.hstack([points, points])
    return np.asarray(shapely.bounds(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))))


def _plain_points(wkb: pa.Array) -> NDArray[np.float64] | None:
    """Coordinates if every geometry is a little-endian two-dimensional point, else None."""
    _, offsets, content = wkb.buffers()
    if wkb.null_count or content is None or not len(wkb):
        return None
    ends = np.frombuffer(offsets, np.int32)[wkb.offset : wkb.offset + len(wkb) + 1]
    if not (np.diff(ends) == _POINT.itemsize).all():
        return None
    rows = np.frombuffer(content, _POINT, count=len(wkb), offset=int(ends[0]))
    if not ((rows["order"] == 1) & (rows["type"] == 1)).all():
        return None
    return np.array(rows["xy"], np.float64)


def _parsed(wkb: pa.Array, uids: pa.Array | None) -> NDArray[np.object_]:
    values = wkb.to_numpy(zero_copy_only=False)
    try:
        return np.asarray(shapely.from_wkb(values), object)
    except (shapely.errors.GEOSException, TypeError) as exc:
        read = shapely.from_wkb(values, on_invalid="ignore")
        wrong = shapely.is_missing(read) & wkb.is_valid().to_numpy(zero_copy_only=False)
        _refuse(wrong, uids, "are not well-known binary")
        raise GeometryError(f"geometry is not well-known binary: {exc}") from exc


def _on_globe(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = bounds[:, :2] >= _GLOBE[:2], bounds[:, 2:] <= _GLOBE[2:]
    return np.asarray(low.all(axis=1) & high.all(axis=1))


def _refuse(wrong: NDArray[np.bool_], uids: pa.Array | None, what: str) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        shown = ", ".join(row_name(int(i), uids) for i in rows[:3])
        raise GeometryError(f"{rows.size} geometries {what}; the first are of {shown}")


def row_name(row: int, uids: pa.Array | None) -> str:
    """How messages name a row: by its key, or by its number where there is no key to show."""
    return f"row {row + 1}" if uids is None else str(uids[row])
