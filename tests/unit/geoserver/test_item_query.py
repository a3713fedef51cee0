"""Query parameters as query values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoserver.services.collections import cursor_text, parse_cursor
from geoserver.services.item_query import (
    field_filter,
    instant_ms,
    instant_text,
    parse_datetime,
    parse_ids,
)
from grids.errors import ParameterError
from layers.catalog import default_catalog
from layers.cql2.tree import And, Comparison, Literal

EVENT = default_catalog()["event"]


@given(st.integers(0, 4_000_000_000_000))
def test_an_instant_reads_back_as_it_was_written(ms: int) -> None:
    assert instant_ms(instant_text(ms), name="at") == ms


@given(st.integers(0, 2**62))
def test_a_cursor_reads_back_as_it_was_written(number: int) -> None:
    assert parse_cursor(cursor_text(number)) == number


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2025-01-01T00:00:00Z", (1_735_689_600_000, 1_735_689_600_000)),
        ("2025-01-01", (1_735_689_600_000, 1_735_775_999_999)),
        ("2025-01-01T08:00:00+08:00/..", (1_735_689_600_000, None)),
        ("../2025-01-01T00:00:00Z", (None, 1_735_689_600_000)),
        ("1735689600000", (1_735_689_600_000, 1_735_689_600_000)),
    ],
)
def test_times_are_instants_days_and_open_spans(text: str, span: tuple[int, int]) -> None:
    assert parse_datetime(text) == span


@pytest.mark.parametrize("text", ["", "a/b/c", "soon", "2025-01-01T00:00:00", "2025-13-01"])
def test_no_time_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="datetime"):
        parse_datetime(text)


@pytest.mark.parametrize("text", ["", ",", "a", "1.5", "9" * 30, ",".join(["1"] * 1001)])
def test_no_ids_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="ids"):
        parse_ids(text)


def test_fields_become_equalities_of_their_type() -> None:
    found = field_filter({"state": "closed", "severity": "3", "late": "true"}, EVENT, ())
    assert isinstance(found, And)
    values = [c.right for c in found.terms if isinstance(c, Comparison)]
    assert values == [Literal("closed"), Literal(3), Literal(True)]  # noqa: FBT003
    assert field_filter({}, EVENT, ()) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("nosuch", "1"), ("address", "x"), ("severity", "x"), ("late", "maybe"), ("leaf", "1")],
)
def test_what_cannot_be_asked_is_named(name: str, text: str) -> None:
    with pytest.raises(ParameterError, match=name):
        field_filter({name: text}, EVENT, ("limit",))
