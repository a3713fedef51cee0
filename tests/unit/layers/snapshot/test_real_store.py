"""The keeper over the SQLite store and the register of grids."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers.catalog import default_catalog
from layers.counts import CountKind, area_count, unit_counts
from layers.cql2.tree import GeometryLiteral, Property, Spatial, SpatialOperator
from layers.keeper import SnapshotKeeper
from layers.policy import Scope
from layers.query import Query
from layers.registry.registry import Registry
from layers.store.sqlite import SqliteStore
from tests.unit.layers.registry.conftest import city

SYSTEM = Scope.system("test")
DUTY = Scope.demo_staff()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as opened:
        yield opened


@pytest.fixture
def registry(store: SqliteStore) -> Registry:
    return Registry(store)


@pytest.fixture
def keeper(store: SqliteStore, registry: Registry, tmp_path: Path) -> SnapshotKeeper:
    keeper = SnapshotKeeper(store, registry, tmp_path / "snapshot")
    keeper.open()
    return keeper


def _publish(registry: Registry) -> np.ndarray:
    """Publish the test city; its box in degrees."""
    arcs, units = city()
    registry.publish(arcs, units, effective_from=1000, scope=SYSTEM, author="test", note="first")
    points = (arcs.origin + arcs.coords) / 1e7
    return np.concatenate((points.min(axis=0), points.max(axis=0)))


def _put_people(store: SqliteStore, box: np.ndarray, count: int) -> None:
    rng = np.random.default_rng(1)
    points = shapely.points(rng.uniform(box[:2], box[2:], (count, 2)))
    with store.write(SYSTEM, action="people") as unit:
        unit.put_table(
            "person",
            pa.table(
                {
                    "uid": [f"p{i}" for i in range(count)],
                    "geom": shapely.to_wkb(points).tolist(),
                    "name": ["张三"] * count,
                    "birth_year": [1980] * count,
                }
            ),
        )


def test_a_published_grid_is_drawn_counted_and_exact(
    store: SqliteStore, registry: Registry, keeper: SnapshotKeeper
) -> None:
    assert keeper.current.layer("grid", DUTY).count() == 0
    box = _publish(registry)
    _put_people(store, box, 120)
    changed = keeper.refresh()
    assert changed is not None
    assert changed.grid_changed
    snapshot = keeper.current
    version = snapshot.grid_version
    assert version is not None
    grids = snapshot.layer("grid", Scope.public())
    assert grids.count() == len(version.hierarchy.units)
    centre = shapely.Point((box[:2] + box[2:]) / 2)
    meets = Spatial(SpatialOperator.CONTAINS, Property("geometry"), GeometryLiteral(centre))
    assert grids.count(Query(filter=meets)) >= 1

    counts = unit_counts(snapshot, "person", DUTY)
    assert counts.kind is CountKind.EXACT
    assert counts.of(int(version.hierarchy.units[0].id)) == 120
    public = unit_counts(snapshot, "person", Scope.public())
    assert public.kind is CountKind.PROTECTED
    assert not ((public.counts > 0) & (public.counts < 10)).any()
    assert area_count(snapshot, "person", DUTY, shapely.box(*box)).count == 120
    looks = [record.action for record in store.audit(scope=SYSTEM)]
    assert not any("fetch" in action or "scan" in action for action in looks)


def test_a_jurisdiction_answers_for_the_store(
    store: SqliteStore, registry: Registry, keeper: SnapshotKeeper
) -> None:
    box = _publish(registry)
    _put_people(store, box, 60)
    keeper.refresh()
    version = keeper.current.grid_version
    assert version is not None
    leaf = int(version.hierarchy.leaf_unit[0])
    worker = Scope(DUTY.role, "w", frozenset({leaf}), person_count=True)
    view = keeper.current.layer("person", worker)
    ids = np.arange(1, 61)
    items = store.fetch("person", ids, scope=worker, visible=view.visible)
    assert 0 < len(items) < 60
    assert [item.id for item in items] == view.page(Query(limit=100)).ids.tolist()
    assert {item.values["name"] for item in items} == {"张**"}


def test_a_restart_gives_the_same_answers(
    store: SqliteStore, registry: Registry, keeper: SnapshotKeeper, tmp_path: Path
) -> None:
    _put_people(store, _publish(registry), 90)
    keeper.refresh()
    keeper.save()
    again = SnapshotKeeper(store, Registry(store), tmp_path / "snapshot")
    again.open()
    before, after = (unit_counts(k.current, "person", DUTY) for k in (keeper, again))
    np.testing.assert_array_equal(before.counts, after.counts)
    assert again.current.seq == store.head()
