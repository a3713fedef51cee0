"""What one refresh changed in the snapshot, for those who push tiles and messages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ChangeSet", "LayerChange"]


@dataclass(frozen=True, slots=True, eq=False)
class LayerChange:
    """Rows of one layer that a refresh touched.

    Parameters
    ----------
    ids
        (n,) int64 ids put or deleted, ascending.
    boxes_old, boxes_new
        (n, 4) int32 world bounds of each before and after; xmin > xmax where there was or is
        no geometry. Tiles that meet either are dirty.
    everywhere
        True if the layer has no geometry or was built anew: any tile of it may have changed.
    """

    ids: NDArray[np.int64]
    boxes_old: NDArray[np.int32]
    boxes_new: NDArray[np.int32]
    everywhere: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ChangeSet:
    """One step of the snapshot.

    Parameters
    ----------
    seq
        Sequence number that the snapshot now shows.
    layers
        Changes by layer name.
    grid_changed
        True if another grid version became current: every layer may look different to readers
        with a jurisdiction, and the layer ``grid`` was replaced.
    """

    seq: int
    layers: Mapping[str, LayerChange]
    grid_changed: bool = False
