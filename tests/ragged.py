"""Tables of a layer from shapely geometries in world units, built the slow and plain way."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.columns import Column, LayerTable, RaggedGeometry
from layers.model import FieldSpec, FieldType, GeometryKind, LayerSpec

_KINDS = {
    "Point": GeometryKind.POINT,
    "LineString": GeometryKind.LINE,
    "Polygon": GeometryKind.POLYGON,
}


def _rings(geometry: shapely.Geometry) -> list[NDArray[np.float64]]:
    """Points of each ring, part or point group; rings open, exteriors positive in y-south."""
    rings = []
    if geometry.geom_type.endswith("Point"):
        return [shapely.get_coordinates(geometry)]
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            oriented = shapely.orient_polygons(part, exterior_cw=False)
            rings.append(shapely.get_coordinates(oriented.exterior)[:-1])
            rings.extend(shapely.get_coordinates(hole)[:-1] for hole in oriented.interiors)
        else:
            rings.append(shapely.get_coordinates(part))
    return rings


def geometry_column(geometries: Sequence[shapely.Geometry]) -> RaggedGeometry:
    """Ragged column of geometries whose coordinates are whole world units."""
    coords, ring_starts, feature_starts, bounds = [], [0], [0], []
    points = 0
    for geometry in geometries:
        for ring in [] if geometry.is_empty else _rings(geometry):
            coords.append(np.round(ring))
            points += len(ring)
            ring_starts.append(points)
        feature_starts.append(len(ring_starts) - 1)
        bounds.append((1, 1, 0, 0) if geometry.is_empty else np.round(geometry.bounds))
    flat = np.concatenate(coords) if coords else np.empty((0, 2))
    return RaggedGeometry(
        np.ascontiguousarray(flat.astype(np.int32)),
        np.array(ring_starts, dtype=np.int64),
        np.array(feature_starts, dtype=np.int64),
        np.array(bounds, dtype=np.int64).astype(np.int32).reshape(-1, 4),
    )


def layer_table(
    geometries: Sequence[shapely.Geometry],
    columns: Mapping[str, Column] | None = None,
    *,
    kind: GeometryKind | None = None,
    name: str = "things",
    first_id: int = 1,
    fields: Sequence[FieldSpec] = (),
    max_zoom: int = 16,
) -> LayerTable:
    """Table of a layer with ids counting from `first_id`."""
    columns = {} if columns is None else columns
    if kind is None:
        kind = _KINDS[geometries[0].geom_type.removeprefix("Multi")]
    declared = tuple(fields) or tuple(
        FieldSpec(field, FieldType.TEXT, field, field) for field in columns
    )
    spec = LayerSpec(
        name,
        name,
        name,
        kind,
        declared,
        tile_fields=tuple(field.name for field in declared),
        max_zoom=max_zoom,
    )
    count = len(geometries)
    ids = np.arange(first_id, first_id + count, dtype=np.int64)
    versions = np.ones(count, dtype=np.int32)
    return LayerTable(spec, ids, versions, geometry_column(geometries), columns)
