"""Changes: what one committed write did to one layer, and the boxes it touched."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["IDS_PER_CHANGE", "Box", "Change", "Operation", "box_of", "union_box"]

IDS_PER_CHANGE = 10_000
"""Most ids that one change row names; a larger write makes several rows."""

Box = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax: lon and lat in degrees, EPSG:4490."""


class Operation(StrEnum):
    """What happened to the rows of a change."""

    PUT = "put"  # inserted or updated
    DELETE = "delete"


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One row of the change log.

    Parameters
    ----------
    seq
        Sequence number: commit order, without holes inside one unit of work.
    unit
        Sequence number of the last change of the same unit of work: a reader that stops where
        ``seq == unit`` never shows half a transaction.
    layer
        Name of the layer.
    op
        `Operation.PUT` or `Operation.DELETE`.
    ids
        (n,) int64 ids, ascending, at most `IDS_PER_CHANGE`.
    box_old, box_new
        Box of the geometries before and after; None where there were none.
    at
        Milliseconds since 1970-01-01 UTC of the unit of work.
    """

    seq: int
    unit: int
    layer: str
    op: Operation
    ids: NDArray[np.int64]
    box_old: Box | None
    box_new: Box | None
    at: int


def box_of(bounds: NDArray[np.float64]) -> Box | None:
    """Box of many bounds.

    Parameters
    ----------
    bounds
        (n, 4) float64, xmin, ymin, xmax, ymax in degrees; rows of NaN (no geometry) are left out.

    Returns
    -------
    Box | None
        None if no row has a geometry.

    Examples
    --------
    >>> box_of(np.array([[1.0, 2.0, 3.0, 4.0], [np.nan] * 4, [0.0, 3.0, 1.0, 9.0]]))
    (0.0, 2.0, 3.0, 9.0)
    """
    rows = bounds[~np.isnan(bounds[:, 0])]
    if not rows.size:
        return None
    low, high = rows[:, :2].min(axis=0), rows[:, 2:].max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def union_box(first: Box | None, second: Box | None) -> Box | None:
    """Smallest box that holds both; None where both are None.

    Examples
    --------
    >>> union_box((0.0, 0.0, 1.0, 1.0), (2.0, -1.0, 3.0, 0.5))
    (0.0, -1.0, 3.0, 1.0)
    """
    if first is None or second is None:
        return first or second
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )
