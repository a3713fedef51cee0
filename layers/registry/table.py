"""Units of a grid version as rows of the layer ``grid``: dissolved outlines, never stored."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grids.faces import group_polygons, group_rings, leaf_areas_m2, level_groups, world_rings
from grids.geodesic import polygon_area_m2
from grids.hierarchy import Hierarchy, Unit
from grids.versions import GridVersion
from layers.columns import Column, LayerTable, NumberColumn, RaggedGeometry, TextColumn
from layers.merge import taken_geometry
from layers.model import LayerSpec
from layers.spatial_index import hilbert_order
from layers.store.items import Item

__all__ = ["grid_items", "grid_table"]


def grid_table(version: GridVersion, spec: LayerSpec) -> LayerTable:
    """Every unit of every level of a version, for drawing and counting.

    Outlines of units that touch share their points, at one level and between levels, because all
    are taken from the same arcs.

    Parameters
    ----------
    version
        A published version.
    spec
        The layer ``grid``.

    Returns
    -------
    LayerTable
        Rows along a Hilbert curve; ids are unit ids, versions the number of the version. Beside
        the declared fields the columns ``leaf_lo`` and ``leaf_hi`` hold the half-open range of
        leaf indices of the unit, which never leaves the process.
    """
    tree = version.hierarchy
    geometry, at = _outlines(version)
    order = hilbert_order(geometry.bounds)
    rows = at[order]
    units = [tree.units[i] for i in rows.tolist()]
    parents = [unit.parent_id for unit in units]
    low, high = tree.intervals_of_units[rows].T.astype(np.int32)
    columns: dict[str, Column] = {
        "code": _text([unit.code for unit in units]),
        "name": _text([unit.name for unit in units]),
        "level": _text([unit.level for unit in units]),
        "parent_id": NumberColumn(
            np.array([-1 if parent is None else parent for parent in parents], np.int64),
            np.array([parent is not None for parent in parents], bool),
        ),
        "area_m2": NumberColumn(tree.rollup(leaf_areas_m2(version.arcs, tree))[rows]),
        "leaf": NumberColumn(np.ascontiguousarray(low)),  # of the first leaf: readers expect one
        "leaf_lo": NumberColumn(np.ascontiguousarray(low)),
        "leaf_hi": NumberColumn(np.ascontiguousarray(high)),
    }
    return LayerTable(
        spec,
        tree.unit_ids[rows],
        np.full(rows.size, version.number, np.int32),
        taken_geometry(geometry, order),
        columns,
    )


def _outlines(version: GridVersion) -> tuple[RaggedGeometry, NDArray[np.int64]]:
    """Outlines of all units level by level, and the position of each in the tree's order."""
    tree, parts, at = version.hierarchy, [], []
    for level in tree.levels:
        units = tree.units_at(level)
        groups = level_groups(version.arcs, tree, level)
        found = group_rings(version.arcs, groups, count=len(units))
        parts.append(world_rings(version.arcs, found))
        at += [tree.position(unit.id) for unit in units]
    geometry = RaggedGeometry(
        np.concatenate([part.coords for part in parts]),
        _joined([part.ring_starts for part in parts]),
        _joined([part.feature_starts for part in parts]),
        np.concatenate([part.bounds for part in parts]),
    )
    return geometry, np.array(at, np.int64)


def _joined(starts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    sizes = np.concatenate([np.diff(part) for part in starts])
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _text(values: list[str]) -> TextColumn:
    distinct, codes = np.unique(np.array(values, object), return_inverse=True)
    return TextColumn(codes.astype(np.int32), distinct.astype(object))


def grid_items(
    version: GridVersion, spec: LayerSpec, ids: Sequence[int] | NDArray[np.int64]
) -> list[Item]:
    """Units of a version by id with their exact outline.

    Parameters
    ----------
    version
        A published version.
    spec
        The layer ``grid``.
    ids
        Unit ids; those that are not in the version are left out.

    Returns
    -------
    list
        Items in the order asked; ``uid`` is the code, ``version`` the number of the version.
    """
    tree = version.hierarchy
    known = set(tree.unit_ids.tolist())
    wanted = [int(i) for i in ids if int(i) in known]
    outlines = _polygons(version, tree, wanted)
    names = {field.name for field in spec.fields}
    return [
        Item(
            unit_id,
            tree.unit(unit_id).code,
            version.number,
            version.effective_from,
            {k: v for k, v in _values(tree.unit(unit_id), outlines[unit_id]).items() if k in names},
            outlines[unit_id],
        )
        for unit_id in wanted
    ]


def _values(unit: Unit, outline: object) -> dict[str, object]:
    return {
        "code": unit.code,
        "name": unit.name,
        "level": unit.level,
        "parent_id": unit.parent_id,
        "area_m2": float(polygon_area_m2(np.array([outline], object))[0]),
    }


def _polygons(version: GridVersion, tree: Hierarchy, ids: list[int]) -> dict[int, object]:
    found: dict[int, object] = {}
    wanted = set(ids)
    for level in {tree.unit(i).level for i in ids}:
        units = tree.units_at(level)
        chosen = [k for k, unit in enumerate(units) if unit.id in wanted]
        number = np.full(len(units) + 1, -1)
        number[chosen] = np.arange(len(chosen))
        groups = number[level_groups(version.arcs, tree, level)]
        polygons = group_polygons(version.arcs, groups, count=len(chosen))
        found.update((units[k].id, p) for k, p in zip(chosen, polygons, strict=True))
    return found
