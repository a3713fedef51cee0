"""Organisations in shops, offices and works, party branches, legal entities, hazards, events."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geoserver.demo.city import DemoModel
from geoserver.demo.names import person_names, words
from geoserver.demo.seeds import stream
from geoserver.demo.tables import layer_table, numbered

__all__ = ["organisation_tables"]

_DAY = 86_400_000
_CREDIT = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_CREDIT_WEIGHTS = np.array([3**k % 31 for k in range(17)])


def _credit_codes(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Unified credit codes with a true check sign, of region 990102, which is nobody's."""
    head = np.tile(np.array([9, 1, 9, 9, 0, 1, 0, 2]), (count, 1))
    body = rng.integers(0, 31, (count, 9))
    digits = np.hstack([head, body])
    check = (31 - (digits @ _CREDIT_WEIGHTS) % 31) % 31
    signs = _CREDIT[np.hstack([digits, check[:, None]])]
    return np.asarray(signs.astype("U1").view("U18").ravel())


def _tenants(model: DemoModel) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Building and kind of each organisation: shops by frontage, firms by floor."""
    built = model.built
    rng = stream(model.seed, "tenants")
    count = np.zeros(len(built.outline))
    shop = np.isin(built.kind, ["front", "shops", "market"])
    count[shop] = built.width_m[shop] / 11.0
    office = np.isin(built.kind, ["office", "mall"])
    count[office] = built.floors[office] * 0.8
    works = np.isin(built.kind, ["halls", "logistics"])
    count[works] = 1.2
    number = np.floor(count + rng.random(count.size)).astype(np.int64)
    building = np.repeat(np.arange(count.size), number)
    kind = np.where(shop[building], "shop", "enterprise").astype("U12")
    kind[shop[building] & (rng.random(building.size) < 0.28)] = "restaurant"
    return building, kind


def _organisations(model: DemoModel, points: NDArray[np.float64]) -> tuple[pa.Table, pa.Table]:
    rng = stream(model.seed, "firms")
    building, kind = _tenants(model)
    communities = [k for k, unit in enumerate(model.units.units) if unit.level == "community"]
    above = np.array([model.units.ancestor(int(u), "community") for u in model.units.leaf])
    first = np.array([int(np.argmax(above[model.built.parcel] == k)) for k in communities])
    party = np.array([f"{model.units.units[k].name}党支部" for k in communities])
    stems = rng.choice(np.array(words("stems")), building.size)
    shops, firms = np.array(words("shops")), np.array(words("firms"))
    firm = np.char.add(rng.choice(firms, building.size), "有限公司")
    names = np.char.add(
        stems, np.where(kind == "enterprise", firm, rng.choice(shops, building.size))
    )
    all_buildings = np.concatenate([building, first])
    count = all_buildings.size
    contact = person_names(rng.random(count) < 0.4, rng)
    credit = _credit_codes(count, rng)
    uid = numbered("organisation", count)
    name = np.concatenate([names, party])
    address = model.addresses.full[all_buildings]
    table = layer_table(
        uid,
        points[all_buildings] + rng.normal(0.0, 2.5, (count, 2)),
        {
            "name": name,
            "kind": np.concatenate([kind, np.full(len(party), "party")]),
            "credit_code": credit,
            "building_uid": numbered("building", len(points))[all_buildings],
            "staff_count": np.maximum(1, rng.lognormal(1.6, 0.9, count)).astype(np.int64),
            "address": address.astype(str),
            "contact_name": contact,
            "contact_phone": np.char.add(
                "100", np.char.zfill(np.arange(50_000_000, 50_000_000 + count).astype("U8"), 8)
            ),
        },
        model.plane,
    )
    legal = np.flatnonzero(np.concatenate([kind == "enterprise", np.zeros(len(party), bool)]))
    entity = layer_table(
        numbered("entity", legal.size),
        points[all_buildings[legal]],
        {
            "name": np.char.add("云澜", name[legal]),
            "kind": rng.choice(
                ["limited", "individual", "stock", "sole"], legal.size, p=[0.8, 0.1, 0.05, 0.05]
            ),
            "credit_code": credit[legal],
            "organisation_uid": uid[legal],
            "registered_at": model.now_ms - rng.integers(60, 9000, legal.size) * _DAY,
            "address": address[legal].astype(str),
            "representative": contact[legal],
        },
        model.plane,
    )
    return table, entity


def _hazards(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    rng = stream(model.seed, "hazards")
    kinds = {
        "structure": "courtyards",
        "chemical": "halls",
        "construction": "construction",
        "fire": "market",
        "gas": "front",
    }
    label = {
        "structure": "危房",
        "chemical": "危化品仓库",
        "construction": "在建工地",
        "fire": "消防隐患",
        "gas": "燃气隐患",
    }
    chosen, kind = [], []
    for name, where in kinds.items():
        fit = np.flatnonzero(model.built.kind == where)
        take = rng.permutation(fit)[: max(1, min(fit.size, len(points) // 500))]
        chosen += [int(k) for k in take]
        kind += [name] * take.size
    rows = np.array(chosen, dtype=np.int64)
    names = np.array(
        [
            f"{model.addresses.street[k]}{model.addresses.number[k]}号{label[n]}"
            for k, n in zip(chosen, kind, strict=True)
        ]
    )
    return layer_table(
        numbered("hazard", rows.size),
        points[rows],
        {
            "name": names,
            "kind": np.array(kind),
            "risk": rng.choice(["low", "medium", "high"], rows.size, p=[0.5, 0.38, 0.12]),
            "responsible": rng.choice(["街道安监办", "住建局", "应急局"], rows.size),
            "checked_at": model.now_ms - rng.integers(1, 60, rows.size) * _DAY,
            "measures": np.full(rows.size, "定期巡查，张贴告知"),
        },
        model.plane,
    )


def _activities(model: DemoModel, points: NDArray[np.float64]) -> pa.Table:
    rng = stream(model.seed, "activities")
    fit = np.flatnonzero(
        np.isin(model.built.kind, ["mall", "market", "park", "school", "institute"])
    )
    rows = rng.permutation(fit)[: max(4, len(points) // 900)]
    kind = rng.choice(["meeting", "fair", "sport", "culture", "service"], rows.size)
    label = {
        "meeting": "居民议事会",
        "fair": "年货集市",
        "sport": "健步走",
        "culture": "广场文艺演出",
        "service": "便民义诊",
    }
    start = model.now_ms + rng.integers(-3, 14, rows.size) * _DAY
    return layer_table(
        numbered("activity", rows.size),
        points[rows],
        {
            "name": np.array(
                [f"{model.addresses.street[r]}{label[k]}" for r, k in zip(rows, kind, strict=True)]
            ),
            "kind": kind,
            "starts_at": start,
            "ends_at": start + rng.integers(2, 8, rows.size) * 3_600_000,
            "expected": rng.integers(40, 3000, rows.size),
        },
        model.plane,
    )


def organisation_tables(model: DemoModel, points: NDArray[np.float64]) -> dict[str, pa.Table]:
    """Layers organisation, legal_entity, hazard and activity; `points` (n, 2) of the buildings."""
    organisation, entity = _organisations(model, points)
    return {
        "organisation": organisation,
        "legal_entity": entity,
        "hazard": _hazards(model, points),
        "activity": _activities(model, points),
    }
