"""Tables of homes and people: house, household, person, volunteer."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geoserver.demo.city import DemoModel
from geoserver.demo.seeds import stream
from geoserver.demo.tables import layer_table, numbered

__all__ = ["home_tables"]


def _phones(count: int, first: int) -> NDArray[np.str_]:
    """Numbers that begin with 100, which no mobile network uses."""
    return np.char.add("100", np.char.zfill(np.arange(first, first + count).astype("U8"), 8))


def _joined(*parts: object) -> pa.Array:
    """Texts joined row by row; numbers are written out."""
    columns = [
        pa.array(np.asarray(part).astype(str).astype(object), pa.string())
        if not isinstance(part, str)
        else part
        for part in parts
    ]
    return pc.binary_join_element_wise(*columns, "")


def _houses(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    houses, dwellings = model.houses, model.dwellings
    building = houses.building
    several = dwellings.stairs[building] > 1
    stair = np.char.add(houses.stair.astype("U3"), "单元")
    address = _joined(
        model.addresses.full[building], np.where(several, stair, ""), houses.room, "室"
    )
    code = _joined(
        np.char.zfill((building + 1).astype("U7"), 7),
        np.char.zfill(houses.stair.astype("U2"), 2),
        np.char.zfill(houses.room.astype("U5"), 5),
    )
    use = np.where(~houses.occupied, "vacant", np.where(houses.rented, "rented", "owner"))
    count = building.size
    return layer_table(
        numbered("house", count),
        points[building],
        {
            "code": code,
            "building_uid": numbered("building", len(points))[building],
            "stairway": np.where(several, stair, ""),
            "floor": houses.floor,
            "room": houses.room.astype("U5"),
            "use": use,
            "owner_type": stream(model.seed, "owners").choice(
                ["private", "unit", "public"], count, p=[0.9, 0.05, 0.05]
            ),
            "area_m2": houses.area_m2,
            "address": address,
        },
        model.plane,
    )


def _households(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    people, houses = model.people, model.houses
    count = people.house.size
    building = houses.building[people.house]
    return layer_table(
        numbered("household", count),
        points[building],
        {
            "kind": np.full(count, "family"),
            "building_uid": numbered("building", len(points))[building],
            "house_uid": numbered("house", houses.building.size)[people.house],
            "size": people.size,
            "code": np.char.add("99H", np.char.zfill(np.arange(1, count + 1).astype("U8"), 8)),
            "head_name": people.name[people.is_head],
            "phone": _phones(count, 10_000_000),
        },
        model.plane,
    )


_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])


def _identity(model: DemoModel, birth_year: NDArray[np.int64]) -> NDArray[np.str_]:
    """18 digits of the resident identity layout under region 99, which is nobody's."""
    rng = stream(model.seed, "identity")
    count = birth_year.size
    month, day = rng.integers(1, 13, count), rng.integers(1, 29, count)
    female = model.people.female
    serial = np.char.zfill((np.arange(count) // 2 % 499 * 2 + 1 + female).astype("U3"), 3)
    date = (birth_year * 10_000 + month * 100 + day).astype("U8")
    body = np.char.add(np.char.add("990102", date), serial)
    digits = np.frombuffer(body.astype("S17").tobytes(), dtype=np.uint8).reshape(count, 17) - 48
    check = np.array(list("10X98765432"))[(digits.astype(np.int64) @ _WEIGHTS) % 11]
    return np.char.add(body, check)


def _persons(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    people, houses = model.people, model.houses
    count = people.household.size
    house = people.house[people.household]
    building = houses.building[house]
    year = 1970 + model.now_ms // 31_556_952_000
    birth_year = year - people.age
    note = np.where(people.alone_elderly, "独居老人", "")
    return layer_table(
        numbered("person", count),
        points[building],
        {
            "kind": people.kind,
            "sex": np.where(people.female, "female", "male"),
            "birth_year": birth_year,
            "focus": people.focus,
            "building_uid": numbered("building", len(points))[building],
            "house_uid": numbered("house", houses.building.size)[house],
            "household_uid": numbered("household", people.house.size)[people.household],
            "is_head": people.is_head,
            "name": people.name,
            "id_number": _identity(model, birth_year),
            "phone": _phones(count, 20_000_000),
            "note": note,
        },
        model.plane,
    )


def _volunteers(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    rng = stream(model.seed, "volunteers")
    people = model.people
    fit = np.flatnonzero((people.age >= 18) & (people.age <= 68))
    chosen = np.sort(rng.permutation(fit)[: max(20, fit.size // 60)])
    building = model.houses.building[people.house[people.household[chosen]]]
    count = chosen.size
    return layer_table(
        numbered("volunteer", count),
        points[building],
        {
            "skills": rng.choice(
                ["急救", "水电维修", "心理疏导", "治安巡逻", "助老", "翻译"], count
            ),
            "team": rng.choice(["平安志愿队", "红十字救护队", "邻里互助队", "文明劝导队"], count),
            "hours": np.round(rng.gamma(2.0, 40.0, count), 1),
            "name": people.name[chosen],
            "phone": _phones(count, 30_000_000),
        },
        model.plane,
    )


def home_tables(model: DemoModel) -> dict[str, pa.Table]:
    """Layers house, household, person and volunteer."""
    points = shapely.get_coordinates(shapely.point_on_surface(model.built.outline))
    return {
        "house": _houses(model, points),
        "household": _households(model, points),
        "person": _persons(model, points),
        "volunteer": _volunteers(model, points),
    }
