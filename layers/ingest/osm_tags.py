"""Rules that turn OpenStreetMap tags into kinds, read from ``data/osm_tags.toml``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["OsmRules", "floors", "matched", "metres", "oneway", "parse_rules", "speed_kmh"]

_NUMBER = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(m|ft|'|km/h|kmh|mph|)\s*$")
_FORWARD = frozenset({"yes", "true", "1"})
_BACKWARD = frozenset({"-1", "reverse"})


@dataclass(frozen=True, slots=True)
class OsmRules:
    """Parsed rules.

    Parameters
    ----------
    road_class, road_speed_kmh
        ``highway`` value to class, class to free-flow speed.
    water_area, water_subkind, water_line_width_m
        ``key=value`` to kind, value of ``water`` to kind, ``waterway`` value to drawn width.
    landuse_area, facility_kind, component_class4
        ``key=value`` to kind.
    building_use
        Value of ``building`` to use.
    """

    road_class: Mapping[str, str]
    road_speed_kmh: Mapping[str, float]
    water_area: Mapping[str, str]
    water_subkind: Mapping[str, str]
    water_line_width_m: Mapping[str, float]
    landuse_area: Mapping[str, str]
    building_use: Mapping[str, str]
    facility_kind: Mapping[str, str]
    component_class4: Mapping[str, str]

    @property
    def keys(self) -> frozenset[str]:
        """Tag keys that any rule looks at, with those of buildings, addresses and places."""
        pairs = [self.water_area, self.landuse_area, self.facility_kind, self.component_class4]
        named = {pair.split("=")[0] for table in pairs for pair in table}
        always = {"highway", "waterway", "building", "boundary", "place", "addr:housenumber"}
        return frozenset(named | always)


def parse_rules(text: str) -> OsmRules:
    """Rules of a TOML text laid out as ``data/osm_tags.toml``."""
    raw = tomllib.loads(text)
    return OsmRules(
        road_class=raw["road"]["class"],
        road_speed_kmh=raw["road"]["speed_kmh"],
        water_area=raw["water"]["area"],
        water_subkind=raw["water"]["subkind"],
        water_line_width_m=raw["water"]["line_width_m"],
        landuse_area=raw["landuse"]["area"],
        building_use=raw["building"]["use"],
        facility_kind=raw["facility"]["kind"],
        component_class4=raw["component"]["class4"],
    )


def matched(table: Mapping[str, str], tags: Mapping[str, str]) -> str | None:
    """Kind of the first rule ``key=value`` of the table that the tags fulfil, or None."""
    return next((kind for pair, kind in table.items() if _fulfils(pair, tags)), None)


def _fulfils(pair: str, tags: Mapping[str, str]) -> bool:
    key, _, value = pair.partition("=")
    return tags.get(key) == value


def metres(text: str | None) -> float | None:
    """Length of a tag such as ``12``, ``12 m`` or ``40 ft`` in metres; None if unreadable.

    Examples
    --------
    >>> metres("12.5 m"), metres("10 ft"), metres("tall")
    (12.5, 3.048, None)
    """
    match = _NUMBER.match(text or "")
    if match is None or match[2] not in {"m", "ft", "'", ""}:
        return None
    return round(float(match[1]) * (0.3048 if match[2] in {"ft", "'"} else 1.0), 3)


def speed_kmh(text: str | None) -> float | None:
    """Speed of a ``maxspeed`` tag in km/h; None for words such as ``walk`` or ``none``.

    Examples
    --------
    >>> speed_kmh("40"), speed_kmh("30 mph"), speed_kmh("CN:urban")
    (40.0, 48.28, None)
    """
    match = _NUMBER.match((text or "").split(";")[0])
    if match is None or match[2] not in {"km/h", "kmh", "mph", ""}:
        return None
    return round(float(match[1]) * (1.609344 if match[2] == "mph" else 1.0), 2)


def floors(text: str | None) -> int | None:
    """Whole number of floors of a ``building:levels`` tag; None if unreadable.

    Examples
    --------
    >>> floors("6"), floors("5.5"), floors("5;6"), floors("?")
    (6, 6, 6, None)
    """
    values = [m for m in (_NUMBER.match(part) for part in (text or "").split(";")) if m]
    return max((int(float(m[1]) + 0.5) for m in values), default=None)


def oneway(tags: Mapping[str, str]) -> int:
    """1 with the line, -1 against it, 0 both ways, by OSM's defaults.

    References
    ----------
    OpenStreetMap wiki, "Key:oneway": motorways and roundabouts are one-way unless said.

    Examples
    --------
    >>> oneway({"highway": "motorway"}), oneway({"oneway": "-1"}), oneway({"highway": "trunk"})
    (1, -1, 0)
    """
    value = tags.get("oneway", "")
    if value in _FORWARD:
        return 1
    if value in _BACKWARD:
        return -1
    implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") in {
        "motorway",
        "motorway_link",
    }
    return int(implied and value != "no")
