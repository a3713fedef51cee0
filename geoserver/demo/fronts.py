"""Street fronts: low shops in a line along the street side of a compound."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["street_fronts"]


def _street_sides(
    land: shapely.Geometry, streets: list[shapely.Geometry]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Straight sides of the land that run along a street: start, and step to the end."""
    outline = shapely.get_coordinates(shapely.simplify(land.exterior, 1.0))
    if not shapely.is_ccw(land.exterior):
        outline = outline[::-1]
    starts, steps = outline[:-1], np.diff(outline, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    middles = shapely.points(starts + 0.5 * steps)
    near = shapely.distance(shapely.union_all(streets), middles) < 17.0
    chosen = np.flatnonzero(near & (lengths > 46.0))
    return [(starts[k], steps[k]) for k in chosen]


def _shops_along(
    start: NDArray[np.float64], step: NDArray[np.float64], rng: np.random.Generator
) -> tuple[list[NDArray[np.float64]], list[float]]:
    length = float(np.hypot(*step))
    way = step / length
    inward = np.array([-way[1], way[0]])
    depth = rng.uniform(8.0, 11.0)
    corners, widths = [], []
    at = rng.uniform(9.0, 16.0)
    while at < length - 24.0:
        width = min(rng.uniform(14.0, 40.0), length - 10.0 - at)
        if width > 9.0 and rng.random() > 0.08:
            a = start + way * at + inward * 1.0
            b = a + way * width
            corners.append(np.array([a, b, b + inward * depth, a + inward * depth]))
            widths.append(width)
        at += width + (rng.uniform(1.0, 3.0) if rng.random() < 0.7 else rng.uniform(7.0, 12.0))
    return corners, widths


def street_fronts(
    land: shapely.Geometry, streets: list[shapely.Geometry], rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.float64], shapely.Geometry]:
    """Shops along the streets, their lengths, and the land left behind them.

    Parameters
    ----------
    land
        Polygon free of road surface, metres.
    streets
        Lines of the streets it fronts.
    rng
        Source of chance.
    """
    nothing = np.empty(0, dtype=object), np.empty(0)
    if land.geom_type != "Polygon" or land.area < 3_500.0:
        return *nothing, land
    rings: list[NDArray[np.float64]] = []
    lengths: list[float] = []
    for start, step in _street_sides(land, streets):
        corners, widths = _shops_along(start, step, rng)
        rings += corners
        lengths += widths
    if not rings:
        return *nothing, land
    shapes = shapely.polygons(np.array([np.vstack([ring, ring[:1]]) for ring in rings]))
    fits = shapely.contains(land, shapes)
    for k in np.flatnonzero(fits):  # corners: the first of two that meet stays
        clash = fits & (shapely.distance(shapes, shapes[k]) < 1.5)
        clash[: k + 1] = False
        fits &= ~clash
    shapes, kept = shapes[fits], np.array(lengths)[fits]
    if len(shapes) == 0:
        return *nothing, land
    behind = shapely.difference(
        land, shapely.union_all(shapely.buffer(shapes, 5.0, join_style="mitre"))
    )
    return shapes, kept, behind
