"""Units as rows, checked to form a tree of levels, and their depth-first order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.errors import HierarchyError

__all__ = ["LEVELS", "Unit", "checked_by_id", "children_by_code", "depth_first"]

LEVELS = ("city", "district", "street", "community", "grid", "unit")
"""Default words for the levels, from the top."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the tree.

    Parameters
    ----------
    id
        Stable number of the unit, unique over all versions.
    code
        Public code, unique within a version.
    name
        Display name.
    level
        One of the words of the hierarchy's levels.
    parent_id
        Id of the unit directly above; None for a root. Levels may be skipped.
    """

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None = None


def checked_by_id(units: list[Unit], levels: tuple[str, ...]) -> dict[int, Unit]:
    """Units by id, refused unless they form a tree with levels that descend.

    Raises
    ------
    HierarchyError
        Naming the first unit at fault.
    """
    rank = {level: i for i, level in enumerate(levels)}
    by_id: dict[int, Unit] = {}
    codes: set[str] = set()
    for unit in units:
        if unit.level not in rank:
            raise HierarchyError(f"unit {unit.code}: level {unit.level!r} is unknown")
        if unit.id in by_id:
            raise HierarchyError(f"unit {unit.code}: id {unit.id} occurs twice")
        if unit.code in codes:
            raise HierarchyError(f"unit {unit.code}: the code occurs twice")
        by_id[unit.id] = unit
        codes.add(unit.code)
    for unit in units:
        if unit.parent_id is not None:
            _check_parent(unit, by_id.get(unit.parent_id), rank)
    return by_id


def _check_parent(unit: Unit, parent: Unit | None, rank: Mapping[str, int]) -> None:
    if parent is None:
        raise HierarchyError(f"unit {unit.code}: parent id {unit.parent_id} is unknown")
    if parent.id == unit.id:
        raise HierarchyError(f"unit {unit.code} is its own parent (a cycle)")
    if rank[unit.level] <= rank[parent.level]:
        raise HierarchyError(
            f"unit {unit.code}: level {unit.level} is not below {parent.level}, "
            f"the level of its parent {parent.code}"
        )


def children_by_code(by_id: Mapping[int, Unit]) -> dict[int | None, list[Unit]]:
    """Units under every parent (None for roots), by code."""
    children: dict[int | None, list[Unit]] = {}
    for unit in sorted(by_id.values(), key=lambda unit: unit.code):
        children.setdefault(unit.parent_id, []).append(unit)
    return children


def depth_first(
    by_id: Mapping[int, Unit], children: Mapping[int | None, list[Unit]]
) -> tuple[list[Unit], NDArray[np.int64]]:
    """Units in depth-first order and the end of each subtree; levels descend, so no cycle."""
    order: list[Unit] = []
    end = np.zeros(len(by_id), dtype=np.int64)
    pending: list[Unit | int] = list(reversed(children.get(None, [])))
    while pending:
        item = pending.pop()
        if isinstance(item, int):
            end[item] = len(order)
            continue
        pending.append(len(order))
        order.append(item)
        pending.extend(reversed(children.get(item.id, [])))
    return order, end
