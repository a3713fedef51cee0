import contextlib

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import CoordinateError, GeometryError
from grids.tile import lonlat_from_world, world_from_lonlat
from layers.columns import RaggedGeometry
from layers.model import GeometryKind
from layers.ragged import ragged_from_points, ragged_from_shapely, ragged_from_wkb

COORDINATE = st.tuples(st.floats(-179, 179), st.floats(-84, 84))
RINGS = st.lists(COORDINATE, min_size=3, max_size=8)


def _shapes(geometry: RaggedGeometry, feature: int) -> list[NDArray[np.int32]]:
    """Rings of one feature in degrees, as lists."""
    first, last = geometry.feature_starts[feature], geometry.feature_starts[feature + 1]
    starts = geometry.ring_starts
    return [geometry.coords[starts[r] : starts[r + 1]] for r in range(first, last)]


def _area(ring: NDArray[np.int32]) -> float:
    x, y = (ring.astype(np.float64) - ring[0]).T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2


@given(st.lists(RINGS, min_size=1, max_size=5))
def test_rings_are_open_wound_and_without_repeats(
    polygons: list[list[tuple[float, float]]],
) -> None:
    shapes = np.array([shapely.Polygon(points) for points in polygons])
    build = ragged_from_shapely(shapes, kind=GeometryKind.POLYGON)
    assert len(build.geometry) == len(shapes)
    for feature in range(len(shapes)):
        for ring in _shapes(build.geometry, feature):
            assert len(ring) >= 3
            assert (ring != np.roll(ring, 1, axis=0)).any(axis=1).all()
            assert _area(ring) > 0


@given(st.integers(0, 2**32 - 1))
def test_polygons_keep_area_holes_and_parts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform((100, 20), (120, 40))
    hole = shapely.box(x + 0.2, y + 0.2, x + 0.4, y + 0.5)
    first = shapely.box(x, y, x + 1, y + 1).difference(hole)
    second = shapely.box(x + 2, y, x + 3, y + rng.uniform(0.1, 1))
    shape = shapely.MultiPolygon([first, second])
    if rng.random() < 0.5:
        shape = shapely.MultiPolygon(
            [shapely.Polygon(p.exterior.coords[::-1], [r.coords[::-1] for r in p.interiors])
             for p in shape.geoms]
        )  # fmt: skip
    build = ragged_from_shapely(np.array([shape]), kind=GeometryKind.POLYGON)
    assert build.dropped_rings == 0
    signs = [np.sign(_area(ring)) for ring in _shapes(build.geometry, 0)]
    assert signs == [1, -1, 1]
    rings = [lonlat_from_world(ring) for ring in _shapes(build.geometry, 0)]
    again = shapely.MultiPolygon([(rings[0], [rings[1]]), (rings[2], [])])
    assert again.symmetric_difference(shape).area < 1e-6


def test_what_vanishes_at_drawing_precision_is_dropped_counted_and_still_bounded() -> None:
    dust = shapely.box(0, 0, 1e-9, 1e-9)
    line_like = shapely.Polygon([(1, 0), (2, 0), (3, 0)])
    with_dust_hole = shapely.Polygon(
        shapely.box(5, 5, 6, 6).exterior, [shapely.box(5.5, 5.5, 5.5 + 1e-9, 5.6).exterior]
    )
    build = ragged_from_shapely(
        np.array([dust, line_like, with_dust_hole]), kind=GeometryKind.POLYGON
    )
    assert build.dropped_rings == 3
    assert np.diff(build.geometry.feature_starts).tolist() == [0, 0, 1]
    assert (build.geometry.bounds[:, 0] <= build.geometry.bounds[:, 2]).all()


def test_a_hole_goes_with_its_exterior() -> None:
    sliver = shapely.Polygon([(0, 0), (1, 0), (2, 0)], [[(0.1, 0.2), (0.3, 0.9), (0.5, 0.1)]])
    build = ragged_from_shapely(np.array([sliver]), kind=GeometryKind.POLYGON)
    assert build.dropped_rings == 2
    assert build.geometry.coords.size == 0


def test_lines_lose_repeats_and_dots() -> None:
    line = shapely.MultiLineString([[(0, 0), (0, 0), (1, 1), (1, 1)], [(5, 5), (5, 5)]])
    build = ragged_from_shapely(np.array([line, None]), kind=GeometryKind.LINE)
    assert build.dropped_rings == 1
    assert [len(ring) for ring in _shapes(build.geometry, 0)] == [2]
    assert build.geometry.bounds[1, 0] > build.geometry.bounds[1, 2]


