"""The file ``city.toml``: what a city is called, where it lies, what its maps must say."""

import json
import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from grids.errors import FileFormatError, ParameterError

__all__ = ["LEVELS", "CityProfile", "name_source", "read_profile", "write_profile"]

LEVELS = ("city", "district", "street", "community", "grid", "unit")
FILE_NAME = "city.toml"

_CODE = re.compile(r"[0-9A-Za-z]{2,15}")


@dataclass(frozen=True, slots=True)
class CityProfile:
    """What ``city.toml`` says.

    Parameters
    ----------
    name, name_en
        Name of the city, in Chinese and in Latin letters.
    code
        Statistical code that the codes of its units start with.
    centre
        Longitude and latitude, degrees, EPSG:4490; None until something is imported.
    bounds
        xmin, ymin, xmax, ymax in degrees, EPSG:4490; None takes the extent of what is loaded.
    timezone
        IANA name, for days, shifts and calendars.
    levels
        Levels of the grid from the top down.
    map_approval
        Approval number of the base map (审图号), shown on every map; empty if there is none.
    attribution
        Whose data is shown.
    store
        URL of the store; empty for the SQLite file in the folder.
    is_demo
        True for a made-up city.
    """

    name: str
    code: str
    name_en: str = ""
    centre: tuple[float, float] | None = None
    bounds: tuple[float, float, float, float] | None = None
    timezone: str = "Asia/Shanghai"
    levels: tuple[str, ...] = ("city", "district", "street", "community", "grid")
    map_approval: str = ""
    attribution: str = ""
    store: str = ""
    is_demo: bool = False

    def __post_init__(self) -> None:
        """Check of every value; the message names it."""
        if not self.name.strip():
            raise ParameterError("name of the city is empty")
        if not _CODE.fullmatch(self.code):
            raise ParameterError(f"code is 2 to 15 letters or digits, got {self.code!r}")
        unknown = [level for level in self.levels if level not in LEVELS]
        in_order = [level for level in LEVELS if level in self.levels]
        if unknown or list(self.levels) != in_order or not in_order:
            raise ParameterError(f"levels are some of {', '.join(LEVELS)} in order")
        _check_box(self.centre, self.bounds)
        try:
            ZoneInfo(self.timezone)
        except (ValueError, LookupError, OSError) as exc:
            raise ParameterError(f"timezone {self.timezone!r} is not a known zone") from exc

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)


def _check_box(
    centre: tuple[float, float] | None, bounds: tuple[float, float, float, float] | None
) -> None:
    """Refusal of a centre or bounds that are not longitude and latitude."""
    points = [centre] if centre else []
    points += [bounds[:2], bounds[2:]] if bounds else []
    for lon, lat in points:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ParameterError(f"centre and bounds are degrees lon, lat; got {lon}, {lat}")
    if bounds and not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
        raise ParameterError(f"bounds are xmin, ymin, xmax, ymax; got {bounds}")


def read_profile(folder: Path) -> CityProfile:
    """The profile in a city's folder.

    Raises
    ------
    ParameterError
        If the folder is not a city's, or a value is wrong.
    FileFormatError
        If ``city.toml`` is not TOML, or has a key that does not exist.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ParameterError(
            f"{folder} is not the folder of a city: it has no {FILE_NAME}; "
            "make one with `wangge init FOLDER --name NAME --code CODE`"
        )
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise FileFormatError(f"{path} is not TOML: {exc}") from exc
    known = {field.name for field in fields(CityProfile)}
    if unknown := sorted(set(given) - known):
        raise FileFormatError(f"{path} has an unknown key {unknown[0]!r}")
    if missing := sorted({"name", "code"} - set(given)):
        raise FileFormatError(f"{path} lacks {missing[0]!r}")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    try:
        return CityProfile(**cast("dict[str, Any]", values))
    except ParameterError as exc:
        raise FileFormatError(f"{path}: {exc}") from exc
    except (TypeError, AttributeError) as exc:
        raise FileFormatError(f"{path} has a value of the wrong type: {exc}") from exc


def write_profile(folder: Path, profile: CityProfile) -> None:
    """Write ``city.toml`` whole, by way of a file beside it."""
    lines = []
    for field in fields(profile):
        value = getattr(profile, field.name)
        if value is None or value == field.default:
            continue
        shown = list(value) if isinstance(value, tuple) else value
        lines.append(f"{field.name} = {json.dumps(shown, ensure_ascii=False)}")
    aside = folder / f"{FILE_NAME}.new"
    aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    aside.replace(folder / FILE_NAME)


def name_source(folder: Path, source: str) -> None:
    """Add a source to the attribution that every map shows; nothing if it is named already.

    Comments in ``city.toml`` are lost when it is written.
    """
    profile = read_profile(folder)
    if source not in profile.attribution:
        named = " · ".join(part for part in (profile.attribution, source) if part)
        write_profile(folder, replace(profile, attribution=named))
