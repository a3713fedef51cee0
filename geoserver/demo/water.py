"""Water of the demo city: a meandering river, a tributary, the old moat, lakes and hills' edges."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.noise import blob
from geoserver.demo.presets import Preset

__all__ = ["Terrain", "Watercourse", "build_terrain", "clear_of", "smooth_line"]


@dataclass(frozen=True, slots=True)
class Watercourse:
    """One river or canal.

    Parameters
    ----------
    kind
        ``river`` or ``canal``.
    centre_line
        (n, 2) float64 metres, downstream.
    surface
        Polygon of the water.
    bank
        Polygon of water and embankment up to the bank road; its outline is a road.
    """

    kind: str
    centre_line: NDArray[np.float64]
    surface: shapely.Geometry
    bank: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Terrain:
    """Everything nature put there first, in metres.

    Parameters
    ----------
    courses
        River first, then canals.
    lakes, hills
        Polygons; forest covers the hills.
    boundary
        Administrative boundary.
    old_town
        Outline of the old town, inside the moat.
    """

    courses: tuple[Watercourse, ...]
    lakes: tuple[shapely.Geometry, ...]
    hills: tuple[shapely.Geometry, ...]
    boundary: shapely.Geometry
    old_town: shapely.Geometry


def smooth_line(points: NDArray[np.float64], step_m: float) -> NDArray[np.float64]:
    """Catmull-Rom curve through `points` (n, 2), sampled about every `step_m`."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        count = max(2, int(np.hypot(*(c - b)) / step_m))
        t = np.linspace(0.0, 1.0, count, endpoint=False)[:, None]
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
        )
    return np.vstack([*pieces, points[-1:]])


def _ribbon(line: NDArray[np.float64], width_m: NDArray[np.float64]) -> shapely.Geometry:
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * (width_m / 2)[:, None]
    ring = np.vstack([line + normal, (line - normal)[::-1]])
    return shapely.buffer(shapely.Polygon(ring), 0.0)


def _course(kind: str, line: NDArray[np.float64], width_m: NDArray[np.float64]) -> Watercourse:
    surface = _ribbon(line, width_m)
    margin = 34.0 if kind == "river" else 11.0
    bank = shapely.buffer(surface, margin, quad_segs=6)
    bank = shapely.simplify(shapely.buffer(shapely.buffer(bank, 60.0), -60.0), 1.5)
    return Watercourse(kind, line, surface, bank)


def _river(rng: np.random.Generator, radius_m: float) -> Watercourse:
    reach = 3.0 * radius_m
    knots = np.linspace(-reach, reach, 21)
    sway = rng.normal(0.0, 0.05, knots.size)
    meander = 0.13 * np.sin(knots / radius_m * 2.3 + rng.uniform(0, 2 * np.pi))
    offset = -0.36 + meander + sway
    middle = np.abs(knots) < 0.32 * radius_m
    offset[middle] = np.clip(offset[middle], -0.40, -0.30)  # the old town is on the north bank
    bearing = np.radians(rng.uniform(8.0, 20.0))
    spin = np.array([[np.cos(bearing), np.sin(bearing)], [-np.sin(bearing), np.cos(bearing)]])
    line = smooth_line(np.stack([knots, offset * radius_m], axis=1) @ spin, 22.0)
    along = np.linspace(0, 15.0, len(line))
    base = 60.0 + 0.026 * radius_m
    wave = 0.22 * np.sin(along * 1.7 + rng.uniform(0, 6)) + 0.13 * np.sin(along * 4.1)
    return _course("river", line, base * (1.0 + wave))


def _tributary(rng: np.random.Generator, radius_m: float, river: Watercourse) -> Watercourse:
    distance = np.abs(river.centre_line[:, 0] - 0.42 * radius_m)
    mouth = river.centre_line[int(np.argmin(distance))]
    start = np.array([0.10 * radius_m, 1.6 * radius_m])
    t = np.linspace(0.0, 1.0, 11)[:, None]
    knots = start + (mouth - start) * t
    knots[1:-1, 0] += rng.normal(0.0, 0.05, 9) * radius_m + 0.22 * radius_m * np.sin(t[1:-1, 0] * 3)
    knots[1:-1, 1] += rng.normal(0.0, 0.02, 9) * radius_m
    line = smooth_line(knots, 16.0)
    width = np.linspace(15.0, 26.0 + 0.002 * radius_m, len(line))
    return _course("canal", line, width * (1 + 0.15 * np.sin(np.linspace(0, 25, len(line)))))


