"""The encoder against a slow twin: shapely clips, and the decoder reads what we wrote."""

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from grids.tile import Tile, tile_bounds_world
from layers.columns import LayerTable
from tests.ragged import layer_table
from tiles.decode import DecodedFeature, decode_tile
from tiles.frame import Frame, MvtOptions, mercator_frame
from tiles.mvt import encode_frame, encode_layer

TILE = Tile(z=14, x=13587, y=6636)
XMIN, YMIN, XMAX, _ = tile_bounds_world(TILE)
UNIT = (XMAX - XMIN) // 4096
EXACT = MvtOptions()
BOX = shapely.box(-64, -64, 4160, 4160)
CUT = shapely.box(*(side - 0.5 / UNIT for side in BOX.bounds))  # half a world unit off, as built

coordinates = st.integers(-1500, 5600)
positions = st.tuples(coordinates, coordinates)


def world(geometry: shapely.Geometry) -> shapely.Geometry:
    """Geometry of tile units moved to whole world units of the tile."""
    return shapely.transform(geometry, lambda c: np.round(c * UNIT + (XMIN, YMIN)))


def units(geometry: shapely.Geometry) -> shapely.Geometry:
    """Geometry of world units in tile units."""
    return shapely.transform(geometry, lambda c: (c - (XMIN, YMIN)) / UNIT)


def features(
    table: LayerTable, options: MvtOptions = EXACT, tile: Tile = TILE
) -> Sequence[DecodedFeature]:
    """Decoded features of a table's only layer in a tile."""
    data = encode_layer("things", [(table, np.arange(len(table)))], tile, options=options)
    layers = decode_tile(data)
    return layers[0].features if layers else ()


def shape(feature: DecodedFeature) -> shapely.Geometry:
    """Shapely geometry of a decoded feature."""
    if feature.kind == 1:
        return shapely.MultiPoint(feature.paths[0])
    if feature.kind == 2:
        return shapely.MultiLineString(feature.paths)
    polygons: list[tuple[object, list[object]]] = []
    for ring in feature.paths:
        if signed_area(ring) > 0:
            polygons.append((ring, []))
        else:
            polygons[-1][1].append(ring)
    return shapely.MultiPolygon([shapely.Polygon(*polygon) for polygon in polygons])


def signed_area(ring: Sequence[tuple[int, int]]) -> float:
    """Area by the surveyor's formula, positive for exteriors in y-south coordinates."""
    x, y = np.array(ring, dtype=np.int64).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    """Valid polygons with holes and parts: unions and differences of triangles and boxes."""
    triangles = draw(st.lists(st.tuples(positions, positions, positions), min_size=1, max_size=6))
    holes = draw(st.lists(st.tuples(positions, positions, positions), max_size=4))
    solid = shapely.union_all([shapely.Polygon(t) for t in triangles])
    cut = shapely.difference(solid, shapely.union_all([shapely.Polygon(t) for t in holes]))
    try:
        return shapely.set_precision(world(cut), 1.0)
    except shapely.GEOSException:
        reject()


@given(geometry=polygons())
@settings(max_examples=300, deadline=None)
def test_polygons_agree_with_a_slow_clip_within_one_unit(geometry: shapely.Geometry) -> None:
    table = layer_table([geometry], kind="polygon")
    wanted = shapely.intersection(units(geometry), CUT)
    found = features(table)
    got = shape(found[0]) if found else shapely.MultiPolygon()
    got = shapely.make_valid(got)
    assert shapely.buffer(shapely.symmetric_difference(got, wanted), -0.75).is_empty
    assert not found or shapely.bounds(got)[0] >= -64


@given(geometry=polygons())
@settings(max_examples=200, deadline=None)
def test_rings_are_wound_by_role_and_never_degenerate(geometry: shapely.Geometry) -> None:
    for feature in features(layer_table([geometry], kind="polygon")):
        assert signed_area(feature.paths[0]) > 0
        for ring in feature.paths:
            assert len(ring) >= 3
            assert signed_area(ring) != 0
            assert all(a != b for a, b in zip(ring, ring[1:] + ring[:1], strict=True))


