"""Ways people write a standard address, with the true one beside it: material for geocoding tests.

Shares of the ways follow what was measured on public address corpora: missing upper levels,
bare numbers, 幢, 号楼 and # for 栋, hyphen tuples, full-width signs, a landmark word at the end.
"""

from typing import Any

import numpy as np

from geoserver.demo.city import DemoModel

__all__ = ["address_variants"]

_BUILDING_WORDS = (("栋", 0.36), ("幢", 0.26), ("号楼", 0.14), ("#", 0.12), ("号", 0.12))
_TAILS = ("（附近）", "旁边", "对面", "门口")
_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
_NUMERALS = "零一二三四五六七八九十"


def _numeral(number: int) -> str:
    """Chinese numeral of a number below 100."""
    if number <= 10:
        return _NUMERALS[number]
    tens, ones = divmod(number, 10)
    head = "十" if tens == 1 else _NUMERALS[tens] + "十"
    return head + (_NUMERALS[ones] if ones else "")


def _upper(full: str, start: str, rng: np.random.Generator) -> str:
    """City, district and street as written: whole, without city, only the district, or none."""
    levels = full[: full.index(start)] if start in full else ""
    luck = rng.random()
    if luck < 0.30:
        return levels
    if luck < 0.55:
        return levels.removeprefix("云澜市")
    if luck < 0.75:
        return levels[: levels.index("区") + 1] if "区" in levels else levels
    return "" if luck < 0.95 else "云澜" + levels.removeprefix("云澜市")


def _building(number: int, rng: np.random.Generator) -> str:
    words = [word for word, _ in _BUILDING_WORDS]
    share = np.array([weight for _, weight in _BUILDING_WORDS])
    shown = _numeral(number) if rng.random() < 0.06 and number < 100 else str(number)
    return shown + str(rng.choice(words, p=share))


def _written(model: DemoModel, house: int, rng: np.random.Generator) -> tuple[str, str]:
    """One way to write the address of a house, and what was done to it."""
    houses, addresses = model.houses, model.addresses
    building = int(houses.building[house])
    compound = ([*addresses.compound_name, ""])[int(addresses.compound[building])]
    number = addresses.building_no[building].removesuffix("栋")
    street = f"{addresses.street[building]}{addresses.number[building]}"
    start = _upper(str(addresses.full[building]), str(addresses.street[building]), rng)
    stair, room = int(houses.stair[house]), int(houses.room[house])
    if not number:
        return f"{start}{street}{'号' if rng.random() < 0.87 else ''}{room}室", "door"
    luck = rng.random()
    if luck < 0.16:
        return f"{start}{compound}{number}-{stair}-{room}", "hyphen"
    if luck < 0.45:
        return f"{start}{compound}{_building(int(number), rng)}{stair}单元{room}室", "estate"
    if luck < 0.75:
        return f"{start}{street}号{compound}{_building(int(number), rng)}{stair}单元{room}", "whole"
    if luck < 0.88:
        return f"{start}{street}号{_building(int(number), rng)}{room}室", "no estate"
    return f"{start}{compound}{_building(int(number), rng)}{room}", "bare room"


def address_variants(
    model: DemoModel, count: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Up to `count` written addresses, each with the house, building and place it means."""
    total = model.houses.building.size
    rows = []
    for house in np.sort(rng.permutation(total)[: min(count, total)]):
        text, way = _written(model, int(house), rng)
        if rng.random() < 0.05:
            text, way = text.translate(_DIGITS), way + ", full width"
        if rng.random() < 0.04:
            text, way = text + str(rng.choice(_TAILS)), way + ", landmark"
        building = int(model.houses.building[house])
        rows.append(
            {
                "text": text,
                "way": way,
                "address": str(model.addresses.full[building]),
                "building_uid": f"building-{building + 1:07d}",
                "house": int(house),
            }
        )
    return rows
