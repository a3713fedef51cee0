"""What is around a place and inside a grid or a building, with counts that say what they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.services.cameras import cameras_around
from geoserver.services.columns import ViewColumns
from geoserver.services.counting import count_kind, protected_count, shown_count
from geoserver.services.grid_names import chain_document
from geoserver.services.units import fleet
from grids.crs import Crs
from grids.errors import ParameterError, RefusedError
from grids.geodesic import distance_m
from grids.versions import GridVersion
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["OPEN_STATES", "SituationService"]

OPEN_STATES = ("registered", "accepted", "dispatched", "handling", "feedback")
_RING_LAYERS = {
    "cameras": "camera",
    "components": "component",
    "sensors": "sensor",
    "hazards": "hazard",
    "organisations": "organisation",
}
_RING_FACILITIES = {
    "hydrants": "hydrant",
    "hospitals": "hospital",
    "schools": "school",
    "shelters": "shelter",
}
_GRID_LAYERS = (
    "building", "house", "household", "person", "organisation", "component", "facility",
    "event", "worker", "resource", "camera", "sensor", "hazard", "volunteer",
)  # fmt: skip
_RINGS_MOST = 10
_RADIUS_MOST_M = 20_000.0


@dataclass(frozen=True, slots=True)
class SituationService:
    """Counts out of the snapshot.

    Parameters
    ----------
    city
        The city.
    count_k
        Smallest count of people that a protected reader is told.
    fresh_s
        Seconds after which a position is stale.
    """

    city: City
    count_k: int
    fresh_s: float

    def around(
        self, lonlat: NDArray[np.float64], radii_m: tuple[float, ...], *, crs: Crs, scope: Scope
    ) -> dict[str, object]:
        """Counts within rings around a place, and the cameras of the widest.

        Parameters
        ----------
        lonlat
            (1, 2) float64 degrees.
        radii_m
            Radii in metres; every count is of the whole disc.
        crs
            Reference system of coordinates in the answer.
        scope
            Reader.

        Raises
        ------
        ParameterError
            If there are too many radii or one is out of range.
        """
        if not 1 <= len(radii_m) <= _RINGS_MOST:
            raise ParameterError(f"rings takes 1 to {_RINGS_MOST} radii, got {len(radii_m)}")
        for radius in radii_m:
            if not 0 < radius <= _RADIUS_MOST_M:
                raise ParameterError(
                    f"rings are metres above 0 up to {_RADIUS_MOST_M:g}, got {radius:g}"
                )
        snapshot = self.city.snapshot
        radii = sorted(radii_m)
        rings: list[dict[str, Any]] = [{"radius_m": radius} for radius in radii]
        self._ring_things(rings, snapshot, lonlat, scope)
        self._ring_people(rings, snapshot, lonlat, scope)
        self._ring_units(rings, lonlat, scope)
        version = snapshot.grid_version
        return {
            "rings": rings,
            "cameras": cameras_around(snapshot, lonlat, radii[-1], crs=crs, scope=scope),
            "chain": self._chain_at(version, lonlat),
            "kind": count_kind(scope),
            "seq": snapshot.seq,
            "grid_version": version.number if version else None,
        }

    def _ring_things(
        self,
        rings: list[dict[str, Any]],
        snapshot: Snapshot,
        lonlat: NDArray[np.float64],
        scope: Scope,
    ) -> None:
        """Counts of things that stand somewhere, and of open cases."""
        visible, reach = snapshot.layers(scope), rings[-1]["radius_m"]
        for title, layer in _RING_LAYERS.items():
            if layer in visible:
                columns = ViewColumns.around(snapshot.layer(layer, scope), lonlat, reach)
                _count_within(rings, title, _metres(columns, lonlat))
        if "facility" in visible:
            columns = ViewColumns.around(snapshot.layer("facility", scope), lonlat, reach)
            metres = _metres(columns, lonlat)
            for title, kind in _RING_FACILITIES.items():
                _count_within(rings, title, metres[columns.is_word("kind", kind)])
        if "event" in visible:
            columns = ViewColumns.around(snapshot.layer("event", scope), lonlat, reach)
            is_open = columns.is_word("state", *OPEN_STATES)
            _count_within(rings, "events_open", _metres(columns, lonlat)[is_open])

    def _ring_people(
        self,
        rings: list[dict[str, Any]],
        snapshot: Snapshot,
        lonlat: NDArray[np.float64],
        scope: Scope,
    ) -> None:
        """Buildings, dwellings in them, and people registered in them."""
        buildings = ViewColumns.around(
            snapshot.layer("building", scope), lonlat, rings[-1]["radius_m"]
        )
        metres = _metres(buildings, lonlat)
        dwellings = np.nan_to_num(buildings.numbers("households"))
        people = _people_of(snapshot, buildings.ids)
        for ring in rings:
            inside = metres <= ring["radius_m"]
            ring["buildings"] = int(inside.sum())
            ring["households"] = int(dwellings[inside].sum())
            ring["people"] = self._people_shown(int(people[inside].sum()), scope)

    def _people_shown(self, count: int, scope: Scope) -> int | None:
        """A number of people as the reader may see it."""
        if count_kind(scope) == "exact":
            return count
        return protected_count(count, k=self.count_k)

    def _ring_units(
        self, rings: list[dict[str, Any]], lonlat: NDArray[np.float64], scope: Scope
    ) -> None:
        """Workers and resources that can be sent."""
        units = fleet(self.city, scope, fresh_s=self.fresh_s)
        if not len(units):
            return
        ready = np.flatnonzero(units.reason == 0)
        metres = distance_m(units.lonlat[ready], np.repeat(lonlat, ready.size, axis=0))
        for title, layer in (("workers", 0), ("resources", 1)):
            _count_within(rings, title, metres[units.layer[ready] == layer])

    def _chain_at(
        self, version: GridVersion | None, lonlat: NDArray[np.float64]
    ) -> list[dict[str, str]]:
        """Chain of the leaf at a place."""
        if version is None:
            return []
        leaf = int(version.locator.leaf(lonlat)[0])
        return chain_document(version.hierarchy.chain(leaf)) if leaf >= 0 else []

    def grid(self, code: str, scope: Scope) -> dict[str, object]:
        """What a unit of the grid holds.

        Raises
        ------
        UnknownUnitError
            If the current version has no such code.
        RefusedError
            If no grid is published.
        """
        snapshot = self.city.snapshot
        version = snapshot.grid_version
        if version is None:
            raise RefusedError("no grid is published yet")
        unit = version.hierarchy.unit_by_code(code)
        low, high = version.hierarchy.interval(unit.id)
        counts: dict[str, int | None] = {}
        for layer in _GRID_LAYERS:
            if layer not in snapshot.catalog:
                continue
            spec = snapshot.catalog[layer]
            if not (scope.can_read(spec) or spec.people):
                continue
            columns = _counted(snapshot, layer, scope)
            inside = (columns.leaf >= low) & (columns.leaf < high)
            if layer == "event":
                is_open = inside & columns.is_word("state", *OPEN_STATES)
                counts["event_open"] = int(is_open.sum())
                counts["event_red"] = int((is_open & columns.is_word("colour", "red")).sum())
            counts[layer] = shown_count(int(inside.sum()), spec, scope, k=self.count_k)
        return {
            "code": unit.code,
            "name": unit.name,
            "level": unit.level,
            "chain": chain_document(version.hierarchy.ancestry(unit.id)),
            "children": chain_document(version.hierarchy.children(unit.id)),
            "leaves": high - low,
            "counts": counts,
            "kind": count_kind(scope),
            "seq": snapshot.seq,
            "grid_version": version.number,
        }

    def building(self, item_id: int, scope: Scope) -> dict[str, object]:
        """What a building is and holds.

        Raises
        ------
        UnknownItemError
            If there is no such building, or the reader may not see it.
        """
        snapshot = self.city.snapshot
        item = self.city.item("building", item_id, scope)
        values = item.values
        people = int(_people_of(snapshot, np.array([item_id], dtype=np.int64))[0])
        version = snapshot.grid_version
        leaf = int(self.city.leaf_of("building", item_id, scope))
        chain = version.hierarchy.chain(leaf) if version and leaf >= 0 else ()
        kept = ("code", "name", "address", "use", "floors", "height_m", "units", "households")
        return {
            "id": item_id,
            **{name: values.get(name) for name in (*kept, "built_year", "compound")},
            "people": self._people_shown(people, scope),
            "chain": chain_document(chain),
            "kind": count_kind(scope),
            "seq": snapshot.seq,
            "grid_version": version.number if version else None,
        }


def _metres(columns: ViewColumns, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) float64 distance of every row's middle from a place; inf without geometry."""
    metres = distance_m(columns.lonlat, np.repeat(lonlat, len(columns), axis=0))
    return np.nan_to_num(metres, nan=np.inf)


def _count_within(rings: list[dict[str, Any]], title: str, metres: NDArray[np.float64]) -> None:
    """Write the number of rows within each ring."""
    for ring in rings:
        ring[title] = int((metres <= ring["radius_m"]).sum())


def _counted(snapshot: Snapshot, layer: str, scope: Scope) -> ViewColumns:
    """Rows to count: those of the reader, or all where only a protected count is told."""
    reader = scope if scope.can_read(snapshot.catalog[layer]) else Scope.system("protected count")
    return ViewColumns.of(snapshot.layer(layer, reader))


def _people_of(snapshot: Snapshot, building_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) int64 people registered in each building; the caller decides who is told."""
    persons = ViewColumns.of(snapshot.layer("person", Scope.system("count of people")))
    home = persons.numbers("building_id")
    home = home[~np.isnan(home)].astype(np.int64)
    order = np.argsort(building_ids, kind="stable")
    keys = building_ids[order]
    counts = np.zeros(building_ids.size, dtype=np.int64)
    if keys.size and home.size:
        at = np.searchsorted(keys, home)
        at = np.minimum(at, keys.size - 1)
        counts[order] = np.bincount(at[keys[at] == home], minlength=keys.size)
    return counts
