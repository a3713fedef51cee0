"""Cases: deadlines, rhythm, states, planted hot spots."""

from datetime import UTC, datetime

import numpy as np
import pytest

from geoserver.demo.case_model import case_classes, hour_weights, state_at
from geoserver.demo.city import DemoModel
from geoserver.demo.deadlines import deadline

_FRIDAY_17 = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("limit_type", "value", "expected"),
    [
        ("urgent_hour", 2.0, datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ("work_hour", 5.0, datetime(2026, 11, 23, 4, tzinfo=UTC)),
        ("work_day", 1.0, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("natural_day", 1.0, datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ],
)
def test_deadlines_of_a_friday_afternoon_are_the_known_ones(
    limit_type: str, value: float, expected: datetime
) -> None:
    due = deadline(np.array([_FRIDAY_17]), np.array([limit_type]), np.array([value]))
    assert datetime.fromtimestamp(int(due[0]) / 1000, UTC) == expected


def test_a_report_at_night_waits_for_the_morning() -> None:
    night = _FRIDAY_17 + 6 * 3_600_000
    due = deadline(np.array([night]), np.array(["work_hour"]), np.array([1.0]))
    assert datetime.fromtimestamp(int(due[0]) / 1000, UTC) == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_steps_of_a_case_follow_each_other(small_model: DemoModel) -> None:
    s = small_model.cases.steps
    for before, after in (
        (s.reported, s.accepted), (s.accepted, s.dispatched), (s.dispatched, s.arrived),
        (s.arrived, s.handled), (s.reported, s.closed), (s.reported, s.due),
    ):  # fmt: skip
        assert (before <= after).all()


def test_cases_span_ninety_days_and_stop_now(small_model: DemoModel) -> None:
    reported = small_model.cases.steps.reported
    assert reported.max() <= small_model.now_ms
    assert reported.min() >= small_model.now_ms - 90 * 86_400_000
    day = hour_weights(reported)
    assert day.mean() > 1.3  # more reports come in busy hours than by chance


def test_most_cases_are_done_in_time_and_some_are_late(small_model: DemoModel) -> None:
    cases = small_model.cases
    state, colour, late = state_at(cases.steps, small_model.now_ms, cases.fate)
    due = cases.steps.due < small_model.now_ms
    on_time = (cases.steps.closed <= cases.steps.due)[due].mean()
    assert 0.88 < on_time < 0.985
    assert set(np.unique(colour)) == {"green", "blue", "red"}
    open_now = np.isin(state, ["registered", "accepted", "dispatched", "handling", "feedback"])
    assert (colour[open_now] != "green").all()
    assert (late & ~open_now).any()


def test_planted_hot_spots_stand_out(small_model: DemoModel) -> None:
    cases, units = small_model.cases, small_model.units
    assert len(small_model.hot_spots) >= 2
    recent = cases.steps.reported > small_model.now_ms - 30 * 86_400_000
    grid = units.grid[small_model.built.parcel[cases.building]]
    of_class = np.array(case_classes().code)[cases.class_index]
    for spot in small_model.hot_spots:
        inside = np.isin(grid, spot.grids)
        one = recent & (of_class == spot.class_code)
        share = len(spot.grids) / np.unique(units.grid).size
        assert (one & inside).sum() > 2.0 * share * one.sum()
