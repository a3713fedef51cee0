"""Coordinate reference systems as imports and answers name them, always in the order (x, y).

The stored system is EPSG:4490 (CGCS2000), treated as equal to EPSG:4326 for city maps.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError

from grids.errors import CoordinateError, CrsError
from grids.offsets import (
    bd09_from_lonlat,
    gcj02_from_lonlat,
    lonlat_from_bd09,
    lonlat_from_gcj02,
)

__all__ = [
    "BD09",
    "GCJ02",
    "LONLAT",
    "Crs",
    "check_lonlat",
    "crs_hint",
    "from_lonlat",
    "likely_crs",
    "parse_crs",
    "to_lonlat",
]

Array = NDArray[np.float64]
Inside = Callable[[Array], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Crs:
    """One declared reference system.

    Parameters
    ----------
    name
        How answers name it: ``EPSG:4549``, ``GCJ-02``, ``BD-09`` or the name in a WKT.
    kind
        ``lonlat`` (stored as is), ``gcj02``, ``bd09`` or ``proj`` (needs a transformation).
    definition
        What PROJ reads, for `kind` ``proj``.
    """

    name: str
    kind: str
    definition: str = ""


LONLAT = Crs("EPSG:4490", "lonlat")
GCJ02 = Crs("GCJ-02", "gcj02")
BD09 = Crs("BD-09", "bd09")

_SAME_AS_STORED = {4490, 4326}
_OFFSETS = {"GCJ02": GCJ02, "BD09": BD09, "BD09LL": BD09}
_OGC_84 = {"CRS84", "OGC:CRS84", "HTTP://WWW.OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84"}
_EPSG = re.compile(
    r"(?:EPSG:{1,2}|URN:OGC:DEF:CRS:EPSG:[^:]*:|HTTPS?://WWW\.OPENGIS\.NET/DEF/CRS/EPSG/[^/]+/)?"
    r"(\d{4,6})"
)


def parse_crs(text: str | int) -> Crs:
    """Reference system named by a code, a WKT or an offset name.

    Parameters
    ----------
    text
        ``4490``, ``EPSG:4549``, an OGC URN or URI, ``CRS84``, WKT, ``GCJ-02`` or ``GCJ02``,
        ``BD-09`` or ``BD09``; letter case is ignored.

    Raises
    ------
    CrsError
        If the text is empty or names nothing known.

    Examples
    --------
    >>> parse_crs("epsg:4326").name, parse_crs("gcj02").name, parse_crs(4549).kind
    ('EPSG:4326', 'GCJ-02', 'proj')
    """
    wanted = str(text).strip()
    if not wanted:
        raise CrsError("crs must name a reference system, got nothing")
    plain = wanted.upper()
    offset = _OFFSETS.get(plain.replace("-", "").replace("_", "").replace(" ", ""))
    if offset is not None:
        return offset
    if plain in _OGC_84:
        return Crs("CRS84", "lonlat")
    match = _EPSG.fullmatch(plain)
    return _epsg(int(match[1])) if match else _from_text(wanted)


def to_lonlat(xy: Array, crs: Crs) -> Array:
    """True positions of coordinates in a declared system.

    Parameters
    ----------
    xy
        (n, 2) float64 in the order east, north (or lon, lat), units of `crs`.
    crs
        The declared system.

    Returns
    -------
    NDArray
        (n, 2) float64 degrees, EPSG:4490; NaN stays NaN.

    Raises
    ------
    CoordinateError
        If the shape is wrong or a finite coordinate cannot be transformed.
    """
    xy = _pairs(xy)
    if crs.kind == "lonlat":
        return xy
    if crs.kind == "gcj02":
        return lonlat_from_gcj02(xy)
    if crs.kind == "bd09":
        return lonlat_from_bd09(xy)
    return _transformed(xy, _transformer(crs.definition, inverse=False), crs)


def from_lonlat(lonlat: Array, crs: Crs) -> Array:
    """Coordinates of true positions in a declared system, the inverse of `to_lonlat`."""
    lonlat = _pairs(lonlat)
    if crs.kind == "lonlat":
        return lonlat
    if crs.kind == "gcj02":
        return gcj02_from_lonlat(lonlat)
    if crs.kind == "bd09":
        return bd09_from_lonlat(lonlat)
    return _transformed(lonlat, _transformer(crs.definition, inverse=True), crs)


def check_lonlat(lonlat: Array) -> None:
    """Refuse positions that are not finite degrees in range, saying when the axes look swapped.

    Raises
    ------
    CoordinateError
        If a value is NaN or infinite, a longitude is outside [-180, 180] or a latitude outside
        [-90, 90].
    """
    lonlat = _pairs(lonlat)
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    wrong = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    if not wrong.any():
        return
    at = int(wrong.argmax())
    x, y = float(lon[at]), float(lat[at])
    where = f"got ({x}, {y}) at row {at}"
    if abs(x) <= 90 and abs(y) <= 180:
        raise CoordinateError(
            f"lat must be in [-90, 90]; longitude and latitude look swapped, {where}"
        )
    raise CoordinateError(f"lon must be in [-180, 180] and lat in [-90, 90], {where}")


def likely_crs(lonlat: Array, inside: Inside) -> str | None:
    """Declaration that would bring positions into the city when the present one does not.

    Parameters
    ----------
    lonlat
        (n, 2) float64, coordinates read as longitude and latitude.
    inside
        Tells which of (n, 2) positions lie in the city.

    Returns
    -------
    str or None
        ``swapped``, ``GCJ-02``, ``BD-09`` or ``EPSG:n`` for projected metres; None when the
        positions are inside already, or nothing explains them.
    """
    lonlat = _pairs(lonlat)
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    if not len(lonlat):
        return None
    best, best_share = None, float(inside(lonlat).mean()) + 0.1
    for name, candidate in _candidates(lonlat):
        share = float(inside(candidate).mean())
        if share > best_share and share >= 0.5:
            best, best_share = name, share
    return best


def crs_hint(lonlat: Array, inside: Inside) -> str | None:
    """Sentence on the reference system that was probably meant; see `likely_crs`."""
    likely = likely_crs(lonlat, inside)
    if likely is None:
        return None
    if likely == "swapped":
        return "the positions fall into the city when longitude and latitude are swapped"
    return f"the positions fall into the city when read as {likely}: declare crs={likely}"


def _candidates(lonlat: Array) -> list[tuple[str, Array]]:
    if float(np.abs(lonlat).max()) > 360:
        zone = int(np.median(lonlat[:, 0]) // 1_000_000)
        codes = [4488 + zone] if 25 <= zone <= 45 else [4534 + i for i in range(21)]
        tried = [(parse_crs(code), code) for code in codes]
        return [(crs.name, _lenient(lonlat, crs)) for crs, _ in tried]
    return [
        ("swapped", lonlat[:, ::-1]),
        ("GCJ-02", lonlat_from_gcj02(lonlat)),
        ("BD-09", lonlat_from_bd09(lonlat)),
    ]


def _lenient(xy: Array, crs: Crs) -> Array:
    x, y = _transformer(crs.definition, inverse=False).transform(xy[:, 0], xy[:, 1])
    return np.column_stack((x, y))


def _pairs(xy: Array) -> Array:
    xy = np.asarray(xy, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise CoordinateError(f"coordinates must be (n, 2), got {xy.shape}")
    return xy


def _transformed(xy: Array, transformer: Transformer, crs: Crs) -> Array:
    if not len(xy):
        return xy
    x, y = transformer.transform(xy[:, 0], xy[:, 1])
    out = np.column_stack((x, y))
    bad = ~np.isfinite(out).all(axis=1)
    failed = np.flatnonzero(bad & np.isfinite(xy).all(axis=1))
    if failed.size:
        at = int(failed[0])
        raise CoordinateError(
            f"({xy[at, 0]}, {xy[at, 1]}) at row {at} cannot be transformed with {crs.name}"
        )
    out[bad] = np.nan
    return out


@lru_cache(maxsize=256)
def _transformer(definition: str, *, inverse: bool) -> Transformer:
    """Cached; a pyproj transformer keeps one PROJ object per thread by itself."""
    crs = CRS.from_user_input(definition)
    stored = CRS.from_epsg(4326 if "WGS 84" in (crs.to_wkt()) else 4490)
    start, end = (stored, crs) if inverse else (crs, stored)
    return Transformer.from_crs(start, end, always_xy=True)


@lru_cache(maxsize=256)
def _epsg(code: int) -> Crs:
    if code in _SAME_AS_STORED:
        return Crs(f"EPSG:{code}", "lonlat")
    try:
        CRS.from_epsg(code)
    except ProjCrsError as exc:
        raise CrsError(f"crs EPSG:{code} is unknown") from exc
    return Crs(f"EPSG:{code}", "proj", f"EPSG:{code}")


@lru_cache(maxsize=256)
def _from_text(text: str) -> Crs:
    try:
        crs = CRS.from_user_input(text)
    except ProjCrsError as exc:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise CrsError(f"crs must be an EPSG code, WKT, GCJ-02 or BD-09, got {shown!r}") from exc
    code = crs.to_epsg()
    return _epsg(code) if code is not None else Crs(crs.name, "proj", crs.to_wkt())
