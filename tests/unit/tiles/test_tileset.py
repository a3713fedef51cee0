"""Tile requests from their ETag to their bytes."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from grids.errors import ParameterError, UnknownLayerError, ZoomRangeError
from grids.tile import Tile
from layers.columns import LayerTable, TextColumn
from tests.ragged import layer_table
from tests.tile_sources import TableSource
from tiles.cache import BuildAbandonedError
from tiles.decode import decode_tile
from tiles.request import TileRequest, layer_names
from tiles.tileset import Tileset
from tiles.versions import is_known

ROOT = Tile(z=0, x=0, y=0)


def coloured(name: str, count: int = 3, *, max_zoom: int = 16) -> LayerTable:
    """Points with a colour."""
    colours = TextColumn(np.zeros(count, dtype=np.int32), np.array(["red"], dtype=object))
    points = [shapely.Point(k, k) for k in range(count)]
    return layer_table(points, {"colour": colours}, name=name, max_zoom=max_zoom)


def source() -> TableSource:
    """Two layers, one of them only at low zoom."""
    return TableSource({"a": coloured("a"), "b": coloured("b", max_zoom=2)})


def request(*layers: str, tile: Tile = ROOT) -> TileRequest:
    """Request of some layers."""
    return TileRequest(layer_names(",".join(layers)), tile)


def test_a_tile_holds_its_layers_whatever_their_order_and_number() -> None:
    tiles, data = Tileset(), source()
    answer = tiles.tile(request("b", "a", "b"), data)
    assert [layer.name for layer in decode_tile(answer.identity())] == ["a", "b"]
    assert tiles.tile(request("a", "b"), data) == replace(answer, is_cached=True)


def test_the_etag_is_known_before_a_feature_is_read() -> None:
    tiles, data = Tileset(), source()
    plan = tiles.plan(request("a"), data)
    assert data.reads == []
    assert tiles.build(plan, data).etag == plan.etag
    assert data.reads == ["a"]


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"scope_key": "other"}, {"hidden": frozenset({"colour"})}],
)
def test_the_etag_changes_with_whatever_changes_the_tile(change: dict[str, object]) -> None:
    tiles, data = Tileset(), source()
    before = tiles.plan(request("a"), data).etag
    assert tiles.plan(request("a"), source()).etag == before
    for name, value in change.items():
        setattr(data, name, value)
    assert tiles.plan(request("a"), data).etag != before


def test_etags_of_different_tiles_and_layers_differ() -> None:
    tiles, data = Tileset(), source()
    requests = [
        request("a"),
        request("b"),
        request("a", "b"),
        request("a", tile=Tile(z=1, x=0, y=0)),
        request("a", tile=Tile(z=1, x=0, y=1)),
        TileRequest(("a",), ROOT, query="colour=red"),
    ]
    assert len({tiles.plan(one, data).etag for one in requests}) == len(requests)


def test_nothing_is_built_twice_and_layers_are_shared_between_tiles() -> None:
    tiles, data = Tileset(), source()
    assert not tiles.tile(request("a", "b"), data).is_cached
    assert tiles.tile(request("a", "b"), data).is_cached
    tiles.tile(request("a"), data)
    assert data.reads == ["a", "b"]
    assert tiles.used_bytes > 0


def test_hidden_fields_never_reach_the_tile() -> None:
    data = source()
    data.hidden = frozenset({"colour"})
    body = Tileset().tile(request("a"), data).identity()
    assert b"colour" not in body
    assert b"red" not in body


def test_layers_outside_their_zoom_are_skipped_and_all_outside_is_an_error() -> None:
    tiles, data = Tileset(), source()
    deep = Tile(z=3, x=4, y=4)
    (layer,) = decode_tile(tiles.tile(request("a", "b", tile=deep), data).identity())
    assert layer.name == "a"
    with pytest.raises(
        ZoomRangeError, match="zoom 3 is outside the range of every layer: b 0 to 2"
    ):
        tiles.tile(request("b", tile=deep), data)


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(UnknownLayerError, match="no layer 'roads'; there are a, b"):
        Tileset().tile(request("a", "roads"), source())


def test_an_empty_tile_has_no_body_but_an_etag() -> None:
    tiles, data = Tileset(), source()
    far = request("a", tile=Tile(z=5, x=0, y=0))
    answer = tiles.tile(far, data)
    assert answer.body is None
    assert answer.identity() == b""
    assert answer.etag
    assert tiles.tile(far, data).is_cached


def test_a_build_nobody_wants_stops_and_can_be_had_later() -> None:
    tiles, data = Tileset(), source()
    plan = tiles.plan(request("a", "b"), data)
    with pytest.raises(BuildAbandonedError):
        tiles.build(plan, data, is_wanted=lambda: not data.reads)
    assert data.reads == ["a"]
    assert tiles.build(plan, data).body is not None
    assert data.reads == ["a", "b"]


def test_layer_lists_are_checked() -> None:
    assert layer_names("b,a,b") == ("a", "b")
    with pytest.raises(ParameterError, match="joined by commas"):
        layer_names("a,,b")
    with pytest.raises(ParameterError, match="at most 16, got 17"):
        layer_names(",".join(f"l{k}" for k in range(17)))
    with pytest.raises(ParameterError, match="at most 1024 characters"):
        layer_names("a" * 5000)
    assert layer_names(",".join(["a"] * 17)) == ("a",)


def test_if_none_match_is_compared_weakly() -> None:
    assert is_known('W/"x"', "x")
    assert is_known('"y", "x"', "x")
    assert not is_known('"xy"', "x")
