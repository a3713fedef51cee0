"""Polygons from closed ways and area relations; what cannot be closed is reported and skipped."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.ingest.osm_reader import OsmRelation, OsmWay
from layers.ingest.report import ImportReport

__all__ = ["relation_area", "way_area"]


def _valid_polygon(area: BaseGeometry, where: str, report: ImportReport) -> BaseGeometry | None:
    """The area itself, or its valid polygons with the change noted."""
    if area.is_valid and not area.is_empty:
        return area
    repaired = shapely.make_valid(area, method="structure", keep_collapsed=False)
    polygons = [p for p in shapely.get_parts(repaired) if p.geom_type == "Polygon" and p.area > 0]
    if not polygons:
        report.reject(where, "its ring encloses nothing", code="empty-ring")
        return None
    report.notes.append(f"{where}: a self-crossing ring was repaired into {len(polygons)} part(s)")
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def way_area(way: OsmWay, report: ImportReport) -> BaseGeometry | None:
    """Polygon of a closed way, lon/lat in EPSG:4326; None, with a reject, if there is none."""
    where = f"way {way.id}"
    if way.missing:
        report.reject(where, f"{way.missing} of its nodes lie outside the extract", code="cut")
        return None
    if not way.refs or way.refs[0] != way.refs[-1]:
        report.reject(where, "its ring is not closed", code="open-ring")
        return None
    if len(set(way.lonlats)) < 3:
        report.reject(
            where, f"its ring has {len(set(way.lonlats))} distinct points", code="degenerate-ring"
        )
        return None
    return _valid_polygon(shapely.Polygon(way.lonlats), where, report)


def _closed_rings(ways: Iterable[OsmWay]) -> tuple[list[list[tuple[float, float]]], int]:
    """Rings chained from ways that share end nodes, and the number of chains left open."""
    todo = {way.id: way for way in ways if len(way.refs) > 1}
    at_end: dict[int, set[int]] = defaultdict(set)
    for way in todo.values():
        at_end[way.refs[0]].add(way.id)
        at_end[way.refs[-1]].add(way.id)
    rings: list[list[tuple[float, float]]] = []
    left_open = 0
    while todo:
        way = todo.pop(min(todo))
        ring, start, end = list(way.lonlats), way.refs[0], way.refs[-1]
        while end != start:
            follower = min((i for i in at_end[end] if i in todo), default=None)
            if follower is None:
                left_open += 1
                break
            way = todo.pop(follower)
            forward = way.refs[0] == end
            ring += (way.lonlats if forward else way.lonlats[::-1])[1:]
            end = way.refs[-1] if forward else way.refs[0]
        else:
            rings.append(ring)
    return rings, left_open


def relation_area(
    relation: OsmRelation, ways: dict[int, OsmWay], report: ImportReport
) -> BaseGeometry | None:
    """Polygon or multipolygon of an area relation by the even-odd rule of its rings.

    Parameters
    ----------
    relation
        Of type multipolygon or boundary; roles are not trusted, nesting decides.
    ways
        Ways of the file by id.
    report
        Takes a reject where members lie outside the extract or rings do not close.

    Returns
    -------
    BaseGeometry | None
        Lon/lat in EPSG:4326; None if the area is not whole in this file.
    """
    where = f"relation {relation.id}"
    absent = [m.way_id for m in relation.members if m.way_id not in ways]
    members = [ways[m.way_id] for m in relation.members if m.way_id in ways]
    if absent or any(way.missing for way in members):
        cut = len(absent) + sum(bool(way.missing) for way in members)
        report.reject(
            where, f"{cut} of its {len(relation.members)} ways leave the extract", code="cut"
        )
        return None
    rings, left_open = _closed_rings(members)
    if left_open:
        report.reject(where, f"{left_open} of its rings do not close", code="open-ring")
        return None
    solid = [ring for ring in rings if len(set(ring)) >= 3]
    if len(solid) < len(rings) or not solid:
        report.reject(where, "it has rings of fewer than 3 points", code="degenerate-ring")
        if not solid:
            return None
    return _valid_polygon(_even_odd(solid), where, report)


def _even_odd(rings: list[list[tuple[float, float]]]) -> BaseGeometry:
    """Area of the points that a ray leaves through an odd number of ring segments.

    Faces of the noded rings are kept whole or not at all, so rings may touch, share edges (which
    cancel out) and be chained in any way at nodes where several meet.
    """
    lines = shapely.multilinestrings([shapely.linestrings(ring) for ring in rings])
    faces = shapely.get_parts(shapely.polygonize([*shapely.get_parts(shapely.node(lines))]))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    start = np.vstack([np.asarray(ring)[:-1] for ring in rings])
    end = np.vstack([np.asarray(ring)[1:] for ring in rings])
    odd = np.array([_crossings(x, y, start, end) % 2 == 1 for x, y in inner], dtype=bool)
    return shapely.union_all(faces[odd])


def _crossings(x: float, y: float, start: NDArray[np.float64], end: NDArray[np.float64]) -> int:
    """Number of segments that a ray to the east of a point crosses, half-open in y."""
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    a, b = start[spans], end[spans]
    at = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return int(np.count_nonzero(at > x))
