"""Whether two encoders put the same features, attributes and geometry into a tile."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from tiles.decode import DecodedFeature, decode_tile

__all__ = ["agrees", "by_id", "shape"]

_TOLERANCE = 1.5  # one unit on each axis, measured along the diagonal


def by_id(tile: bytes) -> dict[int, DecodedFeature]:
    """Features of the only layer of a tile by id."""
    (layer,) = decode_tile(tile)
    return {feature.id: feature for feature in layer.features if feature.id is not None}


def shape(feature: DecodedFeature) -> shapely.Geometry:
    """Geometry of a decoded feature: points, lines, or rings grouped by winding."""
    if feature.kind == 1:
        return shapely.MultiPoint([position for path in feature.paths for position in path])
    if feature.kind == 2:
        return shapely.MultiLineString(feature.paths)
    parts: list[list[Sequence[tuple[int, int]]]] = []
    for ring in feature.paths:
        x, y = np.array(ring, dtype=np.int64).T
        if np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0:
            parts.append([ring])
        else:
            parts[-1].append(ring)
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in parts])


def _fringe(feature: DecodedFeature, buffer: int, extent: int = 4096) -> bool:
    """True for what lies within a unit of the edge of the buffer, or is smaller than a unit."""
    geometry = shape(feature)
    core = shapely.box(1 - buffer, 1 - buffer, extent + buffer - 1, extent + buffer - 1)
    if feature.kind == 3 and shapely.make_valid(geometry).area <= 1.0:
        return True
    return bool(geometry.intersection(core).is_empty)


def _paired(
    ours: Mapping[int, DecodedFeature], theirs: Mapping[int, DecodedFeature], *, buffer: int
) -> str | None:
    """First feature or attribute that only one tile has, in words."""
    for mine, other in ((ours, theirs), (theirs, ours)):
        for id_ in mine.keys() - other.keys():
            if not _fringe(mine[id_], buffer):
                return f"feature {id_} is in one tile only"
    for id_ in ours.keys() & theirs.keys():
        if dict(ours[id_].properties) != dict(theirs[id_].properties):
            return f"attributes of {id_}: {ours[id_].properties} {theirs[id_].properties}"
    return None


def _outlines(features: Sequence[DecodedFeature]) -> NDArray[np.object_]:
    """Points, lines, or boundaries of polygons."""
    shapes = np.array([shape(feature) for feature in features], dtype=object)
    return shapely.boundary(shapes) if features[0].kind == 3 else shapes


def agrees(
    ours: Mapping[int, DecodedFeature],
    theirs: Mapping[int, DecodedFeature],
    *,
    buffer: int,
    exact: Mapping[int, shapely.Geometry],
) -> tuple[bool, str]:
    """Whether two tiles hold the same; otherwise the first difference in words.

    Geometry may differ by one unit on each axis; where it differs by more, ours must be within
    one unit of the exact geometry (tile units, cut by the buffered box) and the peer's not.
    A feature may be missing from one of the tiles only if it lies in the outermost unit of the
    buffer or is smaller than one square unit.
    """
    common = sorted(ours.keys() & theirs.keys())
    difference = _paired(ours, theirs, buffer=buffer)
    if difference or not common:
        return False, difference or "no feature in common"
    a = _outlines([ours[id_] for id_ in common])
    b = _outlines([theirs[id_] for id_ in common])
    apart = shapely.hausdorff_distance(a, b)
    box = shapely.box(-buffer, -buffer, 4096 + buffer, 4096 + buffer)
    far = np.flatnonzero(apart > _TOLERANCE)
    for k in far:
        cut = shapely.intersection(exact[common[k]], box)
        outline = shapely.boundary(cut) if cut.geom_type.endswith("Polygon") else cut
        if shapely.hausdorff_distance(a[k], outline) > 1.0:
            return False, f"feature {common[k]} is {apart[k]:.2f} units apart"
    note = f"{len(common)} features, ids and attributes equal, geometry within a unit"
    if far.size:
        note += f"; {far.size} where only the peer is more than a unit from the exact geometry"
    return True, note
