"""Well-known binary read in bulk: flat arrays out of an Arrow column, no object per feature."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from grids.errors import GeometryError
from layers.model import GeometryKind

__all__ = ["WkbRings", "wkb_rings"]

_OK, _CUT, _KIND, _ORDER = 0, 1, 2, 3
_FAULTS = {
    _CUT: "is cut short",
    _KIND: "is not of the kind of its layer",
    _ORDER: "has an unknown byte order",
}
_POINT, _LINE, _POLYGON, _MULTI = 1, 2, 3, 3
_CODES = {GeometryKind.POINT: _POINT, GeometryKind.LINE: _LINE, GeometryKind.POLYGON: _POLYGON}
_MAX_COUNT = 1 << 28


@dataclass(frozen=True, slots=True)
class WkbRings:
    """Coordinates of n features as read, nothing changed.

    Parameters
    ----------
    coords
        (p, 2) float64; third and fourth ordinates are left out.
    ring_starts
        (r + 1,) int64 offsets into `coords`: rings, line parts, or all points of a feature.
    exterior
        (r,) bool, True for the first ring of a polygon and for lines and points.
    feature_starts
        (n + 1,) int64 offsets into the rings; null and empty features have none.
    """

    coords: NDArray[np.float64]
    ring_starts: NDArray[np.int64]
    exterior: NDArray[np.bool_]
    feature_starts: NDArray[np.int64]


def wkb_rings(column: pa.Array | pa.ChunkedArray, *, kind: GeometryKind) -> WkbRings:
    """Rings of a column of well-known binary.

    Parameters
    ----------
    column
        (n,) Arrow binary or large binary; ISO or extended, either byte order; null is no geometry.
    kind
        Kind every geometry must have; multi-geometries count as their kind.

    Returns
    -------
    WkbRings
        All points of one feature make one ring; an empty part makes none.

    Raises
    ------
    GeometryError
        If a geometry is cut short, of another kind, or with a wrong byte order; names the row.

    References
    ----------
    OGC 06-103r4, "Simple feature access, part 1", clause 8.2.
    """
    data, offsets = _buffers(column)
    code = _CODES[kind]
    n = offsets.size - 1
    ring_counts = np.zeros(n, dtype=np.int64)
    point_counts = np.zeros(n, dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    fault = _read(data, offsets, code, ring_counts, point_counts, none, none, none)
    if fault[0] != _OK:
        raise GeometryError(f"geometry of row {fault[1]} {_FAULTS[int(fault[0])]}")
    feature_starts = _starts(ring_counts)
    places = np.empty(int(point_counts.sum()), dtype=np.int64)
    ring_sizes = np.empty(int(feature_starts[-1]), dtype=np.int64)
    exterior = np.empty(ring_sizes.size, dtype=np.int64)
    _read(data, offsets, code, ring_counts, point_counts, places, ring_sizes, exterior)
    return WkbRings(
        _copied(data, places), _starts(ring_sizes), exterior.astype(np.bool_), feature_starts
    )


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _buffers(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bytes and (n + 1,) offsets of a binary column; null is made empty."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # combine_chunks keeps several above 2 GB
        column = pa.concat_arrays(column.cast(pa.large_binary()).chunks)
    column = column.cast(pa.large_binary())
    if column.null_count:
        column = column.fill_null(b"")
    _, offset_buffer, data_buffer = column.buffers()
    first, n = column.offset, len(column)
    if n == 0 or offset_buffer is None or data_buffer is None or data_buffer.size == 0:
        # frozen like the buffers below, so that the kernels see one type
        data, offsets = np.zeros(0, dtype=np.uint8), np.zeros(n + 1, dtype=np.int64)
        data.flags.writeable = offsets.flags.writeable = False
        return data, offsets
    offsets = np.frombuffer(offset_buffer, dtype=np.int64, count=n + 1, offset=8 * first)
    return np.frombuffer(data_buffer, dtype=np.uint8), offsets


def _copied(data: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.empty((places.size, 16), dtype=np.uint8)
    _copy_points(data, places, out)
    return out.view(np.float64)


@njit(nogil=True, cache=True)
def _copy_points(data, places, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Copy 16 bytes from every place; a negative place (-1 - at) is read big-endian."""
    for i in range(places.size):
        at = places[i]
        if at >= 0:
            for b in range(16):
                out[i, b] = data[at + b]
        else:
            at = -1 - at
            for b in range(8):
                out[i, b] = data[at + 7 - b]
                out[i, 8 + b] = data[at + 15 - b]


@njit(nogil=True, cache=True)
def _word(data, at, big):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    value = np.int64(0)
    for b in range(4):
        byte = np.int64(data[at + b])
        value |= byte << (8 * (3 - b) if big else 8 * b)
    return value


@njit(nogil=True, cache=True)
def _head(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Fault, big-endian, kind 1 to 6, bytes of a point, position after the header."""
    if at + 5 > end:
        return _CUT, False, 0, 0, at
    if data[at] > 1:
        return _ORDER, False, 0, 0, at
    big = data[at] == 0
    word = _word(data, at + 1, big)
    at += 5
    size = 16
    if word & 0x80000000:
        size += 8
    if word & 0x40000000:
        size += 8
    if word & 0x20000000:
        at += 4
    word &= 0x1FFFFFFF
    iso = word // 1000
    if iso in (1, 2):
        size += 8
    elif iso == 3:
        size += 16
    return _OK, big, word % 1000, size, at


@njit(nogil=True, cache=True)
def _count(data, at, end, big):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Number that follows, -1 if cut short or absurd."""
    if at + 4 > end:
        return -1
    count = _word(data, at, big)
    return count if count <= _MAX_COUNT else -1


@njit(nogil=True, cache=True)
def _note(places, p, at, size, count, big):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Note where `count` points start, negative for big-endian; nothing if only counting."""
    if places.size:
        for k in range(count):
            place = at + k * size
            places[p + k] = -1 - place if big else place
    return p + count


@njit(nogil=True, cache=True)
def _is_nan(data, at, big):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """True for NaN (an empty point) and infinity: the exponent is all ones."""
    high = at if big else at + 7
    low = at + 1 if big else at + 6
    return (data[high] & 0x7F) == 0x7F and (data[low] & 0xF0) == 0xF0


@njit(nogil=True, cache=True)
def _part(data, at, end, code, places, p, sizes, exterior, r):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901, PLR0911, PLR0913, PLR0917
    """Read one single part: fault, position, rings noted, points noted."""
    fault, big, kind, size, at = _head(data, at, end)
    if fault != _OK:
        return fault, at, r, p
    if kind != code:
        return _KIND, at, r, p
    if code == _POINT:
        if at + size > end:
            return _CUT, at, r, p
        if not (_is_nan(data, at, big) or _is_nan(data, at + 8, big)):
            p = _note(places, p, at, size, 1, big)
        return _OK, at + size, r, p
    rings = 1
    if code == _POLYGON:
        rings = _count(data, at, end, big)
        at += 4
        if rings < 0:
            return _CUT, at, r, p
    for ring in range(rings):
        count = _count(data, at, end, big)
        at += 4
        if count < 0 or at + count * size > end:
            return _CUT, at, r, p
        if count:
            p = _note(places, p, at, size, count, big)
            if sizes.size:
                sizes[r] = count
                exterior[r] = 1 if ring == 0 else 0
            r += 1
        at += count * size
    return _OK, at, r, p


@njit(nogil=True, cache=True)
def _read(data, offsets, code, ring_counts, point_counts, places, sizes, exterior):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901, PLR0913, PLR0917
    """Walk every feature; with empty `places` it only counts."""
    r = 0
    p = 0
    for i in range(offsets.size - 1):
        at = offsets[i]
        end = offsets[i + 1]
        r0, p0 = r, p
        if at < end:
            fault, big, kind, _, inner = _head(data, at, end)
            if fault != _OK:
                return fault, i
            parts = 1
            if kind == code + _MULTI:
                parts = _count(data, inner, end, big)
                at = inner + 4
                if parts < 0:
                    return _CUT, i
            for _part_index in range(parts):
                fault, at, r, p = _part(data, at, end, code, places, p, sizes, exterior, r)
                if fault != _OK:
                    return fault, i
            if code == _POINT and p > p0:
                if sizes.size:
                    sizes[r] = p - p0
                    exterior[r] = 1
                r += 1
        ring_counts[i] = r - r0
        point_counts[i] = p - p0
    return _OK, -1
