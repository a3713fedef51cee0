"""The ground plan: roads noded, parcels cut out of the city's area, each with use and compound."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.blocks import Compound, divide_blocks
from geoserver.demo.junctions import bank_roads, cut_at_water, join_ends, protected_ground
from geoserver.demo.noding import faces, node, prune
from geoserver.demo.plane import Plane
from geoserver.demo.presets import Preset
from geoserver.demo.quarters import Quarters
from geoserver.demo.roads import CLASSES, Course, build_main_roads
from geoserver.demo.slivers import merged
from geoserver.demo.water import Terrain, build_terrain

__all__ = ["GroundPlan", "RoadLine", "build_ground"]


@dataclass(frozen=True, slots=True)
class RoadLine:
    """A road as it was laid, before junctions cut it.

    Parameters
    ----------
    line
        LineString, metres.
    road_class
        One of `roads.CLASSES`.
    role
        How it came to be: ``ring``, ``axis``, ``bank``, ``bridge``, ``traced``, ``street``.
    origin
        Number of the road it is a part of: parts of one road have one name.
    """

    line: shapely.Geometry
    road_class: str
    role: str
    origin: int


@dataclass(frozen=True, slots=True)
class GroundPlan:
    """Everything the rest of the city is built on, in metres unless said otherwise.

    Parameters
    ----------
    terrain
        Water, hills and the boundary.
    roads
        Roads as laid.
    parcels
        (p,) Polygons that cover the boundary without gap or overlap; whole lattice steps.
    compound
        (p,) int64 index into `compounds`, -1 for banks, water and hills.
    block
        (p,) int64 number of the block between main roads.
    compounds
        Pieces of land under one use.
    quarters
        Character of places.
    """

    terrain: Terrain
    roads: list[RoadLine]
    parcels: NDArray[np.object_]
    compound: NDArray[np.int64]
    block: NDArray[np.int64]
    compounds: list[Compound]
    quarters: Quarters


def _main_edges(
    courses: list[Course], boundary: shapely.Geometry, plane: Plane
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Noded edges of main roads in metres, dead ends taken off, and the course of each (or -1)."""
    lines = np.array([course.line for course in courses] + [boundary.exterior])
    edges = node(lines, plane)
    middle = shapely.line_interpolate_point(
        shapely.transform(edges, plane.metres), 0.5, normalized=True
    )
    rank = np.array([CLASSES.index(course.road_class) for course in courses] + [len(CLASSES)])
    pairs = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=0.25)
    order = np.lexsort((rank[pairs[1]], pairs[0]))
    owner = np.full(len(edges), -1, dtype=np.int64)
    first = np.unique(pairs[0][order], return_index=True)[1]
    owner[pairs[0][order][first]] = pairs[1][order][first]
    owner[owner == len(courses)] = -1
    outside = ~shapely.contains(shapely.buffer(boundary, -1.0), middle)
    through = np.array([c.role == "axis" or c.road_class == "motorway" for c in courses] + [False])
    wild = outside & ~through[owner] & (owner >= 0)
    edges, owner, outside = edges[~wild], owner[~wild], outside[~wild]
    alive = prune(edges, outside & through[owner])
    return shapely.transform(edges[alive], plane.metres), owner[alive]


def _rests(terrain: Terrain, boundary: shapely.Geometry) -> list[shapely.Geometry]:
    """Lines that divide river, hills and lakes: the river's middle, and cuts across."""
    river = terrain.courses[0]
    middle = shapely.LineString(river.centre_line)
    lines = [shapely.intersection(middle, shapely.buffer(boundary, 5.0))]
    along = np.arange(150.0, middle.length, 420.0)
    here = shapely.get_coordinates(shapely.line_interpolate_point(middle, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(middle, along + 10.0))
    for point, step in zip(here, ahead - here, strict=True):
        across = np.array([-step[1], step[0]]) * 32.0
        cut = shapely.intersection(shapely.LineString([point - across, point + across]), river.bank)
        lines += [part for part in shapely.get_parts(cut) if part.intersects(middle)]
    for hill in (*terrain.hills, *shapely.buffer(np.array(terrain.lakes, dtype=object), 27.0)):
        x0, y0, x1, y1 = hill.bounds
        for x in np.arange(x0 + 150, x1, 230.0):
            lines.append(shapely.intersection(shapely.LineString([(x, y0), (x + 40, y1)]), hill))
        for y in np.arange(y0 + 150, y1, 230.0):
            lines.append(shapely.intersection(shapely.LineString([(x0, y), (x1, y - 30)]), hill))
    parts = shapely.get_parts(np.array(lines))
    kept = parts[shapely.get_type_id(parts) == 1]
    return list(kept[shapely.length(kept) > 5.0])


def build_ground(preset: Preset, plane: Plane, rng: np.random.Generator) -> GroundPlan:
    """The ground plan of a city of the size of `preset`."""
    main = build_main_roads(preset, build_terrain(preset, rng), rng)
    terrain = main.terrain
    ground = protected_ground(terrain)
    courses = cut_at_water(main.courses, terrain, ground, radius_m=preset.radius_m)
    courses += bank_roads(terrain, ground, first_origin=len(main.courses))
    courses = join_ends(courses, reach_m=420.0, inside=terrain.boundary)
    edges, owner = _main_edges(courses, terrain.boundary, plane)
    quarters = Quarters.seeded(terrain, preset.radius_m, rng)
    blocks = faces(edges)
    inner = shapely.point_on_surface(blocks)
    blocks = blocks[shapely.contains(terrain.boundary, inner)]
    inner = shapely.point_on_surface(blocks)
    open_land = ~shapely.intersects(ground, inner)
    land = blocks[open_land]
    kinds = quarters.kinds(shapely.get_coordinates(shapely.centroid(land)))
    division = divide_blocks(list(land), list(kinds), rng, fine=preset.unit_level)
    roads = [
        RoadLine(edge, courses[k].road_class, courses[k].role, courses[k].origin)
        for edge, k in zip(edges, owner, strict=True)
        if k >= 0
    ]
    roads += [
        RoadLine(line, name, "street", 100_000 + k)
        for k, (line, name) in enumerate(division.streets)
    ]
    limits = division.limits + _rests(terrain, terrain.boundary)
    lines = [*edges, *(road.line for road in roads if road.role == "street"), *limits]
    parcels = faces(node(np.array(lines), plane))
    parcels = shapely.transform(parcels, plane.metres)
    inner = shapely.point_on_surface(parcels)
    parcels = parcels[shapely.contains(terrain.boundary, inner)]
    block = _holder(parcels, blocks)
    parcels, place = merged(parcels, block, least_m2=2_050.0)
    holder = _holder(parcels, np.array([c.outline for c in division.compounds]))
    return GroundPlan(terrain, roads, parcels, holder, block[place], division.compounds, quarters)


def _holder(parcels: NDArray[np.object_], holders: NDArray[np.object_]) -> NDArray[np.int64]:
    """Index of the holder each parcel lies in, -1 for none."""
    inner = shapely.point_on_surface(parcels)
    pairs = shapely.STRtree(holders).query(inner, predicate="intersects")
    result = np.full(len(parcels), -1, dtype=np.int64)
    result[pairs[0]] = pairs[1]
    return result
