"""Blocks between main roads, divided by streets into compounds and by lanes into parcels."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.quarters import QUARTERS, Quarter

__all__ = ["Compound", "Division", "divide_blocks"]


@dataclass(frozen=True, slots=True)
class Compound:
    """A piece of land under one use, walled or built as one.

    Parameters
    ----------
    outline
        Polygon, metres.
    quarter
        Kind of quarter, a key of `QUARTERS`.
    use
        Its use, a key of the quarter's `uses`.
    block
        Index of the block between main roads it lies in.
    """

    outline: shapely.Geometry
    quarter: str
    use: str
    block: int


@dataclass
class Division:
    """Streets, lanes and parcel limits that divide blocks, and the compounds they enclose."""

    streets: list[tuple[shapely.Geometry, str]] = field(default_factory=list)
    limits: list[shapely.Geometry] = field(default_factory=list)
    compounds: list[Compound] = field(default_factory=list)


def _frame(
    polygon: shapely.Geometry,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Centre, unit vector along the long side, long and short side of the tightest rectangle."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygon))
    a, b = corners[1] - corners[0], corners[2] - corners[1]
    la, lb = float(np.hypot(*a)), float(np.hypot(*b))
    centre = corners[:4].mean(axis=0)
    return (centre, a / la, la, lb) if la >= lb else (centre, b / lb, lb, la)


def _cut_line(
    polygon: shapely.Geometry, rng: np.random.Generator, *, bend: float, stray: float
) -> shapely.Geometry | None:
    """A line across the middle of the long side, off by `stray` of it, a little bent."""
    centre, along, length, width = _frame(polygon)
    across = np.array([-along[1], along[0]])
    shift = along * length * rng.normal(0.0, stray)
    tilt = along * width * rng.normal(0, 0.025)
    start = centre + shift + across * (0.6 * width) + tilt
    stop = centre + shift - across * (0.6 * width) - tilt
    middle = (start + stop) / 2 + along * width * rng.normal(0, bend)
    crossing = shapely.intersection(shapely.LineString([start, middle, stop]), polygon)
    pieces = [p for p in shapely.get_parts(crossing) if p.geom_type == "LineString"]
    line = max(pieces, key=lambda piece: piece.length, default=None)  # a bent block is cut once
    return line if line is not None and line.length > 8.0 else None


def _halves(
    polygon: shapely.Geometry, line: shapely.Geometry, *, strict: bool
) -> list[shapely.Geometry] | None:
    """Two or more parts, none much smaller or thinner than the others; None if there are such."""
    edges = shapely.union_all([polygon.boundary, _stretched(line)])
    parts = [
        p
        for p in shapely.get_parts(shapely.polygonize([edges]))
        if polygon.contains(p.point_on_surface())
    ]
    least = (0.22 if strict else 0.10) * polygon.area
    if len(parts) < 2 or min(part.area for part in parts) < least:
        return None
    compact = min(4 * np.pi * part.area / part.length**2 for part in parts)
    return parts if compact > (0.26 if strict else 0.12) else None


def _stretched(line: shapely.Geometry) -> shapely.Geometry:
    """`line` longer by 6 cm at both ends, so that rounding cannot part it from the block's edge."""
    coords = shapely.get_coordinates(line).copy()
    for end, inner in ((0, 1), (-1, -2)):
        way = coords[end] - coords[inner]
        coords[end] += 0.06 * way / np.hypot(*way)
    return shapely.LineString(coords)


def _split(
    polygon: shapely.Geometry, rng: np.random.Generator, *, bend: float
) -> tuple[shapely.Geometry, list[shapely.Geometry]] | None:
    for attempt in range(10):
        line = _cut_line(polygon, rng, bend=bend, stray=0.09 if attempt < 5 else 0.2)
        if line is not None:
            parts = _halves(polygon, line, strict=attempt < 5)
            if parts is not None:
                return _stretched(line), parts
    return None


def _street_class(area_ha: float, quarter: str) -> str:
    if quarter in {"rural", "fringe"}:
        return "residential"
    return "tertiary" if area_ha > 9.0 else "residential"


def _use(quarter: Quarter, area_ha: float, rng: np.random.Generator) -> str:
    names = list(quarter.uses)
    shares = np.array([quarter.uses[name] for name in names])
    if area_ha < 0.5:  # too small for more than a corner green or a row of shops
        return str(rng.choice(["green", "shops"], p=[0.55, 0.45]))
    for name, least in (("school", 1.4), ("hospital", 1.2), ("institute", 2.5), ("park", 0.8)):
        if name in names and area_ha < least:
            shares[names.index(name)] = 0.0
    return str(rng.choice(names, p=shares / shares.sum()))


_WHOLE = {"school", "hospital", "park", "square", "mall", "construction", "institute", "forest"}


def _parcels(
    division: Division, compound: Compound, rng: np.random.Generator, *, fine: bool
) -> None:
    """Lanes and limits inside one compound."""
    quarter = QUARTERS[compound.quarter]
    whole = compound.use in _WHOLE and not fine
    largest = quarter.parcel_ha * 1e4 * (3.0 if whole else 0.74 if fine else 1.0)
    stack = [compound.outline]
    lanes = compound.use not in _WHOLE | {"farmland"}
    while stack:
        polygon = stack.pop()
        if polygon.area <= largest:
            continue
        cut = _split(polygon, rng, bend=0.0 if lanes else 0.02)
        if cut is None:
            continue
        line, parts = cut
        if lanes and rng.random() < 0.8:
            division.streets.append((line, "service"))
        else:
            division.limits.append(line)
        stack += parts


def divide_blocks(
    blocks: list[shapely.Geometry], kinds: list[str], rng: np.random.Generator, *, fine: bool
) -> Division:
    """Divide every block into compounds by streets and each compound into parcels.

    Parameters
    ----------
    blocks
        Polygons between main roads, metres.
    kinds
        Kind of quarter of each.
    rng
        Source of chance.
    fine
        True if also schools, parks and malls are cut into parcels of about a hectare.
    """
    division = Division()
    for index, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
        quarter = QUARTERS[kind]
        stack = [block]
        while stack:
            polygon = stack.pop()
            area_ha = polygon.area / 1e4
            largest = quarter.street_ha * rng.uniform(0.75, 1.35)
            cut = _split(polygon, rng, bend=0.025) if area_ha > largest else None
            if cut is None:
                compound = Compound(polygon, kind, _use(quarter, area_ha, rng), index)
                division.compounds.append(compound)
                _parcels(division, compound, rng, fine=fine)
                continue
            line, parts = cut
            division.streets.append((line, _street_class(area_ha, kind)))
            stack += parts
    return division
