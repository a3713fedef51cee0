"""The whole city: the same from the same seed, and fit for the catalogue."""

import numpy as np
import pyarrow as pa
import pytest

from geoserver.demo.build import build_demo
from geoserver.demo.city import DemoCity
from geoserver.demo.load import _REFERENCES
from grids.errors import ParameterError
from layers.catalog import default_catalog


@pytest.mark.slow
def test_same_seed_gives_the_same_city(small_city: DemoCity) -> None:
    assert build_demo("small", seed=1, now_ms=small_city.now_ms).digest() == small_city.digest()


@pytest.mark.slow
def test_another_seed_gives_another_city(small_city: DemoCity) -> None:
    assert build_demo("small", seed=2, now_ms=small_city.now_ms).digest() != small_city.digest()


def test_unknown_preset_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="small, demo, city"):
        build_demo("huge", seed=1, now_ms=0)


def test_columns_are_fields_of_the_catalogue(small_city: DemoCity) -> None:
    catalog = default_catalog()
    for layer, table in small_city.tables.items():
        known = {field.name for field in catalog[layer].fields} | {"uid", "geom", "grid_index"}
        assert set(table.column_names) <= known | set(_REFERENCES), layer
        for field in catalog[layer].fields:
            if field.domain and field.name in table.column_names:
                values = set(pa.compute.unique(table[field.name]).to_pylist()) - {None}
                assert values <= set(field.domain), (layer, field.name)


def test_keys_are_unique_and_references_hold(small_city: DemoCity) -> None:
    keys = {name: set(table["uid"].to_pylist()) for name, table in small_city.tables.items()}
    for name, table in small_city.tables.items():
        assert len(keys[name]) == table.num_rows, name
        for column, (_, target) in _REFERENCES.items():
            if column in table.column_names:
                assert set(table[column].to_pylist()) - {None} <= keys[target], (name, column)


def test_sizes_are_those_of_the_preset(small_city: DemoCity) -> None:
    rows = {name: table.num_rows for name, table in small_city.tables.items()}
    assert 1_000 <= rows["building"] <= 2_500
    assert 0.9 <= rows["household"] / small_city.preset.households <= 1.1
    assert 2.3 <= rows["person"] / rows["household"] <= 2.8
    assert rows["house"] > rows["household"]


def test_component_codes_have_16_digits(small_city: DemoCity) -> None:
    codes = np.array(small_city.tables["component"]["code"].to_pylist())
    assert (np.char.str_len(codes) == 16).all()
    assert np.char.isdigit(codes).all()
    assert np.char.startswith(codes, "9901").all()


def test_written_addresses_mean_a_house_of_their_building(small_city: DemoCity) -> None:
    house = small_city.tables["house"]["building_uid"].to_pylist()
    for row in small_city.truth["addresses"]:
        assert house[row["house"]] == row["building_uid"]
        assert row["text"]
