"""Units of a version to be: stable ids by code, codes never reused, parents never edited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grids.arcs import ArcTable
from grids.errors import ConflictError, HierarchyError, TopologyError
from grids.hierarchy import Hierarchy, Unit

__all__ = [
    "CodeBook",
    "StableUnits",
    "check_faces",
    "check_units",
    "renumbered",
    "with_stable_ids",
]

CodeBook = Mapping[str, tuple[int, int]]
"""Every code ever published: unit id, and number of the last version that has it."""


@dataclass(frozen=True, slots=True)
class StableUnits:
    """Units with their ids in the register.

    Parameters
    ----------
    units
        In the order given.
    new_id
        (n,) int64 registered id by the order of `old_id`.
    old_id
        (n,) int64 ids as given, ascending.
    """

    units: tuple[Unit, ...]
    old_id: NDArray[np.int64]
    new_id: NDArray[np.int64]


def check_units(units: Iterable[Unit], codes: CodeBook, current: Hierarchy | None) -> None:
    """Refuse what a new version may not do to codes.

    Parameters
    ----------
    units
        Units of the version to be, with any distinct ids.
    codes
        Codes of all versions.
    current
        Tree of the newest version; None before the first.

    Raises
    ------
    ConflictError
        If a code was retired by an earlier version, or a unit keeps its code but changes its
        level, or lies under another unit of a level it had before: that takes a new code, with
        lineage. A level put in between is no such change.
    """
    known = {unit.code: unit for unit in current.units} if current else {}
    by_id = {unit.id: unit for unit in units}
    for unit in by_id.values():
        if unit.code in codes and unit.code not in known:
            raise ConflictError(
                f"code {unit.code} was retired with version {codes[unit.code][1]}: "
                "codes are never reused"
            )
        before = known.get(unit.code)
        if before is None or current is None:
            continue
        if before.level != unit.level:
            raise ConflictError(
                f"unit {unit.code} is a {before.level} and cannot become a {unit.level}: "
                "give it a new code"
            )
        above = {u.level: u.code for u in current.ancestry(before.id)}
        for level, code in _ancestors(unit, by_id).items():
            if above.get(level, code) != code:
                raise ConflictError(
                    f"unit {unit.code} lies in {level} {above[level]} and cannot move to {code}: "
                    "give it a new code"
                )


def _ancestors(unit: Unit, by_id: Mapping[int, Unit]) -> dict[str, str]:
    codes = {}
    while unit.parent_id is not None:
        unit = by_id[unit.parent_id]
        codes[unit.level] = unit.code
    return codes


def with_stable_ids(units: Iterable[Unit], codes: CodeBook, first_new: int) -> StableUnits:
    """Units with their registered ids; new codes are numbered in order of code.

    Parameters
    ----------
    units
        Units with any distinct ids.
    codes
        Codes of all versions.
    first_new
        Id of the first new unit.
    """
    given = tuple(units)
    fresh = sorted(unit.code for unit in given if unit.code not in codes)
    ids = {code: first_new + i for i, code in enumerate(fresh)}
    ids.update({code: codes[code][0] for code in codes})
    stable = {unit.id: ids[unit.code] for unit in given}
    old = np.array(sorted(stable), np.int64)
    return StableUnits(
        tuple(
            replace(
                unit,
                id=stable[unit.id],
                parent_id=None if unit.parent_id is None else stable[unit.parent_id],
            )
            for unit in given
        ),
        old,
        np.array([stable[i] for i in old.tolist()], np.int64),
    )


def renumbered(arcs: ArcTable, stable: StableUnits) -> ArcTable:
    """The arcs with registered unit ids.

    Raises
    ------
    TopologyError
        If a face belongs to no unit.
    """
    at = np.searchsorted(stable.old_id, arcs.face_unit)
    found = np.append(stable.old_id, -1)[at] == arcs.face_unit
    if not found.all():
        missing = arcs.face_unit[~found]
        raise TopologyError(f"{missing.size} faces belong to no unit, the first to id {missing[0]}")
    return replace(arcs, face_unit=stable.new_id[at])


def check_faces(arcs: ArcTable, hierarchy: Hierarchy) -> None:
    """Refuse arcs and a tree that do not belong together.

    Raises
    ------
    TopologyError
        If a face belongs to a unit that has units below it.
    HierarchyError
        If a leaf has no face.
    """
    leaf = hierarchy.leaf_of_unit(arcs.face_unit)
    if (leaf < 0).any():
        unit = hierarchy.unit(int(arcs.face_unit[np.argmax(leaf < 0)]))
        raise TopologyError(f"unit {unit.code} has a face of its own and units below it")
    empty = np.setdiff1d(np.arange(hierarchy.leaf_count), leaf)
    if empty.size:
        codes = [hierarchy.unit(int(hierarchy.leaf_unit[i])).code for i in empty[:3]]
        raise HierarchyError(f"{empty.size} leaf units have no area, the first are {codes}")
