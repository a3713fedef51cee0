"""No method of a view gives a row outside the jurisdiction or a field the scope does not see."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.errors import QueryError, UnknownLayerError
from layers.cql2.tree import (
    Comparison,
    ComparisonOperator,
    GeometryLiteral,
    IsNull,
    Literal,
    Property,
    Spatial,
    SpatialOperator,
)
from layers.keeper import SnapshotKeeper
from layers.policy import Role, Scope
from layers.query import Query
from layers.snapshot import Snapshot
from tests.unit.layers.samples import (
    CATALOG,
    DUTY,
    SYSTEM,
    MemoryStore,
    opened,
    random_row,
    square_version,
)

UNITS = [1, *range(10, 14), *range(100, 116), 999]
EVERYWHERE = (-(2**31), -(2**31), 2**31, 2**31)
TREE = square_version().hierarchy


def _store(seed: int = 1, rows: int = 60) -> tuple[MemoryStore, SnapshotKeeper]:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    for layer, spec in CATALOG.items():
        store.put(layer, {i: random_row(rng, spec.geometry) for i in range(rows)})
    keeper = opened(store)
    for layer, spec in CATALOG.items():
        store.put(layer, {i: random_row(rng, spec.geometry) for i in range(0, rows + 9, 7)})
        store.delete(layer, [5, 6])
    keeper.refresh()
    return store, keeper


STORE, KEEPER = _store()


def _leaf_of(snapshot: Snapshot, layer: str) -> dict[int, int]:
    leaf = {}
    for part in snapshot.layer(layer, SYSTEM).parts:
        rows = np.arange(len(part.table)) if part.alive is None else np.flatnonzero(part.alive)
        column = part.table.columns["leaf"].values
        leaf.update(zip(part.table.ids[rows].tolist(), column[rows].tolist(), strict=True))
    return leaf


def _ids(found: list[Any]) -> set[int]:
    return {int(i) for table, rows in found for i in table.ids[rows]}


@settings(max_examples=60)
@given(st.frozensets(st.sampled_from(UNITS), max_size=4), st.sampled_from(["spot", "way", "lot"]))
def test_every_method_stays_inside_the_jurisdiction(units: frozenset[int], layer: str) -> None:
    snapshot = KEEPER.current
    leaf_of = _leaf_of(snapshot, layer)
    allowed = set()
    for unit in units - {999}:
        allowed.update(range(*TREE.interval(unit)))
    inside = {id_ for id_, leaf in leaf_of.items() if leaf in allowed}
    view = snapshot.layer(layer, Scope(Role.DUTY, "x", units))
    assert view.count() == len(inside)
    assert _ids(view.rows()) == inside
    assert set(view.page(Query(limit=10**6)).ids.tolist()) == inside
    assert set(view.page(Query(limit=1000, bbox=(-180, -90, 180, 90))).ids.tolist()) <= inside
    assert _ids(view.window(EVERYWHERE)) <= inside
    assert _ids(view.find(list(range(100)))) == inside
    assert set(np.flatnonzero(view.visible(np.arange(100))).tolist()) == inside
    alive = {
        int(i)
        for part in view.parts
        for i in (part.table.ids if part.alive is None else part.table.ids[part.alive])
    }
    assert alive == inside
    assert view.count(Query(filter=IsNull(Property("name")))) <= len(inside)


def test_a_scope_of_the_whole_city_also_sees_rows_outside_every_grid() -> None:
    leaf_of = _leaf_of(KEEPER.current, "spot")
    assert -1 in leaf_of.values()
    assert KEEPER.current.layer("spot", DUTY).count() == len(leaf_of)
    whole = Scope(Role.DUTY, "x", frozenset({1}))
    assert KEEPER.current.layer("spot", whole).count() == sum(v >= 0 for v in leaf_of.values())


def test_a_public_layer_is_not_limited_by_a_jurisdiction() -> None:
    narrow = Scope(Role.WORKER, "x", frozenset({100}))
    street = KEEPER.current.layer("street", narrow)
    assert street.count() == len(STORE.rows["street"])
    assert "secret" not in {field.name for field in street.spec.fields}
    may_unmask = Scope(Role.WORKER, "x", frozenset({100}), unmask=True)
    assert KEEPER.current.layer("street", may_unmask).count() < street.count()


@pytest.mark.parametrize(
    ("layer", "scope"),
    [
        ("vault", DUTY),
        ("vault", Scope.public()),
        ("lot", Scope.public()),
        ("lot", Scope(Role.PARTNER, "p", unmask=True)),
        ("nowhere", SYSTEM),
    ],
)
def test_a_layer_that_may_not_be_seen_does_not_exist(layer: str, scope: Scope) -> None:
    with pytest.raises(UnknownLayerError) as hidden:
        KEEPER.current.layer(layer, scope)
    with pytest.raises(UnknownLayerError) as absent:
        KEEPER.current.layer("zzz", scope)
    assert str(hidden.value).replace(layer, "zzz") == str(absent.value)
    assert layer not in KEEPER.current.layers(scope)


def test_a_field_that_may_not_be_seen_is_nowhere() -> None:
    view = KEEPER.current.layer("lot", DUTY)
    assert "secret" not in {field.name for field in view.spec.fields}
    assert "secret" not in view.spec.tile_fields
    assert all("secret" not in part.table.columns for part in view.parts)
    assert all("secret" not in t.columns and "secret" not in t.spec.tile_fields
               for t, _ in view.window(EVERYWHERE))  # fmt: skip
    test = Comparison(ComparisonOperator.EQ, Property("secret"), Literal(1))
    for ask in (
        lambda: view.count(Query(filter=test)),
        lambda: view.rows(Query(filter=test)),
        lambda: view.page(Query(filter=test, limit=1)),
        lambda: view.count(Query(filter=IsNull(Property("secret")))),
        lambda: view.rows(Query(fields=("secret",))),
    ):
        with pytest.raises(QueryError, match="secret"):
            ask()
    may = KEEPER.current.layer("lot", SYSTEM)
    assert may.count(Query(filter=test)) > 0


def test_the_leaf_is_no_property() -> None:
    with pytest.raises(QueryError, match="leaf"):
        KEEPER.current.layer("lot", SYSTEM).count(Query(filter=IsNull(Property("leaf"))))


def test_a_place_that_may_not_be_seen_cannot_be_asked_about() -> None:
    view = KEEPER.current.layer("person", DUTY)
    assert view.count() > 0
    assert view.window(EVERYWHERE) == []
    assert all(part.table.geometry is None for part in view.parts)
    area = GeometryLiteral(shapely.box(120, 30, 121, 31))
    meets = Spatial(SpatialOperator.INTERSECTS, Property("geometry"), area)
    for query in (
        Query(bbox=(120, 30, 121, 31)),
        Query(filter=meets),
        Query(filter=IsNull(Property("geometry"))),
    ):
        with pytest.raises(QueryError):
            view.count(query)
    assert KEEPER.current.layer("person", SYSTEM).count(Query(filter=meets)) > 0


def test_views_are_kept_per_right() -> None:
    snapshot = KEEPER.current
    assert snapshot.layer("lot", DUTY) is snapshot.layer("lot", Scope.demo_staff())
    assert snapshot.layer("lot", DUTY) is not snapshot.layer("lot", SYSTEM)
