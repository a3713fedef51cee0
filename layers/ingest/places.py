"""Coordinates of a source as longitude and latitude, with the rows whose place cannot be used."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from grids.crs import parse_crs, to_lonlat
from layers.ingest.mapping import ColumnMapping
from layers.ingest.source_table import SourceTable
from layers.model import GeometryKind

__all__ = ["Places", "placed", "point_geometry"]

_KINDS = {
    GeometryKind.POINT: frozenset({0, 4}),
    GeometryKind.LINE: frozenset({1, 5}),
    GeometryKind.POLYGON: frozenset({3, 6}),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Geometry of every row.

    Parameters
    ----------
    geometry
        (n,) shapely objects, lon/lat in EPSG:4490; None where a row has no usable place.
    problems
        Row index to reason.
    repaired
        Row indices whose polygons were invalid and were made valid.
    """

    geometry: NDArray[np.object_]
    problems: dict[int, str]
    repaired: list[int]


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Column as float64, NaN where it is not a number."""
    values = column.to_pylist()
    out = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        try:
            out[i] = float(value)
        except (TypeError, ValueError):
            continue
    return out


def point_geometry(source: SourceTable, mapping: ColumnMapping) -> NDArray[np.object_]:
    """Geometry in the file's coordinates: its own, from text, or from two columns."""
    if source.geometry is not None:
        return source.geometry
    if mapping.wkt is not None:
        texts = source.columns[mapping.wkt].to_pylist()
        return np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    if mapping.lon is None or mapping.lat is None:
        return np.full(source.columns.num_rows, None, dtype=object)
    x, y = _numbers(source.columns[mapping.lon]), _numbers(source.columns[mapping.lat])
    good = np.isfinite(x) & np.isfinite(y)
    geometry = np.full(x.size, None, dtype=object)
    geometry[good] = shapely.points(x[good], y[good])
    return geometry


def _transformed(geometry: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Lon/lat geometry, every vertex converted; coordinates out of range become NaN."""
    system = parse_crs(crs)

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        finite = np.isfinite(xy).all(axis=1)
        out = np.full(xy.shape, np.nan)
        out[finite] = to_lonlat(xy[finite], system)
        return out

    return np.asarray(shapely.transform(shapely.force_2d(geometry), convert), dtype=object)


def _problem(geometry: object, bounds: NDArray[np.float64], allowed: frozenset[int]) -> str | None:
    """Why a converted geometry cannot be used, or None."""
    if geometry is None:
        return "it has no coordinates, or they are not numbers"
    if shapely.is_empty(geometry):
        return "its geometry is empty"
    if int(shapely.get_type_id(geometry)) not in allowed:
        return f"its geometry is a {shapely.get_type_id(geometry)!s} of another kind than the layer"
    if not np.isfinite(bounds).all():
        return "its coordinates cannot be converted from the declared reference system"
    west, south, east, north = bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        swapped = west >= -90 and east <= 90 and (abs(south) > 90 or abs(north) > 90)
        hint = "; longitude and latitude look swapped" if swapped else ""
        return f"({west:g}, {south:g}) is not a longitude and latitude{hint}"
    return None


def placed(geometry: NDArray[np.object_], *, crs: str, kind: GeometryKind) -> Places:
    """Geometry converted to EPSG:4490, with a reason for each row that cannot be used.

    Parameters
    ----------
    geometry
        (n,) shapely objects in the declared system, None allowed.
    crs
        As `grids.crs.parse_crs` takes it.
    kind
        Kind that the layer holds.

    Raises
    ------
    CrsError
        If the system is unknown.
    """
    raw = geometry.copy()
    raw_bounds = shapely.bounds(raw)
    before = {
        int(i): text
        for i in np.flatnonzero([g is None for g in raw])
        if (text := _problem(raw[i], raw_bounds[i], _KINDS[kind])) is not None
    }
    converted = _transformed(raw, crs) if raw.size else raw
    bounds = shapely.bounds(converted)
    problems = dict(before)
    in_range = (
        np.isfinite(bounds).all(axis=1)
        & (bounds[:, 0] >= -180)
        & (bounds[:, 2] <= 180)
        & (bounds[:, 1] >= -90)
        & (bounds[:, 3] <= 90)
        & np.isin(shapely.get_type_id(converted), list(_KINDS[kind]))
        & ~shapely.is_empty(converted)
    )
    for i in np.flatnonzero(~in_range):
        text = _problem(converted[i], bounds[i], _KINDS[kind])
        if text is not None:
            problems[int(i)] = text
    converted[list(problems)] = None
    repaired: list[int] = []
    if kind is GeometryKind.POLYGON:
        bad = np.flatnonzero(in_range & ~shapely.is_valid(converted))
        for i in bad:
            parts = shapely.get_parts(
                shapely.make_valid(converted[i], method="structure", keep_collapsed=False)
            )
            parts = parts[shapely.get_type_id(parts) == 3]
            converted[i] = parts[0] if parts.size == 1 else shapely.multipolygons(parts)
            if parts.size == 0:
                converted[i] = None
                problems[int(i)] = "its ring encloses nothing"
            else:
                repaired.append(int(i))
    return Places(converted, problems, repaired)
