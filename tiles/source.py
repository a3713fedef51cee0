"""Where tiles come from: one moment of the data as one reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from grids.bounds import BoundingBox
from grids.errors import UnknownLayerError
from grids.tile import lonlat_from_world
from layers.model import LayerSpec
from layers.policy import Scope
from layers.snapshot import Snapshot
from tiles.mvt import Part

__all__ = ["SnapshotSource", "TileSource", "World"]

World = tuple[int, int, int, int]
"""xmin, ymin, xmax, ymax in world units, y south."""


class TileSource(Protocol):
    """One moment of the data as one reader may see it; nothing in it changes."""

    @property
    def scope_key(self) -> str:
        """What two readers who see the same share; goes into every cache key and ETag."""
        ...

    def spec(self, layer: str) -> LayerSpec:
        """Visible part of a layer's declaration.

        Raises
        ------
        UnknownLayerError
            If there is no such layer, it is not drawn, or the reader may not see it.
        """
        ...

    def parts(self, layer: str, window: World) -> Sequence[Part]:
        """Tables of a layer and the rows of each whose bounds meet a window."""
        ...

    def version_key(self, layer: str, window: World) -> int:
        """Number that is another one whenever something inside the window is."""
        ...

    def bounds(self, layer: str) -> BoundingBox | None:
        """Tight bounds of the visible rows in degrees, None if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """Tiles of a snapshot through a scope.

    Parameters
    ----------
    snapshot, scope
        The moment, and the reader.
    identity
        Identity of the store: another store may reach the same stamps with other rows.
    """

    snapshot: Snapshot
    scope: Scope
    identity: str = ""

    @property
    def scope_key(self) -> str:
        """Store, and hash of all that changes what is seen of it."""
        return f"{self.identity}{self.scope.key}"

    def spec(self, layer: str) -> LayerSpec:
        """Visible part of a layer's declaration; see `TileSource.spec`."""
        spec = self.snapshot.layer(layer, self.scope).spec
        if not spec.is_tiled:
            raise UnknownLayerError(f"layer {layer!r} is not drawn in tiles")
        return spec

    def parts(self, layer: str, window: World) -> Sequence[Part]:
        """Tables of a layer and the rows of each whose bounds meet a window."""
        return self.snapshot.layer(layer, self.scope).window(window)

    def version_key(self, layer: str, window: World) -> int:
        """Stamp of the last change inside a window."""
        return self.snapshot.layer(layer, self.scope).version_key(window)

    def bounds(self, layer: str) -> BoundingBox | None:
        """Tight bounds of the visible rows in degrees, None if there are none."""
        boxes = []
        for part in self.snapshot.layer(layer, self.scope).parts:
            if part.table.geometry is None:
                continue
            rows = part.table.geometry.bounds
            rows = rows if part.alive is None else rows[part.alive]
            rows = rows[rows[:, 0] <= rows[:, 2]]
            if rows.size:
                boxes.append((*rows[:, :2].min(axis=0), *rows[:, 2:].max(axis=0)))
        if not boxes:
            return None
        found = np.array(boxes, dtype=np.float64)
        west, north = found[:, :2].min(axis=0)
        east, south = found[:, 2:].max(axis=0)
        (xmin, ymin), (xmax, ymax) = lonlat_from_world(np.array([[west, south], [east, north]]))
        return BoundingBox(float(xmin), float(ymin), float(xmax), float(ymax))
