"""Codes and names of grid units: serials by place, statistical codes, social-governance codes."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.land import GroundPlan
from geoserver.demo.levels import GridParts
from geoserver.demo.names import NameGiver, words

__all__ = ["CITY_CODE", "DemoUnit", "UnitTable", "code_units", "serial_order"]

CITY_CODE = "9901"
CITY_NAME = "云澜市"


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One unit of the tree.

    Parameters
    ----------
    code
        4 digits city, 6 district, 9 street, 12 community, 15 basic grid, 18 unit grid.
    name
        In Chinese.
    level
        ``city``, ``district``, ``street``, ``community``, ``grid`` or ``unit``.
    parent
        Index of the unit above, -1 for the city.
    kind
        ``basic``, ``dedicated`` or ``rural`` for grids, else empty.
    """

    code: str
    name: str
    level: str
    parent: int
    kind: str


@dataclass(frozen=True, slots=True)
class UnitTable:
    """The unit tree, and where each parcel hangs.

    Parameters
    ----------
    units
        Parents before children.
    leaf
        (p,) int64 index of the leaf unit of each parcel.
    grid
        (p,) int64 index of its basic or dedicated grid.
    """

    units: list[DemoUnit]
    leaf: NDArray[np.int64]
    grid: NDArray[np.int64]

    def ancestor(self, index: int, level: str) -> int:
        """Index of the unit of `level` above unit `index` (or itself), -1 for none."""
        while index >= 0 and self.units[index].level != level:
            index = self.units[index].parent
        return index


def serial_order(points: NDArray[np.float64], band_m: float) -> NDArray[np.int64]:
    """Order of units in one community: bands from north to south, west to east in a band.

    Parameters
    ----------
    points
        (n, 2) float64 representative points, metres.
    band_m
        Height of a band.
    """
    band = np.floor((points[:, 1].max() - points[:, 1]) / max(band_m, 1.0))
    return np.lexsort((points[:, 0], band))


def _centres(ground: GroundPlan, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """(g, 2) centres of groups of parcels, weighted by area."""
    area = shapely.area(ground.parcels)
    centre = shapely.get_coordinates(shapely.centroid(ground.parcels))
    count = int(group.max()) + 1
    total = np.maximum(np.bincount(group, area, count), 1e-9)
    return np.stack(
        [np.bincount(group, area * centre[:, k], count) / total for k in (0, 1)], axis=1
    )


def _children(above: NDArray[np.int64], group: NDArray[np.int64], unit: int) -> NDArray[np.int64]:
    return np.unique(group[above == unit])


class _Builder:
    def __init__(self, ground: GroundPlan, parts: GridParts, names: NameGiver) -> None:
        self.parts = parts
        self.names = names
        self.units = [DemoUnit(CITY_CODE, CITY_NAME, "city", -1, "")]
        groups = (parts.district, parts.street, parts.community, parts.grid)
        self.centres = [_centres(ground, group) for group in groups]
        self.grid_unit = np.full(int(parts.grid.max()) + 1, -1, dtype=np.int64)

    def add(self, code: str, name: str, level: str, place: tuple[int, str]) -> int:
        self.units.append(DemoUnit(code, name, level, *place))
        return len(self.units) - 1

    def districts(self) -> None:
        centres = self.centres[0]
        order = np.argsort(np.hypot(*centres.T))  # the old town's district comes first
        for serial, number in enumerate(order):
            stem = words("districts")[serial % len(words("districts"))]
            index = self.add(f"{CITY_CODE}{serial + 2:02d}", f"{stem}区", "district", (0, ""))
            self.streets(int(number), index)

    def streets(self, district: int, parent: int) -> None:
        p = self.parts
        members = _children(p.district, p.street, district)
        centres = self.centres[1][members]
        serial = {"街道": 0, "镇": 99}
        for k in serial_order(centres, 1500.0):
            number = int(members[k])
            inside = np.unique(p.community[p.street == number])
            town = np.mean([c in p.rural for c in inside]) > 0.6
            ending = "镇" if town else "街道"
            serial[ending] += 1
            code = f"{self.units[parent].code}{serial[ending]:03d}"
            index = self.add(code, self.names.unique("street", (ending,)), "street", (parent, ""))
            self.communities(number, index)

    def communities(self, street: int, parent: int) -> None:
        p = self.parts
        members = _children(p.street, p.community, street)
        centres = self.centres[2][members]
        serial = {"社区": 0, "村": 199}
        for k in serial_order(centres, 800.0):
            number = int(members[k])
            ending = "村" if number in p.rural else "社区"
            serial[ending] += 1
            code = f"{self.units[parent].code}{serial[ending]:03d}"
            name = self.names.unique("community", (ending,))
            self.grids(number, self.add(code, name, "community", (parent, "")))

    def grids(self, community: int, parent: int) -> None:
        p = self.parts
        members = _children(p.community, p.grid, community)
        centres = self.centres[3][members]
        for serial, k in enumerate(serial_order(centres, 300.0), start=1):
            number = int(members[k])
            kind = "rural" if community in p.rural else "basic"
            name = f"{self.units[parent].name}第{serial}网格"
            if number in p.dedicated:
                kind, name = "dedicated", f"{self.units[parent].name}专属{serial}网格"
            code = f"{self.units[parent].code}{serial:03d}"
            self.grid_unit[number] = self.add(code, name, "grid", (parent, kind))


def code_units(
    ground: GroundPlan, parts: GridParts, names: NameGiver, *, unit_level: bool
) -> UnitTable:
    """The unit tree with codes of the social-governance layout (12 + 3 digits) and names.

    With `unit_level` every parcel is a `unit` grid with three more digits below its basic grid.
    """
    builder = _Builder(ground, parts, names)
    builder.districts()
    grid = builder.grid_unit[parts.grid]
    if not unit_level:
        return UnitTable(builder.units, grid, grid)
    leaf = np.full(grid.size, -1, dtype=np.int64)
    centre = shapely.get_coordinates(shapely.centroid(ground.parcels))
    for index in np.unique(grid):
        members = np.flatnonzero(grid == index)
        above = builder.units[index]
        for serial, k in enumerate(serial_order(centre[members], 110.0), start=1):
            code, name = f"{above.code}{serial:03d}", f"{above.name}{serial:03d}单元"
            leaf[members[k]] = builder.add(code, name, "unit", (int(index), ""))
    return UnitTable(builder.units, leaf, grid)
