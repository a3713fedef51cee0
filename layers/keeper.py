"""The keeper of the current snapshot: opens it, follows the change log, saves it."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from grids.errors import SnapshotFileError, StoreUnavailableError
from grids.versions import GridVersion
from layers.cell_versions import CellVersions
from layers.changes import Change
from layers.changeset import ChangeSet, LayerChange
from layers.columns import LayerTable
from layers.delta import LayerState
from layers.model import LayerSpec
from layers.policy import Scope
from layers.segment import LeafOf, Segment, empty_table, segment_from_arrow, segment_of
from layers.snapshot import Snapshot
from layers.snapshot_file import SnapshotFolder
from layers.store.protocol import Item, Store

__all__ = ["GridSource", "SnapshotKeeper"]

_LOG = logging.getLogger(__name__)
_SCOPE = Scope.system("snapshot")
_REBUILD_ROWS = 50_000
_GRID = "grid"
_CHANGES_AT_ONCE = 10_000
_NUMBER_BITS = 16


class GridSource(Protocol):
    """Where grid versions come from: `layers.registry`."""

    def version(self, at: int | None = None) -> GridVersion | None:
        """Version that holds at a moment; None before the first."""

    def table(self, version: GridVersion, spec: LayerSpec) -> LayerTable:
        """Every unit of a version as a row of the layer ``grid``."""

    def items(self, version: GridVersion, ids: Sequence[int] | NDArray[np.int64]) -> list[Item]:
        """Units by id with their exact outline; those that are not there left out."""


class SnapshotKeeper:
    """Owner of the current snapshot; `current` may be read from any thread.

    Parameters
    ----------
    store
        The truth.
    grids
        Grid versions.
    folder
        Where the snapshot is saved for a quick restart; None saves nothing.
    """

    def __init__(self, store: Store, grids: GridSource, folder: Path | None = None) -> None:
        self._store = store
        self._grids = grids
        self._folder = None if folder is None else SnapshotFolder(folder)
        self._lock = threading.Lock()
        self._current: Snapshot | None = None
        self._listeners: list[Callable[[ChangeSet], None]] = []
        self._saved_seq = -1

    @property
    def current(self) -> Snapshot:
        """Newest snapshot; hold it for the length of one answer.

        Raises
        ------
        StoreUnavailableError
            Before `open`.
        """
        if self._current is None:
            raise StoreUnavailableError("the snapshot is not open yet")
        return self._current

    @property
    def saved_seq(self) -> int:
        """Sequence number of the snapshot in the folder, -1 if none is known to be good."""
        return self._saved_seq

    def on_change(self, listener: Callable[[ChangeSet], None]) -> None:
        """Call `listener` after every refresh that changed something, in the refreshing thread."""
        self._listeners.append(listener)

    def open(self, on_layer: Callable[[str, int, int], None] | None = None) -> Snapshot:
        """Load the saved snapshot and follow the changes since, or build it from the store.

        Parameters
        ----------
        on_layer
            Called with the name of a layer, how many are ready, and how many there are.
        """
        with self._lock:
            self._current = self._loaded() or self._built(on_layer)
        self.refresh()
        return self.current

    def refresh(self) -> ChangeSet | None:
        """Follow the change log and the register of grids; None if nothing changed."""
        with self._lock:
            before = self.current
            changes = list(_changes(self._store, before.seq))
            version = self._grids.version()
            if not changes and _number(version) == _number(before.grid_version):
                return None
            after, changed = self._advanced(before, changes, version)
            self._current = after
        for listener in self._listeners:
            listener(changed)
        return changed

    def compact(self) -> bool:
        """Give layers with much loose change one base again; False if none wanted it.

        Meant for a background thread: the work is done aside, and readers and `refresh` only
        wait for the swap.
        """
        captured = {n: s for n, s in self.current.states.items() if s.wants_compaction}
        done = False
        for name, state in captured.items():
            base = state.compacted().segments[0]
            with self._lock:
                before = self.current
                after = before.states[name].rebased(state, base)
                if after is not None:
                    states = {**before.states, name: after}
                    self._current = self._snapshot(before.seq, before.grid_version, states)
                    done = True
        return done

    def save(self) -> None:
        """Write the current snapshot to the folder, complete or not at all."""
        if self._folder is None:
            return
        snapshot = self.current
        self._folder.write(
            self._store.identity,
            seq=snapshot.seq,
            grid_number=_number(snapshot.grid_version),
            states={n: s for n, s in snapshot.states.items() if s.spec.stored},
        )
        self._saved_seq = snapshot.seq

    def _loaded(self) -> Snapshot | None:
        if self._folder is None:
            return None
        specs = [spec for spec in self._store.catalog.values() if spec.stored]
        try:
            saved = self._folder.read(self._store.identity, specs)
        except SnapshotFileError as exc:
            _LOG.warning("the saved snapshot is not used: %s", exc)
            return None
        if saved is None or saved.seq > self._store.head():
            return None
        version = self._grids.version()
        stamp = _stamp(saved.seq, version)
        states = {
            spec.name: LayerState(spec, (segment,), (None,), CellVersions(stamp))
            for spec, segment in ((s, saved.segments[s.name]) for s in specs)
        }
        if saved.grid_number != _number(version):
            leaf_of = _leaf_of(version)
            states = {name: state.relocated(leaf_of, stamp) for name, state in states.items()}
        self._saved_seq = saved.seq
        return self._snapshot(saved.seq, version, {**states, **self._grid_states(version, stamp)})

    def _built(self, on_layer: Callable[[str, int, int], None] | None) -> Snapshot:
        seq = self._store.head()  # read first: what is newer is put in again by `refresh`
        version = self._grids.version()
        stamp, leaf_of = _stamp(seq, version), _leaf_of(version)
        states: dict[str, LayerState] = {}
        specs = [spec for spec in self._store.catalog.values() if spec.stored]
        for done, spec in enumerate(specs, start=1):
            segment = self._scanned(spec, leaf_of, None)
            states[spec.name] = LayerState(spec, (segment,), (None,), CellVersions(stamp))
            if on_layer is not None:
                on_layer(spec.name, done, len(specs))
        return self._snapshot(seq, version, {**states, **self._grid_states(version, stamp)})

    def _advanced(
        self, before: Snapshot, changes: list[Change], version: GridVersion | None
    ) -> tuple[Snapshot, ChangeSet]:
        seq = changes[-1].seq if changes else before.seq
        moved = _number(version) != _number(before.grid_version)
        stamp, leaf_of = _stamp(seq, version), _leaf_of(version)
        states, changed = dict(before.states), {}
        if moved:
            states = {name: state.relocated(leaf_of, stamp) for name, state in states.items()}
            states.update(self._grid_states(version, stamp))
        for name, ids in _ids_by_layer(changes).items():
            if name in states and states[name].spec.stored:
                states[name], changed[name] = self._changed(states[name], ids, leaf_of, stamp)
        return self._snapshot(seq, version, states), ChangeSet(seq, changed, moved)

    def _changed(
        self, state: LayerState, ids: NDArray[np.int64], leaf_of: LeafOf | None, stamp: int
    ) -> tuple[LayerState, LayerChange]:
        if ids.size <= max(_REBUILD_ROWS, len(state) // 3):
            return state.changed(ids, self._scanned(state.spec, leaf_of, ids), stamp)
        base = self._scanned(state.spec, leaf_of, None)
        after = LayerState(state.spec, (base,), (None,), state.versions.bumped_all(stamp))
        return after, LayerChange(ids, state.bounds_of(ids), after.bounds_of(ids), everywhere=True)

    def _scanned(
        self, spec: LayerSpec, leaf_of: LeafOf | None, ids: NDArray[np.int64] | None
    ) -> Segment:
        tables = self._store.scan(spec.name, scope=_SCOPE, ids=ids)
        return segment_from_arrow(spec, tables, leaf_of=leaf_of)

    def _grid_states(self, version: GridVersion | None, stamp: int) -> dict[str, LayerState]:
        if _GRID not in self._store.catalog or self._store.catalog[_GRID].stored:
            return {}
        spec = self._store.catalog[_GRID]
        table = empty_table(spec) if version is None else self._grids.table(version, spec)
        return {_GRID: LayerState(spec, (segment_of(table, None),), (None,), CellVersions(stamp))}

    def _snapshot(
        self, seq: int, version: GridVersion | None, states: dict[str, LayerState]
    ) -> Snapshot:
        def geometries(layer: str, ids: NDArray[np.int64]) -> NDArray[np.object_]:
            if self._store.catalog[layer].stored:
                return _stored(self._store, layer, ids)
            items = [] if version is None else self._grids.items(version, ids)
            found = {item.id: item.geometry for item in items}
            out = np.empty(ids.size, dtype=object)
            out[:] = [found.get(one) for one in ids.tolist()]
            return out

        return Snapshot(seq, version, self._store.catalog, states, geometries)


def _changes(store: Store, after: int) -> Iterator[Change]:
    while True:
        batch = store.changes(after, limit=_CHANGES_AT_ONCE, scope=_SCOPE)
        yield from batch
        if len(batch) < _CHANGES_AT_ONCE:
            return
        after = batch[-1].seq


def _ids_by_layer(changes: list[Change]) -> dict[str, NDArray[np.int64]]:
    ids: dict[str, list[NDArray[np.int64]]] = {}
    for change in changes:
        ids.setdefault(change.layer, []).append(change.ids)
    return {layer: np.unique(np.concatenate(pieces)) for layer, pieces in ids.items()}


def _number(version: GridVersion | None) -> int:
    return 0 if version is None else version.number


def _stamp(seq: int, version: GridVersion | None) -> int:
    """Change stamp: grows with the sequence number, and with the grid version between."""
    return (seq << _NUMBER_BITS) | (_number(version) & ((1 << _NUMBER_BITS) - 1))


def _leaf_of(version: GridVersion | None) -> LeafOf | None:
    return None if version is None else version.locator.leaf


def _stored(store: Store, layer: str, ids: NDArray[np.int64]) -> NDArray[np.object_]:
    """Stored geometries of ids, in their order; None where there is no row any more."""
    wanted, place = np.unique(ids, return_inverse=True)
    found = np.empty(wanted.size, dtype=object)
    for table in store.scan(layer, scope=_SCOPE, fields=(), ids=wanted):
        at = np.searchsorted(wanted, table["id"].to_numpy())
        found[at] = shapely.from_wkb(table["geom"].to_numpy(zero_copy_only=False))
    return found[place]
