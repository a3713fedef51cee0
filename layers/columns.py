"""Columns of an immutable table: ragged integer geometry, numbers, dictionary text.

World coordinates are int32 in units of 2**-32 of the web-mercator square (9.33 mm at the
equator), x growing east and y growing **south**, (0, 0) at longitude 0, latitude 0
(`grids.tile.world_from_lonlat`). Tile x at zoom z is ``(x + 2**31) >> (32 - z)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.model import LayerSpec

__all__ = ["Column", "LayerTable", "NumberColumn", "RaggedGeometry", "TextColumn"]


@dataclass(frozen=True, slots=True)
class RaggedGeometry:
    """Geometry of n features as three flat arrays.

    Parameters
    ----------
    coords
        (p, 2) int32 world coordinates, C-contiguous.
    ring_starts
        (r + 1,) int64 offsets into `coords`: one ring, line part or multipoint per entry.
        Rings of polygons are **not** closed (first point is not repeated); an exterior ring has
        positive area by the surveyor's formula in y-south coordinates (as in MVT), holes
        negative; holes follow their exterior.
    feature_starts
        (n + 1,) int64 offsets into rings.
    bounds
        (n, 4) int32 xmin, ymin, xmax, ymax in world coordinates; empty geometry has
        xmin > xmax.
    """

    coords: NDArray[np.int32]
    ring_starts: NDArray[np.int64]
    feature_starts: NDArray[np.int64]
    bounds: NDArray[np.int32]

    def __len__(self) -> int:
        """Number of features."""
        return self.feature_starts.size - 1


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Numbers, booleans and instants.

    Parameters
    ----------
    values
        (n,) int64, int32, float64 or bool.
    valid
        (n,) bool, False where null; None when nothing is null.
    """

    values: NDArray[np.generic]
    valid: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Dictionary-coded text.

    Parameters
    ----------
    codes
        (n,) int32 index into `values`; -1 is null.
    values
        (d,) object array of distinct str.
    """

    codes: NDArray[np.int32]
    values: NDArray[np.object_]


Column = NumberColumn | TextColumn


@dataclass(frozen=True, slots=True)
class LayerTable:
    """Immutable rows of one layer, ordered along a Hilbert curve of their centres.

    Parameters
    ----------
    spec
        What the layer declares.
    ids, versions
        (n,) int64 stable ids and (n,) int32 row versions.
    geometry
        None for layers without geometry.
    columns
        Held fields by name, plus ``leaf`` (int32 leaf index in the current grid version, -1
        outside), which never leaves the process.
    """

    spec: LayerSpec
    ids: NDArray[np.int64]
    versions: NDArray[np.int32]
    geometry: RaggedGeometry | None
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        """Number of rows."""
        return self.ids.size