def _moat(rng: np.random.Generator, old_town: NDArray[np.float64]) -> Watercourse:
    ring = np.roll(old_town, rng.integers(len(old_town) // 8), axis=0)
    open_ring = ring[: int(len(ring) * 0.9)]
    line = smooth_line(open_ring[:: max(1, len(open_ring) // 40)], 14.0)
    return _course(
        "canal", line, np.full(len(line), 20.0) + 5 * np.sin(np.linspace(0, 17, len(line)))
    )


def _old_town(rng: np.random.Generator, radius_m: float) -> NDArray[np.float64]:
    """A rounded quadrangle, as walled towns were."""
    theta = np.linspace(0.0, 2 * np.pi, 120, endpoint=False)
    power = 4.0
    radius = (np.abs(np.cos(theta)) ** power + np.abs(np.sin(theta)) ** power) ** (-1 / power)
    radius *= 0.205 * radius_m * (1 + 0.05 * np.cos(3 * theta + rng.uniform(0, 6)))
    tilt = np.radians(rng.uniform(-9, 9))
    x = radius * np.cos(theta + tilt) * 1.12
    y = radius * np.sin(theta + tilt) * 0.94
    return np.stack([x, y + 0.06 * radius_m], axis=1)


def _lakes(rng: np.random.Generator, radius_m: float) -> list[shapely.Geometry]:
    places = [(-0.12, 0.47, 0.105), (0.63, 0.25, 0.055), (-0.62, 0.08, 0.045), (0.30, -0.82, 0.06)]
    lakes = []
    for x, y, size in places if radius_m > 2000 else places[:1]:
        centre = (
            (x + rng.normal(0, 0.02)) * radius_m,
            (y + rng.normal(0, 0.02)) * radius_m,
        )
        lakes.append(shapely.Polygon(blob(rng, centre, size * radius_m, rough=0.3)))
    return lakes


def _hills(rng: np.random.Generator, radius_m: float) -> list[shapely.Geometry]:
    places = [(0.80, 0.66, 0.27), (-0.86, 0.62, 0.20), (-0.30, -0.98, 0.17)]
    return [
        shapely.Polygon(blob(rng, (x * radius_m, y * radius_m), size * radius_m, rough=0.25))
        for x, y, size in places
    ]


def build_terrain(preset: Preset, rng: np.random.Generator) -> Terrain:
    """Terrain of a city of the size of `preset`."""
    radius_m = preset.radius_m
    old_town = _old_town(rng, radius_m)
    river = _river(rng, radius_m)
    courses = [river]
    if radius_m > 2000:
        courses += [_tributary(rng, radius_m, river), _moat(rng, old_town)]
    wet = shapely.union_all([course.bank for course in courses])
    lakes = [lake for lake in _lakes(rng, radius_m) if lake.distance(wet) > 90.0]
    blocked = shapely.buffer(shapely.union_all([wet, *lakes]), 0.02 * radius_m)
    hills = []
    for hill in _hills(rng, radius_m):
        parts = shapely.get_parts(shapely.difference(hill, blocked))
        part = parts[np.argmax(shapely.area(parts))]
        hills.append(shapely.simplify(shapely.buffer(shapely.buffer(part, -50), 50), 4.0))
    boundary = shapely.simplify(
        shapely.Polygon(blob(rng, (0.0, 0.0), radius_m, rough=0.15)), 0.006 * radius_m
    )
    return Terrain(tuple(courses), tuple(lakes), tuple(hills), boundary, shapely.Polygon(old_town))


def _cleared(
    shapes: tuple[shapely.Geometry, ...], corridor: shapely.Geometry, least_m2: float
) -> tuple[shapely.Geometry, ...]:
    """Parts of `shapes` outside `corridor`, rounded, at least `least_m2` each."""
    result: list[shapely.Geometry] = []
    for shape in shapes:
        rounded = shapely.buffer(shapely.buffer(shapely.difference(shape, corridor), -25.0), 25.0)
        parts = [part for part in shapely.get_parts(rounded) if part.area > least_m2]
        result += [shapely.simplify(part, 1.5) for part in parts]
    return tuple(result)


def clear_of(terrain: Terrain, lines: list[NDArray[np.float64]]) -> Terrain:
    """Terrain whose lakes and hills leave room for the roads `lines`."""
    roads = shapely.union_all([shapely.LineString(line) for line in lines])
    lakes = _cleared(terrain.lakes, shapely.buffer(roads, 75.0), 15_000.0)
    hills = _cleared(terrain.hills, shapely.buffer(roads, 60.0), 80_000.0)
    return replace(terrain, lakes=lakes, hills=hills)
