import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.anchors import anchors
from layers.model import GeometryKind
from layers.wkb import wkb_rings
from tests.unit.layers.samples import random_geometry

SEEDS = st.integers(0, 2**32 - 1)


def _anchors(shapes: list[BaseGeometry | None], kind: GeometryKind) -> NDArray[np.float64]:
    column = pa.array(
        [None if s is None else shapely.to_wkb(s) for s in shapes], type=pa.large_binary()
    )
    return anchors(wkb_rings(column, kind=kind), column, kind=kind)


@given(SEEDS)
def test_the_anchor_of_a_polygon_lies_inside_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [random_geometry(rng, GeometryKind.POLYGON) for _ in range(8)]
    found = _anchors(shapes, GeometryKind.POLYGON)
    for shape, anchor in zip(shapes, found, strict=True):
        if shape is None:
            assert np.isnan(anchor).all()
        else:
            assert shape.contains(shapely.Point(anchor))


def test_the_centroid_is_taken_where_it_lies_inside() -> None:
    square, ring = (
        shapely.box(0, 0, 2, 2),
        shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 3, 3)),
    )
    found = _anchors([square, ring], GeometryKind.POLYGON)
    assert found[0].tolist() == [1, 1]
    assert ring.contains(shapely.Point(found[1]))


def test_the_largest_part_counts() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)])
    assert _anchors([parts], GeometryKind.POLYGON).tolist() == [[7, 7]]
    lines = shapely.MultiLineString([[(0, 0), (1, 0)], [(0, 5), (4, 5), (4, 5), (8, 5)]])
    assert _anchors([lines], GeometryKind.LINE).tolist() == [[4, 5]]


@given(SEEDS)
def test_the_anchor_of_a_line_is_half_way_along(seed: int) -> None:
    line = shapely.LineString(np.random.default_rng(seed).uniform(0, 1, (5, 2)))
    found = _anchors([line], GeometryKind.LINE)[0]
    middle = line.interpolate(0.5, normalized=True)
    np.testing.assert_allclose(found, [middle.x, middle.y], atol=1e-12)


def test_a_point_is_its_own_anchor_unrounded() -> None:
    point = shapely.Point(120.123456789012, 30.98765432101)
    assert _anchors([point], GeometryKind.POINT).tolist() == [[point.x, point.y]]
