"""Change stamps on a quad grid: when anything inside a window last changed, in a microsecond."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["CellVersions"]

_DEEPEST = 16
_MOST_CELLS = 1 << 14
_HALF = 1 << 31


@dataclass(frozen=True, slots=True)
class CellVersions:
    """Stamps of cells of the web-mercator square, at zooms 0 to 16.

    A stamp only grows, so the largest stamp over a window changes whenever anything in it does.

    Parameters
    ----------
    floor
        Stamp that holds everywhere.
    cells
        Stamp by cell key (zoom, x, y packed).
    """

    floor: int = 0
    cells: Mapping[int, int] = field(default_factory=dict)

    def key(self, window: tuple[int, int, int, int]) -> int:
        """Largest stamp of the cells that a window meets.

        Parameters
        ----------
        window
            xmin, ymin, xmax, ymax in world units, borders included; may leave the int32 range.
            Cells are about as large as the window (at least a cell of zoom 16), so a
            neighbour's change may count too; a change inside always counts.
        """
        if not self.cells:  # nothing changed since the start
            return self.floor
        xmin, ymin, xmax, ymax = window
        zoom = min(max(33 - max(xmax - xmin, ymax - ymin, 1).bit_length(), 0), _DEEPEST)
        # a window of exactly one cell, or grown by a tile's buffer, keeps the zoom of the tile
        shift, last = 32 - zoom, (1 << zoom) - 1
        first_x, last_x = max((xmin + _HALF) >> shift, 0), min((xmax + _HALF) >> shift, last)
        first_y, last_y = max((ymin + _HALF) >> shift, 0), min((ymax + _HALF) >> shift, last)
        stamp, get = self.floor, self.cells.get
        for x in range(first_x, last_x + 1):
            column = (zoom << 58) | (x << 29)
            for y in range(first_y, last_y + 1):
                found = get(column | y, 0)
                stamp = max(stamp, found)
        return stamp

    def bumped(self, boxes: NDArray[np.int32], stamp: int) -> "CellVersions":
        """Stamps after a change inside boxes.

        Parameters
        ----------
        boxes
            (n, 4) int32 xmin, ymin, xmax, ymax in world units, borders included; a box with
            xmin > xmax is empty and changes nothing.
        stamp
            Not smaller than any stamp given before.
        """
        there = boxes[boxes[:, 0] <= boxes[:, 2]].astype(np.int64)
        if not there.size:
            return self
        cells = (there + _HALF) >> (32 - _DEEPEST)
        low, high = cells[:, :2], cells[:, 2:]
        spans = high - low + 1
        if int((spans[:, 0] * spans[:, 1]).sum()) > _MOST_CELLS + there.shape[0]:
            return self.bumped_all(stamp)
        keys = np.unique(_cell_keys(low, spans))
        stamps = dict(self.cells)
        for zoom in range(_DEEPEST, -1, -1):
            stamps.update(dict.fromkeys(((zoom << 58) | keys).tolist(), stamp))
            x, y = keys >> 29, keys & ((1 << 29) - 1)
            keys = np.unique(((x >> 1) << 29) | (y >> 1))
        return replace(self, cells=stamps)

    def bumped_all(self, stamp: int) -> "CellVersions":
        """Stamps after a change that may be anywhere."""
        return CellVersions(max(stamp, self.floor))


def _cell_keys(low: NDArray[np.int64], spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Packed x and y of every cell of every box."""
    counts = spans[:, 0] * spans[:, 1]
    box = np.repeat(np.arange(counts.size), counts)
    within = np.arange(box.size) - np.repeat(np.cumsum(counts) - counts, counts)
    x = low[box, 0] + within // spans[box, 1]
    y = low[box, 1] + within % spans[box, 1]
    keys: NDArray[np.int64] = (x << 29) | y
    return keys