@given(st.lists(COORDINATE, max_size=20))
def test_points_are_the_same_from_arrays_and_from_wkb(points: list[tuple[float, float]]) -> None:
    lonlat = np.array(points, dtype=np.float64).reshape(-1, 2)
    direct = ragged_from_points(lonlat)
    read = ragged_from_shapely(shapely.points(lonlat), kind=GeometryKind.POINT).geometry
    for name in ("coords", "ring_starts", "feature_starts", "bounds"):
        np.testing.assert_array_equal(getattr(direct, name), getattr(read, name))
    np.testing.assert_array_equal(direct.coords, world_from_lonlat(lonlat))


def test_points_that_are_not_there_are_empty_and_wrong_ones_are_refused() -> None:
    made = ragged_from_points(np.array([[np.nan, np.nan], [1.0, 2.0]]))
    assert np.diff(made.feature_starts).tolist() == [0, 1]
    with pytest.raises(CoordinateError):
        ragged_from_points(np.array([[181.0, 0.0]]))
    with pytest.raises(GeometryError, match="longitude and latitude"):
        ragged_from_shapely(np.array([shapely.Point(181, 0)]), kind=GeometryKind.POINT)


SHAPES = [
    shapely.Point(1, 2),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.LineString([(0, 0), (1, 2), (3, 3)]),
    shapely.MultiLineString([[(0, 0), (1, 2)], [(3, 3), (4, 4)]]),
    shapely.box(0, 0, 1, 1),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
]
KINDS = [GeometryKind.POINT] * 2 + [GeometryKind.LINE] * 2 + [GeometryKind.POLYGON] * 2


@pytest.mark.parametrize(("shape", "kind"), list(zip(SHAPES, KINDS, strict=True)))
def test_every_flavour_of_wkb_reads_the_same(shape: BaseGeometry, kind: GeometryKind) -> None:
    plain = ragged_from_shapely(np.array([shape]), kind=kind).geometry
    high = shapely.force_3d(shape, 7.0)
    flavours = [
        shapely.to_wkb(shape, byte_order=0),
        shapely.to_wkb(high, output_dimension=3, flavor="iso"),
        shapely.to_wkb(high, output_dimension=3, flavor="extended"),
        shapely.to_wkb(shapely.set_srid(high, 4490), output_dimension=3, include_srid=True),
        shapely.to_wkb(shapely.set_srid(shape, 4490), include_srid=True, byte_order=0),
    ]
    for binary in flavours:
        read = ragged_from_wkb(pa.array([binary, None]), kind=kind).geometry
        np.testing.assert_array_equal(read.coords, plain.coords)
        assert read.feature_starts[-1] == read.feature_starts[1]


@pytest.mark.parametrize(("shape", "kind"), list(zip(SHAPES, KINDS, strict=True)))
def test_a_cut_geometry_is_refused_at_every_length(shape: BaseGeometry, kind: GeometryKind) -> None:
    binary = shapely.to_wkb(shape)
    for length in range(1, len(binary)):
        with pytest.raises(GeometryError, match="row 1"):
            ragged_from_wkb(pa.array([None, binary[:length]]), kind=kind)


@given(st.sampled_from(list(zip(SHAPES, KINDS, strict=True))), st.data())
def test_damaged_bytes_are_read_or_refused(
    sample: tuple[BaseGeometry, GeometryKind], data: st.DataObject
) -> None:
    binary = bytearray(shapely.to_wkb(sample[0]))
    for _ in range(data.draw(st.integers(1, 4))):
        binary[data.draw(st.integers(0, len(binary) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(GeometryError):
        read = ragged_from_wkb(pa.array([bytes(binary)]), kind=sample[1])
        assert len(read.geometry) == 1


def test_another_kind_and_another_byte_order_are_refused() -> None:
    with pytest.raises(GeometryError, match="kind"):
        ragged_from_shapely(np.array([shapely.Point(0, 0)]), kind=GeometryKind.LINE)
    with pytest.raises(GeometryError, match="kind"):
        ragged_from_shapely(np.array([shapely.GeometryCollection()]), kind=GeometryKind.POINT)
    with pytest.raises(GeometryError, match="byte order"):
        ragged_from_wkb(pa.array([b"\x07" + b"\0" * 20]), kind=GeometryKind.POINT)


def test_sliced_and_chunked_columns_read_the_same() -> None:
    shapes = shapely.points([[i, i] for i in range(10)])
    whole = pa.array(shapely.to_wkb(shapes).tolist())
    expected = ragged_from_wkb(whole, kind=GeometryKind.POINT).geometry.coords
    sliced = ragged_from_wkb(whole.slice(3, 4), kind=GeometryKind.POINT).geometry.coords
    np.testing.assert_array_equal(sliced, expected[3:7])
    chunked = pa.chunked_array([whole.slice(0, 4), whole.slice(4)])
    read = ragged_from_wkb(chunked, kind=GeometryKind.POINT).geometry.coords
    np.testing.assert_array_equal(read, expected)
    assert len(ragged_from_wkb(whole.slice(0, 0), kind=GeometryKind.POINT).geometry) == 0
