"""Clipping of segments and rings by a box, as kernels over float64 tile units.

A clipped segment gives the same point in both directions, so two units that share a border
still share it after clipping.

References
----------
Liang, Barsky (1984), "A new concept and method for line clipping", ACM TOG 3(1), 1-22.
Sutherland, Hodgman (1974), "Reentrant polygon clipping", CACM 17(1), 32-42.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Frame
from tiles.kernels import borrowing, kernel

__all__ = ["Crossing", "clipped_ring", "contains", "crossing", "outside"]


class Crossing(NamedTuple):
    """Part of a segment inside the box.

    `visible` is 0 if there is none. `entry` and `leave` are the sides (0 xmin, 1 xmax, 2 ymin,
    3 ymax) that cut the ends off, -1 where the end itself is inside.
    """

    visible: int
    entry: int
    leave: int
    x0: float
    y0: float
    x1: float
    y1: float


@borrowing
def outside(x: float, y: float, frame: Frame) -> int:
    """1 if a position is outside the clip box, else 0."""
    return int(x < frame.xmin or x > frame.xmax or y < frame.ymin or y > frame.ymax)


@borrowing
def _on_side(
    side: int, t: float, ends: tuple[float, float, float, float], frame: Frame
) -> tuple[float, float]:
    """Point of a segment at t, exactly on one side of the box."""
    ax, ay, bx, by = ends
    if side < 2:
        y = min(max(ay + t * (by - ay), frame.ymin), frame.ymax)
        return (frame.xmin if side == 0 else frame.xmax), y
    x = min(max(ax + t * (bx - ax), frame.xmin), frame.xmax)
    return x, (frame.ymin if side == 2 else frame.ymax)


@borrowing
def _distance_inside(x: float, y: float, side: int, frame: Frame) -> float:
    """Distance of a position to one side of the box, positive inside."""
    if side == 0:
        return x - frame.xmin
    if side == 1:
        return frame.xmax - x
    if side == 2:
        return y - frame.ymin
    return frame.ymax - y


@borrowing
def _misses(ax: float, ay: float, bx: float, by: float, frame: Frame) -> int:
    """1 if both ends of a segment lie beyond the same side of the box."""
    beyond_x = max(ax, bx) < frame.xmin or min(ax, bx) > frame.xmax
    return int(beyond_x or max(ay, by) < frame.ymin or min(ay, by) > frame.ymax)


@borrowing
def _towards(side: int, ends: tuple[float, float, float, float]) -> float:
    """How far a segment goes outward through one side: positive leaves, negative enters."""
    ax, ay, bx, by = ends
    along = bx - ax if side < 2 else by - ay
    return -along if side in (0, 2) else along


@borrowing
def _forward(ends: tuple[float, float, float, float], frame: Frame) -> Crossing:
    """Part of a segment inside the clip box."""
    ax, ay, bx, by = ends
    if _misses(ax, ay, bx, by, frame):
        return Crossing(0, -1, -1, ax, ay, bx, by)
    t0, t1, entry, leave = 0.0, 1.0, -1, -1
    for side in range(4):
        outward = _towards(side, ends)
        t = _distance_inside(ax, ay, side, frame) / outward
        if outward < 0.0 and t > t0:
            t0, entry = t, side
        if outward > 0.0 and t < t1:
            t1, leave = t, side
    visible = int(t0 < t1)
    if visible and entry >= 0:
        ax, ay = _on_side(entry, t0, ends, frame)
    if visible and leave >= 0:
        bx, by = _on_side(leave, t1, ends, frame)
    return Crossing(visible, entry, leave, ax, ay, bx, by)


@borrowing
def crossing(ax: float, ay: float, bx: float, by: float, frame: Frame) -> Crossing:
    """Part of the segment from a to b inside the clip box (Liang and Barsky)."""
    if ax > bx or (ax == bx and ay > by):
        back = _forward((bx, by, ax, ay), frame)
        return Crossing(back.visible, back.leave, back.entry, back.x1, back.y1, back.x0, back.y0)
    return _forward((ax, ay, bx, by), frame)


@borrowing
def contains(
    xs: NDArray[np.float64], ys: NDArray[np.float64], span: tuple[int, int], x: float, y: float
) -> int:
    """1 if the ring of the points `span` contains a position, by the even-odd rule."""
    first, last = span
    inside = 0
    before = last - 1
    for i in range(first, last):
        if (ys[i] > y) != (ys[before] > y):
            at = xs[i] + (y - ys[i]) * (xs[before] - xs[i]) / (ys[before] - ys[i])
            if x < at:
                inside = 1 - inside
        before = i
    return inside


@kernel
def clipped_ring(
    xs: NDArray[np.float64], ys: NDArray[np.float64], span: tuple[int, int], frame: Frame
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Ring cut by the box one side after the other (Sutherland and Hodgman).

    Parts of a concave ring stay joined by edges along the box. It is used only where chains
    cannot be linked, that is for rings that cross themselves.

    Returns
    -------
    tuple
        x, y, and the number of points.
    """
    first, last = span
    count = last - first
    size = 6 * count + 16
    fx, fy = np.empty(size), np.empty(size)
    tx, ty = np.empty(size), np.empty(size)
    fx[:count] = xs[first:last]
    fy[:count] = ys[first:last]
    for side in range(4):
        made = 0
        for i in range(count):
            j = i - 1 if i else count - 1
            here = _distance_inside(fx[i], fy[i], side, frame)
            before = _distance_inside(fx[j], fy[j], side, frame)
            if (here >= 0.0) != (before >= 0.0):
                ends = (fx[j], fy[j], fx[i], fy[i])
                tx[made], ty[made] = _on_side(side, before / (before - here), ends, frame)
                made += 1
            if here >= 0.0:
                tx[made], ty[made] = fx[i], fy[i]
                made += 1
        count = made
        fx, fy, tx, ty = tx, ty, fx, fy
    return fx, fy, count
