"""Small-cell suppression of counts in a tree of units, with complementary cells.

A published total minus its published parts is a number anyone can work out. Here every such
remainder is zero or at least k, so neither a cell nor a difference tells of fewer than k.

References
----------
Hundepool et al. (2012), "Statistical disclosure control", Wiley, sections 4.3 and 4.4.
"""

import numpy as np
from numpy.typing import NDArray

from grids.hierarchy import Hierarchy

__all__ = ["shown_cells"]


def shown_cells(hierarchy: Hierarchy, counts: NDArray[np.int64], *, k: int) -> NDArray[np.bool_]:
    """Which counts of a tree may be shown together.

    Parameters
    ----------
    hierarchy
        Tree of units.
    counts
        (u,) int64, zero or more, in the order of ``hierarchy.units``; the count of a unit is the
        sum of those of its children.
    k
        Smallest number of people that a shown number may tell of; zero is shown.

    Returns
    -------
    NDArray
        (u,) bool. For every shown unit, its count less the counts of the nearest shown units
        below it is zero or at least `k`.
    """
    values = counts.tolist()
    below = _children(hierarchy)
    shown = [value == 0 or value >= k for value in values]
    rest = [0] * len(values)  # of a unit: its count less what is shown below it
    for unit in range(len(values) - 1, -1, -1):  # depth-first order backwards: children first
        if not below[unit] or not shown[unit]:
            rest[unit] = values[unit]
            continue
        hidden = sum(rest[child] for child in below[unit] if not shown[child])
        if 0 < hidden < k:
            hidden += _hide_one(unit, values, below, shown, rest)
        rest[unit] = hidden
    return np.array(shown, dtype=np.bool_)


def _hide_one(
    unit: int,
    values: list[int],
    below: list[list[int]],
    shown: list[bool],
    rest: list[int],
) -> int:
    """Hide the smallest shown cell under a unit, down to one that adds to the remainder."""
    while True:
        smallest = min(
            (child for child in below[unit] if shown[child] and values[child]),
            key=values.__getitem__,
        )
        shown[smallest] = False
        if rest[smallest]:
            return rest[smallest]
        unit = smallest


def _children(hierarchy: Hierarchy) -> list[list[int]]:
    """Positions of the units directly below each unit."""
    below: list[list[int]] = [[] for _ in hierarchy.units]
    for position, unit in enumerate(hierarchy.units):
        if unit.parent_id is not None:
            below[hierarchy.position(unit.parent_id)].append(position)
    return below
