"""Arrow tables of the demo city's layers: one function per shape of geometry."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray

from geoserver.demo.plane import Plane

__all__ = ["layer_table", "numbered", "texts"]


def numbered(prefix: str, count: int) -> NDArray[np.str_]:
    """(n,) keys ``prefix-0000001`` ... of a layer's rows."""
    width = max(7, len(str(count)))
    digits = np.char.zfill(np.arange(1, count + 1).astype(f"U{width}"), width)
    return np.char.add(f"{prefix}-", digits)


def texts(values: ArrayLike, *, empty_is_null: bool = True) -> pa.Array:
    """Text column; empty text becomes null."""
    array = np.asarray(values)
    mask = array == "" if empty_is_null else None
    return pa.array(array.astype(object), pa.string(), mask=mask)


def layer_table(
    uid: NDArray[np.str_],
    geometry: NDArray[Any] | None,
    columns: Mapping[str, ArrayLike | pa.Array],
    plane: Plane,
) -> pa.Table:
    """A table for `UnitOfWork.put_table`.

    Parameters
    ----------
    uid
        (n,) keys.
    geometry
        (n,) geometries or (n, 2) float64 points, metres; None for no geometry.
    columns
        Fields; text arrays, numbers, booleans or Arrow arrays.
    plane
        Map to longitude and latitude.
    """
    fields: dict[str, pa.Array] = {"uid": texts(uid)}
    if geometry is not None:
        if geometry.dtype == object:
            shapes = plane.geometries_lonlat(geometry)
        else:
            shapes = shapely.points(plane.lonlat(np.asarray(geometry, dtype=np.float64)))
        fields["geom"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    for name, values in columns.items():
        if isinstance(values, pa.Array | pa.ChunkedArray):
            fields[name] = values
            continue
        array = np.asarray(values)
        fields[name] = texts(array) if array.dtype.kind in "UO" else pa.array(array)
    return pa.table(fields)
