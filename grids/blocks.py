"""First leaf polygons from lines: the faces that roads cut a boundary into."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import GeometryError, ParameterError

__all__ = ["Blocks", "reading_order", "road_blocks"]

LATTICE_DEGREES = 1e-7


@dataclass(frozen=True, slots=True)
class Blocks:
    """Faces of a boundary cut by lines.

    Parameters
    ----------
    polygons
        (n,) object array of shapely polygons, lon/lat in EPSG:4490, on the lattice of 1e-7
        degree; they cover the boundary without gap or overlap.
    merged
        Number of faces below the least area that were given to a neighbour.
    """

    polygons: NDArray[np.object_]
    merged: int


def _faces(lines: NDArray[np.object_], boundary: BaseGeometry) -> NDArray[np.object_]:
    """Faces of the noded lines inside the boundary; dead ends bound nothing and fall away."""
    inside = shapely.intersection(lines, boundary)
    parts = shapely.get_parts(shapely.get_parts(inside))
    cuts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
    edges = np.append(cuts, boundary.boundary)
    noded = shapely.union_all(shapely.set_precision(edges, LATTICE_DEGREES))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return np.asarray(faces[shapely.contains_xy(boundary, *_inside_points(faces))], dtype=object)


def _inside_points(faces: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = shapely.point_on_surface(faces)
    return shapely.get_x(points), shapely.get_y(points)


def _longest_neighbour(
    face: int, polygons: list[BaseGeometry | None], tree: shapely.STRtree
) -> int | None:
    """Index of the live face that shares the longest border with the given one, or None."""
    own = polygons[face]
    if own is None:
        return None
    best, length = None, 0.0
    for other in sorted(tree.query(own, predicate="intersects")):
        candidate = polygons[other]
        if other == face or candidate is None:
            continue
        shared = shapely.length(shapely.intersection(own.boundary, candidate.boundary))
        if shared > length:
            best, length = int(other), float(shared)
    return best


def _merge_small(
    faces: NDArray[np.object_], areas_m2: NDArray[np.float64], least_m2: float
) -> tuple[NDArray[np.object_], int]:
    """Give every face below the least area to the neighbour with the longest shared border."""
    polygons: list[BaseGeometry | None] = list(faces)
    areas = areas_m2.copy()
    merged = 0
    while True:
        small = [
            i
            for i in np.argsort(areas, kind="stable")
            if polygons[i] is not None and areas[i] < least_m2
        ]
        tree = shapely.STRtree([p if p is not None else shapely.Point() for p in polygons])
        touched: set[int] = set()
        for face in small:
            if face in touched:
                continue
            into = _longest_neighbour(int(face), polygons, tree)
            if into is None or into in touched:
                continue
            union = shapely.union(polygons[face], polygons[into], grid_size=LATTICE_DEGREES)
            if union.geom_type != "Polygon":
                continue
            polygons[into], polygons[face] = union, None
            areas[into] += areas[face]
            touched |= {int(face), into}
            merged += 1
        if not touched:
            return np.array([p for p in polygons if p is not None], dtype=object), merged


def road_blocks(
    lines: NDArray[np.object_], boundary: BaseGeometry, *, least_area_m2: float
) -> Blocks:
    """Polygons that lines cut a boundary into, small ones merged along their longest border.

    Parameters
    ----------
    lines
        (n,) object array of shapely lines (roads, rivers, walls), lon/lat in EPSG:4490.
    boundary
        Polygon or multipolygon, lon/lat in EPSG:4490.
    least_area_m2
        Faces smaller than this many square metres (medians, slip-road islands) are merged.

    Returns
    -------
    Blocks
        A coverage of the boundary, on the lattice.

    Raises
    ------
    ParameterError
        If `least_area_m2` is negative or not finite.
    GeometryError
        If the boundary is not a valid, non-empty polygon.
    """
    if not (np.isfinite(least_area_m2) and least_area_m2 >= 0):
        raise ParameterError(f"least_area_m2 must be finite and at least 0, got {least_area_m2}")
    if boundary.is_empty or not boundary.is_valid or boundary.geom_type not in _POLYGONAL:
        raise GeometryError(f"boundary must be a valid polygon, got {boundary.geom_type}")
    outline = shapely.set_precision(boundary, LATTICE_DEGREES)
    faces = _faces(lines, outline)
    polygons, merged = _merge_small(faces, _areas_m2(faces), least_area_m2)
    return Blocks(polygons, merged)


_POLYGONAL = frozenset({"Polygon", "MultiPolygon"})


def _areas_m2(faces: NDArray[np.object_]) -> NDArray[np.float64]:
    """Areas by the local scale of each face's latitude: within 0.5 %, enough for a threshold."""
    latitude = np.radians(shapely.get_y(shapely.centroid(faces)))
    return np.asarray(shapely.area(faces) * 111_320.0**2 * np.cos(latitude), dtype=np.float64)


def reading_order(polygons: NDArray[np.object_], *, band_m: float) -> NDArray[np.int64]:
    """Order for serial numbers: bands from north to south, west to east inside a band.

    Parameters
    ----------
    polygons
        (n,) shapely polygons, lon/lat in degrees.
    band_m
        Height of a band in metres.

    Returns
    -------
    NDArray
        (n,) int64 indices.
    """
    if polygons.size == 0:
        return np.zeros(0, dtype=np.int64)
    points = shapely.point_on_surface(polygons)
    x, y = shapely.get_x(points), shapely.get_y(points)
    band = np.floor((y.max() - y) * 111_320.0 / band_m).astype(np.int64)
    return np.lexsort((x, band)).astype(np.int64)
