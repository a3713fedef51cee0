"""BeiDou codes: known answers, round trips, half-open cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.beidou import LENGTHS, beidou_cell, beidou_code
from grids.errors import CodeFormatError, CoordinateError


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (116.31260278, 39.99316111, "N50J47539B8255346152"),
        (120.155070, 30.274085, "N51H0429646312060445"),
    ],
)
def test_known_positions_have_their_codes(lon: float, lat: float, code: str) -> None:
    assert beidou_code(lon, lat) == code
    for level, length in enumerate(LENGTHS, 1):
        assert beidou_code(lon, lat, level=level) == code[:length]


@given(lon=st.floats(0, 179.999), lat=st.floats(0, 87.999), level=st.integers(1, 10))
def test_a_position_lies_in_its_cell_and_the_corner_gives_the_code(
    lon: float, lat: float, level: int
) -> None:
    code = beidou_code(lon, lat, level=level)
    cell = beidou_cell(code)
    assert cell.xmin - 1e-12 <= lon < cell.xmax + 1e-12
    assert cell.ymin - 1e-12 <= lat < cell.ymax + 1e-12
    middle = beidou_code(*cell.centre, level=level)
    assert middle == code


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_edges_belong_to_the_cell_north_and_east(level: int) -> None:
    cell = beidou_cell(beidou_code(120.155070, 30.274085, level=level))
    east = beidou_cell(beidou_code(cell.xmax + 1e-9, cell.ymin + 1e-9, level=level))
    assert east.xmin == pytest.approx(cell.xmax, abs=1e-12)
    assert beidou_code(126.0, 32.0, level=1) == "N52I"


@pytest.mark.parametrize(
    "code",
    [
        "",
        "N51",
        "S51H",
        "N30A",
        "N61A",
        "N51W",
        "Nx1H",
        "N51H0",
        "N51HF0",
        "N51H09",
        "N51H046",
        "N51H042F0",
        "N51H04296Z",
    ],
)
def test_broken_codes_are_refused(code: str) -> None:
    with pytest.raises(CodeFormatError):
        beidou_cell(code)


def test_other_quarters_and_levels_are_refused() -> None:
    with pytest.raises(CoordinateError):
        beidou_code(-1.0, 30.0)
    with pytest.raises(CoordinateError):
        beidou_code(120.0, 88.5)
    with pytest.raises(CodeFormatError):
        beidou_code(120.0, 30.0, level=11)
