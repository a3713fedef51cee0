"""The city's road network, built from the layer ``road`` and rebuilt when roads change."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.closures import RoadWeights
from analysis.network import RoadNetwork, build_network
from analysis.roads import RoadLines, road_class_codes
from analysis.search import ScratchPool
from analysis.snap import Snapper, passable_segments
from analysis.speeds import MODES, Mode
from geoserver.services.columns import ViewColumns
from grids.tile import lonlat_from_world
from layers.snapshot import LayerView

__all__ = ["ModeRoads", "RoadKeeper", "Roads", "road_lines"]

_LOG = logging.getLogger("wangge.roads")


@dataclass(frozen=True, slots=True, eq=False)
class ModeRoads:
    """What a search in one mode of travel needs."""

    weights: RoadWeights
    snapper: Snapper


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """One built network.

    Parameters
    ----------
    key
        Version of the road layer it was built from.
    network, pool
        Network and its scratch spaces.
    modes
        By mode of travel: travel times and the roads that may be snapped to.
    build_s
        Seconds the build took.
    """

    key: int
    network: RoadNetwork
    pool: ScratchPool
    modes: dict[Mode, ModeRoads]
    build_s: float


class RoadKeeper:
    """The network of the current roads; the last one answers while the next is built.

    Parameters
    ----------
    view
        Gives the current view of the layer ``road`` as the server itself sees it.
    key
        Gives the version of that layer: it grows with every change of a road.
    """

    def __init__(self, view: Callable[[], LayerView | None], key: Callable[[], int]) -> None:
        self._view = view
        self._key = key
        self._roads: Roads | None = None
        self._building = threading.Lock()

    @property
    def built(self) -> Roads | None:
        """The last network built, without waiting; None before the first."""
        return self._roads

    @property
    def is_stale(self) -> bool:
        """True if roads changed since the last build."""
        return self._roads is None or self._roads.key != self._key()

    def current(self) -> Roads | None:
        """The network; built on the first call, afterwards never waited for.

        Returns
        -------
        Roads | None
            None if the city has no road.
        """
        roads = self._roads
        if roads is None:
            with self._building:
                return self._roads or self._build()
        if self.is_stale and self._building.acquire(blocking=False):
            threading.Thread(target=self._rebuild, name="wangge-roads", daemon=True).start()
        return roads if roads.network.edge_count else None

    def rebuild(self) -> Roads | None:
        """Build now, in the calling thread, and swap; None if the city has no road."""
        with self._building:
            return self._build()

    def _rebuild(self) -> None:
        """Build aside, then swap; the lock was taken by the caller."""
        try:
            self._build()
        except Exception:  # a thread of its own: nobody else would hear of it
            _LOG.exception("the road network was not rebuilt; the last one answers on")
        finally:
            self._building.release()

    def _build(self) -> Roads | None:
        """Build the network of the current roads."""
        key, view = self._key(), self._view()
        if view is None or not view.count():
            self._roads = None
            return None
        started = time.perf_counter()
        network = build_network(road_lines(view))
        modes: dict[Mode, ModeRoads] = {}
        for mode in MODES:
            weights = RoadWeights(network, mode=mode)
            may_pass = passable_segments(network, weights.current.seconds)
            modes[mode] = ModeRoads(weights, Snapper(network, segments=may_pass))
        built = Roads(key, network, ScratchPool(network), modes, time.perf_counter() - started)
        self._roads = built
        _LOG.info("road network: %d edges in %.2f s", network.edge_count, built.build_s)
        return built if network.edge_count else None


def road_lines(view: LayerView) -> RoadLines:
    """Lines of the road layer, every part of a line as a line of its own."""
    lonlat: list[NDArray[np.float64]] = []
    sizes: list[NDArray[np.int64]] = []
    rows: list[NDArray[np.int64]] = []
    offset = 0
    for part in view.parts:
        geometry, count = part.table.geometry, len(part.table)
        alive = np.ones(count, dtype=bool) if part.alive is None else part.alive
        number = offset + np.cumsum(alive) - 1
        offset += int(alive.sum())
        if geometry is None:
            continue
        owner = np.repeat(np.arange(count), np.diff(geometry.feature_starts))
        keep = alive[owner]
        length = np.diff(geometry.ring_starts)
        lonlat.append(lonlat_from_world(geometry.coords[np.repeat(keep, length)]))
        sizes.append(length[keep])
        rows.append(number[owner[keep]])
    return _lines(ViewColumns.of(view), lonlat, sizes, rows)


def _lines(
    columns: ViewColumns,
    lonlat: list[NDArray[np.float64]],
    sizes: list[NDArray[np.int64]],
    rows: list[NDArray[np.int64]],
) -> RoadLines:
    """Attributes of the rows spread over their lines."""
    row = np.concatenate([np.empty(0, dtype=np.int64), *rows])
    size = np.concatenate([np.empty(0, dtype=np.int64), *sizes])
    words = [word or "" for word in columns.word_list("class")]
    speed = columns.numbers("speed_kmh")
    names, _ = columns.texts("name")
    return RoadLines(
        lonlat=np.concatenate([np.empty((0, 2)), *lonlat]),
        starts=np.concatenate(([0], np.cumsum(size))).astype(np.int64),
        ids=columns.ids[row],
        oneway=_small(columns.numbers("oneway"))[row],
        speed_kmh=np.where(speed > 0, speed, np.nan)[row],
        road_class=road_class_codes(words)[row],
        level=_small(columns.numbers("level"))[row],
        name_id=names.astype(np.int64)[row],
    )


def _small(values: NDArray[np.float64]) -> NDArray[np.int8]:
    """Small whole numbers, null as 0."""
    return np.clip(np.nan_to_num(values), -100, 100).astype(np.int8)
