"""Messages of the live line about changes: which layers, which tiles, from which cursor."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.dirty import DirtyTiles, dirty_tiles, seen_tiles, world_box
from geoserver.live import LiveClient, LiveHub, cursor_text
from grids.bounds import BoundingBox
from layers.changes import Change
from layers.changeset import ChangeSet, LayerChange
from layers.policy import Scope

__all__ = ["Announcer"]

_REPLAYED_MOST = 2000
_NONE = np.array([[1, 0, 0, 0]], dtype=np.int64)
Message = dict[str, object]


@dataclass(frozen=True, slots=True)
class Announcer:
    """Turns steps of the snapshot into messages for every client.

    Parameters
    ----------
    city
        The city.
    hub
        Where the clients are.
    """

    city: City
    hub: LiveHub

    def follow(self) -> None:
        """Announce every step of the snapshot from now on."""
        self.city.keeper.on_change(self._on_change)

    def _on_change(self, changes: ChangeSet) -> None:
        """Called in the refreshing thread: work out once, hand over to the loop."""
        dirty = self._dirty(changes)
        self.hub.announce(lambda: self._tell(changes, dirty))

    def _dirty(self, changes: ChangeSet) -> dict[str, DirtyTiles]:
        """Stale tiles of every layer that is drawn."""
        catalog = self.city.catalog
        found = {
            name: dirty_tiles(catalog[name], _boxes(change), everywhere=change.everywhere)
            for name, change in changes.layers.items()
            if catalog[name].is_tiled
        }
        if changes.grid_changed and "grid" in catalog:
            found["grid"] = dirty_tiles(catalog["grid"], _NONE, everywhere=True)
        return found

    def _tell(self, changes: ChangeSet, dirty: Mapping[str, DirtyTiles]) -> None:
        """Queue messages for every client; on the event loop."""
        for client in self.hub.clients(("changes", "tiles")):
            scope = client.scope
            names = [n for n in changes.layers if self._concerns(n, changes.layers[n], scope)]
            if changes.grid_changed:
                names.append("grid")
            shown = {name: dirty[name] for name in names if name in dirty}
            if scope.units is not None:
                shown = {}
            self._send(client, changes.seq, names, shown)

    def _concerns(self, layer: str, change: LayerChange, scope: Scope) -> bool:
        """True if a reader sees the layer and, with a jurisdiction, one of the rows."""
        snapshot = self.city.snapshot
        if layer not in snapshot.layers(scope):
            return False
        if scope.units is None or change.everywhere:
            return True
        return bool(snapshot.layer(layer, scope).visible(change.ids).any())

    def _send(
        self, client: LiveClient, seq: int, names: list[str], dirty: Mapping[str, DirtyTiles]
    ) -> None:
        """Queue the messages of one step for one client."""
        version = self.city.snapshot.grid_version
        stamp: Message = {"seq": seq, "cursor": cursor_text(seq)}
        if "changes" in client.topics and names:
            number = version.number if version else None
            client.offer({"topic": "changes", "layers": names, "grid_version": number} | stamp)
        if "tiles" not in client.topics:
            return
        view = None if client.box is None else world_box(client.box)
        tiles = {name: seen_tiles(found, view) for name, found in dirty.items()}
        tiles = {name: found for name, found in tiles.items() if found}
        if tiles:
            client.offer({"topic": "tiles", "layers": tiles} | stamp)

    def replay(self, client: LiveClient, since: int) -> list[Message]:
        """Messages for a client that comes back; the whole state if it was away for too long.

        Parameters
        ----------
        client
            The client.
        since
            Sequence number of the last message it has seen.
        """
        head, scope = self.city.snapshot.seq, client.scope
        visible = self.city.snapshot.layers(scope)
        stamp: Message = {"seq": head, "cursor": cursor_text(head)}
        if since == head:
            return []
        changes: list[Change] = []
        if since < head:
            changes = self.city.store.changes(since, limit=_REPLAYED_MOST, scope=scope)
        if since > head or len(changes) >= _REPLAYED_MOST or scope.units is not None:
            return [{"topic": "changes", "layers": list(visible), "reset": True} | stamp]
        names = sorted({c.layer for c in changes} & set(visible))
        dirty = {name: self._replayed(name, changes) for name in names}
        view = None if client.box is None else world_box(client.box)
        tiles = {name: seen_tiles(found, view) for name, found in dirty.items()}
        found: list[Message] = []
        if "changes" in client.topics and names:
            found.append({"topic": "changes", "layers": names} | stamp)
        if "tiles" in client.topics and any(tiles.values()):
            found.append(
                {"topic": "tiles", "layers": {n: t for n, t in tiles.items() if t}} | stamp
            )
        return found

    def _replayed(self, layer: str, changes: list[Change]) -> DirtyTiles:
        """Stale tiles of a layer after several changes, by their boxes."""
        spec = self.city.catalog[layer]
        boxes = [box for c in changes if c.layer == layer for box in (c.box_old, c.box_new) if box]
        world = [world_box(BoundingBox(*box)) for box in boxes]
        if not spec.is_tiled or not world:
            return DirtyTiles({})
        return dirty_tiles(spec, np.array(world, dtype=np.int64))


def _boxes(change: LayerChange) -> NDArray[np.int64]:
    """Boxes before and after of all rows of a change."""
    return np.concatenate((change.boxes_old, change.boxes_new)).astype(np.int64)
