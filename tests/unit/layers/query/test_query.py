"""Queries over a snapshot against a plain walk over the stored rows."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.cql2.tree import (
    And,
    Comparison,
    ComparisonOperator,
    GeometryLiteral,
    Literal,
    Property,
    Spatial,
    SpatialOperator,
)
from layers.policy import Scope
from layers.query import Query
from layers.snapshot import Snapshot
from layers.views import LayerView
from tests.unit.layers.samples import (
    CATALOG,
    SIDE,
    SOUTH,
    SYSTEM,
    WEST,
    MemoryStore,
    opened,
    random_row,
)

SEEDS = st.integers(0, 2**32 - 1)
LAYERS = st.sampled_from(["spot", "way", "lot"])


def _city(seed: int = 1) -> tuple[MemoryStore, Snapshot]:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    for layer in ("spot", "way", "lot", "paper"):
        store.put(layer, {i: random_row(rng, CATALOG[layer].geometry) for i in range(80)})
    keeper = opened(store)
    for layer in ("spot", "way", "lot", "paper"):
        store.put(layer, {i: random_row(rng, CATALOG[layer].geometry) for i in range(0, 90, 9)})
        store.delete(layer, [7, 8])
    keeper.refresh()
    return store, keeper.current


STORE, SNAPSHOT = _city()


def _ids(view: LayerView, query: Query) -> list[int]:
    return sorted(int(i) for table, rows in view.rows(query) for i in table.ids[rows])


@settings(max_examples=150)
@given(SEEDS, LAYERS)
def test_all_conditions_together_equal_a_walk(seed: int, layer: str) -> None:
    rng = np.random.default_rng(seed)
    west, east = np.sort(rng.uniform(WEST - 0.1, WEST + SIDE + 0.1, 2)).tolist()
    south, north = np.sort(rng.uniform(SOUTH - 0.1, SOUTH + SIDE + 0.1, 2)).tolist()
    start, end = np.sort(rng.integers(0, 10_000, 2)).tolist()
    size = int(rng.integers(-5, 6))
    query = Query(
        bbox=(west, south, east, north) if rng.random() < 0.7 else None,
        ids=tuple(rng.integers(0, 100, 60).tolist()) if rng.random() < 0.5 else None,
        datetime=(start if rng.random() < 0.7 else None, end) if rng.random() < 0.5 else None,
        filter=Comparison(ComparisonOperator.GE, Property("size"), Literal(size))
        if rng.random() < 0.5
        else None,
        after=int(rng.integers(0, 90)) if rng.random() < 0.5 else None,
    )
    expected = [id_ for id_, row in STORE.rows[layer].items() if _wanted(id_, row, query, size)]
    view = SNAPSHOT.layer(layer, SYSTEM)
    assert _ids(view, query) == sorted(expected)
    limit = int(rng.integers(1, 20))
    limited = Query(query.filter, query.bbox, query.ids, query.datetime, None, limit, query.after)
    assert _ids(view, limited) == sorted(expected)[:limit]
    page = view.page(limited)
    assert page.ids.tolist() == sorted(expected)[:limit]
    assert page.next_after == (sorted(expected)[limit - 1] if len(expected) > limit else None)


def _wanted(id_: int, row: int, query: Query, size: int) -> bool:
    if query.bbox is not None:
        box = shapely.box(*query.bbox)
        if row.geometry is None or not box.intersects(row.geometry):
            return False
    if query.ids is not None and id_ not in query.ids:
        return False
    if query.datetime is not None:
        start, end = query.datetime
        at = row.values["at"]
        if at is None or (start is not None and at < start) or at > end:
            return False
    if query.filter is not None and not (
        row.values["size"] is not None and row.values["size"] >= size
    ):
        return False
    return query.after is None or id_ > query.after


@settings(max_examples=60)
@given(SEEDS, LAYERS)
def test_two_areas_and_a_box_narrow_together(seed: int, layer: str) -> None:
    """Two boxes apart may both meet one large row: the index must not lose it."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform((WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE), (2, 2))
    areas = [shapely.box(x, y, x + 0.05, y + 0.05) for x, y in corners.tolist()]
    terms = tuple(
        Spatial(SpatialOperator.INTERSECTS, Property("geometry"), GeometryLiteral(area))
        for area in areas
    )
    expected = [
        id_
        for id_, row in STORE.rows[layer].items()
        if row.geometry is not None and all(area.intersects(row.geometry) for area in areas)
    ]
    view = SNAPSHOT.layer(layer, SYSTEM)
    assert _ids(view, Query(filter=And(terms))) == sorted(expected)


def test_a_box_without_area_or_across_the_antimeridian() -> None:
    view = SNAPSHOT.layer("spot", SYSTEM)
    id_, row = next((i, r) for i, r in STORE.rows["spot"].items() if r.geometry is not None)
    x, y = row.geometry.x, row.geometry.y
    assert id_ in _ids(view, Query(bbox=(x, y, x, y)))
    assert id_ in _ids(view, Query(bbox=(x, y - 1e-9, x, y + 1e-9)))
    assert id_ not in _ids(view, Query(bbox=(np.nextafter(x, 180), y, x + 1, y)))
    around = _ids(view, Query(bbox=(WEST + SIDE / 2, -90, WEST + SIDE / 4, 90)))
    expected = [
        i
        for i, r in STORE.rows["spot"].items()
        if r.geometry is not None
        and (r.geometry.x >= WEST + SIDE / 2 or r.geometry.x <= WEST + SIDE / 4)
    ]
    assert around == sorted(expected)


def test_a_layer_without_geometry_refuses_a_box() -> None:
    with pytest.raises(QueryError, match="bbox"):
        SNAPSHOT.layer("paper", SYSTEM).rows(Query(bbox=(0, 0, 1, 1)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"bbox": (0, 1, 1, 0)},
        {"bbox": (0, float("nan"), 1, 1)},
        {"bbox": (-181, 0, 1, 1)},
        {"bbox": (0, 0, 1, float("inf"))},
        {"datetime": (2, 1)},
    ],
)
def test_wrong_parts_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(QueryError, match=next(iter(wrong))):
        Query(**wrong)


def test_exact_geometry_is_read_only_where_boxes_cannot_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    original = STORE.scan

    def scan(
        layer: str,
        *,
        scope: Scope,
        fields: Sequence[str] | None = None,
        ids: NDArray[np.int64] = None,
    ) -> Iterator[pa.Table]:
        asked.extend(ids.tolist())
        return original(layer, scope=scope, fields=fields, ids=ids)

    monkeypatch.setattr(STORE, "scan", scan)
    view = SNAPSHOT.layer("spot", SYSTEM)
    box = (WEST + 0.05, SOUTH + 0.05, WEST + 0.35, SOUTH + 0.35)
    assert len(_ids(view, Query(bbox=box))) > 10
    assert asked == []
    circle = shapely.Point(WEST + 0.2, SOUTH + 0.2).buffer(0.12)
    meets = Spatial(SpatialOperator.WITHIN, Property("geometry"), GeometryLiteral(circle))
    assert len(_ids(view, Query(filter=meets))) > 5
    assert asked == []
