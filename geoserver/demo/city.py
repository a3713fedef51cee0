"""The demo city as values: tables of every layer, grid polygons with units, ground truth."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geoserver.demo.addresses import Addresses, assign_addresses
from geoserver.demo.built_city import BuiltCity, build_up
from geoserver.demo.cases import Cases, HotSpot, Sites, draw_cases
from geoserver.demo.codes import UnitTable, code_units
from geoserver.demo.dwellings import Dwellings, count_dwellings
from geoserver.demo.houses import Houses, fill_houses
from geoserver.demo.land import GroundPlan, build_ground
from geoserver.demo.levels import divide
from geoserver.demo.names import NameGiver
from geoserver.demo.network import RoadEdges, build_network
from geoserver.demo.people import People, settle
from geoserver.demo.plane import Plane
from geoserver.demo.presets import Preset, preset_named
from geoserver.demo.seeds import stream

__all__ = ["DemoCity", "DemoModel", "model_city"]


@dataclass(frozen=True, slots=True)
class DemoModel:
    """The city before it is written into tables; metres.

    Parameters
    ----------
    preset, seed, now_ms
        What it was made of.
    ground, built, roads, dwellings, units, houses, people, addresses, cases
        Its parts.
    hot_spots
        Planted hot spots of cases.
    warned
        Grids planted with too many or too few households, indices of the unit table.
    """

    preset: Preset
    seed: int
    now_ms: int
    plane: Plane
    ground: GroundPlan
    built: BuiltCity
    roads: RoadEdges
    dwellings: Dwellings
    units: UnitTable
    houses: Houses
    people: People
    addresses: Addresses
    cases: Cases
    hot_spots: list[HotSpot]
    warned: NDArray[np.int64]

    @property
    def households(self) -> NDArray[np.int64]:
        """(n,) int64 households per building."""
        home = self.houses.building[self.people.house]
        return np.bincount(home, minlength=len(self.built.outline))

    def leaf_polygons(self) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        """Polygons of the leaf units in degrees on the lattice, and their unit indices."""
        leaf = self.units.leaf
        numbers = np.unique(leaf)
        order = np.argsort(leaf, kind="stable")
        groups = np.split(self.ground.parcels[order], np.searchsorted(leaf[order], numbers[1:]))
        shapes = np.empty(numbers.size, dtype=object)
        for k, group in enumerate(groups):
            shapes[k] = group[0] if len(group) == 1 else shapely.coverage_union_all(group)
        return self.plane.geometries_lonlat(shapes), numbers


@dataclass(frozen=True, slots=True)
class DemoCity:
    """The demo city, ready to be loaded.

    Parameters
    ----------
    preset, seed, now_ms
        What it was made of.
    tables
        Arrow table by layer; columns ``*_uid`` refer to rows of other layers by key and
        ``grid_index`` to `units`.
    units
        The unit tree.
    grid_polygons, grid_units
        Leaf polygons in degrees on the lattice of 1e-7, and the index of each one's unit.
    truth
        Ground truth for tests: JSON values.
    """

    preset: Preset
    seed: int
    now_ms: int
    tables: dict[str, pa.Table]
    units: UnitTable
    grid_polygons: NDArray[np.object_]
    grid_units: NDArray[np.int64]
    truth: dict[str, Any] = field(repr=False)

    def digest(self) -> str:
        """SHA-256 over all tables, units and polygons: equal for equal preset, seed and time."""
        total = hashlib.sha256()
        for name in sorted(self.tables):
            total.update(name.encode())
            for batch in self.tables[name].combine_chunks().to_batches():
                with pa.BufferOutputStream() as sink:
                    with pa.ipc.new_stream(sink, batch.schema) as writer:
                        writer.write_batch(batch)
                    total.update(sink.getvalue())
        total.update(repr(self.units.units).encode())
        total.update(b"".join(shapely.to_wkb(self.grid_polygons)))
        return total.hexdigest()


def model_city(preset_name: str, *, seed: int, now_ms: int) -> DemoModel:
    """The model of a city.

    Parameters
    ----------
    preset_name
        ``small``, ``demo`` or ``city``.
    seed
        Seed of all chance.
    now_ms
        The moment cases and shifts refer to, milliseconds UTC.
    """
    preset = preset_named(preset_name)
    plane = Plane()
    ground = build_ground(preset, plane, stream(seed, "ground"))
    built = build_up(ground, stream(seed, "buildings"))
    names = NameGiver(stream(seed, "names"))
    roads = build_network(ground, built, names, plane, stream(seed, "roads"))
    dwellings = count_dwellings(built, stream(seed, "dwellings"))
    share = min(0.95, preset.households / int(dwellings.total.sum()))
    expected = np.bincount(built.parcel, dwellings.total * share, len(ground.parcels)).astype(float)
    parts = divide(ground, expected, preset, stream(seed, "levels"))
    units = code_units(ground, parts, names, unit_level=preset.unit_level)
    houses, warned = fill_houses(built, dwellings, units, preset, stream(seed, "houses"))
    people = settle(houses, stream(seed, "people"))
    addresses = assign_addresses(ground, built, units, roads, names)
    homes = np.bincount(houses.building[people.house], minlength=len(built.outline))
    sites = Sites.of(built, roads, homes)
    cases, spots = draw_cases(
        sites, units.grid[built.parcel], units, (preset.cases, now_ms), stream(seed, "cases")
    )
    return DemoModel(
        preset, seed, now_ms, plane, ground, built, roads, dwellings, units, houses, people,
        addresses, cases, spots, warned,
    )  # fmt: skip
