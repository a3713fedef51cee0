"""Extent of a layer from the bounds of its rows."""

import numpy as np

from grids.bounds import BoundingBox
from grids.tile import lonlat_from_world
from layers.views import LayerView

__all__ = ["layer_extent"]


def layer_extent(view: LayerView) -> BoundingBox | None:
    """Box around all rows of a layer, degrees, EPSG:4490; None without geometry."""
    low, high = [], []
    for part in view.parts:
        if part.table.geometry is None or not len(part.table):
            continue
        bounds = part.table.geometry.bounds
        keep = bounds[:, 0] <= bounds[:, 2]
        if part.alive is not None:
            keep &= part.alive
        if keep.any():
            low.append(bounds[keep, :2].min(axis=0))
            high.append(bounds[keep, 2:].max(axis=0))
    if not low:
        return None
    west, north = np.min(low, axis=0)
    east, south = np.max(high, axis=0)
    corners = lonlat_from_world(np.array([[west, south], [east, north]], dtype=np.int32))
    return BoundingBox(*(float(value) for value in corners.ravel()))
