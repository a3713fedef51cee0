import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from grids.errors import ForbiddenError, ParameterError
from layers.policy import Role, Scope
from layers.positions.batch import PositionBatch, Reason
from layers.positions.checks import CheckLimits
from layers.positions.columns import Positions
from layers.positions.stream import Frame, PositionReader
from layers.positions.table import PositionTable, Push

NOW = 1_700_000_000_000
DUTY = Scope.demo_staff()
SEEDS = st.integers(0, 2**32 - 1)


def row(
    id_: int = 1, lon: float = 120.0, lat: float = 30.0, **more: dict[str, object]
) -> dict[str, object]:
    return {"kind": "worker", "id": id_, "lon": lon, "lat": lat, "at": NOW, **more}


def push(table: PositionTable, *rows: dict[str, object], received: int = NOW) -> Push:
    return table.push(PositionBatch.from_rows(rows), received=received)


def test_the_last_position_is_what_is_seen() -> None:
    table = PositionTable()
    push(table, row(1, state="on_duty", speed_mps=1.5), row(2, kind="resource"))
    push(table, row(1, 121.0, at=NOW + 1))
    seen = table.view(DUTY)
    assert seen.keys() == (("worker", 1), ("resource", 2))
    assert seen.lonlat.tolist() == [[121, 30], [120, 30]]
    assert seen.states.tolist() == ["on_duty", ""]  # an unknown state keeps the last
    assert np.isnan(seen.speed_mps[0])
    assert seen.changed.tolist() == [2, 1]
    assert len(table) == 2
    assert table.positions_of([("worker", 1), ("worker", 9)], DUTY) == {("worker", 1): (121, 30)}


def test_one_number_of_a_unit_per_kind() -> None:
    table = PositionTable()
    push(table, row(7), row(7, 121.0, kind="resource"))
    assert table.view(DUTY).keys() == (("worker", 7), ("resource", 7))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"lon": float("nan")}, Reason.NOT_FINITE),
        ({"lat": float("inf")}, Reason.NOT_FINITE),
        ({"lon": 10**400}, Reason.NOT_FINITE),
        ({"lon": 181.0}, Reason.OUT_OF_RANGE),
        ({"lon": 30.0, "lat": 120.0}, Reason.OUT_OF_RANGE),
        ({"lon": 100.0}, Reason.OUTSIDE),
        ({"kind": "dragon"}, Reason.UNKNOWN_KIND),
        ({"at": NOW + 10**9}, Reason.FUTURE),
        ({"at": NOW - 10**12}, Reason.TOO_OLD),
        ({"accuracy_m": -1.0}, Reason.ACCURACY),
        ({"accuracy_m": float("inf")}, Reason.ACCURACY),
        ({"speed_mps": 151.0}, Reason.SPEED),
        ({"heading_deg": 361.0}, Reason.HEADING),
    ],
)
def test_a_bad_report_is_rejected_with_its_reason_and_the_others_taken(
    more: dict[str, object], reason: Reason
) -> None:
    table = PositionTable(CheckLimits(area=(119, 29, 122, 32)))
    done = push(table, row(1), {**row(2), **more}, row(3))
    assert [(r.row, r.reason) for r in done.rejects] == [(1, reason)]
    assert done.accepted.tolist() == [0, 2]
    assert len(table) == 2


def test_an_older_report_and_a_second_one_in_a_batch_are_rejected() -> None:
    table = PositionTable()
    done = push(table, row(1, 1.0, at=NOW), row(1, 2.0, at=NOW + 5), row(1, 3.0, at=NOW + 5))
    assert [r.row for r in done.rejects] == [0, 2]
    assert table.view(DUTY).lonlat[0, 0] == 2.0
    again = push(table, row(1, 9.0, at=NOW + 5))
    assert again.rejects[0].reason is Reason.NOT_NEWER
    assert again.seq == done.seq


@pytest.mark.parametrize(
    "rows",
    [
        [{"kind": "worker"}],
        [row(id_=1.5)],
        [row(id_=2**63)],
        [row(lon="120")],
        [row(lat=True)],
        [row(kind=3)],
        [row(state=3)],
        [row(at=None)],
    ],
)
def test_rows_of_the_wrong_type_are_refused_by_name(rows: list[dict[str, object]]) -> None:
    with pytest.raises(ParameterError, match="position 0"):
        PositionBatch.from_rows(rows)


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ParameterError, match="other lengths"):
        PositionBatch.of(["worker"], np.zeros(2, np.int64), np.zeros((1, 2)), np.zeros(1, np.int64))
    assert len(PositionBatch.from_rows([])) == 0


def test_a_sweep_marks_then_removes() -> None:
    table = PositionTable()
    push(table, row(1), row(2))
    push(table, row(2, at=NOW + 600), received=NOW + 600)
    swept = table.sweep(NOW + 1000, stale_ms=500, gone_ms=5000)
    assert swept.stale == (("worker", 1),)
    assert table.view(DUTY).stale.tolist() == [True, False]
    assert table.sweep(NOW + 1001, stale_ms=500, gone_ms=5000).stale == ()
    swept = table.sweep(NOW + 5200, stale_ms=500, gone_ms=5000)
    assert (swept.stale, swept.gone) == ((("worker", 2),), (("worker", 1),))
    assert table.view(DUTY).keys() == (("worker", 2),)
    push(table, row(2, at=NOW + 6000), received=NOW + 6000)
    assert not table.view(DUTY).stale.any()


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.PARTNER])
def test_positions_are_for_staff(role: Role) -> None:
    table = PositionTable()
    push(table, row())
    for ask in (table.view, lambda s: table.since(0, None, s), lambda s: table.positions_of([], s)):
        with pytest.raises(ForbiddenError):
            ask(Scope(role))


