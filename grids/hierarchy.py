"""The tree of grid units of one version, and its private leaf order.

Leaves are ordered by a depth-first walk with children by code, so every unit is one contiguous
range of leaf indices: a roll-up is a difference of prefix sums and a jurisdiction is a short list
of intervals. Leaf indices belong to one version; they are never stored or sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from grids.errors import ParameterError, UnknownUnitError
from grids.unit_tree import LEVELS, Unit, checked_by_id, children_by_code, depth_first

__all__ = ["LEVELS", "Hierarchy", "Unit"]


class Hierarchy:
    """Units of one version, in depth-first order, children by code.

    Parameters
    ----------
    units
        Units in any order. Several roots are allowed; a unit without children is a leaf,
        whatever its level.
    levels
        Words for the levels from the top; a child must be at a lower level than its parent.

    Raises
    ------
    HierarchyError
        If an id or code occurs twice, a parent is unknown, a level is unknown or not below that
        of the parent, or units form a cycle. The message names the unit.

    Examples
    --------
    >>> tree = Hierarchy([
    ...     Unit(1, "99", "Yunlan", "city"),
    ...     Unit(3, "9902", "North", "district", 1),
    ...     Unit(2, "9901", "South", "district", 1),
    ... ])
    >>> tree.leaf_unit.tolist(), tree.interval(1)
    ([2, 3], (0, 2))
    """

    def __init__(self, units: Iterable[Unit], *, levels: Sequence[str] = LEVELS) -> None:
        self.levels: tuple[str, ...] = tuple(levels)
        by_id = checked_by_id(list(units), self.levels)
        children = children_by_code(by_id)
        order, depth_end = depth_first(by_id, children)
        self._position: Mapping[int, int] = {unit.id: i for i, unit in enumerate(order)}
        self._end = depth_end
        self.units: tuple[Unit, ...] = tuple(order)
        """All units in depth-first order."""
        self.unit_ids: NDArray[np.int64] = np.array([unit.id for unit in order], dtype=np.int64)
        """(u,) int64 ids in the order of `units`."""
        is_leaf = depth_end == np.arange(len(order)) + 1
        before = np.concatenate(([0], np.cumsum(is_leaf)))
        self.intervals_of_units: NDArray[np.int64] = np.column_stack(
            (before[np.arange(len(order))], before[depth_end])
        ).astype(np.int64)
        """(u, 2) int64 half-open leaf interval of every unit, in the order of `units`."""
        self.leaf_unit: NDArray[np.int64] = self.unit_ids[is_leaf]
        """(L,) int64 unit id of every leaf."""
        self._leaf_position = np.flatnonzero(is_leaf)

    def __len__(self) -> int:
        """Number of units, all levels."""
        return len(self.units)

    @property
    def leaf_count(self) -> int:
        """Number of leaves."""
        return int(self.leaf_unit.size)

    def position(self, unit_id: int) -> int:
        """Index of a unit in `units`.

        Raises
        ------
        UnknownUnitError
            If there is no such unit.
        """
        try:
            return self._position[unit_id]
        except KeyError:
            raise UnknownUnitError(f"no unit with id {unit_id} in this version") from None

    def unit(self, unit_id: int) -> Unit:
        """Unit with an id; UnknownUnitError if there is none."""
        return self.units[self.position(unit_id)]

    @cached_property
    def _by_code(self) -> Mapping[str, Unit]:
        return {unit.code: unit for unit in self.units}

    def unit_by_code(self, code: str) -> Unit:
        """Unit with a code.

        Raises
        ------
        UnknownUnitError
            If there is no such unit.
        """
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownUnitError(f"no unit with code {code!r} in this version") from None

    def children(self, unit_id: int) -> tuple[Unit, ...]:
        """Units directly below, by code."""
        at = self.position(unit_id)
        found, end, child = [], int(self._end[at]), at + 1
        while child < end:
            found.append(self.units[child])
            child = int(self._end[child])
        return tuple(found)

    def interval(self, unit_id: int) -> tuple[int, int]:
        """Half-open range of leaf indices of a unit; UnknownUnitError if there is none."""
        low, high = self.intervals_of_units[self.position(unit_id)].tolist()
        return low, high

    def intervals(self, unit_ids: Iterable[int]) -> list[tuple[int, int]]:
        """Disjoint ascending leaf intervals that several units cover together.

        Raises
        ------
        UnknownUnitError
            If a unit is not in this version.
        """
        merged: list[tuple[int, int]] = []
        for low, high in sorted(self.interval(unit_id) for unit_id in unit_ids):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return merged

    def chain(self, leaf: int) -> tuple[Unit, ...]:
        """Units that hold a leaf, from the root down to the leaf itself.

        Raises
        ------
        UnknownUnitError
            If `leaf` is not a leaf index of this version.
        """
        if not 0 <= leaf < self.leaf_count:
            raise UnknownUnitError(f"leaf must be 0 to {self.leaf_count - 1}, got {leaf}")
        return self.ancestry(int(self.leaf_unit[leaf]))

    def ancestry(self, unit_id: int) -> tuple[Unit, ...]:
        """Units that hold a unit, from the root down to the unit itself."""
        units = [self.unit(unit_id)]
        while (parent := units[-1].parent_id) is not None:
            units.append(self.unit(parent))
        return tuple(reversed(units))

    def rollup(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Sums over the leaves of every unit.

        Parameters
        ----------
        values
            (L,) or (L, k) integers or floats per leaf. Integers are summed as int64 by prefix
            sums (exact); floats are summed range by range, without cancellation.

        Returns
        -------
        NDArray
            (u,) or (u, k) int64 or float64, in the order of `units`.

        Raises
        ------
        ParameterError
            If the first axis is not the number of leaves.
        """
        if values.shape[:1] != (self.leaf_count,):
            raise ParameterError(f"values must have {self.leaf_count} rows, got {values.shape}")
        zero = np.zeros((1, *values.shape[1:]))
        if values.dtype.kind in "iub":
            sums = np.concatenate(
                (zero.astype(np.int64), np.cumsum(values, axis=0, dtype=np.int64))
            )
            low, high = self.intervals_of_units.T
            return np.asarray(sums[high] - sums[low])
        padded = np.concatenate((np.asarray(values, dtype=np.float64), zero))
        if not len(self):
            return padded[:0]
        return np.asarray(np.add.reduceat(padded, self.intervals_of_units.ravel(), axis=0)[::2])

    def units_at(self, level: str) -> tuple[Unit, ...]:
        """Units of one level in depth-first order.

        Raises
        ------
        ParameterError
            If the level is not one of `levels`.
        """
        if level not in self.levels:
            raise ParameterError(f"level must be one of {', '.join(self.levels)}, got {level!r}")
        return tuple(unit for unit in self.units if unit.level == level)

    def ancestor_index(self, level: str) -> NDArray[np.int32]:
        """Index into ``units_at(level)`` of the unit of that level that holds each leaf.

        Returns
        -------
        NDArray
            (L,) int32; -1 where the chain of a leaf skips the level.
        """
        index = np.full(self.leaf_count, -1, dtype=np.int32)
        for i, unit in enumerate(self.units_at(level)):
            low, high = self.interval(unit.id)
            index[low:high] = i
        return index

    @cached_property
    def _sorted_leaves(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.leaf_unit, kind="stable")
        return self.leaf_unit[order], order

    def leaf_of_unit(self, unit_ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """Leaf indices of leaf units.

        Parameters
        ----------
        unit_ids
            (n,) int64 ids.

        Returns
        -------
        NDArray
            (n,) int32; -1 where the id is not that of a leaf of this version.
        """
        ids = np.asarray(unit_ids, dtype=np.int64)
        keys, order = self._sorted_leaves
        if not keys.size:
            return np.full(ids.shape, -1, dtype=np.int32)
        at = np.minimum(np.searchsorted(keys, ids), keys.size - 1)
        return np.where(keys[at] == ids, order[at], -1).astype(np.int32)
