"""Tables of things and of those on duty: components, devices, facilities, forces, cases."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geoserver.demo.case_table import CaseRows, case_codes, case_columns
from geoserver.demo.city import DemoModel
from geoserver.demo.components import place_components
from geoserver.demo.devices import place_cameras, place_sensors
from geoserver.demo.facilities import Facilities, place_facilities
from geoserver.demo.firms import organisation_tables
from geoserver.demo.forces import muster, station_vehicles
from geoserver.demo.seeds import stream
from geoserver.demo.tables import layer_table, numbered

__all__ = ["duty_tables"]

_DAY = 86_400_000
_HYDRANT = "0109"


@dataclass(frozen=True, slots=True)
class _Places:
    """Points of buildings and the county of any point."""

    points: NDArray[np.float64]
    building_uid: NDArray[np.str_]
    county: NDArray[np.str_]

    @classmethod
    def of(cls, model: DemoModel) -> "_Places":
        points = shapely.get_coordinates(shapely.point_on_surface(model.built.outline))
        leaf = model.units.leaf[model.built.parcel]
        county = np.array([unit.code[:6] for unit in model.units.units])[leaf]
        return cls(points, numbered("building", len(points)), county)


def _counties(model: DemoModel, points: NDArray[np.float64]) -> NDArray[np.str_]:
    """6-digit county of points, that of the nearest parcel outside the city."""
    tree = shapely.STRtree(model.ground.parcels)
    pairs = tree.query_nearest(shapely.points(points), all_matches=False)
    parcel = np.zeros(len(points), dtype=np.int64)
    parcel[pairs[0]] = pairs[1]
    return np.array([unit.code[:6] for unit in model.units.units])[model.units.leaf[parcel]]


def _components(model: DemoModel) -> pa.Table:
    made = place_components(model.roads, stream(model.seed, "components"))
    inside = shapely.contains_xy(model.ground.terrain.boundary, made.point[:, 0], made.point[:, 1])
    keep = np.flatnonzero(inside)
    codes = made.codes(_counties(model, made.point))
    count = keep.size
    maintainer = np.char.add(made.owner[keep], "养护队")
    return layer_table(
        codes[keep],
        made.point[keep],
        {
            "code": codes[keep],
            "class4": made.class4[keep],
            "name": made.name[keep],
            "state": made.state[keep],
            "authority": made.authority[keep],
            "owner": made.owner[keep],
            "maintainer": maintainer,
            "pos_class": stream(model.seed, "survey").choice(
                ["a", "b", "c"], count, p=[0.7, 0.25, 0.05]
            ),
            "surveyed_at": model.now_ms - (made.age_days[keep] * _DAY).astype(np.int64),
        },
        model.plane,
    )


def _hydrants(components: pa.Table) -> pa.Table:
    """Hydrants that can be used, as places to dispatch to: what imports of real maps give too."""
    usable = components.filter(
        pc.and_(pc.equal(components["class4"], _HYDRANT), pc.equal(components["state"], "good"))
    )
    count = usable.num_rows
    return pa.table(
        {
            "uid": pc.binary_join_element_wise("hydrant", usable["uid"], "-"),
            "geom": usable["geom"],
            "name": pa.array(["消火栓"] * count, pa.string()),
            "kind": pa.array(["hydrant"] * count, pa.string()),
        }
    )


def _cameras(model: DemoModel) -> pa.Table:
    rng = stream(model.seed, "cameras")
    made = place_cameras(model.roads, max(60, len(model.built.outline) // 22), rng)
    count = made.bearing.size
    return layer_table(
        numbered("camera", count),
        made.point,
        {
            "name": made.name,
            "kind": made.kind,
            "state": rng.choice(["online", "offline", "fault"], count, p=[0.95, 0.03, 0.02]),
            "bearing_deg": made.bearing,
            "fov_deg": made.fov,
            "range_m": made.range_m,
            "height_m": rng.uniform(3.5, 8.0, count).round(1),
            "owner": rng.choice(
                ["公安局", "城管局", "交警大队", "街道办"], count, p=[0.5, 0.15, 0.25, 0.1]
            ),
        },
        model.plane,
    )


def _sensors(model: DemoModel, places: _Places) -> pa.Table:
    rng = stream(model.seed, "sensors")
    made = place_sensors(model.built, model.roads, model.ground.terrain, rng)
    count = made.kind.size
    uid = np.where(made.building >= 0, places.building_uid[made.building], "")
    return layer_table(
        numbered("sensor", count),
        made.point,
        {
            "name": made.name,
            "kind": made.kind,
            "state": rng.choice(["online", "offline", "fault"], count, p=[0.965, 0.025, 0.01]),
            "value": made.value,
            "unit": made.unit,
            "threshold": made.threshold,
            "observed_at": model.now_ms - rng.integers(2_000, 55_000, count),
            "building_uid": uid,
        },
        model.plane,
    )


def _facilities(model: DemoModel, places: _Places, made: Facilities) -> pa.Table:
    count = made.building.size
    always = np.isin(made.kind, ["hospital", "police", "fire_station", "parking"])
    return layer_table(
        numbered("facility", count),
        places.points[made.building],
        {
            "name": made.name,
            "kind": made.kind,
            "capacity": made.capacity,
            "building_uid": places.building_uid[made.building],
            "address": model.addresses.full[made.building].astype(str),
            "phone": np.char.add("0990-", np.char.zfill(np.arange(count).astype("U7"), 7)),
            "opening_hours": np.where(always, "24/7", "Mo-Fr 08:00-18:00"),
        },
        model.plane,
    )


def _workers(model: DemoModel) -> pa.Table:
    made = muster(model.ground, model.units, model.now_ms, stream(model.seed, "workers"))
    count = made.grid.size
    units = model.units.units
    street = [units[model.units.ancestor(int(g), "street")].name for g in made.grid]
    return layer_table(
        numbered("worker", count),
        made.point,
        {
            "code": np.char.add("W", np.char.zfill(np.arange(1, count + 1).astype("U5"), 5)),
            "role": made.role,
            "state": made.state,
            "organisation": np.array([f"{name}网格中心" for name in street]),
            "grid_index": made.grid,
            "last_seen_at": model.now_ms
            - stream(model.seed, "seen").integers(1_000, 40_000, count),
            "name": made.name,
            "phone": np.char.add(
                "100", np.char.zfill(np.arange(40_000_000, 40_000_000 + count).astype("U8"), 8)
            ),
        },
        model.plane,
    )


def _vehicles(model: DemoModel, places: _Places, made: Facilities) -> pa.Table:
    fleet = station_vehicles(made, places.points[made.building], stream(model.seed, "vehicles"))
    count = fleet.base.size
    return layer_table(
        numbered("resource", count),
        fleet.point,
        {
            "name": fleet.name,
            "kind": fleet.kind,
            "state": fleet.state,
            "skills": fleet.skills,
            "capacity": fleet.capacity,
            "owner": made.name[fleet.base],
            "base_uid": numbered("facility", made.building.size)[fleet.base],
            "position_at": np.full(count, model.now_ms - 5_000),
            "stale_at": np.full(count, model.now_ms + 300_000),
        },
        model.plane,
    )


def _events(model: DemoModel, places: _Places) -> pa.Table:
    cases = model.cases
    building = cases.building
    county = places.county[building]
    rows = CaseRows(
        cases.class_index,
        cases.source,
        cases.fate,
        county,
        model.addresses.street[building],
        model.addresses.full[building],
    )
    code = case_codes(county, cases.steps.reported)
    columns = case_columns(rows, cases.steps, model.now_ms)
    home = cases.source != "camera"
    columns["code"] = code
    columns["building_uid"] = np.where(home, places.building_uid[building], "")
    columns["accuracy_m"] = stream(model.seed, "accuracy").uniform(3.0, 15.0, code.size).round(1)
    columns["crs_in"] = np.full(code.size, "EPSG:4490")
    uid = np.char.add("demo-", code)
    return layer_table(uid, cases.point, columns, model.plane)


def duty_tables(model: DemoModel) -> dict[str, pa.Table]:
    """All layers that stand on buildings and grids, in order of reference."""
    places = _Places.of(model)
    facilities = place_facilities(
        model.built, model.units, model.addresses, stream(model.seed, "facilities")
    )
    tables = organisation_tables(model, places.points)
    tables["component"] = _components(model)
    tables["facility"] = pa.concat_tables(
        [_facilities(model, places, facilities), _hydrants(tables["component"])],
        promote_options="default",
    )
    tables["camera"] = _cameras(model)
    tables["sensor"] = _sensors(model, places)
    tables["worker"] = _workers(model)
    tables["resource"] = _vehicles(model, places, facilities)
    tables["event"] = _events(model, places)
    return tables
