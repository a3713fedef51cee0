"""Labels and borders derived from layers of polygons."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.errors import UnknownLayerError
from grids.tile import Tile
from layers.columns import LayerTable, TextColumn
from layers.model import FieldSpec, FieldType
from tests.ragged import geometry_column, layer_table
from tests.tile_sources import TableSource
from tiles.borders import border_lines
from tiles.decode import DecodedFeature, decode_tile
from tiles.labels import label_points
from tiles.request import TileRequest
from tiles.tilejson import tilejson
from tiles.tileset import Tileset

SIDE = 1 << 22  # of a unit: tiles of zoom 10
LEVELS = ("city", "district", "street", "community", "grid", "unit")
corners = st.tuples(st.integers(-9000, 9000), st.integers(-9000, 9000))


def text(values: list[str | None]) -> TextColumn:
    """Text column of some values."""
    known = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else known.index(value) for value in values]
    return TextColumn(np.array(codes, dtype=np.int32), np.array(known, dtype=object))


def chessboard() -> LayerTable:
    """Four units of level grid, and the community and city that hold them."""
    cells = [
        shapely.box(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE)
        for x in range(2)
        for y in range(2)
    ]
    west, whole = shapely.union_all(cells[:2]), shapely.union_all(cells)
    # dissolved units keep the vertices of their leaves
    west, whole = (shapely.segmentize(g, SIDE) for g in (west, whole))
    east = shapely.segmentize(shapely.union_all(cells[2:]), SIDE)
    columns = {
        "name": text(["一", "二", "三", None, "西", "东", "城"]),
        "level": text(["grid"] * 4 + ["community"] * 2 + ["city"]),
    }
    fields = [FieldSpec(name, FieldType.TEXT, name, name) for name in columns]
    units = [*cells, west, east, whole]
    return layer_table(units, columns, name="grid", fields=fields)


def length_by_level(table: LayerTable) -> dict[str, float]:
    """Total length of borders of each level, in sides of a unit."""
    geometry, column = border_lines(table, np.arange(len(table)), field="level", levels=LEVELS)
    found: dict[str, float] = {}
    for k, code in enumerate(column.codes):
        line = geometry.coords[geometry.ring_starts[k] : geometry.ring_starts[k + 1]]
        level = str(column.values[code])
        found[level] = found.get(level, 0.0) + shapely.LineString(line).length / SIDE
    return found


def test_every_stretch_of_border_is_there_once_with_its_widest_level() -> None:
    assert length_by_level(chessboard()) == {"city": 8.0, "community": 2.0, "grid": 2.0}


def test_borders_are_joined_to_long_lines() -> None:
    geometry, _ = border_lines(chessboard(), np.arange(7), field="level", levels=LEVELS)
    assert len(geometry) == 8  # four around, two halves of the middle, two arms of the cross


def test_rows_left_out_have_no_border() -> None:
    geometry, column = border_lines(chessboard(), np.array([0]), field="level", levels=LEVELS)
    assert len(geometry) == 1
    assert column.values[column.codes[0]] == "grid"
    assert (
        len(border_lines(chessboard(), np.empty(0, np.int64), field="level", levels=LEVELS)[0]) == 0
    )


@given(triangles=st.lists(st.tuples(corners, corners, corners), min_size=1, max_size=5))
@settings(max_examples=100)
def test_labels_are_inside_their_polygons(triangles: list[tuple[tuple[int, int], ...]]) -> None:
    shapes = [shapely.Polygon(t) for t in triangles]
    solid = shapely.union_all(
        [s for s in shapes if s.area > 4_000_000] or [shapely.box(0, 0, 9, 9)]
    )
    solid = shapely.difference(solid, shapely.box(-400, -400, 400, 400))
    polygon = shapely.set_precision(solid, 1.0)
    points = label_points(geometry_column([polygon])).coords
    if not polygon.is_empty:
        assert shapely.buffer(polygon, 1.0).contains(shapely.Point(points[0]))


def test_a_label_is_at_the_centroid_or_where_the_polygon_is_wide() -> None:
    plain = shapely.box(0, 0, 100, 60)
    court = shapely.box(0, 0, 100, 100).difference(shapely.box(20, 20, 90, 90))
    parts = shapely.union(shapely.box(0, 0, 10, 10), shapely.box(500, 500, 600, 600))
    found = label_points(geometry_column([plain, court, parts, shapely.Polygon()]))
    assert found.coords[0].tolist() == [50, 30]
    assert court.contains(shapely.Point(found.coords[1]))
    assert found.coords[2].tolist() == [550, 550]
    assert found.bounds[3, 0] > found.bounds[3, 2]


def features(layer: str, tile: Tile, source: TableSource) -> list[DecodedFeature]:
    """Decoded features of one layer of a tile."""
    layers = decode_tile(Tileset().tile(TileRequest((layer,), tile), source).identity())
    return list(layers[0].features) if layers else []


def test_each_label_is_in_exactly_one_tile_of_a_zoom() -> None:
    source = TableSource({"grid": chessboard()})
    for z in (12, 14):
        first = 1 << (z - 1)
        count = (2 * SIDE) >> (32 - z)
        found = [
            feature.id
            for x in range(first - 1, first + count + 1)
            for y in range(first - 1, first + count + 1)
            for feature in features("grid_label", Tile(z=z, x=x, y=y), source)
        ]
        assert sorted(found) == [1, 2, 3, 5, 6, 7]  # the fourth has no name


def test_labels_of_what_is_small_on_the_map_are_left_out() -> None:
    source = TableSource({"grid": chessboard()})
    assert features("grid_label", Tile(z=2, x=2, y=2), source) == []
    assert len(features("grid_label", Tile(z=9, x=256, y=256), source)) > 0


def test_companions_are_described_and_change_with_their_layer() -> None:
    source = TableSource({"grid": chessboard()})
    document = tilejson("grid_border,grid_label", source, base_url="")
    assert [layer["id"] for layer in document["vector_layers"]] == ["grid_border", "grid_label"]
    assert list(document["vector_layers"][0]["fields"]) == ["level"]
    tiles = Tileset()
    request = TileRequest(("grid_border",), Tile(z=10, x=512, y=512))
    before = tiles.plan(request, source).etag
    source.version = 2
    assert tiles.plan(request, source).etag != before


def test_borders_have_no_id_and_a_level() -> None:
    source = TableSource({"grid": chessboard()})
    found = features("grid_border", Tile(z=12, x=2048, y=2048), source)
    assert {feature.properties["level"] for feature in found} >= {"city"}
    assert {feature.id for feature in found} == {None}


def test_a_layer_without_polygons_or_levels_has_no_companion() -> None:
    points = layer_table([shapely.Point(0, 0)], name="event")
    source = TableSource({"event": points, "grid": chessboard()})
    for layer in ("event_label", "event_border"):
        with pytest.raises(UnknownLayerError, match=layer):
            features(layer, Tile(z=0, x=0, y=0), source)
    with pytest.raises(UnknownLayerError, match="roads"):
        features("roads_label", Tile(z=0, x=0, y=0), source)
