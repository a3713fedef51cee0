"""Shapely geometries of drawing coordinates, for layers whose rows no store keeps."""

import numpy as np
import shapely
from numpy.typing import NDArray

from grids.tile import lonlat_from_world
from layers.columns import RaggedGeometry
from layers.model import GeometryKind

__all__ = ["drawn_geometries"]


def drawn_geometries(
    geometry: RaggedGeometry, rows: NDArray[np.int64], *, kind: GeometryKind
) -> NDArray[np.object_]:
    """Geometries of some rows, (k,) shapely objects in degrees, None where empty; 9 mm exact."""
    out = np.empty(rows.size, dtype=object)
    for k, row in enumerate(rows.tolist()):
        first, last = geometry.feature_starts[row], geometry.feature_starts[row + 1]
        rings = [
            lonlat_from_world(
                geometry.coords[geometry.ring_starts[r] : geometry.ring_starts[r + 1]]
            )
            for r in range(first, last)
        ]
        if rings:
            winding = [_is_exterior(geometry, r) for r in range(first, last)]
            out[k] = _shape(rings, winding, kind)
    return out


def _is_exterior(geometry: RaggedGeometry, ring: int) -> bool:
    points = geometry.coords[geometry.ring_starts[ring] : geometry.ring_starts[ring + 1]]
    x, y = (points.astype(np.float64) - points[0]).T
    return bool(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) > 0)


def _shape(
    rings: list[NDArray[np.float64]], exterior: list[bool], kind: GeometryKind
) -> shapely.Geometry:
    if kind is GeometryKind.POINT:
        points = np.concatenate(rings)
        return shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)
    if kind is GeometryKind.LINE:
        lines = [shapely.LineString(ring) for ring in rings]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    starts = [i for i, outer in enumerate(exterior) if outer]
    ends = [*starts[1:], len(rings)]
    polygons = [
        shapely.Polygon(rings[a], rings[a + 1 : b]) for a, b in zip(starts, ends, strict=True)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
