"""Compounds built up: rows of buildings, street fronts, podiums, sports grounds, ponds, paths."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.blocks import Compound
from geoserver.demo.fronts import street_fronts
from geoserver.demo.noise import blob
from geoserver.demo.outlines import outlines
from geoserver.demo.rows import RowPlan, packed_rows, turned
from geoserver.demo.styles import STYLES, Style, plan_of

__all__ = ["Built", "CompoundStyle", "build_parcel", "compound_style"]


@dataclass(frozen=True, slots=True)
class CompoundStyle:
    """What the parcels of one compound share.

    Parameters
    ----------
    style
        Way of building.
    plan
        Its rows.
    angle
        Direction of the rows, radians from east; rows face south as far as the streets allow.
    floors, year
        Typical height and year of its buildings.
    shape
        Preferred outline.
    shops
        True if its street fronts are lined with shops.
    """

    style: Style
    plan: RowPlan
    angle: float
    floors: int
    year: int
    shape: str
    shops: bool


@dataclass
class Built:
    """What stands on parcels, gathered while they are built up; metres."""

    outline: list[NDArray[np.object_]] = field(default_factory=list)
    use: list[str] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    year: list[int] = field(default_factory=list)
    width_m: list[float] = field(default_factory=list)
    parcel: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    grounds: list[tuple[shapely.Geometry, str, int]] = field(default_factory=list)
    ponds: list[shapely.Geometry] = field(default_factory=list)
    paths: list[shapely.Geometry] = field(default_factory=list)

    def add(
        self,
        shapes: NDArray[np.object_],
        widths: NDArray[np.float64],
        parcel: int,
        look: tuple[str, str, NDArray[np.int64], int],
    ) -> None:
        """Buildings of one parcel; `look` is (kind, use, floors of each, year)."""
        kind, use, floors, year = look
        count = len(shapes)
        self.outline.append(shapes)
        self.kind += [kind] * count
        self.use += [use] * count
        self.floors += [int(f) for f in floors]
        self.year += [year] * count
        self.width_m += [float(w) for w in widths]
        self.parcel += [parcel] * count


def _angle(outline: shapely.Geometry, rng: np.random.Generator, *, south: bool) -> float:
    """Direction of the long side of the outline, folded to within 45 degrees of east."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(outline))
    sides = np.diff(corners[:3], axis=0)
    side = sides[int(np.argmax(np.hypot(*sides.T)))]
    angle = float(np.arctan2(side[1], side[0]))
    angle = (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4
    if south and abs(angle) > np.radians(31.0):
        return float(np.radians(rng.uniform(-9.0, 9.0)))
    return angle


def compound_style(compound: Compound, rng: np.random.Generator) -> CompoundStyle | None:
    """Style of a compound; None where nothing is built."""
    style = STYLES.get(compound.use)
    if style is None:
        return None
    shape = str(rng.choice(list(style.shapes), p=np.array(list(style.shapes.values()))))
    floors = round(rng.uniform(*style.floors))
    if compound.use == "slabs":
        floors = int(rng.choice([9, 11, 11, 11, 14, 18]))
    if compound.use == "walkups":
        floors = int(rng.choice([4, 5, 5, 6, 6, 6]))
    return CompoundStyle(
        style,
        plan_of(style, rng),
        _angle(compound.outline, rng, south=style.use == "residential"),
        floors,
        int(rng.integers(int(style.year[0]), int(style.year[1]) + 1)),
        shape,
        rng.random() < style.shops,
    )


def _floors(look: CompoundStyle, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    spread = 1 if look.floors < 8 else 3
    drawn = look.floors + np.where(
        rng.random(count) < 0.3, rng.integers(-spread, spread + 1, count), 0
    )
    if look.style.use in {"office", "commercial", "hospital"}:
        drawn = np.rint(rng.uniform(*look.style.floors, count)).astype(np.int64)
    low, high = look.style.floors
    return np.asarray(np.clip(drawn, int(low), int(high)), dtype=np.int64)


def _place_rows(
    built: Built,
    land: shapely.Geometry,
    look: CompoundStyle,
    place: tuple[int, str],
    rng: np.random.Generator,
) -> None:
    parcel, kind = place
    boxes, lanes = packed_rows(land, look.angle, look.plan, rng)
    if len(boxes) == 0:
        return
    angles = np.full(len(boxes), look.angle)
    shapes = np.full(len(boxes), look.shape)
    other = rng.random(len(boxes)) < (0.7 if kind in {"courtyards", "office", "village"} else 0.12)
    names = list(look.style.shapes)
    shapes[other] = rng.choice(names, other.sum(), p=np.array(list(look.style.shapes.values())))
    floors = _floors(look, len(boxes), rng)
    built.add(
        outlines(boxes, angles, shapes),
        boxes[:, 2],
        parcel,
        (kind, look.style.use, floors, look.year),
    )
    if look.style.stair_m and kind != "courtyards":
        _lay_paths(built, land, lanes, look.angle)


def _lay_paths(
    built: Built, land: shapely.Geometry, lanes: NDArray[np.float64], angle: float
) -> None:
    """Paths along the rows, out to the edge of the parcel."""
    reach = 400.0
    centre = turned(np.array([[land.centroid.x, land.centroid.y]]), -angle)[0]
    for y in lanes[1::2] if len(lanes) > 3 else lanes[1:]:
        ends = turned(np.array([[centre[0] - reach, y], [centre[0] + reach, y]]), angle)
        line = shapely.intersection(
            shapely.LineString(ends), shapely.buffer(land, 14.0, quad_segs=1)
        )
        built.paths += [part for part in shapely.get_parts(line) if part.length > 40.0]


def _podium(
    built: Built, land: shapely.Geometry, look: CompoundStyle, parcel: int, rng: np.random.Generator
) -> None:
    """A large low building with towers standing in it."""
    base = shapely.simplify(shapely.buffer(land, -look.style.margin_m, join_style="mitre"), 3.0)
    parts = shapely.get_parts(base)
    if parts.size == 0:
        return
    base = parts[int(np.argmax(shapely.area(parts)))]
    if base.area < 600.0:
        return
    tower_plan = look.plan
    boxes, _ = packed_rows(shapely.buffer(base, -7.0), look.angle, tower_plan, rng)
    boxes = boxes[rng.permutation(len(boxes))[: int(rng.integers(1, 4))]]
    towers = outlines(boxes, np.full(len(boxes), look.angle), np.full(len(boxes), look.shape))
    holes = (
        shapely.union_all(shapely.buffer(towers, 0.4, join_style="mitre"))
        if len(boxes)
        else shapely.Point()
    )
    podium = shapely.difference(base, holes)
    if podium.geom_type != "Polygon":
        return
    low = np.array([int(rng.integers(3, 7))])
    span = np.array([np.sqrt(base.area)])
    built.add(np.array([podium]), span, parcel, ("mall", "commercial", low, look.year))
    tall = np.rint(rng.uniform(*look.style.floors, len(boxes))).astype(np.int64)
    built.add(towers, boxes[:, 2], parcel, ("mall", "office", tall, look.year))


def _sports_ground(
    land: shapely.Geometry, angle: float
) -> tuple[shapely.Geometry, shapely.Geometry] | None:
    """Running track and its field at one end of the land, the largest standard size that fits."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(land))
    centre = box[:4].mean(axis=0)
    for length, width in ((170.0, 90.0), (128.0, 72.0), (96.0, 54.0)):
        for turn in (np.pi / 2, 0.0):
            heading = angle + turn
            way = np.array([np.cos(heading + np.pi / 2), np.sin(heading + np.pi / 2)])
            for shift in (0.36, -0.36, 0.28, -0.28, 0.2, -0.2):
                middle = centre + way * shift * np.sqrt(land.area)
                half = np.array([np.cos(heading), np.sin(heading)]) * (length - width) / 2
                track = shapely.buffer(
                    shapely.LineString([middle - half, middle + half]), width / 2
                )
                if track.area < 0.55 * land.area and land.contains(track):
                    return track, shapely.buffer(track, -10.5)
    return None


def _school(
    built: Built, land: shapely.Geometry, look: CompoundStyle, parcel: int, rng: np.random.Generator
) -> None:
    ground = _sports_ground(land, look.angle)
    if ground is not None:
        built.grounds += [(ground[0], "track", parcel), (ground[1], "grass", parcel)]
        land = shapely.difference(land, shapely.buffer(ground[0], 7.0))
    _place_rows(built, land, look, (parcel, "school"), rng)


def _park(built: Built, land: shapely.Geometry, rng: np.random.Generator) -> shapely.Geometry:
    """A pond and a winding way around it; gives the land left."""
    centre = land.centroid
    size = 0.22 * float(np.sqrt(land.area))
    pond = shapely.Polygon(blob(rng, (centre.x, centre.y), size, rough=0.45))
    if land.area > 7_000.0 and land.contains(shapely.buffer(pond, 12.0)):
        built.ponds.append(pond)
        walk = shapely.simplify(shapely.buffer(pond, 8.0), 0.8)
        built.paths.append(walk.exterior)
        corners = shapely.get_coordinates(land.exterior)[:: max(1, len(land.exterior.coords) // 4)]
        for corner in corners[:4]:
            start = shapely.get_coordinates(
                shapely.shortest_line(walk.exterior, shapely.Point(corner))
            )[0]
            step = (corner - start) / max(float(np.hypot(*(corner - start))), 1.0)
            built.paths.append(shapely.LineString([start - step * 0.1, corner + step * 12.0]))
        return shapely.difference(land, walk)
    return land


def _village(land: shapely.Geometry, rng: np.random.Generator) -> shapely.Geometry:
    """The settled part of a rural parcel; the rest is fields."""
    inside = shapely.get_coordinates(shapely.point_on_surface(land))[0]
    size = 0.48 * float(np.sqrt(land.area)) * rng.uniform(0.8, 1.2)
    spot = shapely.Polygon(blob(rng, (float(inside[0]), float(inside[1])), size, rough=0.4))
    return shapely.intersection(land, spot)


def build_parcel(
    built: Built,
    parcel: tuple[int, shapely.Geometry, list[shapely.Geometry]],
    compound: Compound,
    look: CompoundStyle,
    rng: np.random.Generator,
) -> None:
    """Build up one parcel.

    Parameters
    ----------
    built
        Takes what is built.
    parcel
        Its index, the land free of road surface, and the street lines it fronts.
    compound, look
        The compound it belongs to.
    rng
        Source of chance.
    """
    index, land, streets = parcel
    if look.shops and streets:
        shapes, widths, land = street_fronts(land, streets, rng)
        if len(shapes):
            floors = rng.integers(1, 4, len(shapes))
            built.add(shapes, widths, index, ("front", "commercial", floors, look.year))
    land = shapely.buffer(land, -look.style.margin_m, join_style="mitre")
    if land.is_empty:
        return
    if compound.use == "mall":
        _podium(built, land, look, index, rng)
    elif compound.use == "school":
        _school(built, land, look, index, rng)
    else:
        free = _building_land(built, land, compound.use, rng)
        _place_rows(built, free, look, (index, compound.use), rng)


def _building_land(
    built: Built, land: shapely.Geometry, use: str, rng: np.random.Generator
) -> shapely.Geometry:
    """The part of the land that buildings may stand on."""
    if use in {"park", "square"} and land.geom_type == "Polygon":
        return _park(built, land, rng)
    return _village(land, rng) if use == "village" else land
