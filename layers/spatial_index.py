"""Packed static index over int32 boxes: a tree of boxes above rows in Hilbert order.

Rows of a `LayerTable` already lie along a Hilbert curve, so the tree needs no pointers and no
permutation: node k of a level is the box of nodes 16 k to 16 k + 15 below it.

References
----------
Kamel, Faloutsos (1993), "On packing R-trees", CIKM, section 3.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["BoxIndex", "hilbert_keys", "hilbert_order"]

_FAN = 16
_LOW, _HIGH = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class BoxIndex:
    """Static index over boxes; build it with `BoxIndex.build`.

    Parameters
    ----------
    bounds
        (n, 4) int32 xmin, ymin, xmax, ymax; a box with xmin > xmax is empty and never found.
    nodes
        (m, 4) int32 boxes of all levels, the lowest level first.
    level_starts
        (levels + 1,) int64 offsets into `nodes`.
    """

    bounds: NDArray[np.int32]
    nodes: NDArray[np.int32]
    level_starts: NDArray[np.int64]

    @classmethod
    def build(cls, bounds: NDArray[np.int32]) -> "BoxIndex":
        """Index over boxes in their order; near boxes should be near in it.

        Parameters
        ----------
        bounds
            (n, 4) int32 xmin, ymin, xmax, ymax.

        Examples
        --------
        >>> boxes = np.array([[0, 0, 1, 1], [5, 5, 9, 9]], dtype=np.int32)
        >>> BoxIndex.build(boxes).window((4, 4, 6, 6)).tolist()
        [1]
        """
        sizes = [-(-bounds.shape[0] // _FAN)]
        while sizes[-1] > 1:
            sizes.append(-(-sizes[-1] // _FAN))
        starts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes, out=starts[1:])
        nodes = np.empty((int(starts[-1]), 4), dtype=np.int32)
        below = bounds
        for level in range(len(sizes)):
            here = nodes[starts[level] : starts[level + 1]]
            _cover(below, here)
            below = here
        return cls(bounds, nodes, starts)

    def window(self, window: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """Rows whose box meets a window, borders included.

        Parameters
        ----------
        window
            xmin, ymin, xmax, ymax in the units of the boxes; may leave the int32 range.

        Returns
        -------
        NDArray
            (k,) int64 rows, ascending.
        """
        xmin, ymin, xmax, ymax = window
        if self.bounds.shape[0] == 0 or xmin > xmax or ymin > ymax:
            return np.empty(0, dtype=np.int64)
        return np.asarray(
            _window(
                self.bounds,
                self.nodes,
                self.level_starts,
                max(int(xmin), _LOW - 1),
                max(int(ymin), _LOW - 1),
                min(int(xmax), _HIGH + 1),
                min(int(ymax), _HIGH + 1),
            )
        )


def hilbert_order(bounds: NDArray[np.int32]) -> NDArray[np.int64]:
    """Order of boxes along a Hilbert curve of their centres; empty boxes come last.

    Parameters
    ----------
    bounds
        (n, 4) int32 xmin, ymin, xmax, ymax.

    Returns
    -------
    NDArray
        (n,) int64 permutation; boxes with one key keep their order.
    """
    return np.argsort(hilbert_keys(bounds), kind="stable")


@njit(nogil=True, cache=True)
def _cover(boxes, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    n = boxes.shape[0]
    for k in range(out.shape[0]):
        xmin = ymin = 2147483647
        xmax = ymax = -2147483648
        for i in range(_FAN * k, min(_FAN * (k + 1), n)):
            if boxes[i, 0] <= boxes[i, 2]:
                xmin, ymin = min(xmin, boxes[i, 0]), min(ymin, boxes[i, 1])
                xmax, ymax = max(xmax, boxes[i, 2]), max(ymax, boxes[i, 3])
        out[k, 0] = xmin
        out[k, 1] = ymin
        out[k, 2] = xmax
        out[k, 3] = ymax


@njit(nogil=True, cache=True)
def _meets(boxes, i, xmin, ymin, xmax, ymax):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return (
        boxes[i, 0] <= xmax
        and boxes[i, 2] >= xmin
        and boxes[i, 1] <= ymax
        and boxes[i, 3] >= ymin
        and boxes[i, 0] <= boxes[i, 2]
    )


@njit(nogil=True, cache=True)
def _window(bounds, nodes, level_starts, xmin, ymin, xmax, ymax):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Depth-first walk over nodes that meet the window, so rows come out ascending."""
    top = level_starts.size - 2
    found = np.empty(256, dtype=np.int64)
    count = 0
    stack_level = np.empty(_FAN * (top + 1) + 1, dtype=np.int64)
    stack_node = np.empty(_FAN * (top + 1) + 1, dtype=np.int64)
    stack_level[0] = top
    stack_node[0] = 0
    depth = 1
    while depth:
        depth -= 1
        level, node = stack_level[depth], stack_node[depth]
        if not _meets(nodes, level_starts[level] + node, xmin, ymin, xmax, ymax):
            continue
        first = _FAN * node
        if level == 0:
            if count + _FAN > found.size:
                grown = np.empty(found.size * 2, dtype=np.int64)
                grown[:count] = found[:count]
                found = grown
            for i in range(first, min(first + _FAN, bounds.shape[0])):
                if _meets(bounds, i, xmin, ymin, xmax, ymax):
                    found[count] = i
                    count += 1
            continue
        last = min(first + _FAN, level_starts[level] - level_starts[level - 1])
        for child in range(last - 1, first - 1, -1):
            stack_level[depth] = level - 1
            stack_node[depth] = child
            depth += 1
    return found[:count].copy()


@njit(nogil=True, cache=True)
def hilbert_keys(bounds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """(n,) uint64 positions of box centres along a Hilbert curve of order 32.

    References
    ----------
    Skilling (2004), "Programming the Hilbert curve", AIP Conf. Proc. 707, 381-387.
    """
    n = bounds.shape[0]
    keys = np.empty(n, dtype=np.uint64)
    for i in range(n):
        if bounds[i, 0] > bounds[i, 2]:
            keys[i] = np.uint64(0xFFFFFFFFFFFFFFFF)
            continue
        x = ((np.int64(bounds[i, 0]) + np.int64(bounds[i, 2])) >> 1) + 2147483648
        y = ((np.int64(bounds[i, 1]) + np.int64(bounds[i, 3])) >> 1) + 2147483648
        key = np.uint64(0)
        side = np.int64(1) << 31
        while side > 0:
            rx = np.int64(1) if x & side else np.int64(0)
            ry = np.int64(1) if y & side else np.int64(0)
            key = (key << np.uint64(2)) | np.uint64((3 * rx) ^ ry)
            if ry == 0:
                if rx == 1:
                    x = 4294967295 - x
                    y = 4294967295 - y
                x, y = y, x
            side >>= 1
        keys[i] = key
    return keys
