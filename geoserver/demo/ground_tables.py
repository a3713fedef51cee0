"""Tables of what the city is built of: roads, water, land use, buildings, addresses."""

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geoserver.demo.city import DemoModel
from geoserver.demo.names import NameGiver
from geoserver.demo.network import LANES, SPEED_KMH
from geoserver.demo.seeds import stream
from geoserver.demo.tables import layer_table, numbered, texts

__all__ = ["address_table", "building_names", "ground_tables"]

_LANDUSE = {
    "park": "park", "green": "grass", "forest": "forest", "farmland": "farmland",
    "square": "square", "construction": "construction", "school": "school",
    "institute": "school", "hospital": "hospital", "halls": "industrial",
    "logistics": "industrial", "mall": "commercial", "office": "commercial",
    "shops": "commercial", "market": "commercial", "walkups": "residential",
    "slabs": "residential", "towers": "residential", "villas": "residential",
    "courtyards": "residential", "village": "farmland",
}  # fmt: skip


def _roads(model: DemoModel) -> pa.Table:
    roads = model.roads
    count = len(roads.line)
    return layer_table(
        numbered("road", count),
        roads.line,
        {
            "name": roads.name,
            "class": roads.road_class,
            "oneway": roads.oneway,
            "speed_kmh": np.array([SPEED_KMH[name] for name in roads.road_class]),
            "lanes": np.array([LANES[name] for name in roads.road_class]),
            "bridge": roads.bridge,
            "tunnel": np.zeros(count, dtype=bool),
            "level": roads.raised.astype(np.int64),
        },
        model.plane,
    )


def _water(model: DemoModel, names: NameGiver) -> pa.Table:
    terrain = model.ground.terrain
    rows = [(course.surface, course.kind) for course in terrain.courses]
    rows += [(lake, "lake") for lake in terrain.lakes]
    rows += [(pond, "pond") for pond in model.built.ponds]
    titles = ["澜江", "云溪", "护城河"]
    labels = [
        titles[k]
        if kind in {"river", "canal"}
        else names.unique("water", ("湖",))
        if kind == "lake"
        else ""
        for k, (_, kind) in enumerate(rows)
    ]
    shapes = np.array([row[0] for row in rows])
    kinds = np.array([row[1] for row in rows])
    return layer_table(
        numbered("water", len(rows)), shapes, {"kind": kinds, "name": np.array(labels)}, model.plane
    )


def _countryside(model: DemoModel) -> list[tuple[shapely.Geometry, str, str]]:
    """Fields around the city, so that it does not end at its boundary; hills."""
    terrain = model.ground.terrain
    wet = shapely.union_all([course.bank for course in terrain.courses])
    hills = shapely.union_all(list(terrain.hills))
    around = shapely.buffer(terrain.boundary, 0.8 * model.preset.radius_m, quad_segs=12)
    fields = shapely.difference(shapely.difference(around, terrain.boundary), wet)
    fields = shapely.difference(fields, shapely.buffer(hills, 2.0))
    rows = [(part, "farmland", "") for part in shapely.get_parts(fields)]
    return rows + [(hill, "forest", "") for hill in terrain.hills]


def _landuse(model: DemoModel) -> pa.Table:
    ground = model.ground
    rows = _countryside(model)
    for compound, name in zip(ground.compounds, model.addresses.compound_name, strict=True):
        rows.append((compound.outline, _LANDUSE[compound.use], name))
    for shape, kind, _ in model.built.grounds:
        rows.append(
            (shape, "square" if kind == "track" else "grass", "操场" if kind == "track" else "")
        )
    for course in ground.terrain.courses[:1]:
        strip = shapely.intersection(
            shapely.difference(course.bank, course.surface), ground.terrain.boundary
        )
        rows += [(part, "grass", "") for part in shapely.get_parts(strip) if part.area > 500.0]
    shapes = np.array([row[0] for row in rows])
    return layer_table(
        numbered("land", len(rows)),
        shapes,
        {"kind": np.array([row[1] for row in rows]), "name": np.array([row[2] for row in rows])},
        model.plane,
    )


def building_names(model: DemoModel) -> NDArray[np.str_]:
    """Names of buildings: number in the estate, or the compound's name where it has but few."""
    addresses = model.addresses
    compound = np.array([*addresses.compound_name, ""])[addresses.compound]
    estate = addresses.building_no != ""
    whole = np.isin(
        model.built.kind, ["mall", "office", "hospital", "school", "institute", "market"]
    )
    named = np.char.add(compound, addresses.building_no)
    return np.where(estate, named, np.where(whole, compound, ""))


def _buildings(model: DemoModel) -> pa.Table:
    built = model.built
    count = len(built.outline)
    storey = np.where(np.isin(built.use, ["commercial", "office", "hospital"]), 4.1, 3.0)
    storey = np.where(built.use == "industrial", 7.0, storey)
    year = np.argsort(np.argsort(built.year, kind="stable"), kind="stable") + 1
    code = np.char.add(np.char.add(_county(model), "B"), np.char.zfill(year.astype("U7"), 6))
    no = model.addresses.building_no
    compound = np.array([*model.addresses.compound_name, ""])[model.addresses.compound]
    return layer_table(
        numbered("building", count),
        built.outline,
        {
            "code": code,
            "name": building_names(model),
            "use": built.use,
            "floors": built.floors,
            "height_m": np.round(built.floors * storey + 1.2, 1),
            "units": model.dwellings.stairs,
            "households": model.dwellings.total,
            "built_year": built.year,
            "compound": np.where(no != "", compound, ""),
            "address": texts(model.addresses.full),
        },
        model.plane,
    )


def _county(model: DemoModel) -> NDArray[np.str_]:
    """(n,) 6-digit code of the district of each building."""
    leaf = model.units.leaf[model.built.parcel]
    return np.array([unit.code[:6] for unit in model.units.units])[leaf]


def address_table(model: DemoModel) -> pa.Table:
    """One standard address per building, at a point inside it."""
    addresses = model.addresses
    count = len(addresses.full)
    points = shapely.get_coordinates(shapely.point_on_surface(model.built.outline))
    estate = addresses.building_no != ""
    compound = np.array([*addresses.compound_name, ""])[addresses.compound]
    serial = np.char.zfill(np.arange(1, count + 1).astype("U7"), 7)
    return layer_table(
        numbered("address", count),
        points,
        {
            "code": np.char.add(_county(model), serial),
            "full": texts(addresses.full),
            "kind": np.where(estate, "building", "doorplate"),
            "street": addresses.street,
            "compound": np.where(estate, compound, ""),
            "number": np.char.add(addresses.number.astype("U6"), "号"),
            "building": addresses.building_no,
            "building_uid": numbered("building", count),
        },
        model.plane,
    )


def ground_tables(model: DemoModel) -> dict[str, pa.Table]:
    """Layers road, water, landuse and building."""
    names = NameGiver(stream(model.seed, "water names"))
    return {
        "road": _roads(model),
        "water": _water(model, names),
        "landuse": _landuse(model),
        "building": _buildings(model),
    }
