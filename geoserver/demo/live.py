"""Life in the demo city while it is served: people and vehicles move, cases come and go on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geoserver.demo.forces import on_shift
from geoserver.demo.live_cases import LiveCases
from geoserver.demo.motion import Movers, StreetGraph, street_graph
from geoserver.demo.plane import Plane
from geoserver.demo.seeds import stream
from layers.policy import Scope
from layers.positions.batch import PositionBatch
from layers.store.protocol import Store

__all__ = ["DemoLife", "LifeBatch"]

_CASE_EVERY_MS = 10_000
_CRUISING = {"police_car": 7.5, "patrol_car": 6.5, "sanitation": 3.0}
_ASSIGNED_MPS = 10.0


@dataclass(frozen=True, slots=True)
class LifeBatch:
    """What happened since the last tick.

    Parameters
    ----------
    positions
        For `PositionTable.push`.
    writes
        Layer and table for `UnitOfWork.put_table`, empty when nothing changed.
    """

    positions: PositionBatch
    writes: tuple[tuple[str, pa.Table], ...]

    def write(self, store: Store) -> int:
        """Put the writes into the store in one unit of work; its sequence number, 0 for none."""
        if not self.writes:
            return 0
        with store.write(Scope.system("demo life"), action="demo life") as work:
            for layer, table in self.writes:
                work.put_table(layer, table)
        return work.seq


def _scanned(store: Store, layer: str, fields: tuple[str, ...]) -> pa.Table:
    parts = list(store.scan(layer, scope=Scope.system("demo life"), fields=fields))
    return pa.concat_tables(parts) if parts else pa.table({})


class _Crew:
    """Units of one layer and how they move."""

    def __init__(
        self,
        layer: str,
        table: pa.Table,
        plane: Plane,
        graph: StreetGraph,
        rng: np.random.Generator,
    ) -> None:
        self.layer = layer
        self.ids = table["id"].to_numpy()
        self.uid = table["uid"].to_pylist()
        self.state = np.array(table["state"].to_pylist(), dtype="U12")
        walks = layer == "worker"
        self.kind = np.array(table["role" if walks else "kind"].to_pylist())
        lonlat = shapely.get_coordinates(
            shapely.from_wkb(table["geom"].to_numpy(zero_copy_only=False))
        )
        home = plane.metres_from_lonlat(lonlat)
        count = self.ids.size
        if walks:
            self.speed = rng.uniform(0.7, 1.3, count)
            reach = rng.uniform(110.0, 210.0, count)
        else:
            idle = np.where(self.state == "assigned", _ASSIGNED_MPS, 0.0)
            self.speed = np.array([_CRUISING.get(kind, 0.0) for kind in self.kind])
            self.speed = np.where(self.state == "maintenance", 0.0, np.maximum(self.speed, idle))
            reach = rng.uniform(900.0, 2600.0, count)
        self.movers = Movers(graph, home, (reach, self.speed), np.full(count, walks), rng)

    def moving(self) -> NDArray[np.bool_]:
        """Who sends positions now."""
        return ~np.isin(self.state, ["off_duty", "leave", "offline"])


class DemoLife:
    """The simulator that keeps a served demo city alive.

    Parameters
    ----------
    store
        Store of a loaded demo city; it is read once, here.
    seed
        Seed of all chance.
    now_ms
        Milliseconds UTC at the start.
    """

    def __init__(self, store: Store, *, seed: int, now_ms: int) -> None:
        self._plane = Plane()
        rng = stream(seed ^ (now_ms & 0xFFFFFFFF), "life")
        roads = _scanned(store, "road", ("class", "oneway"))
        lines = shapely.from_wkb(roads["geom"].to_numpy(zero_copy_only=False))
        graph = street_graph(
            shapely.transform(lines, self._plane.metres_from_lonlat),
            np.array(roads["class"].to_pylist()),
            roads["oneway"].to_numpy(),
        )
        workers = _scanned(store, "worker", ("role", "state"))
        vehicles = _scanned(store, "resource", ("kind", "state"))
        self._workers = _Crew("worker", workers, self._plane, graph, rng)
        self._vehicles = _Crew("resource", vehicles, self._plane, graph, rng)
        self._cases = LiveCases(_scanned(store, "event", LiveCases.FIELDS), now_ms, rng)
        self._rng = rng
        self._at = now_ms
        self._cases_at = now_ms - _CASE_EVERY_MS

    def tick(self, now_ms: int) -> LifeBatch:
        """Let time run to `now_ms`, milliseconds UTC; positions of all who move, and writes.

        Cases are looked at every ten seconds, positions at every call.
        """
        seconds = min(max(0.0, (now_ms - self._at) / 1000.0), 120.0)
        self._at = now_ms
        crews = (self._workers, self._vehicles)
        for crew in crews:
            crew.movers.step(seconds)
        writes: list[tuple[str, pa.Table]] = []
        if now_ms - self._cases_at >= _CASE_EVERY_MS:
            self._cases_at = now_ms
            writes += [("event", table) for table in self._cases.advance(now_ms)]
            writes += self._shift(now_ms)
        return LifeBatch(self._batch(crews, now_ms), tuple(writes))

    def _shift(self, now_ms: int) -> list[tuple[str, pa.Table]]:
        """Workers whose shift begins or ends."""
        crew = self._workers
        works = on_shift(np.arange(crew.ids.size), now_ms)
        state = crew.state.copy()
        state[works & (state == "off_duty")] = "on_duty"
        state[~works & np.isin(state, ["on_duty", "busy"])] = "off_duty"
        rows = np.flatnonzero(state != crew.state)
        crew.state = state
        if rows.size == 0:
            return []
        table = pa.table(
            {
                "uid": pa.array([crew.uid[k] for k in rows], pa.string()),
                "state": pa.array(state[rows].astype(object), pa.string()),
                "last_seen_at": pa.array(np.full(rows.size, now_ms)),
            }
        )
        return [("worker", table)]

    def _batch(self, crews: tuple[_Crew, ...], now_ms: int) -> PositionBatch:
        kinds: list[str] = []
        states: list[str] = []
        ids, lonlat, speed, heading = [], [], [], []
        for crew in crews:
            rows = np.flatnonzero(crew.moving())
            place, way = crew.movers.places()
            kinds += [crew.layer] * rows.size
            states += crew.state[rows].tolist()
            ids.append(crew.ids[rows])
            shake = self._rng.normal(0.0, 1.2 if crew.layer == "worker" else 0.0, (rows.size, 2))
            lonlat.append(self._plane.lonlat(place[rows] + shake))
            speed.append(crew.speed[rows])
            heading.append(way[rows])
        count = len(kinds)
        return PositionBatch(
            kinds,
            np.concatenate(ids).astype(np.int64),
            np.vstack(lonlat),
            np.full(count, now_ms, dtype=np.int64),
            self._rng.uniform(3.0, 9.0, count),
            np.concatenate(speed),
            np.concatenate(heading),
            states,
        )
