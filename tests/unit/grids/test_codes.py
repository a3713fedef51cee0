"""Code layouts: the shipped ones on worked examples, and the engine on wrong input."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.codes import CodeLayout, load_layouts
from grids.errors import CodeFormatError, ParameterError

LAYOUTS = load_layouts(
    (Path(__file__).parents[3] / "data" / "code_layouts.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("layout", "code", "parts", "parent"),
    [
        ("unit15", "330102016001003", ["330102", "016", "001", "003"], "330102016001"),
        ("social15", "330102016001003", ["330102", "016", "001", "003"], "330102016001"),
        (
            "cjt349",
            "01010033010201600103",
            ["010100", "330102", "016", "001", "03"],
            "330102016001",
        ),
        ("part16", "3301020102000123", ["330102", "01", "02", "000123"], "330102"),
        ("stat12", "330102016001", ["33", "01", "02", "016", "001"], "330102016000"),
        ("stat12", "330102016000", ["33", "01", "02", "016", "000"], "330102000000"),
        ("stat12", "330102000000", ["33", "01", "02", "000", "000"], "330100000000"),
        ("stat12", "330000000000", ["33", "00", "00", "000", "000"], None),
    ],
)
def test_worked_examples_parse_compose_and_name_their_parent(
    layout: str, code: str, parts: list[str], parent: str | None
) -> None:
    chosen = LAYOUTS[layout]
    parsed = chosen.parse(code)
    assert list(parsed.parts.values()) == parts
    assert chosen.compose(**parsed.parts) == code
    assert chosen.parent_code(code) == parent


@pytest.mark.parametrize(
    ("street", "meaning"),
    [
        ("001", "street"),
        ("099", "street"),
        ("100", "town"),
        ("200", "township"),
        ("399", "township"),
        ("400", "enterprise"),
        ("599", "enterprise"),
    ],
)
def test_street_classes_follow_their_ranges(street: str, meaning: str) -> None:
    assert LAYOUTS["stat12"].parse(f"330102{street}001").meanings["street"] == meaning


@pytest.mark.parametrize(
    ("layout", "code", "reason"),
    [
        ("unit15", "33010201600100", "needs 15 digits, got 14"),
        ("unit15", "33010201600100a", "digits only"),
        ("unit15", "３３０１０２０１６００１００３", "digits only"),
        ("unit15", "330102700001003", "street 700 is not in 001-099"),
        ("unit15", "330102016001000", "seq 000 is not in 001-999"),
        ("stat12", "", "digits only"),
    ],
)
def test_a_wrong_code_gives_a_reason_instead_of_parts(layout: str, code: str, reason: str) -> None:
    parsed = LAYOUTS[layout].parse(code)
    assert not parsed.parts
    assert reason in str(parsed.reason)
    with pytest.raises(CodeFormatError):
        LAYOUTS[layout].parent_code(code)


def test_urban_rural_classes_are_named() -> None:
    assert LAYOUTS["stat12"].classes["111"] == "主城区"
    assert len(LAYOUTS["stat12"].classes) == 7


def test_parts_that_do_not_fit_are_refused() -> None:
    unit = LAYOUTS["unit15"]
    assert unit.compose(county=330102, street=16, community=1, seq=3) == "330102016001003"
    with pytest.raises(CodeFormatError, match="seq"):
        unit.compose(county="330102", street="016", community="001")
    with pytest.raises(CodeFormatError, match="seq has 3 digits"):
        unit.compose(county="330102", street="016", community="001", seq=1000)
    with pytest.raises(CodeFormatError, match="street 600"):
        unit.compose(county="330102", street="600", community="001", seq=1)


@given(st.sampled_from(sorted(LAYOUTS)), st.data())
def test_any_digits_parse_whole_or_say_why(name: str, data: st.DataObject) -> None:
    layout: CodeLayout = LAYOUTS[name]
    code = data.draw(st.text("0123456789", min_size=layout.length, max_size=layout.length))
    parsed = layout.parse(code)
    assert (parsed.reason is None) == ("".join(parsed.parts.values()) == code)


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "[a]\nparts = 3\nparent = []",
        '[a]\nparts = [["x", 2]]\nparent = ["y"]',
        '[a]\nparts = [["x", 2]]\nparent = []\n[a.ranges]\nx = [["1", "9", "m"]]',
        "a = 1",
    ],
)
def test_broken_layout_files_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="code layout"):
        load_layouts(text)
