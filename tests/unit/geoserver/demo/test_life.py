"""The city in a store, and its life while it is served."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pytest
import shapely

from geoserver.demo.city import DemoCity
from geoserver.demo.live import DemoLife
from geoserver.demo.load import load_city
from layers.catalog import default_catalog
from layers.policy import Scope
from layers.positions.table import PositionTable
from layers.registry.registry import Registry
from layers.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

_SCOPE = Scope.system("test")


@pytest.fixture(scope="module")
def loaded(
    small_city: DemoCity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SqliteStore, Registry]]:
    folder: Path = tmp_path_factory.mktemp("yunlan")
    store = SqliteStore(folder / "city.sqlite", default_catalog())
    registry = Registry(store)
    load_city(store, registry, small_city, lambda _stage, _done, _total: None)
    yield store, registry
    store.close()


@pytest.mark.slow
def test_every_table_is_in_the_store(
    small_city: DemoCity, loaded: tuple[SqliteStore, Registry]
) -> None:
    store, _ = loaded
    for layer, table in small_city.tables.items():
        assert store.count(layer, scope=_SCOPE) == table.num_rows, layer


@pytest.mark.slow
def test_buildings_lie_in_the_grid_the_truth_names(
    small_city: DemoCity, loaded: tuple[SqliteStore, Registry]
) -> None:
    _, registry = loaded
    version = registry.version(at=small_city.now_ms)
    assert version is not None
    table = small_city.tables["building"]
    shapes = shapely.from_wkb(table["geom"].to_numpy(zero_copy_only=False))
    leaf = version.locator.leaf(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    assert (leaf >= 0).all()
    code = {unit.id: unit.code for unit in version.hierarchy.units}
    found = [code[int(k)] for k in version.hierarchy.leaf_unit[leaf]]
    truth = small_city.truth["building_leaf"]
    assert found == [truth[uid] for uid in table["uid"].to_pylist()]


@pytest.mark.slow
def test_people_refer_to_the_building_of_their_household(
    loaded: tuple[SqliteStore, Registry],
) -> None:
    store, _ = loaded
    person = next(iter(store.scan("person", scope=_SCOPE, fields=("building_id", "household_id"))))
    household = next(iter(store.scan("household", scope=_SCOPE, fields=("building_id",))))
    place = pc.index_in(person["household_id"], value_set=household["id"].combine_chunks())
    assert person["household_id"].null_count == 0
    assert household["building_id"].take(place).equals(person["building_id"])


@pytest.mark.slow
def test_life_moves_units_and_goes_on_with_cases(
    small_city: DemoCity, loaded: tuple[SqliteStore, Registry]
) -> None:
    store, _ = loaded
    now = small_city.now_ms + 2 * 3_600_000
    life = DemoLife(store, seed=1, now_ms=now)
    table = PositionTable()
    before = store.count("event", scope=_SCOPE)
    first = life.tick(now)
    assert first.write(store) > 0
    second = life.tick(now + 60_000)
    for batch, at in ((first, now), (second, now + 60_000)):
        push = table.push(batch.positions, received=at)
        assert not push.rejects
        assert len(push.accepted) == len(batch.positions) > 0
    gone = np.hypot(*((second.positions.lonlat - first.positions.lonlat) * 1e5).T)
    assert np.median(gone) > 5.0
    assert gone.max() < 1_500.0
    assert store.count("event", scope=_SCOPE) > before


@pytest.mark.slow
def test_cases_of_a_day_pass_through_their_states(
    small_city: DemoCity, loaded: tuple[SqliteStore, Registry]
) -> None:
    store, _ = loaded
    now = small_city.now_ms + 4 * 3_600_000
    life = DemoLife(store, seed=2, now_ms=now)
    for minute in range(0, 24 * 60, 20):
        life.tick(now + minute * 60_000).write(store)
    rows = next(iter(store.scan("event", scope=_SCOPE, fields=("state", "reported_at", "code"))))
    fresh = rows.filter(pc.greater(rows["reported_at"], now))
    assert fresh.num_rows > 5
    assert "closed" in set(fresh["state"].to_pylist())
    assert len(set(rows["code"].to_pylist())) == rows.num_rows
