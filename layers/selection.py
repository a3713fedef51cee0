"""Selection: the rows of one segment that a query wants."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import QueryError
from grids.tile import world_from_lonlat
from layers.columns import NumberColumn
from layers.cql2.evaluate import matching
from layers.cql2.place import related
from layers.cql2.rows import FilterRows
from layers.cql2.time import within_times
from layers.cql2.tree import And, GeometryLiteral, Node, Property, Spatial, SpatialOperator
from layers.model import GeometryKind, LayerSpec
from layers.query import Query
from layers.segment import Segment

__all__ = ["selected"]


def selected(
    query: Query,
    segment: Segment,
    spec: LayerSpec,
    *,
    visible: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    geometries: Callable[[NDArray[np.int64]], NDArray[np.object_]],
) -> NDArray[np.int64]:
    """Rows that a query wants, without its limit.

    Parameters
    ----------
    spec
        What the scope sees of the layer.
    visible
        Those of some rows that exist inside the jurisdiction.
    geometries
        Stored geometries by id.

    Returns
    -------
    NDArray
        (k,) int64 rows, ascending.

    Raises
    ------
    QueryError
        If the query names what the scope does not see.
    """
    rows = visible(_candidates(query, segment, spec))
    if query.after is not None:
        rows = rows[segment.table.ids[rows] > query.after]
    if query.datetime is not None:
        rows = rows[_in_time(query.datetime, segment, spec, rows)]
    if query.bbox is not None:
        here = FilterRows(segment, rows, spec, geometries)
        rows = rows[related(SpatialOperator.INTERSECTS, _shape(query.bbox), here).true]
    if query.filter is not None:
        every = rows.size == len(segment)
        here = FilterRows(segment, None if every else rows, spec, geometries)
        rows = rows[matching(query.filter, here)]
    return rows


def _candidates(query: Query, segment: Segment, spec: LayerSpec) -> NDArray[np.int64]:
    """Rows worth a look: by id, by box, or all."""
    if query.bbox is not None and spec.geometry is GeometryKind.NONE:
        raise QueryError(f"layer {spec.name!r} has no geometry that bbox could limit")
    if query.ids is not None:
        rows = segment.rows_of(np.unique(np.array(query.ids, dtype=np.int64)))
        return np.sort(rows[rows >= 0])
    boxes = [] if query.bbox is None else [_shape(query.bbox).bounds]
    boxes += [shape.bounds for shape in _required_shapes(query.filter)]
    if segment.boxes is None or spec.geometry is GeometryKind.NONE or not boxes:
        return np.arange(len(segment), dtype=np.int64)
    xmin, ymin = max(box[0] for box in boxes), max(box[1] for box in boxes)
    xmax, ymax = min(box[2] for box in boxes), min(box[3] for box in boxes)
    # boxes that meet each other and the row have a point in common (Helly); two boxes apart
    # may still both meet one large row
    if xmin > xmax or ymin > ymax:
        xmin, ymin, xmax, ymax = boxes[0]
    corners = world_from_lonlat(np.array([[xmin, ymax], [xmax, ymin]])).tolist()
    (west, north), (east, south) = corners
    return segment.boxes.window((west - 1, north - 1, east + 1, south + 1))


def _required_shapes(node: Node | None) -> list[BaseGeometry]:
    """Shapes that every matching row meets."""
    if isinstance(node, And):
        return [shape for term in node.terms for shape in _required_shapes(term)]
    if not isinstance(node, Spatial) or node.op is SpatialOperator.DISJOINT:
        return []
    return [
        literal.geometry
        for literal, other in ((node.left, node.right), (node.right, node.left))
        if isinstance(literal, GeometryLiteral) and isinstance(other, Property)
    ]


def _shape(bbox: tuple[float, float, float, float]) -> BaseGeometry:
    """The box as a valid shape, also where it has no area or crosses the antimeridian."""
    xmin, ymin, xmax, ymax = bbox
    if xmin > xmax:
        ends = (xmin, 180.0), (-180.0, xmax)
        return shapely.union_all([_shape((west, ymin, east, ymax)) for west, east in ends])
    if xmin == xmax and ymin == ymax:
        return shapely.Point(xmin, ymin)
    if xmin == xmax or ymin == ymax:
        return shapely.LineString([(xmin, ymin), (xmax, ymax)])
    return shapely.box(xmin, ymin, xmax, ymax)


def _in_time(
    span: tuple[int | None, int | None],
    segment: Segment,
    spec: LayerSpec,
    rows: NDArray[np.int64],
) -> NDArray[np.bool_]:
    if spec.time_field is None:
        return np.ones(rows.size, dtype=np.bool_)
    column = segment.table.columns[spec.time_field]
    if not isinstance(column, NumberColumn):
        raise QueryError(f"time field {spec.time_field!r} is not an instant")
    inside = within_times(column.values[rows], *span)
    return inside if column.valid is None else inside & column.valid[rows]
