"""Stale tiles: those that meet a change, no others, and only what a map can show."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoserver.dirty import dirty_tiles, seen_tiles, world_box
from grids.bounds import BoundingBox
from grids.tile import Tile, tile_at, tile_bounds_world, world_from_lonlat
from layers.catalog import default_catalog

EVENT = default_catalog()["event"]
PLACES = st.tuples(st.floats(118.0, 119.0), st.floats(31.0, 33.0))


def box_of(place: tuple[float, float]) -> list[int]:
    x, y = world_from_lonlat(np.array([place]))[0].tolist()
    return [x, y, x, y]


@given(PLACES)
def test_the_tile_of_a_place_is_stale_at_every_zoom(place: tuple[float, float]) -> None:
    found = dirty_tiles(EVENT, np.array([box_of(place)]))
    assert set(found.by_zoom) == set(range(EVENT.min_zoom, EVENT.max_zoom + 1))
    for zoom, tiles in found.by_zoom.items():
        assert tiles is not None
        own = tile_at(*place, zoom)
        assert [own.x, own.y] in tiles.tolist()
        assert len(tiles) <= 4  # its neighbours draw it too when it lies near their side


@given(PLACES)
def test_a_stale_tile_holds_the_place_or_has_it_in_its_buffer(place: tuple[float, float]) -> None:
    x, y, _, _ = box_of(place)
    for zoom, tiles in dirty_tiles(EVENT, np.array([box_of(place)])).by_zoom.items():
        for column, row in [] if tiles is None else tiles.tolist():
            west, north, east, south = tile_bounds_world(Tile(z=zoom, x=column, y=row), buffer=0.05)
            assert west <= x <= east
            assert north <= y <= south


def test_a_map_is_told_only_of_zooms_it_can_show() -> None:
    found = dirty_tiles(EVENT, np.array([box_of((118.5, 32.0))]))
    street = world_box(BoundingBox(118.49, 31.99, 118.51, 32.01))
    assert {z for z, _, _ in seen_tiles(found, street)} == set(range(9, 17))
    province = world_box(BoundingBox(110.0, 25.0, 125.0, 40.0))
    assert max((z for z, _, _ in seen_tiles(found, province)), default=0) <= 9
    elsewhere = world_box(BoundingBox(100.0, 10.0, 100.1, 10.1))
    assert seen_tiles(found, elsewhere) == []


def test_everything_stale_is_every_tile_in_view() -> None:
    found = dirty_tiles(EVENT, np.empty((0, 4), dtype=np.int64), everywhere=True)
    view = world_box(BoundingBox(118.5, 32.0, 118.52, 32.02))
    tiles = seen_tiles(found, view)
    assert {z for z, _, _ in tiles} == set(range(9, 17))
    assert len(tiles) == len(set(tiles))


def test_rows_without_geometry_make_nothing_stale() -> None:
    empty = np.array([[2**31 - 1, 2**31 - 1, -(2**31), -(2**31)]])
    assert dirty_tiles(EVENT, empty).by_zoom == {}
