"""Attributes, ids and layers of a tile, read back by two decoders."""

from collections.abc import Mapping, Sequence

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.errors import FieldError, ParameterError
from grids.tile import Tile
from layers.columns import Column, LayerTable, NumberColumn, TextColumn
from tests.ragged import layer_table
from tiles.decode import decode_tile
from tiles.frame import MvtOptions
from tiles.mvt import encode_layer
from tiles.mvt_attributes import TextBlobs

TILE = Tile(z=0, x=0, y=0)


def text(values: Sequence[str | None]) -> TextColumn:
    """Text column of some values."""
    known = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else known.index(value) for value in values]
    return TextColumn(np.array(codes, dtype=np.int32), np.array(known, dtype=object))


def table(columns: Mapping[str, Column], count: int, first_id: int = 1) -> LayerTable:
    """Points near the centre of the world with these columns."""
    points = [shapely.Point(1000 * k, 0) for k in range(count)]
    return layer_table(points, columns, name="things", first_id=first_id)


def encoded(*tables: LayerTable, fields: Sequence[str] = ()) -> bytes:
    """One layer of all rows of some tables."""
    parts = [(one, np.arange(len(one))) for one in tables]
    return encode_layer("things", parts, TILE, fields=fields)


def properties(data: bytes) -> list[dict[str, object]]:
    """Properties of each feature, checked against the second decoder."""
    ours = [dict(feature.properties) for feature in decode_tile(data)[0].features]
    theirs = mapbox_vector_tile.decode(data)["things"]["features"]
    assert ours == [feature["properties"] for feature in theirs]
    return ours


def test_values_keep_their_types_and_missing_ones_are_left_out() -> None:
    columns: dict[str, Column] = {
        "name": text(["路", None, ""]),
        "count": NumberColumn(np.array([0, -7, 2**40])),
        "height": NumberColumn(np.array([1.5, np.nan, -0.0]), np.array([True, True, True])),
        "open": NumberColumn(np.array([True, False, True]), np.array([True, True, False])),
    }
    found = properties(encoded(table(columns, 3), fields=tuple(columns)))
    assert found == [
        {"name": "路", "count": 0, "height": 1.5, "open": True},
        {"count": -7, "open": False},
        {"name": "", "count": 2**40, "height": 0.0},
    ]
    assert [type(value) for value in found[0].values()] == [str, int, float, bool]


def test_a_value_is_written_once_whatever_column_or_table_it_is_in() -> None:
    a = table({"x": text(["same", "same", "other"]), "y": text(["same", "other", None])}, 3)
    b = table({"x": text(["other"]), "y": text(["same"])}, 1, first_id=10)
    data = encoded(a, b, fields=("x", "y"))
    assert data.count(b"same") == 1
    assert data.count(b"other") == 1
    assert properties(data)[3] == {"x": "other", "y": "same"}


def test_numbers_of_different_types_are_different_values() -> None:
    columns: dict[str, Column] = {
        "i": NumberColumn(np.array([1])),
        "f": NumberColumn(np.array([1.0])),
        "b": NumberColumn(np.array([True])),
    }
    (found,) = properties(encoded(table(columns, 1), fields=("i", "f", "b")))
    assert [type(found[key]) for key in "ifb"] == [int, float, bool]


integers = st.integers(-(2**63) + 1, 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(
    st.tuples(st.none() | st.text(max_size=8), integers, floats), min_size=1, max_size=40
)


@given(rows=rows)
@settings(max_examples=80)
def test_any_attributes_come_back(rows: list[tuple[str | None, int, float]]) -> None:
    columns: dict[str, Column] = {
        "t": text([row[0] for row in rows]),
        "i": NumberColumn(np.array([row[1] for row in rows], dtype=np.int64)),
        "f": NumberColumn(np.array([row[2] for row in rows], dtype=np.float64)),
    }
    data = encoded(table(columns, len(rows)), fields=("t", "i", "f"))
    found = [dict(feature.properties) for feature in decode_tile(data)[0].features]
    for mine, (t, i, f) in zip(found, rows, strict=True):
        assert mine.get("t") == t
        assert (mine["i"], mine["f"]) == (i, f)


def test_many_distinct_values_outgrow_every_first_buffer() -> None:
    count = 30_000
    names = [f"名称{k:05d}" for k in range(count)]
    columns: dict[str, Column] = {
        "name": TextColumn(np.arange(count, dtype=np.int32)[::-1].copy(), np.array(names, object)),
        "n": NumberColumn(np.arange(count) * 1001 - 5),
    }
    features = decode_tile(encoded(table(columns, count), fields=("name", "n")))[0].features
    assert [feature.properties["name"] for feature in features] == names[::-1]
    assert [feature.properties["n"] for feature in features] == [k * 1001 - 5 for k in range(count)]


def test_ids_are_the_stable_ids() -> None:
    big = 2**62
    data = encoded(table({}, 3, first_id=big))
    assert [feature.id for feature in decode_tile(data)[0].features] == [big, big + 1, big + 2]


def test_layers_are_joined_by_concatenation() -> None:
    one = table({}, 2)
    rows = np.arange(2)
    data = encode_layer("a", [(one, rows)], TILE) + encode_layer("b", [(one, rows)], TILE)
    assert [layer.name for layer in decode_tile(data)] == ["a", "b"]
    assert set(mapbox_vector_tile.decode(data)) == {"a", "b"}


def test_only_the_rows_given_are_drawn() -> None:
    data = encode_layer("things", [(table({}, 5), np.array([1, 3]))], TILE)
    assert [feature.id for feature in decode_tile(data)[0].features] == [2, 4]


def test_texts_of_a_dictionary_are_encoded_once() -> None:
    blobs = TextBlobs()
    values = np.array(["一", "二"], dtype=object)
    assert blobs.of((values,)) is blobs.of((values,))
    assert blobs.of((values,)) is not blobs.of((values.copy(),))


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(FieldError, match="'things' holds no column 'colour'"):
        encoded(table({}, 1), fields=("colour",))


@pytest.mark.parametrize(
    "wrong", [{"extent": 100}, {"buffer": -1}, {"buffer": 5000}, {"snap": 3}, {"min_area": -1.0}]
)
def test_options_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        MvtOptions(**wrong)  # type: ignore[arg-type]


def test_another_extent_is_written_into_the_layer() -> None:
    one = layer_table([shapely.Point(2**30, 2**30)])
    data = encode_layer("x", [(one, np.arange(1))], TILE, options=MvtOptions(extent=512))
    (layer,) = decode_tile(data)
    assert layer.extent == 512
    assert layer.features[0].paths == (((384, 384),),)
