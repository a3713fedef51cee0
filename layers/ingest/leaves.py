"""New leaf units into the grid: split the leaves they lie in, redraw those they repeat, publish."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from grids.errors import HierarchyError, TopologyError
from grids.faces import leaf_polygons
from grids.hierarchy import Hierarchy, Unit
from grids.noding import ArcBuild, build_arcs
from grids.versions import GridVersion
from layers.ingest.unit_codes import parent_code
from layers.policy import Scope
from layers.registry.registry import Registry

__all__ = ["LeafDraft", "NewLeaf", "draft_leaves", "publish_leaves"]


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """A leaf to add: code, name, level, and its polygon, lon/lat in EPSG:4490."""

    code: str
    name: str
    level: str
    polygon: BaseGeometry


@dataclass(frozen=True, slots=True)
class LeafDraft:
    """A grid version that could be published.

    Parameters
    ----------
    units
        All units of it, with ids.
    build
        Its arcs, and what was found while noding.
    split
        Codes of leaves that got children.
    redrawn
        Codes of leaves that the new ones repeat.
    """

    units: tuple[Unit, ...]
    build: ArcBuild
    split: tuple[str, ...]
    redrawn: tuple[str, ...]


def _existing(version: GridVersion | None) -> tuple[dict[str, Unit], dict[str, BaseGeometry]]:
    """Units by code, and polygons of the leaves by code."""
    if version is None:
        return {}, {}
    tree = version.hierarchy
    polygons = leaf_polygons(version.arcs, tree)
    leaves = {tree.unit(int(i)).code: p for i, p in zip(tree.leaf_unit, polygons, strict=True)}
    return {unit.code: unit for unit in tree.units}, leaves


def _parents(new: Sequence[NewLeaf], existing: Mapping[str, Unit], city: Unit) -> dict[str, Unit]:
    """Parent of each new leaf: the known unit with the longest code that is a prefix of its own."""
    above = {city.code: city, **existing}
    out: dict[str, Unit] = {}
    for leaf in new:
        code = parent_code(leaf.code, above)
        if code is None:
            raise HierarchyError(
                f"{leaf.level} {leaf.code} {leaf.name} lies under no known unit: no code of the "
                f"grid is a prefix of it (the city is {city.code})"
            )
        out[leaf.code] = above[code]
    return out


def draft_leaves(
    registry: Registry,
    new: Sequence[NewLeaf],
    *,
    city: tuple[str, str],
    repair: bool,
) -> LeafDraft:
    """The grid with new leaves in it, noded, not yet published.

    Parameters
    ----------
    registry
        Published versions; the newest one is what is added to.
    new
        Leaves, each code once.
    city
        Code and name of the root where nothing is published yet.
    repair
        True to accept the repair that noding proposes; False raises if there is anything to repair.

    Raises
    ------
    HierarchyError
        If a leaf lies under no known unit, or a level is not below that of its parent.
    TopologyError
        If the polygons overlap or gape and `repair` is False, or a unit would vanish.
    """
    codes = [leaf.code for leaf in new]
    if len(set(codes)) < len(codes):
        twice = sorted({code for code in codes if codes.count(code) > 1})
        raise HierarchyError(f"code {twice[0]} occurs more than once")
    version = registry.version()
    existing, leaves = _existing(version)
    root = next((u for u in existing.values() if u.parent_id is None), None)
    ids = registry.unit_ids([city[0], *codes])
    top = root or Unit(ids[city[0]], city[0], city[1], "city")
    parents = _parents(new, {c: u for c, u in existing.items() if c not in set(codes)}, top)
    split = sorted({p.code for p in parents.values()} & set(leaves))
    redrawn = sorted(set(codes) & set(leaves))
    inner = sorted(set(codes) & (set(existing) - set(leaves)))
    if inner:
        raise HierarchyError(f"unit {inner[0]} already has finer grids below it; import those")
    kept = {code: p for code, p in leaves.items() if code not in {*split, *redrawn}}
    units = {**existing, top.code: top}
    for leaf in new:
        parent = parents[leaf.code]
        units[leaf.code] = Unit(ids[leaf.code], leaf.code, leaf.name, leaf.level, parent.id)
    polygons: list[BaseGeometry] = [*kept.values(), *(leaf.polygon for leaf in new)]
    unit_ids = np.array([units[code].id for code in [*kept, *codes]], dtype=np.int64)
    Hierarchy(units.values())  # refuse a wrong tree before the longer work
    try:
        build = build_arcs(polygons, unit_ids, repair=repair)
    except TopologyError as exc:
        raise TopologyError(_with_codes(str(exc), units)) from exc
    return LeafDraft(tuple(units.values()), build, tuple(split), tuple(redrawn))


def _with_codes(message: str, units: Mapping[str, Unit]) -> str:
    """The message with unit ids that the user has never seen replaced by code and name."""
    by_id = {unit.id: unit for unit in units.values()}

    def named(match: re.Match[str]) -> str:
        unit = by_id.get(int(match[1]))
        return match[0] if unit is None else f"{unit.code} {unit.name}"

    return re.sub(r"\bunit (\d+)\b", named, message)


def publish_leaves(
    registry: Registry, draft: LeafDraft, *, effective_from: int, scope: Scope, note: str
) -> GridVersion:
    """Publish a draft as the next version.

    Parameters
    ----------
    registry
        Where it is stored.
    draft
        What `draft_leaves` gave.
    effective_from
        Milliseconds since 1970-01-01 UTC from which it is in force.
    scope, note
        Who and why.
    """
    return registry.publish(
        draft.build.arcs, draft.units, effective_from=effective_from, scope=scope, note=note
    )