def test_a_concave_polygon_falls_into_separate_parts_at_the_box() -> None:
    comb = shapely.Polygon(
        [(100, 100), (3000, 100), (3000, 200), (6000, 200), (6000, 300), (3000, 300), (3000, 400),
         (6000, 400), (6000, 500), (3000, 500), (3000, 600), (100, 600)]
    )  # fmt: skip
    backwards = shapely.affinity.translate(comb, 1500, 0)
    (feature,) = features(
        layer_table([world(shapely.affinity.scale(backwards, -1, 1, origin=(2048, 0)))])
    )
    assert shape(feature).is_valid
    prongs = shapely.Polygon(
        [
            (4100, 0),
            (5000, 0),
            (5000, 900),
            (4100, 900),
            (4100, 600),
            (4900, 600),
            (4900, 300),
            (4100, 300),
        ]
    )
    (feature,) = features(layer_table([world(prongs)]))
    assert len(feature.paths) == 2
    assert shape(feature).is_valid
    assert shape(feature).area == 60 * 300 * 2


def test_a_tile_inside_a_polygon_is_filled_and_inside_its_hole_is_empty() -> None:
    ring = shapely.box(-9000, -9000, 9000, 9000)
    (feature,) = features(layer_table([world(ring)]))
    assert shape(feature).equals(shapely.MultiPolygon([BOX]))
    holed = ring.difference(shapely.box(-500, -500, 5000, 5000))
    assert features(layer_table([world(holed)])) == ()
    pierced = ring.difference(shapely.box(100, 100, 200, 200))
    (feature,) = features(layer_table([world(pierced)]))
    assert shape(feature).equals(BOX.difference(shapely.box(100, 100, 200, 200)))


def test_holes_go_with_the_part_that_contains_them() -> None:
    legs = shapely.Polygon(
        [(500, -900), (3500, -900), (3500, 2000), (2500, 2000), (2500, -500), (1500, -500),
         (1500, 2000), (500, 2000)]
    )  # fmt: skip
    holes = shapely.union(shapely.box(800, 800, 900, 900), shapely.box(2800, 800, 2900, 900))
    (feature,) = features(layer_table([world(legs.difference(holes))]))
    assert [signed_area(ring) > 0 for ring in feature.paths] == [True, False, True, False]
    assert shape(feature).is_valid
    assert shape(feature).area == 2 * (1000 * 2064 - 100 * 100)


def test_a_ring_that_crosses_itself_still_gives_wound_closed_rings() -> None:
    bow = shapely.Polygon([(-500, 100), (4700, 3000), (4700, 100), (-500, 3000)])
    found = features(layer_table([world(bow)]))
    for feature in found:
        assert signed_area(feature.paths[0]) > 0
        assert all(len(ring) >= 3 for ring in feature.paths)


def test_small_parts_are_left_out_in_every_tile_alike() -> None:
    inside = shapely.box(10, 10, 13, 13)  # 9 square units
    across = shapely.box(4155, 10, 4185, 13)  # 90, of which 15 are inside the buffer
    options = MvtOptions(min_area=16.0)
    (feature,) = features(layer_table([world(inside), world(across)]), options)
    assert feature.id == 2
    assert shape(feature).area == 15


@given(points=st.lists(positions, min_size=2, max_size=12, unique=True))
@settings(max_examples=300, deadline=None)
def test_lines_agree_with_a_slow_clip_within_one_unit(points: list[tuple[int, int]]) -> None:
    line = shapely.LineString(points)
    wanted = shapely.intersection(line, CUT)
    found = features(layer_table([world(line)]))
    got = shape(found[0]) if found else shapely.MultiLineString()
    pieces = [part for part in shapely.get_parts(wanted) if part.length > 2.0]
    assert all(shapely.buffer(got, 1.0).contains(piece) for piece in pieces)
    assert got.is_empty or shapely.buffer(wanted, 1.0).contains(got)


