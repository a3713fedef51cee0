"""The demo city written into a store: layers in order of reference, grid version 1, truth."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geoserver.demo.build import build_demo
from geoserver.demo.city import DemoCity
from grids.hierarchy import Unit
from grids.noding import build_arcs
from grids.versions import GridVersion
from layers.policy import Scope
from layers.store.protocol import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.registry.registry import Registry

__all__ = ["OnStage", "load_city", "load_demo"]

OnStage = Callable[[str, int, int], None]
"""Called with the name of a layer (or ``model``, ``grid``), rows done and rows in all."""

_GROUPS = (
    ("road", "water", "landuse", "building"),
    (
        "address", "house", "organisation", "facility", "component", "camera", "sensor", "hazard",
        "activity", "volunteer",
    ),
    ("household", "legal_entity", "worker", "resource"),
    ("person", "event"),
)  # fmt: skip
_REFERENCES = {
    "building_uid": ("building_id", "building"),
    "house_uid": ("house_id", "house"),
    "household_uid": ("household_id", "household"),
    "organisation_uid": ("organisation_id", "organisation"),
    "base_uid": ("base_id", "facility"),
}
_HISTORY_MS = 120 * 86_400_000


class _Loader:
    def __init__(
        self, store: Store, registry: "Registry", city: DemoCity, on_stage: OnStage
    ) -> None:
        self.store = store
        self.registry = registry
        self.city = city
        self.on_stage = on_stage
        self.scope = Scope.system("demo city")
        self._ids: dict[str, tuple[pa.Array, NDArray[np.int64]]] = {}

    def publish(self) -> GridVersion:
        """Grid version 1 of the city's units, in force since before its first case."""
        city = self.city
        self.on_stage("grid", 0, len(city.grid_polygons))
        unit_ids = self.registry.unit_ids(unit.code for unit in city.units.units)
        number = [unit_ids[unit.code] for unit in city.units.units]
        units = [
            Unit(
                number[k],
                unit.code,
                unit.name,
                unit.level,
                None if unit.parent < 0 else number[unit.parent],
            )
            for k, unit in enumerate(city.units.units)
        ]
        leaf_ids = np.array(number)[city.grid_units]
        build = build_arcs(city.grid_polygons, leaf_ids, repair=False)
        version = self.registry.publish(
            build.arcs,
            units,
            effective_from=city.now_ms - _HISTORY_MS,
            scope=self.scope,
            author="demo",
            note="first version of the demo city",
        )
        self.on_stage("grid", len(city.grid_polygons), len(city.grid_polygons))
        return version

    def put(self, layers: tuple[str, ...], version: GridVersion | None) -> None:
        """One unit of work for a group of layers."""
        tables = {name: self._resolved(name, version) for name in layers}
        with self.store.write(self.scope, action="demo city") as work:
            for name, table in tables.items():
                work.put_table(name, table, on_progress=partial(self.on_stage, name))

    def _resolved(self, layer: str, version: GridVersion | None) -> pa.Table:
        """The table with keys of other rows replaced by their ids."""
        table = self.city.tables[layer]
        for column, (field, target) in _REFERENCES.items():
            if column in table.column_names:
                ids = self._id_column(target, table[column])
                table = table.drop_columns([column]).append_column(field, ids)
        if version is None:
            return table
        if "grid_index" in table.column_names:
            codes = [self.city.units.units[int(k)].code for k in table["grid_index"].to_numpy()]
            by_code = self.registry.unit_ids(set(codes))
            ids = pa.array([by_code[code] for code in codes], pa.int64())
            table = table.drop_columns(["grid_index"]).append_column("grid_id", ids)
        return self._located(table, version) if layer == "event" else table

    @staticmethod
    def _located(table: pa.Table, version: GridVersion) -> pa.Table:
        """Cases with the grid and version they were reported in."""
        points = shapely.from_wkb(table["geom"].to_numpy(zero_copy_only=False))
        leaf = version.locator.leaf(shapely.get_coordinates(points))
        ids = np.append(version.hierarchy.leaf_unit, -1)[leaf]
        number = np.full(leaf.size, version.number)
        table = table.append_column("grid_id", pa.array(ids, pa.int64(), mask=leaf < 0))
        return table.append_column("grid_version", pa.array(number, pa.int64(), mask=leaf < 0))

    def _id_column(self, layer: str, keys: pa.ChunkedArray) -> pa.Array:
        if layer not in self._ids:
            parts = list(self.store.scan(layer, scope=self.scope, fields=()))
            uids = pa.concat_arrays([a for part in parts for a in part["uid"].chunks])
            ids = np.concatenate([part["id"].to_numpy() for part in parts])
            self._ids[layer] = (uids, ids)
        uids, ids = self._ids[layer]
        place = pc.index_in(keys.combine_chunks(), value_set=uids)
        found = place.is_valid().to_numpy(zero_copy_only=False)
        index = place.fill_null(0).to_numpy(zero_copy_only=False)
        return pa.array(ids[index], pa.int64(), mask=~found)


def load_city(store: Store, registry: "Registry", city: DemoCity, on_stage: OnStage) -> GridVersion:
    """Write a built city into an empty store; its grid version."""
    loader = _Loader(store, registry, city, on_stage)
    loader.put(_GROUPS[0], None)
    version = loader.publish()
    for layers in _GROUPS[1:]:
        loader.put(layers, version)
    return version


def _silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def load_demo(  # noqa: PLR0913 - all that a load is, by name
    store: Store,
    registry: "Registry",
    preset: str,
    *,
    seed: int,
    now_ms: int,
    truth_folder: Path | None = None,
    on_progress: OnStage | None = None,
) -> DemoCity:
    """Build the demo city and write it into an empty store.

    Parameters
    ----------
    store, registry
        Where to: both of a new city.
    preset, seed, now_ms
        As `build_demo`.
    truth_folder
        Folder that takes ``truth.json``; None keeps the truth in the result only.
    on_progress
        Called with stage, rows done and rows in all.

    Raises
    ------
    ParameterError
        If there is no such preset.
    TopologyError
        If the grids do not form a coverage: a fault of the generator.
    """
    on_stage = on_progress or _silent
    on_stage("model", 0, 1)
    city = build_demo(preset, seed=seed, now_ms=now_ms)
    on_stage("model", 1, 1)
    load_city(store, registry, city, on_stage)
    if truth_folder is not None:
        truth_folder.mkdir(parents=True, exist_ok=True)
        (truth_folder / "truth.json").write_bytes(orjson.dumps(city.truth))
    return city
