"""Courses of the main roads: rings, axes, ways along water, and streets traced between them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.field import DirectionField, build_field
from geoserver.demo.noise import Noise
from geoserver.demo.presets import Preset
from geoserver.demo.streamlines import StreetTracer
from geoserver.demo.water import Terrain, clear_of, smooth_line

__all__ = ["CLASSES", "Course", "MainRoads", "build_main_roads"]

CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service", "path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """One road from end to end before it is cut at junctions.

    Parameters
    ----------
    line
        LineString, metres.
    road_class
        One of `CLASSES`.
    role
        ``ring``, ``axis``, ``bank``, ``bridge`` or ``traced``: how it came to be.
    origin
        Number of the road it is a part of: parts of one road have one name.
    """

    line: shapely.Geometry
    road_class: str
    role: str
    origin: int


@dataclass(frozen=True, slots=True)
class MainRoads:
    """Main roads, the field they were traced in, and the terrain that makes room for them."""

    courses: list[Course]
    field: DirectionField
    terrain: Terrain


def _ring(
    rng: np.random.Generator, radius_m: float, *, square: float, centre: tuple[float, float]
) -> NDArray[np.float64]:
    theta = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    power = square
    radius = (np.abs(np.cos(theta)) ** power + np.abs(np.sin(theta)) ** power) ** (-1 / power)
    wobble = sum(
        0.05 * rng.normal() / k * np.cos(k * theta + rng.uniform(0, 6)) for k in (1, 2, 3, 5)
    )
    radius = radius * radius_m * (1 + wobble)
    points = np.stack(
        [centre[0] + radius * np.cos(theta) * 1.06, centre[1] + radius * np.sin(theta)], axis=1
    )
    wrapped = smooth_line(np.vstack([points[-3:], points, points[:3]]), 20.0)
    start = np.argmin(np.hypot(*(wrapped[: len(wrapped) // 3] - points[0]).T))
    stop = len(wrapped) // 2 + np.argmin(np.hypot(*(wrapped[len(wrapped) // 2 :] - points[0]).T))
    return np.vstack([wrapped[start:stop], wrapped[start : start + 1]])


def _axis(
    rng: np.random.Generator, start: NDArray[np.float64], stop: NDArray[np.float64], sway_m: float
) -> NDArray[np.float64]:
    t = np.linspace(0, 1, 9)[:, None]
    along = stop - start
    normal = np.array([-along[1], along[0]]) / np.hypot(*along)
    knots = start + along * t + normal * (rng.normal(0, sway_m, (9, 1)) * np.sin(np.pi * t) ** 0.5)
    return smooth_line(knots, 20.0)


def _polar(radius_m: float, degrees: float) -> NDArray[np.float64]:
    angle = np.radians(degrees)
    return radius_m * np.array([np.cos(angle), np.sin(angle)])


def _skeleton(
    preset: Preset, rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], str, str]]:
    """Rings and axes as (line, class, role)."""
    r = preset.radius_m
    north = rng.uniform(-5, 5)
    shift = rng.normal(0, 0.03 * r, 2)
    lines = [
        (
            _axis(rng, _polar(1.45 * r, 90 + north), _polar(1.45 * r, -90 + north), 0.025 * r),
            "primary",
            "axis",
        ),
        (
            _axis(
                rng,
                _polar(1.45 * r, 180 + north) + shift,
                _polar(1.45 * r, north) + shift,
                0.025 * r,
            ),
            "primary",
            "axis",
        ),
    ]
    if r > 2000:
        inner = _ring(rng, 0.262 * r, square=4.0, centre=(0.0, 0.055 * r))
        middle = _ring(rng, 0.55 * r, square=2.8, centre=(0.02 * r, -0.02 * r))
        outer = _ring(rng, 0.87 * r, square=2.3, centre=(0.0, 0.02 * r))
        lines += [
            (inner, "primary", "ring"),
            (middle, "trunk", "ring"),
            (outer, "motorway", "ring"),
        ]
        for degrees in (47, 138, 222, 318):
            turn = degrees + rng.uniform(-8, 8)
            lines.append(
                (
                    _axis(
                        rng,
                        _polar(0.335 * r, turn),
                        _polar(1.5 * r, turn + rng.uniform(-7, 7)),
                        0.03 * r,
                    ),
                    "trunk" if degrees in {47, 222} else "primary",
                    "axis",
                )
            )
    return lines


def _blocked(field: DirectionField, terrain: Terrain) -> NDArray[np.bool_]:
    """Raster of the hills and lakes (rivers are crossed or cut later)."""
    shapes = [shapely.buffer(shape, 20.0) for shape in (*terrain.lakes, *terrain.hills)]
    ground = shapely.union_all(shapes)
    shapely.prepare(ground)
    rows, cols = field.cosine.shape
    x = field.origin[0] + (np.arange(cols) + 0.5) * field.cell_m
    y = field.origin[1] + (np.arange(rows) + 0.5) * field.cell_m
    return np.asarray(shapely.contains_xy(ground, *np.meshgrid(x, y)))


def _seeds(rng: np.random.Generator, radius_m: float, step_m: float) -> NDArray[np.float64]:
    side = np.arange(-1.1 * radius_m, 1.1 * radius_m, step_m)
    seeds = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    seeds = seeds + rng.uniform(-0.4 * step_m, 0.4 * step_m, seeds.shape)
    seeds = seeds[np.hypot(seeds[:, 0], seeds[:, 1]) < 1.08 * radius_m]
    # From the centre outwards: that is how cities grew, and it keeps the middle regular.
    order = np.argsort(np.hypot(seeds[:, 0], seeds[:, 1]) * rng.uniform(0.7, 1.3, len(seeds)))
    return np.asarray(seeds[order])


def _density(xy: NDArray[np.float64], radius_m: float, noise: Noise) -> float:
    """Factor on street spacing: tight in the middle, wide at the edge."""
    middle = min(float(np.hypot(*xy)) / radius_m, 1.2)
    return float(np.clip(0.72 + 0.55 * middle + 0.10 * noise(xy[None, :])[0], 0.6, 1.6))


def _traced(
    tracer: StreetTracer, preset: Preset, rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], str, str]]:
    noise = Noise.seeded(rng, 0.3 * preset.radius_m)
    lines: list[tuple[NDArray[np.float64], str, str]] = []
    for spacing, road_class in ((760.0, "secondary"), (340.0, "tertiary")):
        for k, seed in enumerate(_seeds(rng, preset.radius_m, spacing * 0.35)):
            factor = _density(seed, preset.radius_m, noise)
            line = tracer.trace(
                seed, k % 2, apart_m=spacing * factor * 0.9, limit_m=spacing * factor * 0.42
            )
            if line is not None:
                tracer.add(line)
                lines.append((line, road_class, "traced"))
    return lines


def build_main_roads(preset: Preset, terrain: Terrain, rng: np.random.Generator) -> MainRoads:
    """Skeleton and traced streets; not yet cut by water or joined at their ends."""
    skeleton = _skeleton(preset, rng)
    terrain = clear_of(terrain, [line for line, _, _ in skeleton])
    guides = [(line, 0.075 * preset.radius_m + 120.0, 2.2) for line, _, _ in skeleton]
    guides += [(c.centre_line, 0.06 * preset.radius_m + 90.0, 2.5) for c in terrain.courses]
    direction = build_field(guides, radius_m=preset.radius_m, rng=rng)
    tracer = StreetTracer(direction, _blocked(direction, terrain))
    for line, _, _ in skeleton:
        tracer.add(line)
    for course in terrain.courses:
        outline = shapely.get_coordinates(shapely.segmentize(course.bank.exterior, 20.0))
        tracer.add(outline)
    lines = skeleton + _traced(tracer, preset, rng)
    courses = [
        Course(shapely.LineString(line), name, role, k)
        for k, (line, name, role) in enumerate(lines)
    ]
    return MainRoads(courses, direction, terrain)
