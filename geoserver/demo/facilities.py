"""Public facilities: in the buildings that fit them, spread over the city."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.addresses import Addresses
from geoserver.demo.built_city import BuiltCity
from geoserver.demo.codes import UnitTable

__all__ = ["Facilities", "place_facilities"]


@dataclass(frozen=True, slots=True)
class Facilities:
    """Facilities, each in a building.

    Parameters
    ----------
    building
        (n,) int64 index of the building.
    kind, name
        (n,) text.
    capacity
        (n,) int64.
    """

    building: NDArray[np.int64]
    kind: NDArray[np.str_]
    name: NDArray[np.str_]
    capacity: NDArray[np.int64]


class _Places:
    """Buildings of a kind, each given away once."""

    def __init__(self, built: BuiltCity, rng: np.random.Generator) -> None:
        self._built = built
        self._free = rng.permutation(len(built.outline))
        self._used = np.zeros(len(built.outline), dtype=bool)
        self._unit = np.empty(0, dtype=np.int64)

    def largest_per(self, group: NDArray[np.int64], kinds: tuple[str, ...]) -> list[int]:
        """The largest free building of `kinds` in each group (negative groups left out)."""
        fit = np.isin(self._built.kind, kinds) & ~self._used & (group >= 0)
        chosen = np.flatnonzero(fit)
        size = shapely.area(self._built.outline[chosen])
        order = np.lexsort((-size, group[chosen]))
        first = np.unique(group[chosen][order], return_index=True)[1]
        found = chosen[order][first]
        self._used[found] = True
        return [int(k) for k in found]

    def some(self, kinds: tuple[str, ...], count: int) -> list[int]:
        """Up to `count` free buildings of `kinds`, by chance."""
        fit = self._free[np.isin(self._built.kind[self._free], kinds) & ~self._used[self._free]]
        self._used[fit[:count]] = True
        return [int(k) for k in fit[:count]]


def _groups(units: UnitTable, parcel: NDArray[np.int64], level: str) -> NDArray[np.int64]:
    above = np.array([units.ancestor(k, level) for k in range(len(units.units))])
    return np.asarray(above[units.leaf[parcel]])


def place_facilities(
    built: BuiltCity, units: UnitTable, addresses: Addresses, rng: np.random.Generator
) -> Facilities:
    """Facilities of a city.

    One police station, fire station, office, depot and home for the elderly per street, one
    centre and clinic per community, hospitals, schools and markets where they were built, and
    shelters in schools.
    """
    places = _Places(built, rng)
    rows: list[tuple[int, str, str, int]] = []
    street = _groups(units, built.parcel, "street")
    community = _groups(units, built.parcel, "community")
    compound_name = np.array([*addresses.compound_name, ""])[addresses.compound]
    for use, kind, most in (
        ("hospital", "hospital", 800),
        ("school", "school", 2400),
        ("market", "market", 600),
    ):
        for k in places.largest_per(np.where(built.kind == use, addresses.compound, -1), (use,)):
            name = str(compound_name[k])
            label = "kindergarten" if name.endswith("幼儿园") else kind
            rows.append((k, label, name, int(rng.integers(most // 4, most))))
            if use == "school" and label == "school":
                rows.append((k, "shelter", f"{name}应急避难场所", int(rng.integers(600, 3000))))
    fronts = ("front", "shops", "office", "institute", "walkups")
    for level, group, kind, ending, most in (
        ("street", street, "police", "派出所", 60),
        ("street", street, "fire_station", "消防救援站", 40),
        ("street", street, "government", "政务服务中心", 200),
        ("street", street, "depot", "应急物资仓库", 500),
        ("community", community, "community_centre", "党群服务中心", 120),
        ("community", community, "clinic", "社区卫生服务站", 60),
        ("street", street, "elderly_care", "养老服务中心", 150),
    ):
        for k in places.largest_per(group, fronts):
            unit = (
                units.units[int(group[k])].name.removesuffix("街道").removesuffix("镇")
                if level == "street"
                else units.units[int(group[k])].name
            )
            rows.append((k, kind, unit + ending, int(rng.integers(most // 3, most))))
    count = max(3, len(built.outline) // 900)
    rows += [
        (k, "parking", f"{addresses.street[k]}停车场", int(rng.integers(40, 600)))
        for k in places.some(("mall", "shops", "market", "front"), count)
    ]
    return Facilities(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
    )
