"""A snapshot that followed the change log answers as one built anew."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.errors import StoreUnavailableError
from grids.tile import world_from_lonlat
from layers.columns import Column, TextColumn
from layers.keeper import SnapshotKeeper
from layers.policy import Scope
from layers.query import Query
from layers.views import LayerView
from tests.unit.layers.samples import (
    CATALOG,
    SIDE,
    SOUTH,
    SYSTEM,
    WEST,
    MemoryStore,
    SquareGrids,
    opened,
    random_row,
    square_version,
)

SEEDS = st.integers(0, 2**32 - 1)
LAYERS = ("spot", "way", "lot", "paper")


def _content(view: LayerView) -> dict[int, Any]:
    """Rows of a view by id: version, values, leaf, coordinates."""
    content = {}
    for part in view.parts:
        rows = range(len(part.table)) if part.alive is None else np.flatnonzero(part.alive)
        for row in rows:
            values = {name: _value(c, row) for name, c in part.table.columns.items()}
            shape = None
            if part.table.geometry is not None:
                g = part.table.geometry
                first, last = g.feature_starts[row], g.feature_starts[row + 1]
                shape = [
                    g.coords[g.ring_starts[r] : g.ring_starts[r + 1]].tolist()
                    for r in range(first, last)
                ] + [g.bounds[row].tolist()]
            id_ = int(part.table.ids[row])
            assert id_ not in content
            content[id_] = (int(part.table.versions[row]), values, shape)
    return content


def _value(column: Column, row: int) -> object:
    if isinstance(column, TextColumn):
        code = column.codes[row]
        return None if code < 0 else column.values[code]
    if column.valid is not None and not column.valid[row]:
        return None
    return column.values[row].item()


def _write(store: MemoryStore, rng: np.random.Generator, most: int = 12) -> None:
    layer = str(rng.choice(LAYERS))
    kind = CATALOG[layer].geometry
    ids = rng.integers(0, 60, int(rng.integers(1, most))).tolist()
    if rng.random() < 0.3:
        store.delete(layer, ids)
    else:
        store.put(layer, {id_: random_row(rng, kind) for id_ in ids})


@pytest.mark.slow
@settings(max_examples=25)
@given(SEEDS)
def test_following_equals_building_anew(seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    for _ in range(4):
        _write(store, rng, 60)
    keeper = opened(store)
    for _ in range(12):
        for _ in range(int(rng.integers(1, 4))):
            _write(store, rng)
        keeper.refresh()
        if rng.random() < 0.2:
            for state in keeper.current.states.values():
                assert len(state.compacted()) == len(state)
    anew = opened(store)
    assert keeper.current.seq == anew.current.seq == store.head()
    for layer in LAYERS:
        followed, built = keeper.current.layer(layer, SYSTEM), anew.current.layer(layer, SYSTEM)
        assert _content(followed) == _content(built)
        assert followed.count() == built.count() == len(store.rows.get(layer, {}))


@settings(max_examples=30)
@given(SEEDS)
def test_a_reader_keeps_what_it_holds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    _write(store, rng, 60)
    keeper = opened(store)
    held = keeper.current
    before = {layer: _content(held.layer(layer, SYSTEM)) for layer in LAYERS}
    for _ in range(6):
        _write(store, rng)
        keeper.refresh()
    for layer in LAYERS:
        assert _content(held.layer(layer, SYSTEM)) == before[layer]


@settings(max_examples=30)
@given(SEEDS)
def test_changes_name_ids_and_boxes_and_move_the_key_of_what_they_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    _write(store, rng, 60)
    keeper = opened(store)
    heard = []
    keeper.on_change(heard.append)
    before = keeper.current
    _write(store, rng)
    changed = keeper.refresh()
    assert heard == [changed]
    (layer, change), *_ = changed.layers.items()
    old, new = before.layer(layer, SYSTEM), keeper.current.layer(layer, SYSTEM)
    assert change.ids.tolist() == sorted(set(store.log[-1].ids.tolist()))
    for boxes, state in ((change.boxes_old, before), (change.boxes_new, keeper.current)):
        np.testing.assert_array_equal(boxes, state.states[layer].bounds_of(change.ids))
    for box in np.concatenate((change.boxes_old, change.boxes_new)).tolist():
        if box[0] <= box[2]:
            assert new.version_key(tuple(box)) > old.version_key(tuple(box))
    assert keeper.refresh() is None


@settings(max_examples=30)
@given(SEEDS)
def test_compaction_changes_no_answer_even_while_rows_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = MemoryStore()
    for _ in range(4):
        _write(store, rng, 60)
    keeper = opened(store)
    for _ in range(5):
        _write(store, rng)
        keeper.refresh()
    state = keeper.current.states["lot"]
    base = state.compacted().segments[0]
    for _ in range(2):
        _write(store, rng)
        keeper.refresh()
    now = keeper.current.states["lot"]
    rebased = now.rebased(state, base)
    if rebased is not None:
        ids = np.arange(60)
        np.testing.assert_array_equal(rebased.bounds_of(ids), now.bounds_of(ids))
        assert len(rebased) == len(now)


def test_the_keeper_compacts_when_much_is_loose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.delta._LOOSE_ROWS", 5)
    rng = np.random.default_rng(1)
    store = MemoryStore()
    store.put("spot", {i: random_row(rng, CATALOG["spot"].geometry) for i in range(12)})
    keeper = opened(store)
    assert not keeper.compact()
    store.put("spot", {i: random_row(rng, CATALOG["spot"].geometry) for i in range(8)})
    keeper.refresh()
    before = _content(keeper.current.layer("spot", SYSTEM))
    assert keeper.compact()
    assert len(keeper.current.states["spot"].segments) == 1
    assert _content(keeper.current.layer("spot", SYSTEM)) == before


def test_a_large_write_builds_the_layer_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.keeper._REBUILD_ROWS", 3)
    rng = np.random.default_rng(2)
    store = MemoryStore()
    store.put("lot", {i: random_row(rng, CATALOG["lot"].geometry) for i in range(9)})
    keeper = opened(store)
    store.put("lot", {i: random_row(rng, CATALOG["lot"].geometry) for i in range(4, 14)})
    changed = keeper.refresh()
    assert changed.layers["lot"].everywhere
    assert len(keeper.current.states["lot"].segments) == 1
    assert _content(keeper.current.layer("lot", SYSTEM)) == _content(
        opened(store).current.layer("lot", SYSTEM)
    )


def test_another_grid_version_relocates_every_row_and_moves_every_key() -> None:
    rng = np.random.default_rng(3)
    store = MemoryStore()
    store.put("spot", {i: random_row(rng, CATALOG["spot"].geometry) for i in range(40)})
    grids = SquareGrids(None)
    keeper = SnapshotKeeper(store, grids)
    keeper.open()
    before = keeper.current.layer("spot", SYSTEM)
    leaves = [p.table.columns["leaf"].values for p in before.parts]
    assert all((leaf == -1).all() for leaf in leaves)
    grids.current = square_version()
    changed = keeper.refresh()
    assert changed.grid_changed
    after = keeper.current.layer("spot", SYSTEM)
    expected = opened(store).current.layer("spot", SYSTEM)
    assert _content(after) == _content(expected)
    window = (0, 0, 1, 1)
    assert after.version_key(window) > before.version_key(window)


def test_the_window_is_that_of_drawn_boxes() -> None:
    rng = np.random.default_rng(4)
    store = MemoryStore()
    store.put("lot", {i: random_row(rng, CATALOG["lot"].geometry) for i in range(60)})
    keeper = opened(store)
    store.put("lot", {i: random_row(rng, CATALOG["lot"].geometry) for i in range(0, 60, 7)})
    store.delete("lot", [3, 4])
    keeper.refresh()
    view = keeper.current.layer("lot", SYSTEM)
    corners = np.array([[WEST + 0.1, SOUTH + 0.3], [WEST + SIDE / 2, SOUTH + 0.1]])
    (xmin, ymin), (xmax, ymax) = world_from_lonlat(corners).tolist()
    found = {
        int(i) for table, rows in view.window((xmin, ymin, xmax, ymax)) for i in table.ids[rows]
    }
    bounds = keeper.current.states["lot"].bounds_of(np.arange(60))
    meets = (bounds[:, 0] <= xmax) & (bounds[:, 2] >= xmin)
    meets &= (bounds[:, 1] <= ymax) & (bounds[:, 3] >= ymin) & (bounds[:, 0] <= bounds[:, 2])
    assert found == set(np.flatnonzero(meets).tolist())


def test_a_keeper_that_is_not_open_has_no_snapshot() -> None:
    with pytest.raises(StoreUnavailableError, match="not open"):
        _ = SnapshotKeeper(MemoryStore(), SquareGrids()).current


def test_pages_go_through_all_ids_once() -> None:
    rng = np.random.default_rng(5)
    store = MemoryStore()
    store.put("spot", {i * 3: random_row(rng, CATALOG["spot"].geometry) for i in range(200)})
    keeper = opened(store)
    store.delete("spot", list(range(30, 300, 3)))
    store.put("spot", {i: random_row(rng, CATALOG["spot"].geometry) for i in (31, 60, 601)})
    keeper.refresh()
    for scope in (SYSTEM, Scope.system("units")):
        view = keeper.current.layer("spot", scope)
        seen, after = [], None
        while True:
            page = view.page(Query(limit=7, after=after))
            seen += page.ids.tolist()
            if page.next_after is None:
                break
            after = page.next_after
        assert seen == sorted(store.rows["spot"])
