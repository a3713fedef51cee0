"""Parcels too small to stand alone, joined to a neighbour."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.adjacency import neighbours

__all__ = ["merged"]


def _targets(
    parcels: NDArray[np.object_], block: NDArray[np.int64], least_m2: float
) -> NDArray[np.int64]:
    """(p,) int64 the parcel each one is joined to, itself if it stays."""
    borders = neighbours(parcels, np.empty(0, dtype=object), np.empty(0))
    area = shapely.area(parcels)
    target = np.arange(len(parcels))
    a = np.concatenate([borders.first, borders.second])
    b = np.concatenate([borders.second, borders.first])
    length = np.concatenate([borders.length_m, borders.length_m])
    # The longest border with a larger parcel, one of the same block before all others.
    fit = (area[a] < least_m2) & (area[b] > area[a])
    worth = length + np.where(block[a] == block[b], 1e6, 0.0)
    order = np.lexsort((worth[fit], a[fit]))
    target[a[fit][order]] = b[fit][order]
    while True:
        onward = target[target]
        if (onward == target).all():
            return target
        target = onward


def merged(
    parcels: NDArray[np.object_], block: NDArray[np.int64], *, least_m2: float
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Parcels of at least `least_m2`, where a larger neighbour exists.

    Returns
    -------
    tuple
        (q,) Polygons and (q,) int64 index of the largest old parcel in each.
    """
    target = _targets(parcels, block, least_m2)
    keep = np.flatnonzero(target == np.arange(len(parcels)))
    result = parcels.copy()
    joined = np.flatnonzero(np.bincount(target, minlength=len(parcels)) > 1)
    for k in joined:
        result[k] = shapely.coverage_union_all(parcels[target == k])
    single = shapely.get_type_id(result[keep]) == 3
    assert single.all(), "a joined parcel is in one piece"  # noqa: S101 - by construction
    return result[keep], keep
