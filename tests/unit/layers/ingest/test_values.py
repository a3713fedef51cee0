"""Typed values of source columns."""

import datetime as dt
import zoneinfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.ingest.values import converted
from layers.model import FieldSpec, FieldType


def field(type_: FieldType, domain: dict[str, tuple[str, str]] | None = None) -> FieldSpec:
    return FieldSpec("f", type_, "字段", "Field", domain=domain or {})


def result(values: list[object], one: FieldSpec) -> tuple[list[object], list[bool]]:
    out = converted(pa.chunked_array([pa.array(values)]), one, zone="Asia/Shanghai")
    return out.array.to_pylist(), out.bad.tolist()


def test_whole_numbers_take_full_width_digits_separators_and_spreadsheet_floats() -> None:
    values, bad = result(["１２", "1,200", "7.0", " 3 ", "x", "", None], field(FieldType.INTEGER))
    assert values == [12, 1200, 7, 3, None, None, None]
    assert bad == [False] * 4 + [True, False, False]


def test_numbers_are_refused_where_they_are_words() -> None:
    values, bad = result(["1e3", "-.5", "NaN", "12 m"], field(FieldType.NUMBER))
    assert values[:2] == [1000.0, -0.5]
    assert bad == [False, False, True, True]


def test_categories_take_values_and_titles_in_both_languages() -> None:
    one = field(FieldType.CATEGORY, {"good": ("完好", "Good"), "lost": ("丢失", "Lost")})
    values, bad = result(["good", "丢失", "Good", "broken", None], one)
    assert values == ["good", "lost", "good", None, None]
    assert bad == [False, False, False, True, False]


def test_booleans_take_the_usual_words() -> None:
    values, bad = result(["是", "No", "1", "perhaps"], field(FieldType.BOOLEAN))
    assert values == [True, False, True, None]
    assert bad == [False, False, False, True]


@pytest.mark.parametrize(
    "text",
    ["2026-11-22 08:05", "2026/11/22 8:05", "2026年11月22日 8时05分", "2026-11-22T00:05:00Z",
     "2026-11-22 02:05+02:00"],
)  # fmt: skip
def test_times_are_read_as_people_write_them(text: str) -> None:
    wanted = dt.datetime(2026, 11, 22, 0, 5, tzinfo=dt.UTC)
    assert result([text], field(FieldType.INSTANT)) == ([round(wanted.timestamp() * 1000)], [False])


def test_a_date_that_does_not_exist_is_rejected() -> None:
    assert result(["2026-02-30"], field(FieldType.INSTANT)) == ([None], [True])


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_every_integer_comes_back(number: int) -> None:
    assert result([str(number)], field(FieldType.INTEGER)) == ([number], [False])


@given(
    st.datetimes(min_value=dt.datetime(1970, 1, 2), max_value=dt.datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    )
)
def test_arrow_stamps_and_text_agree(moment: dt.datetime) -> None:
    one = field(FieldType.INSTANT)
    shanghai = moment.replace(tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"), fold=0)
    text, _ = result([moment.isoformat(sep=" ")], one)
    stamp, _ = result([shanghai], one)
    assert text == stamp
