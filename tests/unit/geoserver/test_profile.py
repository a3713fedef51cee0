"""city.toml: written, read back, refused with the reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoserver.profile import LEVELS, CityProfile, read_profile, write_profile
from grids.errors import FileFormatError, ParameterError

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
PROFILES = st.builds(
    CityProfile,
    name=NAMES,
    code=st.from_regex(r"[0-9A-Za-z]{2,15}", fullmatch=True),
    name_en=st.text("abc \"\\'", max_size=5),
    centre=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    levels=st.sets(st.sampled_from(LEVELS), min_size=1).map(
        lambda some: tuple(level for level in LEVELS if level in some)
    ),
    attribution=NAMES,
    is_demo=st.booleans(),
)


@given(PROFILES)
def test_a_profile_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, profile: CityProfile
) -> None:
    folder = tmp_path_factory.mktemp("city")
    write_profile(folder, profile)
    assert read_profile(folder) == profile


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"name": " ", "code": "99"}, "name"),
        ({"name": "市", "code": "9-9"}, "code"),
        ({"name": "市", "code": "99", "levels": ("grid", "city")}, "levels"),
        ({"name": "市", "code": "99", "levels": ()}, "levels"),
        ({"name": "市", "code": "99", "centre": (200.0, 0.0)}, "centre"),
        ({"name": "市", "code": "99", "bounds": (2.0, 0.0, 1.0, 1.0)}, "bounds"),
        ({"name": "市", "code": "99", "timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_a_wrong_value_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        CityProfile(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name = ", "not TOML"),
        ('name = "市"', "lacks 'code'"),
        ('name = "市"\ncode = "99"\ncolour = "red"', "unknown key 'colour'"),
        ('name = 3\ncode = "99"', "wrong type"),
        ('name = "市"\ncode = "?"', "code"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=named):
        read_profile(tmp_path)


def test_another_folder_is_not_a_city(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="wangge init"):
        read_profile(tmp_path)