def _west(_scope: Scope, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return lonlat[:, 0] < 0


def test_a_jurisdiction_sees_only_what_is_inside() -> None:
    worker = Scope(Role.WORKER, "x", frozenset({1}))
    table = PositionTable(inside=_west)
    push(table, row(1, -1.0), row(2, 1.0))
    assert table.view(worker).keys() == (("worker", 1),)
    reader = PositionReader(table, worker)
    assert reader.frame().add.keys() == (("worker", 1),)
    push(table, row(1, 1.0, at=NOW + 1), row(2, 2.0, at=NOW + 1))
    diff = table.since(1, None, worker)
    assert diff.reset
    assert not len(diff.add)
    assert diff.remove == ()
    frame = reader.frame()
    assert frame.remove == (("worker", 1),)  # of the other it never hears
    push(table, row(2, -5.0, at=NOW + 2))
    assert reader.frame().add.keys() == (("worker", 2),)
    assert reader.frame().is_empty
    assert len(PositionTable().view(worker)) == 0


BOXES = [None, (-1.0, -1.0, 0.5, 1.0), (0.2, -1.0, -0.2, 1.0), (5.0, 5.0, 6.0, 6.0)]


@settings(max_examples=100)
@given(SEEDS)
def test_readers_show_exactly_what_the_table_has_in_their_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = PositionTable(inside=lambda _scope, lonlat: lonlat[:, 0] > -0.5)
    scopes = [DUTY, Scope(Role.WORKER, "x", frozenset({1}))]
    readers = [(PositionReader(table, scope), scope, {}) for scope in scopes for _ in range(2)]
    boxes = [None] * len(readers)
    clock = NOW
    for _ in range(15):
        clock += 100
        n = int(rng.integers(0, 6))
        ids = rng.integers(0, 8, n).tolist()
        xy = rng.uniform(-1, 1, (n, 2)).tolist()
        push(table, *[row(i, x, y, at=clock) for i, (x, y) in zip(ids, xy, strict=True)],
             received=clock)  # fmt: skip
        if rng.random() < 0.3:
            table.sweep(clock, stale_ms=200, gone_ms=500)
        for k, (reader, scope, shown) in enumerate(readers):
            if rng.random() < 0.2:
                boxes[k] = BOXES[int(rng.integers(len(BOXES)))]
                reader.look_at(boxes[k])
            if rng.random() < 0.6:
                _apply(reader.frame(), shown)
                whole = table.view(scope)
                inside = whole.taken(whole.within(boxes[k]))
                expected = dict(zip(inside.keys(), _rows(inside), strict=True))
                assert shown == expected


@settings(max_examples=60)
@given(SEEDS)
def test_a_cursor_gives_all_that_a_stateless_reader_needs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = PositionTable()
    shown, cursor, clock = {}, 0, NOW
    box = (-1.0, -1.0, 0.5, 1.0)
    for _ in range(15):
        clock += 100
        n = int(rng.integers(0, 6))
        xy = rng.uniform(-1, 1, (n, 2)).tolist()
        push(table, *[row(int(rng.integers(8)), x, y, at=clock) for x, y in xy], received=clock)
        if rng.random() < 0.3:
            table.sweep(clock, stale_ms=200, gone_ms=500)
        if rng.random() < 0.6:
            diff = table.since(cursor, box, DUTY)
            cursor = diff.seq
            if diff.reset:
                shown.clear()
            for key in diff.remove:
                shown.pop(key, None)
            for rows in (diff.add, diff.update):
                shown.update(zip(rows.keys(), _rows(rows), strict=True))
            whole = table.view(DUTY)
            inside = whole.taken(whole.within(box))
            assert shown == dict(zip(inside.keys(), _rows(inside), strict=True))


def _rows(positions: Positions) -> list[tuple[float, float, bool]]:
    return [
        (*xy, stale)
        for xy, stale in zip(positions.lonlat.tolist(), positions.stale.tolist(), strict=True)
    ]


def _apply(frame: Frame, shown: dict[tuple[str, int], tuple[float, float, bool]]) -> None:
    """Do what a frame says, and check that it says nothing needless."""
    for key in frame.remove:
        del shown[key]
    for key, value in zip(frame.add.keys(), _rows(frame.add), strict=True):
        assert key not in shown
        shown[key] = value
    for key, value in zip(frame.update.keys(), _rows(frame.update), strict=True):
        assert key in shown
        shown[key] = value


def test_a_cursor_older_than_what_is_remembered_starts_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("layers.positions.table._TOMBSTONES", 2)
    table = PositionTable()
    push(table, *[row(i) for i in range(5)])
    table.sweep(NOW + 1000, stale_ms=1, gone_ms=10)
    push(table, row(9, at=NOW + 2000), received=NOW + 2000)
    assert table.since(1, None, DUTY).reset
    assert not table.since(2, None, DUTY).reset
    assert table.since(99, None, DUTY).reset
