"""Tiles and world coordinates: known tiles, inverses, and refusal of indices out of range."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from grids.bounds import BoundingBox, bounding_box, bounds_of
from grids.errors import CoordinateError, TileIndexError
from grids.tile import (
    Tile,
    lonlat_from_world,
    tile_at,
    tile_bounds_lonlat,
    tile_bounds_world,
    tiles_covering,
    world_from_lonlat,
)

LON = st.floats(-180, 180)
LAT = st.floats(-85.05, 85.05)


@given(st.lists(st.tuples(LON, LAT), max_size=20))
def test_world_coordinates_are_inverted_within_half_a_unit(
    places: list[tuple[float, float]],
) -> None:
    lonlat = np.array(places).reshape(-1, 2)
    world = world_from_lonlat(lonlat)
    assert world.dtype == np.int32
    np.testing.assert_array_equal(world_from_lonlat(lonlat_from_world(world)), world)
    back = lonlat_from_world(world)
    inner = np.abs(lonlat[:, 0]) < 180 - 1e-7
    np.testing.assert_allclose(back[inner], lonlat[inner], atol=360 / 2**32)


def test_world_coordinates_agree_with_proj() -> None:
    lonlat = np.random.default_rng(1).uniform((-180, -85), (180, 85), (2000, 2))
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(*lonlat.T)
    half = 20037508.342789244
    expected = np.column_stack((x, -np.asarray(y))) / half * 2**31
    assert np.abs(world_from_lonlat(lonlat) - expected).max() < 0.501


def test_the_corners_of_the_square_stay_in_int32() -> None:
    corners = world_from_lonlat(np.array([[180.0, -90.0], [-180.0, 90.0]]))
    assert corners.tolist() == [[2**31 - 1, 2**31 - 1], [-(2**31), -(2**31)]]


@pytest.mark.parametrize("bad", [[[np.nan, 0]], [[0, np.inf]], [[181, 0]], [[0, 91]], [0, 0]])
def test_positions_off_the_globe_are_refused(bad: list[object]) -> None:
    with pytest.raises(CoordinateError):
        world_from_lonlat(np.array(bad, dtype=np.float64))


@given(z=st.integers(0, 30), data=st.data())
def test_a_tile_is_one_of_the_children_of_its_parent(z: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, 2**z - 1))
    y = data.draw(st.integers(0, 2**z - 1))
    tile = Tile(z=z, x=x, y=y)
    parent = tile.parent()
    assert (parent is None) == (z == 0)
    if parent is not None:
        assert tile in parent.children()
        outer, inner = tile_bounds_world(parent), tile_bounds_world(tile)
        assert outer[0] <= inner[0] < inner[2] <= outer[2]
        assert outer[1] <= inner[1] < inner[3] <= outer[3]


@given(lon=LON, lat=LAT, z=st.integers(0, 22))
def test_a_position_lies_in_its_tile(lon: float, lat: float, z: int) -> None:
    tile = tile_at(lon, lat, z)
    x, y = world_from_lonlat(np.array([[lon, lat]]))[0].tolist()
    xmin, ymin, xmax, ymax = tile_bounds_world(tile)
    assert xmin <= x < xmax
    assert ymin <= y < ymax


def test_known_tiles_and_buffers() -> None:
    assert tile_at(116.397128, 39.916527, 14) == Tile(z=14, x=13489, y=6207)
    assert tile_bounds_world(Tile(z=2, x=0, y=3), buffer=0.5) == (
        -(2**31) - 2**29,
        2**30 - 2**29,
        -(2**30) + 2**29,
        2**31 + 2**29,
    )
    assert tile_bounds_lonlat(Tile(z=1, x=1, y=0)).xmin == 0.0


def test_tiles_cover_a_box_and_nothing_else() -> None:
    box = BoundingBox(119.9, 30.1, 120.4, 30.5)
    tiles = list(tiles_covering(box, 12))
    assert len(set(tiles)) == len(tiles)
    assert all(tile_bounds_lonlat(tile).intersects(box) for tile in tiles)
    assert {tile_at(x, y, 12) for x in box[::2] for y in box[1::2]} <= set(tiles)


@pytest.mark.parametrize(
    ("index", "named"),
    [((31, 0, 0), "z"), ((-1, 0, 0), "z"), ((1, 2, 0), "x"), ((1, 0, -1), "y"), ((0, 0, 1), "y")],
)
def test_indices_out_of_range_are_named(index: tuple[int, int, int], named: str) -> None:
    with pytest.raises(TileIndexError, match=f"^{named} must be"):
        Tile(z=index[0], x=index[1], y=index[2])


@pytest.mark.parametrize(
    "values",
    [[1, 2, 3], [2, 0, 1, 1], [0, 0, 181, 1], [0, 3, 1, 2], [0, 0, np.nan, 1], [0, -91, 1, 1]],
)
def test_boxes_that_are_none_are_refused(values: list[float]) -> None:
    with pytest.raises(CoordinateError, match="bbox"):
        bounding_box(values)


def test_boxes_join_meet_and_grow() -> None:
    a, b = BoundingBox(0, 0, 1, 1), BoundingBox(2, 2, 3, 3)
    assert a.union(b) == BoundingBox(0, 0, 3, 3)
    assert not a.intersects(b)
    assert a.expanded(1).intersects(b)
    assert a.contains(1, 1)
    assert a.contains_points(np.array([[0.5, 0.5], [1.5, 0.5], [np.nan, 0]])).tolist() == [
        True,
        False,
        False,
    ]
    assert bounds_of(np.array([[1.0, 2.0], [0.0, 3.0]])) == BoundingBox(0, 2, 1, 3)
    assert bounds_of(np.empty((0, 2))) is None
    assert (a.width, a.height, a.centre) == (1, 1, (0.5, 0.5))
