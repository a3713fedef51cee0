"""What is around a place and inside a grid or a building, with counts that say what they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.services.cameras import cameras_around
from geoserver.services.columns import ViewColumns
from geoserver.services.counting import CountingService, count_kind
from geoserver.services.grid_names import chain_document
from geoserver.services.units import UnitService
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
    counting
        Counts per unit, and the audit of looks at people.
    fleets
        Units at their last position.
    """

    city: City
    counting: CountingService
    fleets: UnitService

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
        people = self.counting.people_in(snapshot, buildings.ids, scope)
        for ring in rings:
            inside = metres <= ring["radius_m"]
            ring["buildings"] = int(inside.sum())
            ring["households"] = int(dwellings[inside].sum())
            ring["people"] = None if people is None else int(people[inside].sum())
        lon, lat = (float(value) for value in lonlat[0])
        place: dict[str, object] = {"lon": lon, "lat": lat, "radius_m": rings[-1]["radius_m"]}
        self.counting.note_look(scope, "rings", people=rings[-1]["people"], place=place)

    def _ring_units(
        self, rings: list[dict[str, Any]], lonlat: NDArray[np.float64], scope: Scope
    ) -> None:
        """Workers and resources that can be sent."""
        units = self.fleets.fleet(scope)
        if not len(units):
            return
        ready = np.flatnonzero(units.reason == 0)
        metres = distance_m(units.lonlat[ready], np.repeat(lonlat, ready.size, axis=0))
        for title, layer in (("workers", 0), ("resources", 1)):
            _count_within(rings, title, metres[units.register.layer[ready] == layer])

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
        kinds: dict[str, str] = {}
        for layer in _GRID_LAYERS:
            spec = snapshot.catalog.get(layer) if layer in snapshot.catalog else None
            if spec is None or not (scope.can_read(spec) or spec.people):
                continue
            found = self.counting.units(snapshot, layer, scope)
            counts[layer], kinds[layer] = found.of(unit.id), found.kind.value
        if "event" in counts:
            counts |= _cases_in(snapshot, low, high, scope)
        people = counts.get("person") if kinds.get("person") == "exact" else None
        self.counting.note_look(scope, "grid", people=people, place={"code": code})
        return {
            "code": unit.code,
            "name": unit.name,
            "level": unit.level,
            "chain": chain_document(version.hierarchy.ancestry(unit.id)),
            "children": chain_document(version.hierarchy.children(unit.id)),
            "leaves": high - low,
            "counts": counts,
            "kinds": kinds,
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
        found = self.counting.people_in(snapshot, np.array([item_id], dtype=np.int64), scope)
        people = None if found is None else int(found[0])
        self.counting.note_look(scope, "building", people=people, place={"building": item_id})
        version = snapshot.grid_version
        ids = np.array([item_id], dtype=np.int64)
        leaf = self.city.leaves_of(snapshot, "building", ids, scope).get(item_id, -1)
        chain = version.hierarchy.chain(leaf) if version and leaf >= 0 else ()
        kept = ("code", "name", "address", "use", "floors", "height_m", "units", "households")
        return {
            "id": item_id,
            **{name: values.get(name) for name in (*kept, "built_year", "compound")},
            "people": people,
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


def _cases_in(snapshot: Snapshot, low: int, high: int, scope: Scope) -> dict[str, int | None]:
    """Open cases, and late ones among them, in an interval of leaves."""
    columns = ViewColumns.of(snapshot.layer("event", scope))
    inside = (columns.leaf >= low) & (columns.leaf < high)
    is_open = inside & columns.is_word("state", *OPEN_STATES)
    red = is_open & columns.is_word("colour", "red")
    return {"event_open": int(is_open.sum()), "event_red": int(red.sum())}
