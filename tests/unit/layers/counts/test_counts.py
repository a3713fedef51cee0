import numpy as np
import pytest
import shapely

from grids.errors import ParameterError, RefusedError, UnknownLayerError
from layers.counts import CountKind, area_count, unit_counts
from layers.cql2.tree import Comparison, ComparisonOperator, Literal, Property
from layers.keeper import SnapshotKeeper
from layers.policy import Role, Scope
from layers.query import Query
from layers.snapshot import Snapshot
from tests.unit.layers.samples import (
    CELLS,
    DUTY,
    SIDE,
    SOUTH,
    SYSTEM,
    WEST,
    MemoryStore,
    Row,
    SquareGrids,
    opened,
    square_version,
)

TREE = square_version().hierarchy
STEP = SIDE / CELLS
PEOPLE = np.array([[3, 40, 12, 0], [15, 15, 15, 15], [0, 0, 0, 4], [30, 2, 2, 30]])


def _city() -> Snapshot:
    store, rows = MemoryStore(), {}
    for (r, c), count in np.ndenumerate(PEOPLE):
        for i in range(int(count)):
            place = shapely.Point(WEST + (c + 0.5) * STEP, SOUTH + (r + (i + 1) / 50) * STEP)
            rows[len(rows)] = Row({"size": i % 2}, place)
    store.put("person", rows)
    store.put("spot", rows)
    store.put("street", {1: Row({}, shapely.LineString([(WEST, SOUTH), (WEST + 1e-3, SOUTH)]))})
    return opened(store).current


SNAPSHOT = _city()
INSPECTOR = Scope(Role.DUTY, "x", frozenset({10}), person_count=True)


def test_exact_counts_are_those_of_the_cells_at_every_level() -> None:
    counts = unit_counts(SNAPSHOT, "person", DUTY)
    assert counts.kind is CountKind.EXACT
    assert counts.k is None
    assert (counts.seq, counts.grid_version) == (SNAPSHOT.seq, 1)
    assert counts.of(1) == PEOPLE.sum()
    for r in range(CELLS):
        assert counts.of(10 + r) == PEOPLE[r].sum()
        for c in range(CELLS):
            assert counts.of(100 + r * CELLS + c) == PEOPLE[r, c]
    assert counts.of(12345) is None


@pytest.mark.parametrize("scope", [Scope.public(), Scope(Role.PARTNER), Scope(Role.ANALYST)])
def test_others_get_protected_counts_without_small_cells(scope: Scope) -> None:
    counts = unit_counts(SNAPSHOT, "person", scope)
    assert counts.kind is CountKind.PROTECTED
    assert counts.k == 10
    assert counts.of(100) is None
    assert counts.of(102) is None  # its smallest neighbour, so that 3 is not the difference
    assert counts.of(101) == 40
    assert counts.of(103) == 0
    assert counts.of(12) is None  # 4 people
    assert counts.of(10) is None  # the smallest row beside it
    assert counts.of(1) == PEOPLE.sum()


def test_a_jurisdiction_counts_exactly_inside_and_nothing_outside() -> None:
    counts = unit_counts(SNAPSHOT, "person", INSPECTOR)
    assert counts.kind is CountKind.EXACT
    assert counts.of(100) == 3
    assert counts.of(10) == 55
    assert counts.of(11) is None
    assert counts.of(1) is None
    spots = unit_counts(SNAPSHOT, "spot", Scope(Role.WORKER, "x", frozenset({10})))
    assert (spots.kind, spots.of(10), spots.of(1)) == (CountKind.EXACT, 55, None)


def test_what_a_jurisdiction_knows_cannot_undo_the_protection_around_it() -> None:
    knows_three_of_row_two = Scope(Role.DUTY, "x", frozenset({108, 109, 110}), person_count=True)
    around = unit_counts(SNAPSHOT, "person", knows_three_of_row_two, protected=True)
    assert around.kind is CountKind.PROTECTED
    assert around.of(108) == 0
    knows_most_of_row_three = Scope(Role.DUTY, "x", frozenset({112, 113, 115}), person_count=True)
    around = unit_counts(SNAPSHOT, "person", knows_most_of_row_three, protected=True)
    assert around.of(113) == 2  # its own
    assert around.of(114) is None
    assert around.of(13) is None  # 64 less the 62 it knows would tell of 2 people
    assert unit_counts(SNAPSHOT, "person", Scope.public()).of(13) == 64


def test_protected_counts_take_no_query_and_no_tiny_threshold() -> None:
    odd = Query(filter=Comparison(ComparisonOperator.EQ, Property("size"), Literal(1)))
    with pytest.raises(RefusedError):
        unit_counts(SNAPSHOT, "person", Scope.public(), query=odd)
    with pytest.raises(ParameterError, match="k"):
        unit_counts(SNAPSHOT, "person", Scope.public(), k=2)
    counts = unit_counts(SNAPSHOT, "person", DUTY, query=odd)
    assert counts.of(101) == 20


def test_layers_that_are_not_of_people_are_exact_for_who_sees_them() -> None:
    assert unit_counts(SNAPSHOT, "spot", Scope(Role.WORKER)).of(100) == 3
    with pytest.raises(UnknownLayerError):
        unit_counts(SNAPSHOT, "spot", Scope.public())
    with pytest.raises(UnknownLayerError):
        unit_counts(SNAPSHOT, "nowhere", SYSTEM)
    assert unit_counts(SNAPSHOT, "street", Scope(Role.WORKER, "x", frozenset({115}))).of(100) == 1


def test_people_in_an_area_are_counted_only_for_those_with_the_right() -> None:
    cell = shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP)
    assert area_count(SNAPSHOT, "person", DUTY, cell).count == 3
    for scope in (Scope.public(), Scope(Role.ANALYST), Scope(Role.PARTNER, person_count=True)):
        answer = area_count(SNAPSHOT, "person", scope, cell)
        assert (answer.kind, answer.count) == (CountKind.PROTECTED, None)
    elsewhere = Scope(Role.DUTY, "x", frozenset({13}), person_count=True)
    assert area_count(SNAPSHOT, "person", elsewhere, cell).count == 0
    assert area_count(SNAPSHOT, "spot", Scope(Role.WORKER), cell).count == 3


def test_without_a_grid_there_are_no_units() -> None:
    keeper = SnapshotKeeper(MemoryStore(), SquareGrids(None))
    counts = unit_counts(keeper.open(), "spot", SYSTEM)
    assert (counts.grid_version, counts.unit_ids.size) == (0, 0)
