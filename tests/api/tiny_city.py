"""A tiny real city, written through the real store: 36 grids, 4 communities, a net of roads."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely
from shapely.geometry import LineString, Point, box

from geoserver.city import City
from geoserver.profile import CityProfile
from grids.hierarchy import Unit
from grids.noding import build_arcs
from layers.policy import Scope

NOW = 1_750_000_000_000  # 2025-06-15T15:06:40Z, 23:06:40 in Shanghai
WEST, SOUTH, SIDE = 118.70, 32.00, 0.02
CELLS = 6
SYSTEM = Scope.system("test")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def at(u: float, v: float) -> tuple[float, float]:
    """Place by shares of the city's sides, from the south-west corner."""
    return WEST + SIDE * u, SOUTH + SIDE * v


def make_city(folder: Path, clock: Callable[[], int] = lambda: NOW) -> City:
    """The city, opened; 6 x 6 square grids of about 300 m."""
    profile = CityProfile(
        name="小城", code="9901", attribution="测试数据", map_approval="测试审图号", is_demo=True
    )
    city = City.create(folder, profile, clock=clock)
    _publish(city)
    with city.store.write(SYSTEM, action="tiny city") as work:
        for layer, rows in _rows().items():
            work.put_table(layer, _table(rows))
    city.refresh()
    return city


