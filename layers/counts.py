"""Counts of rows by unit at every level, exact or protected, and of rows inside an area."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import ParameterError, RefusedError
from grids.hierarchy import Hierarchy
from layers.cql2.tree import GeometryLiteral, Property, Spatial, SpatialOperator
from layers.model import LayerSpec
from layers.policy import Scope
from layers.query import Query
from layers.snapshot import Snapshot, jurisdiction
from layers.suppression import shown_cells
from layers.views import LayerView, is_open, leaf_of_rows

__all__ = [
    "SMALLEST_K",
    "AreaCount",
    "CountKind",
    "UnitCounts",
    "area_count",
    "counts_exactly",
    "unit_counts",
]

SMALLEST_K = 5
"""Lowest threshold of protected counts."""


class CountKind(StrEnum):
    """What a count is worth."""

    EXACT = "exact"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True, eq=False)
class UnitCounts:
    """Rows of a layer per unit, all levels.

    Parameters
    ----------
    kind
        `CountKind.PROTECTED` if cells were suppressed with threshold `k`.
    seq, grid_version
        Moment and grid version that it is of; 0 without a version.
    unit_ids
        (u,) int64 in the order of the hierarchy.
    counts
        (u,) int64; -1 where not shown.
    k
        Threshold of a protected count; None for an exact one.
    """

    layer: str
    kind: CountKind
    seq: int
    grid_version: int
    unit_ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    k: int | None

    @property
    def shown(self) -> NDArray[np.bool_]:
        """(u,) bool, False where suppressed, or outside the jurisdiction."""
        return np.asarray(self.counts >= 0)

    def of(self, unit_id: int) -> int | None:
        """Count of one unit; None where not shown or unknown."""
        at = np.flatnonzero(self.unit_ids == unit_id)
        return int(self.counts[at[0]]) if at.size and self.counts[at[0]] >= 0 else None


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Rows of a layer inside an area; `count` is None where it may not be told."""

    layer: str
    kind: CountKind
    count: int | None
    seq: int


def counts_exactly(spec: LayerSpec, scope: Scope) -> bool:
    """True if a reader may be told how many rows of a layer there are inside the jurisdiction.

    An answer that lists rows of people to staff without this right must not say how many match.
    """
    return not spec.people or (scope.is_staff and scope.person_count)


def unit_counts(
    snapshot: Snapshot,
    layer: str,
    scope: Scope,
    *,
    query: Query | None = None,
    protected: bool = False,
    k: int = 10,
) -> UnitCounts:
    """Rows per unit of the current grid version.

    People are counted exactly for staff with the person-count right, inside their jurisdiction;
    for everyone else their number is protected. What a reader knows exactly from the own
    jurisdiction is taken as known, so numbers around it cannot be worked out from it either.

    Parameters
    ----------
    query
        Only these rows; not for protected counts, where the difference of two answers would tell
        of single people.
    protected
        True gives protected counts of people also to a reader with the right: the whole city
        instead of the own jurisdiction.
    k
        Threshold of protected counts, 5 or more.

    Returns
    -------
    UnitCounts
        Exact counts show units inside the jurisdiction only.

    Raises
    ------
    UnknownLayerError
        If the scope may not see the layer (protected counts of people are for everyone).
    RefusedError
        If protected counts are asked with a query.
    ParameterError
        If `k` is below 5.
    """
    if k < SMALLEST_K:
        raise ParameterError(f"k must be {SMALLEST_K} or more, got {k}")
    spec = _countable(snapshot, layer, scope)
    hierarchy = snapshot.hierarchy or Hierarchy(())
    number = 0 if snapshot.grid_version is None else snapshot.grid_version.number
    right = counts_exactly(spec, scope)
    if spec.people and (protected or not right):
        if query is not None:
            raise RefusedError(f"protected counts of {layer!r} are for whole layers only")
        known = jurisdiction(hierarchy, scope) if right else np.zeros(1, dtype=np.bool_)
        counts = _protected(snapshot, layer, hierarchy, known, k)
        kind, threshold = CountKind.PROTECTED, k
    else:
        view = snapshot.layer(layer, scope)
        counts = np.asarray(hierarchy.rollup(_leaf_counts(view, hierarchy, query)), dtype=np.int64)
        inside = None if is_open(view.spec) else jurisdiction(hierarchy, scope)
        if inside is not None:
            counts[~_units_inside(hierarchy, inside)] = -1
        kind, threshold = CountKind.EXACT, None
    ids = hierarchy.unit_ids
    return UnitCounts(layer, kind, snapshot.seq, number, ids, counts, threshold)


def area_count(snapshot: Snapshot, layer: str, scope: Scope, shape: BaseGeometry) -> AreaCount:
    """Rows of a layer that meet an area, inside the jurisdiction.

    Parameters
    ----------
    shape
        Valid geometry, longitude and latitude in degrees, EPSG:4490.

    Returns
    -------
    AreaCount
        For people without the person-count right the count is None: free areas would undo the
        protection of the units. An exact look at people belongs in the audit.

    Raises
    ------
    UnknownLayerError
        If the scope may not see the layer.
    """
    spec = _countable(snapshot, layer, scope)
    if not counts_exactly(spec, scope):
        return AreaCount(layer, CountKind.PROTECTED, None, snapshot.seq)
    meets = Spatial(SpatialOperator.INTERSECTS, Property("geometry"), GeometryLiteral(shape))
    view = snapshot.placed_layer(layer, scope)
    return AreaCount(layer, CountKind.EXACT, view.count(Query(filter=meets)), snapshot.seq)


def _countable(snapshot: Snapshot, layer: str, scope: Scope) -> LayerSpec:
    """Declaration of a layer that the scope may count."""
    if layer in snapshot.states and snapshot.catalog[layer].people:
        return snapshot.catalog[layer]
    return snapshot.catalog.readable(layer, scope)


def _leaf_counts(view: LayerView, hierarchy: Hierarchy, query: Query | None) -> NDArray[np.int64]:
    """(L,) rows of a view per leaf."""
    counts = np.zeros(hierarchy.leaf_count, dtype=np.int64)
    for table, rows in view.rows(query):
        leaf = leaf_of_rows(table)[rows]
        counts += np.bincount(leaf[leaf >= 0], minlength=counts.size)
    return counts


def _units_inside(hierarchy: Hierarchy, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(u,) bool: units all of whose leaves lie inside."""
    outside = np.asarray(hierarchy.rollup(~inside[:-1]))
    return np.asarray(outside == 0)


def _protected(
    snapshot: Snapshot,
    layer: str,
    hierarchy: Hierarchy,
    known: NDArray[np.bool_] | None,
    k: int,
) -> NDArray[np.int64]:
    """Counts of all units, -1 where suppressed; leaves of `known` (None: all) are not secret."""
    view = snapshot.layer(layer, Scope.system("protected counts"))
    leaves = _leaf_counts(view, hierarchy, None)
    counts = np.asarray(hierarchy.rollup(leaves), dtype=np.int64)
    if known is None:
        return counts
    secret = leaves if known.size != leaves.size + 1 else np.where(known[:-1], 0, leaves)
    shown = shown_cells(hierarchy, np.asarray(hierarchy.rollup(secret), dtype=np.int64), k=k)
    return np.where(shown, counts, -1)
