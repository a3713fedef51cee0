"""Rows of the city model from OpenStreetMap objects: one function per layer."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from layers.ingest.osm_areas import relation_area, way_area
from layers.ingest.osm_reader import OsmData, OsmWay
from layers.ingest.osm_tags import OsmRules, floors, matched, metres, oneway, speed_kmh
from layers.ingest.report import ImportReport
from layers.model import FieldType, LayerSpec

__all__ = ["Feature", "layer_table", "osm_features"]

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Feature:
    """One row to be: source key, geometry (lon/lat, EPSG:4326) and values by field name."""

    uid: str
    geometry: BaseGeometry
    values: Mapping[str, object] = field(default_factory=dict)


Features = dict[str, list[Feature]]


def _name(tags: Mapping[str, str]) -> str | None:
    return tags.get("name") or tags.get("name:zh") or tags.get("name:en")


def _address(tags: Mapping[str, str]) -> str | None:
    """Full address as written in China: from the large to the small."""
    if "addr:full" in tags:
        return tags["addr:full"]
    parts = ("addr:city", "addr:district", "addr:street", "addr:housenumber")
    return "".join(tags[part] for part in parts if part in tags) or None


def _flag(value: str | None) -> bool:
    return value not in {None, "no"}


def _level(tags: Mapping[str, str]) -> int:
    try:
        return int(float(tags.get("layer", "0")))
    except ValueError:
        return 0


def _road(way: OsmWay, rules: OsmRules, report: ImportReport) -> Feature | None:
    tags = way.tags
    kind = rules.road_class.get(tags.get("highway", ""))
    if kind is None or tags.get("area") == "yes":
        return None
    if len(set(way.lonlats)) < 2:
        report.reject(f"way {way.id}", "fewer than 2 of its nodes lie in the extract", code="cut")
        return None
    return Feature(
        f"osm:w{way.id}",
        shapely.LineString(way.lonlats),
        {
            "name": _name(tags),
            "ref": tags.get("ref"),
            "class": kind,
            "oneway": oneway(tags),
            "speed_kmh": speed_kmh(tags.get("maxspeed")) or rules.road_speed_kmh[kind],
            "lanes": floors(tags.get("lanes")),
            "bridge": _flag(tags.get("bridge")),
            "tunnel": _flag(tags.get("tunnel")) or tags.get("covered") == "yes",
            "level": _level(tags),
        },
    )


def _water_line(way: OsmWay, rules: OsmRules) -> Feature | None:
    """A waterway drawn as the strip that it covers, by its own or a usual width."""
    width = rules.water_line_width_m.get(way.tags.get("waterway", ""))
    if width is None or len(set(way.lonlats)) < 2 or _flag(way.tags.get("tunnel")):
        return None
    half = (metres(way.tags.get("width")) or width) / 2.0
    line = shapely.LineString(way.lonlats)
    shrink = np.cos(np.radians(line.centroid.y))
    metric = shapely.transform(line, lambda xy: xy * (METRES_PER_DEGREE * np.array([shrink, 1.0])))
    strip = shapely.buffer(metric, half, cap_style="flat", quad_segs=4)
    area = shapely.transform(strip, lambda xy: xy / (METRES_PER_DEGREE * np.array([shrink, 1.0])))
    kind = "canal" if way.tags["waterway"] in {"canal", "ditch", "drain"} else "river"
    return Feature(f"osm:w{way.id}", area, {"kind": kind, "name": _name(way.tags)})


def _area_rows(
    uid: str, area: BaseGeometry, tags: Mapping[str, str], rules: OsmRules
) -> Iterator[tuple[str, Feature]]:
    """Rows of every layer that an area belongs to."""
    name = _name(tags)
    if _flag(tags.get("building")):
        yield "building", Feature(uid, area, _building(tags, rules, name))
    water = matched(rules.water_area, tags)
    landuse = matched(rules.landuse_area, tags)
    if water is not None:
        kind = rules.water_subkind.get(tags.get("water", ""), water)
        yield "water", Feature(uid, area, {"kind": kind, "name": name})
    elif landuse is not None and "building" not in tags:
        yield "landuse", Feature(uid, area, {"kind": landuse, "name": name})
    if tags.get("boundary") == "administrative":
        level = tags.get("admin_level", "")
        values = {
            "name": name,
            "code": tags.get("ref"),
            "kind": "administrative",
            "admin_level": int(level) if level.isdigit() else None,
            "source": "OpenStreetMap",
        }
        yield "boundary", Feature(uid, area, values)
    yield from _point_rows(uid, area.point_on_surface(), tags, rules)


def _building(tags: Mapping[str, str], rules: OsmRules, name: str | None) -> dict[str, object]:
    return {
        "name": name or tags.get("addr:housename"),
        "use": rules.building_use.get(tags["building"], "other"),
        "floors": floors(tags.get("building:levels")),
        "height_m": metres(tags.get("height")),
        "address": _address(tags),
    }


def _point_rows(
    uid: str, point: BaseGeometry, tags: Mapping[str, str], rules: OsmRules
) -> Iterator[tuple[str, Feature]]:
    """Rows of the point layers that a node, or an area by an inner point, belongs to."""
    name = _name(tags)
    kind = matched(rules.facility_kind, tags)
    if kind is None and "place" in tags and name is not None:
        kind = "place"
    if kind is not None:
        yield (
            "facility",
            Feature(uid, point, {"name": name, "kind": kind, "address": _address(tags)}),
        )
    if "addr:housenumber" in tags:
        values = {
            "full": _address(tags),
            "kind": "doorplate",
            "street": tags.get("addr:street") or tags.get("addr:place"),
            "number": tags["addr:housenumber"],
        }
        yield "address", Feature(uid, point, values)
    class4 = matched(rules.component_class4, tags)
    if class4 is not None:
        yield "component", Feature(uid, point, {"class4": class4, "name": name, "state": "good"})


def _is_area(way: OsmWay, rules: OsmRules) -> bool:
    """True if the tags say that the way bounds an area, whether or not it closes."""
    tags = way.tags
    if _flag(tags.get("building")) or matched(rules.water_area, tags) is not None:
        return True
    if "highway" in tags:
        return tags.get("area") == "yes"
    return matched(rules.landuse_area, tags) is not None or way.is_closed


def osm_features(
    data: OsmData,
    rules: OsmRules,
    report: ImportReport,
    *,
    on_progress: Callable[[str, int, int | None], None],
) -> Features:
    """Rows by layer of everything in a file that the rules know.

    Parameters
    ----------
    data
        Objects of the file.
    rules
        What becomes what.
    report
        Takes a reject for every ring or line that cannot be used.

    Returns
    -------
    dict
        Layer name to features, in the order of the file.
    """
    rows: Features = defaultdict(list)
    for layer, row in _every_row(data, rules, report, on_progress):
        rows[layer].append(row)
    trimmed = sum(1 for w in data.ways.values() if w.missing and "highway" in w.tags)
    if trimmed:
        report.notes.append(f"{trimmed} roads leave the extract and end at its edge")
    return dict(rows)


def _every_row(
    data: OsmData,
    rules: OsmRules,
    report: ImportReport,
    on_progress: Callable[[str, int, int | None], None],
) -> Iterator[tuple[str, Feature]]:
    for node in data.nodes:
        yield from _point_rows(f"osm:n{node.id}", shapely.Point(node.lonlat), node.tags, rules)
    for count, way in enumerate(data.ways.values()):
        if count % 20_000 == 0:
            on_progress("shape", count, len(data.ways))
        yield from _way_rows(way, rules, report)
    for relation in data.relations:
        area = relation_area(relation, data.ways, report)
        if area is not None:
            yield from _area_rows(f"osm:r{relation.id}", area, relation.tags, rules)


def _way_rows(way: OsmWay, rules: OsmRules, report: ImportReport) -> Iterator[tuple[str, Feature]]:
    if not way.tags:
        return
    if "highway" in way.tags and (road := _road(way, rules, report)) is not None:
        yield "road", road
        return
    if (strip := _water_line(way, rules)) is not None:
        yield "water", strip
        return
    if _is_area(way, rules) and (area := way_area(way, report)) is not None:
        yield from _area_rows(f"osm:w{way.id}", area, way.tags, rules)


_ARROW = {
    FieldType.INTEGER: pa.int64(),
    FieldType.INSTANT: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
}


def layer_table(spec: LayerSpec, features: list[Feature]) -> pa.Table:
    """Features as the table that a unit of work takes: ``uid``, ``geom`` and their fields."""
    names = [f.name for f in spec.fields if any(f.name in row.values for row in features)]
    columns: dict[str, pa.Array] = {
        "uid": pa.array([row.uid for row in features], pa.string()),
        "geom": pa.array(shapely.to_wkb(np.array([r.geometry for r in features])), pa.binary()),
    }
    for name in names:
        kind = _ARROW.get(spec.field(name).type, pa.string())
        columns[name] = pa.array([row.values.get(name) for row in features], kind)
    return pa.table(columns)