def test_a_line_that_leaves_and_returns_becomes_parts() -> None:
    line = shapely.LineString([(100, 100), (100, 5000), (300, 5000), (300, 100)])
    (feature,) = features(layer_table([world(line)]))
    assert feature.paths == (((100, 100), (100, 4160)), ((300, 4160), (300, 100)))


def test_points_midway_on_a_straight_line_and_repeats_are_left_out() -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10.2, 0), (20, 0), (20, 20), (20, 10)])
    (feature,) = features(layer_table([world(line)]))
    assert feature.paths == (((0, 0), (20, 0), (20, 20), (20, 10)),)


def test_a_line_that_shrinks_to_a_point_is_left_out() -> None:
    assert features(layer_table([world(shapely.LineString([(5.0, 5.0), (5.1, 5.2)]))])) == ()


@given(
    points=st.lists(
        st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)),
        min_size=1,
        max_size=30,
    ),
    z=st.integers(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_every_point_is_owned_by_exactly_one_tile(points: list[tuple[int, int]], z: int) -> None:
    table = layer_table([shapely.Point(p) for p in points])
    owned: list[int | None] = []
    for x in range(1 << z):
        for y in range(1 << z):
            for feature in features(table, MvtOptions(), Tile(z=z, x=x, y=y)):
                ((px, py),) = feature.paths[0]
                assert -64 <= px < 4160
                assert -64 <= py < 4160
                if 0 <= px < 4096 and 0 <= py < 4096:
                    owned.append(feature.id)
    last = (4096 << z) - 0.5  # what rounds onto the far edge of the world belongs to no tile
    scale = (4096 << z) / 2**32
    inner = [i + 1 for i, p in enumerate(points) if max(p[0] + 2**31, p[1] + 2**31) * scale < last]
    assert sorted(owned) == inner


def test_a_multipoint_keeps_the_points_inside() -> None:
    cloud = shapely.MultiPoint([(10, 10), (9000, 10), (4159, 4159), (4160, 0)])
    (feature,) = features(layer_table([world(cloud)]))
    assert feature.paths == (((10, 10), (4159, 4159)),)


def test_empty_geometries_and_tiles_give_no_bytes() -> None:
    empty = layer_table([shapely.Polygon()], kind="polygon")
    assert encode_layer("things", [(empty, np.arange(1))], TILE) == b""
    assert encode_layer("things", [], TILE) == b""


def test_an_axis_that_grows_north_gives_the_same_tile() -> None:
    holed = shapely.box(500, 500, 5000, 3000).difference(shapely.box(700, 700, 900, 2900))
    south = layer_table([world(holed)])
    north = layer_table([shapely.transform(world(holed), lambda c: c * (1, -1))])
    frame = mercator_frame(TILE, EXACT)
    flipped = Frame(
        **{**frame._asdict(), "origin_y": -frame.origin_y, "scale_y": -frame.scale_y, "flip": 1}
    )
    rows = np.arange(1)
    (a,) = decode_tile(encode_frame("things", [(south, rows)], frame))[0].features
    (b,) = decode_tile(encode_frame("things", [(north, rows)], flipped))[0].features
    assert shape(a).equals(shape(b))
    assert [signed_area(r) > 0 for r in b.paths] == [True, False]


def test_neighbouring_units_still_share_their_border_after_cutting() -> None:
    border = [(1000, -700), (1333, 800), (999, 2111), (1500, 4999)]
    west = shapely.Polygon([(-900, -700), *border, (-900, 4999)])
    east = shapely.Polygon([(5000, -700), *border, (5000, 4999)])
    a, b = (shape(f) for f in features(layer_table([world(west), world(east)])))
    assert a.intersection(b).area == 0
    assert a.union(b).equals(BOX)


@pytest.mark.parametrize("shift", [0, 1])
def test_snapped_polygons_lie_on_the_coarse_grid(shift: int) -> None:
    geometry = shapely.Polygon([(11, 13), (97 + shift, 17), (103, 95), (15, 87)])
    (feature,) = features(layer_table([world(geometry)]), MvtOptions(snap=4))
    assert all(x % 4 == 0 and y % 4 == 0 for x, y in feature.paths[0])
