"""What goes in and out of a store one by one: items, counts of a bulk write, who sees which."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["Item", "OnRows", "PutReport", "Visible"]

OnRows = Callable[[int, int], None]
"""Called with rows done and rows in all."""

Visible = Callable[[NDArray[np.int64]], NDArray[np.bool_]]
"""Which of these (n,) int64 ids lie inside the caller's jurisdiction: (n,) bool.

The store knows no grid version, so it cannot tell; the service that asks passes the snapshot's
answer. Without it a scope with units gets nothing.
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a layer.

    Parameters
    ----------
    id
        Stable number, unique in the layer, never reused.
    uid
        Text key of the source, unique in the layer; empty where the layer tells of people and
        the scope may not unmask, because it may be an identity number.
    version
        1 when inserted, one more with every change.
    updated_at
        Milliseconds since 1970-01-01 UTC.
    values
        By field name; null is None, an instant is its int of milliseconds.
    geometry
        Longitude and latitude, EPSG:4490; None if there is none or the scope may not see it.
    """

    id: int
    uid: str
    version: int
    updated_at: int
    values: dict[str, object]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class PutReport:
    """What a bulk write found."""

    inserted: int
    updated: int
    unchanged: int