def _publish(city: City) -> None:
    units = [
        Unit(1, "9901", "小城", "city"),
        Unit(2, "990101", "城区", "district", 1),
        Unit(3, "990101001", "河东街道", "street", 2),
    ]
    names = ["西南社区", "西北社区", "东南社区", "东北社区"]
    units += [
        Unit(4 + k, f"99010100100{k + 1}", name, "community", 3) for k, name in enumerate(names)
    ]
    cells = [divmod(number, CELLS) for number in range(CELLS * CELLS)]
    squares = [
        box(*at(i / CELLS, j / CELLS), *at((i + 1) / CELLS, (j + 1) / CELLS)) for i, j in cells
    ]
    for number, (i, j) in enumerate(cells):
        quarter = 2 * (2 * i // CELLS) + 2 * j // CELLS
        code = f"99010100100{quarter + 1}{number + 1:06d}"
        unit = Unit(10 + number, code, f"第{number + 1}网格", "grid", 4 + quarter)
        units.append(unit)
    ids = range(10, 10 + len(squares))
    build = build_arcs(squares, pa.array(ids).to_numpy(), repair=False)
    city.registry.publish(build.arcs, units, effective_from=NOW - 365 * DAY, scope=SYSTEM)


def _rows() -> dict[str, list[dict[str, Any]]]:
    buildings, persons, households = [], [], []
    for k in range(8):
        u, v = 0.1 + 0.25 * (k % 4), 0.1 if k < 4 else 0.9
        x, y = at(u, v)
        shape = box(x, y, x + 0.0004, y + 0.0003)
        buildings.append(
            {
                "uid": f"b{k}",
                "geom": shape,
                "name": f"{k + 1}号楼",
                "use": "residential" if k % 2 else "office",
                "floors": 6 + k,
                "height_m": 18.0 + 3 * k,
                "units": 2,
                "households": 12,
                "address": f"河东路{k + 1}号",
            }
        )
        persons += [
            {
                "uid": f"p{k}-{p}",
                "geom": shape.centroid,
                "name": f"机密{k}{p}",
                "id_number": f"11010519491231{k}{p}2X",
                "phone": f"1380000{k:02d}{p:02d}",
                "building_id": k + 1,
                "sex": "female",
                "focus": "key",
            }
            for p in range(3)
        ]
        households.append(
            {"uid": f"h{k}", "geom": shape.centroid, "building_id": k + 1, "head_name": f"机密{k}"}
        )
    roads = []
    for k in range(5):
        s = k / 4
        roads.append({"uid": f"we{k}", "geom": _line((0, s), (1, s)), "name": f"东西{k}路"})
        roads.append({"uid": f"sn{k}", "geom": _line((s, 0), (s, 1)), "name": f"南北{k}路"})
    for road in roads:
        road |= {"class": "secondary", "speed_kmh": 40.0}
    return {
        "building": buildings,
        "person": persons,
        "household": households,
        "road": roads,
        "water": [{"uid": "w", "geom": box(*at(0.4, 0.4), *at(0.6, 0.45)), "kind": "river"}],
        "worker": _workers(),
        "resource": _resources(),
        "camera": _cameras(),
        "facility": [
            {"uid": "f0", "geom": Point(at(0.5, 0.52)), "kind": "hydrant", "name": "消火栓一"},
            {"uid": "f1", "geom": Point(at(0.9, 0.9)), "kind": "hospital", "name": "医院"},
        ],
        "event": _events(),
    }


def _line(start: tuple[float, float], end: tuple[float, float]) -> LineString:
    """A road with a vertex at every crossing."""
    steps = [k / 4 for k in range(5)]
    (u0, v0), (u1, v1) = start, end
    return LineString([at(u0 + (u1 - u0) * s, v0 + (v1 - v0) * s) for s in steps])


def _workers() -> list[dict[str, Any]]:
    states = ["on_duty", "on_duty", "busy", "off_duty", "on_duty"]
    ages = [30, 40, 30, 30, 3600]
    return [
        {
            "uid": f"wk{k}",
            "geom": Point(at(0.3 + 0.1 * k, 0.5)),
            "code": f"W{k:03d}",
            "role": "grid_worker",
            "state": state,
            "last_seen_at": NOW - age * 1000,
            "name": f"机密工{k}",
            "phone": f"139000000{k:02d}",
        }
        for k, (state, age) in enumerate(zip(states, ages, strict=True))
    ]


def _resources() -> list[dict[str, Any]]:
    kinds = ["police_car", "fire_engine", "drone", "repair"]
    states = ["available", "assigned", "available", "maintenance"]
    return [
        {
            "uid": f"r{k}",
            "geom": Point(at(0.1 + 0.2 * k, 0.75)),
            "name": f"力量{k}",
            "kind": kind,
            "state": state,
            "position_at": NOW - 20_000,
            "phone": f"139111111{k:02d}",
        }
        for k, (kind, state) in enumerate(zip(kinds, states, strict=True))
    ]


def _cameras() -> list[dict[str, Any]]:
    return [
        {
            "uid": f"c{bearing}",
            "geom": Point(at(0.45, 0.5)),
            "name": f"探头{bearing}",
            "kind": "fixed",
            "state": "online",
            "bearing_deg": float(bearing),
            "fov_deg": 60.0,
            "range_m": 300.0,
            "stream": "rtsp://机密",
        }
        for bearing in (90, 270)
    ]


def _events() -> list[dict[str, Any]]:
    """Twenty cases in the last grid and one elsewhere; some late, some closed on time."""
    found = []
    for k in range(21):
        u, v = (0.75 + 0.04 * (k % 5), 0.75 + 0.04 * (k // 5)) if k < 20 else (0.25, 0.25)
        reported = NOW - k * 3 * HOUR - 5 * MINUTE
        state = ["handling", "closed", "dispatched"][k % 3]
        found.append(
            {
                "uid": f"e{k}",
                "geom": Point(at(u, v)),
                "code": f"AJ{k:04d}",
                "title": f"事件{k}",
                "class4": "0101",
                "state": state,
                "colour": {"closed": "green", "handling": "blue", "dispatched": "red"}[state],
                "reported_at": reported,
                "accepted_at": reported + 2 * MINUTE,
                "dispatched_at": reported + 4 * MINUTE,
                "arrived_at": reported + 14 * MINUTE,
                "deadline_at": reported + 4 * HOUR,
                "closed_at": reported + HOUR if state == "closed" else None,
                "address": f"河东路{k}号旁",
                "reporter_name": "机密报",
                "reporter_phone": "13700000000",
            }
        )
    return found


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows as the store takes them."""
    plain = [{**row, "geom": shapely.to_wkb(row["geom"])} for row in rows]
    names = list(dict.fromkeys(name for row in plain for name in row))
    columns = {name: [row.get(name) for row in plain] for name in names}
    arrays = {
        name: pa.array(values, pa.binary() if name == "geom" else None)
        for name, values in columns.items()
    }
    return pa.table(arrays)
