"""A city's folder opened: store, grids, snapshot, positions, roads, behind one object."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geoserver.extent import layer_extent
from geoserver.following import Follower
from geoserver.opening import now_ms, open_store
from geoserver.profile import FILE_NAME, CityProfile, write_profile
from geoserver.readiness import Part, Readiness
from geoserver.roads import RoadKeeper
from grids.bounds import BoundingBox
from grids.errors import ConflictError, StoreError, UnknownItemError
from layers.catalog import Catalog
from layers.columns import NumberColumn
from layers.keeper import SnapshotKeeper
from layers.policy import Scope
from layers.positions.table import PositionTable
from layers.registry.registry import Registry
from layers.snapshot import Snapshot, jurisdiction
from layers.store.protocol import Item
from layers.store.sqlite import SqliteStore
from layers.views import LayerView

__all__ = ["City"]

_LOG = logging.getLogger("wangge.city")
_SYSTEM = Scope.system("server")
_EXTENT_LAYERS = ("grid", "building", "road", "boundary")
OnLayer = Callable[[str, int, int], None]


class City:
    """Everything of one city that answers are made of; made by `open` or `create`.

    Parameters
    ----------
    folder
        Folder of the city.
    profile
        What ``city.toml`` says.
    store
        Its store.
    pool
        Threads that compute work is split over.
    clock
        Milliseconds UTC; tests give their own.
    """

    def __init__(
        self,
        folder: Path,
        profile: CityProfile,
        store: SqliteStore,
        *,
        pool: ThreadPoolExecutor,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.folder = folder
        self.profile = profile
        self.store = store
        self.pool = pool
        self.now = clock
        self.registry = Registry(store, pool=pool, clock=clock)
        self.keeper = SnapshotKeeper(store, self.registry, folder / "snapshot")
        self.positions = PositionTable(inside=self._inside)
        self.roads = RoadKeeper(lambda: self._system_view("road"), self._road_key)
        self.follower = Follower(store, self.keeper)
        self._extent: tuple[int, BoundingBox | None] = (-1, None)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        threads: int | None = None,
        on_layer: OnLayer | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> Self:
        """Open the city in a folder.

        Parameters
        ----------
        folder
            Folder with ``city.toml``.
        threads
            Threads of the pool; None takes one per core.
        on_layer
            Called with the name of a layer, how many are loaded, and how many there are.
        clock
            Milliseconds UTC.

        Raises
        ------
        ParameterError
            If the folder is not a city's, or names a store that this program cannot open.
        StoreUnavailableError
            If another process writes to it.
        """
        profile, store = open_store(folder, clock=clock)
        pool = ThreadPoolExecutor(threads, thread_name_prefix="wangge-work")
        try:
            city = cls(folder, profile, store, pool=pool, clock=clock)
            city.keeper.open(on_layer)
        except BaseException:
            store.close()
            pool.shutdown(wait=False)
            raise
        return city

    @classmethod
    def create(
        cls, folder: Path, profile: CityProfile, *, clock: Callable[[], int] = now_ms
    ) -> Self:
        """Make a folder the folder of a city and open it.

        Raises
        ------
        ConflictError
            If the folder is one already, or holds other files.
        """
        if (folder / FILE_NAME).exists():
            raise ConflictError(f"{folder} is the folder of a city already")
        if folder.is_dir() and any(folder.iterdir()):
            raise ConflictError(f"{folder} holds other files; name a new or empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        write_profile(folder, profile)
        return cls.open(folder, clock=clock)

    def start(self) -> None:
        """Begin to follow what is written."""
        self.follower.start()

    def close(self) -> None:
        """Save the snapshot and give everything back."""
        try:
            self.follower.stop()
        except StoreError:
            _LOG.exception("the snapshot was not saved")
        self.store.close()
        self.pool.shutdown(wait=True, cancel_futures=True)

    def refresh(self) -> None:
        """Show at once what was just written."""
        self.keeper.refresh()

    @property
    def catalog(self) -> Catalog:
        """Layers of the city."""
        return self.store.catalog

    @property
    def snapshot(self) -> Snapshot:
        """Newest snapshot; hold it for the length of one answer."""
        return self.keeper.current

    @property
    def bounds(self) -> BoundingBox | None:
        """Extent: of ``city.toml``, else of what is loaded; None for an empty city."""
        if self.profile.bounds is not None:
            return BoundingBox(*self.profile.bounds)
        snapshot = self.snapshot
        seq, box = self._extent
        if seq != snapshot.seq:
            boxes = (layer_extent(self._system_view(name)) for name in _EXTENT_LAYERS)
            box = next((found for found in boxes if found is not None), None)
            self._extent = (snapshot.seq, box)
        return box

    @property
    def unit_kinds(self) -> frozenset[str]:
        """Words for kinds of workers and resources."""
        roles = self.catalog["worker"].field("role").domain
        return frozenset((*roles, *self.catalog["resource"].field("kind").domain))

    def items(self, layer: str, ids: Sequence[int], scope: Scope) -> list[Item]:
        """Items by id that the reader may see, in the order asked.

        Raises
        ------
        UnknownLayerError
            If there is no such layer for the reader.
        """
        snapshot = self.snapshot
        view = snapshot.layer(layer, scope)
        if not view.spec.stored:
            return self._grid_items(snapshot, view, ids)
        visible = None if scope.units is None else view.visible
        return self.store.fetch(layer, ids, scope=scope, visible=visible)

    def _grid_items(self, snapshot: Snapshot, view: LayerView, ids: Sequence[int]) -> list[Item]:
        """Units of the current grid version by id, with their exact outline."""
        if snapshot.grid_version is None:
            return []
        wanted = np.array(list(ids), dtype=np.int64)
        return self.registry.items(snapshot.grid_version, wanted[view.visible(wanted)])

    def item(self, layer: str, item_id: int, scope: Scope) -> Item:
        """One item that the reader may see.

        Raises
        ------
        UnknownItemError
            If there is none.
        """
        found = self.items(layer, [item_id], scope)
        if not found:
            raise UnknownItemError(f"layer {layer!r} has no item {item_id}")
        return found[0]

    def leaves_of(
        self, snapshot: Snapshot, layer: str, ids: NDArray[np.int64], scope: Scope
    ) -> dict[int, int]:
        """Id to leaf index (-1 outside) of the items that the reader may see."""
        found: dict[int, int] = {}
        for table, rows in snapshot.layer(layer, scope).find(ids):
            column = table.columns["leaf"]
            if isinstance(column, NumberColumn):
                pairs = zip(table.ids[rows].tolist(), column.values[rows].tolist(), strict=True)
                found.update(pairs)
        return found

    def health(self) -> Readiness:
        """State of every part."""
        parts = [self._store_part()]
        snapshot = self.snapshot
        lag = max(0, self.store.head() - snapshot.seq) if parts[0].is_ready else 0
        reason = f"at change {snapshot.seq}" + (f", {lag} behind the store" if lag else "")
        parts.append(Part("snapshot", lag < 1000, reason))
        version = snapshot.grid_version
        reason = f"version {version.number}" if version else "no grid is published yet"
        parts.append(Part("grid", version is not None, reason))
        roads = self.roads.built
        reason = f"{roads.network.edge_count} edges" if roads else "not built yet"
        parts.append(Part("network", roads is not None, reason))
        parts.append(Part("positions", True, f"{len(self.positions)} units"))  # noqa: FBT003
        return Readiness(tuple(parts), frozenset({"store", "snapshot"}))

    def _store_part(self) -> Part:
        """State of the store."""
        try:
            head = self.store.head()
        except StoreError as exc:
            _LOG.warning("the store does not answer: %s", exc)
            return Part("store", is_ready=False, reason="the store does not answer")
        return Part("store", is_ready=True, reason=f"at change {head}")

    def _inside(self, scope: Scope, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which positions lie in the jurisdiction of a scope."""
        version = self.snapshot.grid_version
        inside = jurisdiction(version.hierarchy if version else None, scope)
        if inside is None:
            return np.ones(len(lonlat), dtype=np.bool_)
        if version is None:
            return np.zeros(len(lonlat), dtype=np.bool_)
        return np.asarray(inside[version.locator.leaf(lonlat)])

    def _system_view(self, layer: str) -> LayerView:
        """A layer as the server itself sees it."""
        return self.snapshot.layer(layer, _SYSTEM)

    def _road_key(self) -> int:
        """Version of the layer ``road``."""
        return self._system_view("road").version_key((-(2**31), -(2**31), 2**31, 2**31))
