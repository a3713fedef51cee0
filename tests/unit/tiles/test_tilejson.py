"""TileJSON documents."""

import numpy as np
import pytest

from grids.bounds import BoundingBox
from grids.errors import UnknownLayerError
from layers.catalog import default_catalog
from layers.columns import LayerTable
from tests.ragged import geometry_column
from tests.tile_sources import TableSource
from tiles.tilejson import tilejson


def source(*layers: str) -> TableSource:
    """Empty tables of layers of the catalogue."""
    empty = np.empty(0, dtype=np.int64)
    tables = {
        name: LayerTable(
            default_catalog()[name], empty, empty.astype(np.int32), geometry_column([]), {}
        )
        for name in layers
    }
    return TableSource(tables, box=BoundingBox(118.61, 31.9, 118.92, 32.21))


def test_the_document_says_what_the_tiles_hold() -> None:
    document = tilejson("road,building", source("road", "building"), base_url="https://map.example")
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["https://map.example/tiles/building,road/{z}/{x}/{y}.mvt"]
    assert document["bounds"] == [118.61, 31.9, 118.92, 32.21]
    assert (document["minzoom"], document["maxzoom"]) == (8, 16)
    building, road = document["vector_layers"]
    assert (building["id"], building["minzoom"], building["maxzoom"]) == ("building", 12, 16)
    assert building["description"] == "建筑物 (Buildings)"
    assert building["fields"]["floors"] == "Number; 层数 (Floors), floors"
    assert building["fields"]["use"].startswith("String; 用途 (Use): residential 住宅, ")
    assert road["fields"]["bridge"] == "Boolean; 桥 (Bridge)"


def test_hidden_fields_are_not_mentioned() -> None:
    data = source("building")
    data.hidden = frozenset({"name"})
    (layer,) = tilejson("building", data, base_url="")["vector_layers"]
    assert "name" not in layer["fields"]


def test_a_layer_without_rows_has_the_bounds_of_the_world() -> None:
    data = source("road")
    data.box = None
    assert tilejson(["road"], data, base_url="")["bounds"] == [
        -180.0,
        -85.0511288,
        180.0,
        85.0511288,
    ]


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(UnknownLayerError, match="rivers"):
        tilejson("rivers", source("road"), base_url="")
