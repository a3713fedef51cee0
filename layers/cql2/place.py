"""Spatial relations, exact on stored geometry, which is read only where boxes cannot decide."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import QueryError
from grids.tile import lonlat_from_world
from layers.cql2.rows import GEOMETRY_NAMES, FilterRows
from layers.cql2.tree import GeometryLiteral, Operand, Property, SpatialOperator
from layers.cql2.truth import Truth

__all__ = ["placed", "related"]

_RELATIONS: dict[SpatialOperator, Callable[..., NDArray[np.bool_]]] = {
    SpatialOperator.INTERSECTS: shapely.intersects,
    SpatialOperator.WITHIN: shapely.within,
    SpatialOperator.CONTAINS: shapely.contains,
    SpatialOperator.DISJOINT: shapely.disjoint,
    SpatialOperator.EQUALS: shapely.equals,
    SpatialOperator.TOUCHES: shapely.touches,
    SpatialOperator.CROSSES: shapely.crosses,
    SpatialOperator.OVERLAPS: shapely.overlaps,
}
_HOLD_INSIDE = frozenset({SpatialOperator.INTERSECTS, SpatialOperator.WITHIN})
_ROUNDING = 1  # world units: drawing coordinates are rounded to the nearest


def placed(op: SpatialOperator, left: Operand, right: Operand, rows: FilterRows) -> Truth:
    """Relation of the rows' geometry to a literal, or of two literals.

    Raises
    ------
    QueryError
        If an operand is not a geometry, or the scope sees no geometry.
    """
    if isinstance(left, GeometryLiteral) and isinstance(right, Property):
        return placed(op.mirrored, right, left, rows)
    if not isinstance(right, GeometryLiteral):
        raise QueryError(f"{op} compares the geometry of a row with a geometry, got {right}")
    if isinstance(left, GeometryLiteral):
        holds = bool(_RELATIONS[op](left.geometry, right.geometry))
        return Truth.everywhere(len(rows), value=holds)
    if not isinstance(left, Property) or left.name not in GEOMETRY_NAMES or not rows.has_geometry:
        named = left.name if isinstance(left, Property) else str(left)
        raise QueryError(f"layer {rows.spec.name!r} has no geometry called {named!r}")
    return related(op, right.geometry, rows)


def related(op: SpatialOperator, shape: BaseGeometry, rows: FilterRows) -> Truth:
    """Relation of every row's stored geometry to a shape; unknown where a row has none.

    Parameters
    ----------
    shape
        Valid geometry, longitude and latitude in degrees, EPSG:4490.
    """
    bounds = rows.bounds
    if bounds is None:
        return Truth.everywhere(len(rows), value=None)
    known = bounds[:, 0] <= bounds[:, 2]
    if op is SpatialOperator.DISJOINT:
        return ~related(SpatialOperator.INTERSECTS, shape, rows)
    near = np.flatnonzero(known)
    boxes = _Boxes.of(bounds[near])
    near, boxes = _kept(near, boxes, boxes.meet(shape.bounds))
    holds = np.zeros(known.size, dtype=np.bool_)
    certain, possible = _by_box(op, shape, boxes)
    holds[near[certain]] = True
    open_rows = near[possible & ~certain]
    if open_rows.size:
        stored = rows.geometries(rows.ids[open_rows])
        there = ~shapely.is_missing(stored)
        known[open_rows[~there]] = False  # gone since
        shapely.prepare(shape)
        holds[open_rows[there]] = _exact(op, stored[there], shape)
    return Truth.of(holds, known)


@dataclass(frozen=True, slots=True)
class _Boxes:
    """(k,) float64 degrees each: boxes that surely hold the stored geometries."""

    xmin: NDArray[np.float64]
    ymin: NDArray[np.float64]
    xmax: NDArray[np.float64]
    ymax: NDArray[np.float64]

    @classmethod
    def of(cls, bounds: NDArray[np.int32]) -> "_Boxes":
        wide = bounds.astype(np.int64)
        west_south = wide[:, [0, 3]] + np.array([-_ROUNDING, _ROUNDING])
        east_north = wide[:, [2, 1]] + np.array([_ROUNDING, -_ROUNDING])
        low, high = lonlat_from_world(west_south), lonlat_from_world(east_north)
        # latitudes beyond the square are drawn on its border
        south = np.where(wide[:, 3] >= 2**31 - 2, -90.0, low[:, 1])
        north = np.where(wide[:, 1] <= -(2**31) + 1, 90.0, high[:, 1])
        return cls(low[:, 0], south, high[:, 0], north)

    def meet(self, bounds: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        xmin, ymin, xmax, ymax = bounds
        return np.asarray(
            (self.xmin <= xmax) & (self.xmax >= xmin) & (self.ymin <= ymax) & (self.ymax >= ymin)
        )

    def inside(self, bounds: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        xmin, ymin, xmax, ymax = bounds
        return np.asarray(
            (self.xmin > xmin) & (self.xmax < xmax) & (self.ymin > ymin) & (self.ymax < ymax)
        )

    def taken(self, chosen: NDArray[np.bool_]) -> "_Boxes":
        return _Boxes(self.xmin[chosen], self.ymin[chosen], self.xmax[chosen], self.ymax[chosen])


def _kept(
    rows: NDArray[np.int64], boxes: _Boxes, chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], _Boxes]:
    return rows[chosen], boxes.taken(chosen)


def _by_box(
    op: SpatialOperator, shape: BaseGeometry, boxes: _Boxes
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows that surely stand in the relation, and rows that may."""
    size = boxes.xmin.size
    if _is_rectangle(shape):
        inside = boxes.inside(shape.bounds)
        possible = np.ones(size, dtype=np.bool_)
    else:
        drawn = shapely.box(boxes.xmin, boxes.ymin, boxes.xmax, boxes.ymax)
        shapely.prepare(shape)
        inside = np.asarray(shapely.contains_properly(shape, drawn))
        possible = np.asarray(shapely.intersects(shape, drawn))
    if op in _HOLD_INSIDE:
        return inside, possible
    return np.zeros(size, dtype=np.bool_), possible


def _is_rectangle(shape: BaseGeometry) -> bool:
    return (
        shape.geom_type == "Polygon"
        and int(shapely.get_num_coordinates(shape)) == 5
        and bool(shape.equals(shapely.box(*shape.bounds)))
    )


def _exact(
    op: SpatialOperator, stored: NDArray[np.object_], shape: BaseGeometry
) -> NDArray[np.bool_]:
    if op is SpatialOperator.WITHIN:  # a prepared shape is quick on the left side only
        return np.asarray(shapely.contains(shape, stored))
    if op is SpatialOperator.CONTAINS:
        return np.asarray(shapely.within(shape, stored))
    return np.asarray(_RELATIONS[op](shape, stored))
