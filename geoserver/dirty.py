"""Tiles that a change makes stale: for messages that tell a map what to ask for again."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.bounds import BoundingBox
from grids.tile import world_from_lonlat
from layers.model import LayerSpec

__all__ = ["DirtyTiles", "dirty_tiles", "seen_tiles", "world_box"]

_SHOWN_MOST = 128
"""Tiles of one zoom that a map can show at most: of a zoom with more it shows none."""

_ALL_FROM = 4096
_BUFFER = 1 / 32  # of a tile: what is drawn across its edge
_HALF = 2**31

World = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class DirtyTiles:
    """Stale tiles of one layer.

    Parameters
    ----------
    by_zoom
        Zoom to (n, 2) int64 x and y of stale tiles; None where nearly all are.
    """

    by_zoom: Mapping[int, NDArray[np.int64] | None]


def world_box(box: BoundingBox) -> World:
    """Box in degrees as xmin, ymin, xmax, ymax in world units, y south."""
    corners = world_from_lonlat(np.array([[box.xmin, box.ymax], [box.xmax, box.ymin]]))
    west, north, east, south = (int(value) for value in corners.ravel())
    return west, north, east, south


def dirty_tiles(
    spec: LayerSpec, boxes: NDArray[np.integer], *, everywhere: bool = False
) -> DirtyTiles:
    """Tiles of a layer that meet some boxes, at every zoom the layer is drawn at.

    Parameters
    ----------
    spec
        The layer.
    boxes
        (n, 4) integer world bounds; xmin > xmax is no geometry.
    everywhere
        True if any tile may have changed.
    """
    there = boxes[boxes[:, 0] <= boxes[:, 2]].astype(np.int64)
    found: dict[int, NDArray[np.int64] | None] = {}
    for zoom in range(spec.min_zoom, spec.max_zoom + 1):
        found[zoom] = None if everywhere else _covering(there, zoom)
    return DirtyTiles({z: t for z, t in found.items() if t is None or len(t)})


def _covering(boxes: NDArray[np.int64], zoom: int) -> NDArray[np.int64] | None:
    """Tiles of one zoom that meet boxes; None if there are too many to list."""
    spans = _spans(boxes, zoom)
    counts = (spans[:, 2] - spans[:, 0] + 1) * (spans[:, 3] - spans[:, 1] + 1)
    if int(counts.sum()) > _ALL_FROM:
        spans = np.unique(spans, axis=0)
        counts = (spans[:, 2] - spans[:, 0] + 1) * (spans[:, 3] - spans[:, 1] + 1)
        if int(counts.sum()) > _ALL_FROM:
            return None
    tiles = [
        (x, y)
        for x0, y0, x1, y1 in spans.tolist()
        for x in range(x0, x1 + 1)
        for y in range(y0, y1 + 1)
    ]
    return np.unique(np.array(tiles, dtype=np.int64).reshape(-1, 2), axis=0)


def _spans(boxes: NDArray[np.int64], zoom: int) -> NDArray[np.int64]:
    """(n, 4) first and last column and row of the tiles that meet each box."""
    shift, most = 32 - zoom, 2**zoom - 1
    reach = int(_BUFFER * 2**shift)
    grown = boxes + np.array([-reach, -reach, reach, reach]) + _HALF
    return np.asarray(np.clip(grown >> shift, 0, most), dtype=np.int64)


def seen_tiles(dirty: DirtyTiles, view: World | None) -> list[tuple[int, int, int]]:
    """Stale tiles (z, x, y) that a map looking at a box may show.

    Parameters
    ----------
    dirty
        Stale tiles of one layer.
    view
        World bounds of what the map shows; None if it has not said.
    """
    found: list[tuple[int, int, int]] = []
    for zoom, tiles in dirty.by_zoom.items():
        if view is None:
            found += [(zoom, x, y) for x, y in ([] if tiles is None else tiles.tolist())]
            continue
        x0, y0, x1, y1 = _spans(np.array([view], dtype=np.int64), zoom)[0].tolist()
        if (x1 - x0 + 1) * (y1 - y0 + 1) > _SHOWN_MOST:
            continue
        if tiles is None:
            found += [(zoom, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
            continue
        x, y = tiles[:, 0], tiles[:, 1]
        inside = tiles[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)]
        found += [(zoom, column, row) for column, row in inside.tolist()]
    return found
