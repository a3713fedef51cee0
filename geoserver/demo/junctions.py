"""Main roads cut at the water, bridged where roads may cross, and joined at their loose ends."""

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.roads import Course
from geoserver.demo.water import Terrain, Watercourse

__all__ = ["bank_roads", "cut_at_water", "join_ends", "protected_ground"]

_TURNS = np.radians([0.0, 16.0, -16.0, 32.0, -32.0, 48.0, -48.0])
_RANK = {"ring": 0, "axis": 1, "traced": 2}


def protected_ground(terrain: Terrain) -> shapely.Geometry:
    """Union of river banks, lake shores and hills: ground no street enters but by a bridge."""
    shores = [shapely.simplify(shapely.buffer(lake, 26.0), 1.5) for lake in terrain.lakes]
    banks = [course.bank for course in terrain.courses]
    return shapely.union_all([*banks, *shores, *terrain.hills])


def _lines(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    return [
        part
        for part in shapely.get_parts(shapely.line_merge(geometry))
        if part.geom_type == "LineString" and part.length > 1.0
    ]


def bank_roads(terrain: Terrain, ground: shapely.Geometry, *, first_origin: int) -> list[Course]:
    """Roads along the river, narrower ones along canals, lakes and the foot of hills."""
    outline = shapely.boundary(ground)
    river = shapely.buffer(terrain.courses[0].bank, 0.5)
    hills = shapely.buffer(shapely.union_all(list(terrain.hills)), 0.5)
    main = shapely.intersection(outline, river)
    rest = shapely.difference(outline, river)
    foot = shapely.intersection(rest, hills)
    quiet = shapely.difference(rest, hills)
    pieces = [("secondary", line) for line in _lines(main)]
    pieces += [("tertiary", line) for line in _lines(foot)]
    pieces += [("residential", line) for line in _lines(quiet)]
    return [Course(line, name, "bank", first_origin + k) for k, (name, line) in enumerate(pieces)]


def _crossing(piece: shapely.Geometry, course: Watercourse) -> bool:
    """True if `piece` runs from one bank to the other by a fairly straight and short way."""
    ends = shapely.points(shapely.get_coordinates(piece)[[0, -1]])
    if (shapely.distance(course.bank.exterior, ends) > 0.5).any():
        return False
    if shapely.distance(ends[0], ends[1]) < 0.85 * piece.length:
        return False
    limit = 620.0 if course.kind == "river" else 130.0
    centre = shapely.LineString(course.centre_line)
    return bool(piece.length < limit and shapely.intersects(piece, centre))


def _bridges(
    course: Course, river: Watercourse, apart_m: float, taken: list[shapely.Geometry]
) -> list[Course]:
    bridges = []
    for piece in _lines(shapely.intersection(course.line, river.bank)):
        spacing = apart_m if course.role == "traced" else 0.35 * apart_m
        near = taken and shapely.distance(np.array(taken), piece).min() < spacing
        if not near and _crossing(piece, river):
            straight = shapely.LineString(shapely.get_coordinates(piece)[[0, -1]])
            taken.append(straight)
            bridges.append(Course(straight, course.road_class, "bridge", course.origin))
    return bridges


def cut_at_water(
    courses: Iterable[Course], terrain: Terrain, ground: shapely.Geometry, *, radius_m: float
) -> list[Course]:
    """Courses outside protected ground, and bridges as courses of their own.

    Traced streets cross the river only where no other bridge is near; tertiary ones never do.
    """
    ordered = sorted(courses, key=lambda course: _RANK.get(course.role, 3))
    result = []
    for course in ordered:
        result += [
            Course(line, course.road_class, course.role, course.origin)
            for line in _lines(shapely.difference(course.line, ground))
        ]
    for river in terrain.courses:
        taken: list[shapely.Geometry] = []
        wide = river.kind == "river"
        apart = float(np.clip(0.17 * radius_m, 450.0, 1100.0)) if wide else 150.0
        for course in ordered:
            if not (wide and course.road_class == "tertiary"):
                result += _bridges(course, river, apart, taken)
    return [course for course in result if course.line.length > 45.0 or course.role == "bridge"]


def _hit(
    ray: shapely.Geometry, lines: NDArray[np.object_], tree: shapely.STRtree, own: int
) -> tuple[float, float]:
    """Distance along `ray` to the first other line and the sine of the angle met, or infinity."""
    best, sine = np.inf, 0.0
    start = shapely.get_point(ray, 0)
    for k in tree.query(ray, predicate="intersects"):
        points = shapely.get_parts(shapely.intersection(ray, lines[k]))
        distance = float(shapely.distance(points, start).min())
        if k == own and distance < 150.0:
            continue
        if distance < best:
            where = shapely.line_locate_point(
                lines[k], shapely.line_interpolate_point(ray, distance)
            )
            a, b = shapely.get_coordinates(
                shapely.line_interpolate_point(lines[k], [max(where - 5, 0.0), where + 5])
            )
            c, d = shapely.get_coordinates(ray)
            u, v = (b - a) / (np.hypot(*(b - a)) + 1e-9), (d - c) / np.hypot(*(d - c))
            best, sine = distance, abs(u[0] * v[1] - u[1] * v[0])
    return best, sine


def _extension(
    end: NDArray[np.float64],
    heading: float,
    reach_m: float,
    world: tuple[NDArray[np.object_], shapely.STRtree, int],
) -> NDArray[np.float64] | None:
    lines, tree, own = world
    best, point = np.inf, None
    for turn in _TURNS:
        way = np.array([np.cos(heading + turn), np.sin(heading + turn)])
        ray = shapely.LineString([end + 0.5 * way, end + reach_m * way])
        distance, sine = _hit(ray, lines, tree, own)
        cost = distance * (1.0 + abs(turn))
        if sine > 0.55 and cost < best:
            best, point = cost, end + (0.5 + distance + 0.6) * way
    return point


def join_ends(courses: list[Course], *, reach_m: float, inside: shapely.Geometry) -> list[Course]:
    """Courses whose loose ends run on to the next road within `reach_m`, at a fair angle.

    Ends outside the polygon `inside` stay: there the road leads on to other towns.
    """
    lines = np.array([course.line for course in courses])
    tree = shapely.STRtree(lines)
    joined = []
    for k, course in enumerate(courses):
        coords = shapely.get_coordinates(course.line)
        if course.role in {"traced", "axis"} and len(coords) > 3:
            for side, inner in ((0, 3), (-1, -4)):
                back = coords[side] - coords[inner if len(coords) > 4 else side ^ -1]
                heading = float(np.arctan2(back[1], back[0]))
                others = tree.query(shapely.Point(coords[side]), predicate="dwithin", distance=0.3)
                if (others != k).any() or not shapely.contains_xy(inside, *coords[side]):
                    continue
                new = _extension(coords[side], heading, reach_m, (lines, tree, k))
                if new is not None:
                    coords = np.vstack([new, coords]) if side == 0 else np.vstack([coords, new])
        joined.append(
            Course(shapely.LineString(coords), course.road_class, course.role, course.origin)
        )
    return joined
