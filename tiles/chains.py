"""Polygons cut by a box into valid parts: chains inside the box, linked along its sides.

A ring that crosses the box leaves chains inside it, each from an entry to an exit. With the
interior on one side of every chain (exterior rings one way round, holes the other), walking the
box from each exit to the next entry gives the rings of the result, exteriors and crossing holes
alike. Where entries and exits do not alternate the rings cross themselves, and each ring is cut
alone (`tiles.clip.clipped_ring`).

References
----------
Weiler, Atherton (1977), "Hidden surface removal using polygon area sorting", SIGGRAPH 77.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiles.clip import clipped_ring, contains, crossing, outside
from tiles.commands import Path, empty_path
from tiles.frame import Frame
from tiles.kernels import borrowing, kernel

__all__ = ["Workspace", "cut_polygon", "workspace"]


class Workspace(NamedTuple):
    """Arrays one kernel call works in, sized for its largest feature.

    Rings of the feature: `xs`, `ys` with offsets `ring_at`, twice the signed areas `area2`, and
    `inside` (1 where a ring lies wholly in the box). Chains: `cx`, `cy`, `chain_at`, and
    `places` (entry and exit along the box). Pieces of the result: `px`, `py`, `piece_at`, and
    `owner` (the piece that is the exterior of this one; itself for an exterior). `path` holds
    the ring that is being written.
    """

    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    ring_at: NDArray[np.int64]
    area2: NDArray[np.float64]
    inside: NDArray[np.int8]
    cx: NDArray[np.float64]
    cy: NDArray[np.float64]
    chain_at: NDArray[np.int64]
    places: NDArray[np.float64]
    px: NDArray[np.float64]
    py: NDArray[np.float64]
    piece_at: NDArray[np.int64]
    owner: NDArray[np.int64]
    path: Path


@kernel
def workspace(points: int, rings: int) -> Workspace:
    """Arrays for features of at most so many points and rings."""
    return Workspace(
        np.empty(points),
        np.empty(points),
        np.empty(rings + 1, dtype=np.int64),
        np.empty(rings),
        np.empty(rings, dtype=np.int8),
        np.empty(2 * points),
        np.empty(2 * points),
        np.zeros(points + 1, dtype=np.int64),
        np.empty(2 * points),
        np.empty(8 * points + 16),
        np.empty(8 * points + 16),
        np.zeros(points + rings + 2, dtype=np.int64),
        np.empty(points + rings + 1, dtype=np.int64),
        empty_path(8 * points + 16),
    )


@borrowing
def _place(x: float, y: float, frame: Frame) -> float:
    """Position along the box in [0, 4): from (xmin, ymin) by way of (xmax, ymin)."""
    if y <= frame.ymin:
        return (x - frame.xmin) / (frame.xmax - frame.xmin)
    if x >= frame.xmax:
        return 1.0 + (y - frame.ymin) / (frame.ymax - frame.ymin)
    if y >= frame.ymax:
        return 2.0 + (frame.xmax - x) / (frame.xmax - frame.xmin)
    return 3.0 + (frame.ymax - y) / (frame.ymax - frame.ymin)


@borrowing
def _closed(work: Workspace, chains: int, end: int, frame: Frame) -> int:
    """Number of chains once the open one ends at its last point."""
    work.places[2 * chains + 1] = _place(work.cx[end - 1], work.cy[end - 1], frame)
    work.chain_at[chains + 1] = end
    return chains + 1


@kernel
def _ring_chains(work: Workspace, ring: int, chains: int, frame: Frame) -> int:
    """Number of chains after adding those of one ring; marks a ring wholly inside the box."""
    first, last = work.ring_at[ring], work.ring_at[ring + 1]
    start = first
    while start < last and not outside(work.xs[start], work.ys[start], frame):
        start += 1
    work.inside[ring] = start == last
    if start == last:
        return chains
    end = work.chain_at[chains]
    i, is_open = start, 0
    for _ in range(last - first):
        j = i + 1 if i + 1 < last else first
        seen = crossing(work.xs[i], work.ys[i], work.xs[j], work.ys[j], frame)
        i = j
        if seen.visible:
            if not is_open:
                work.places[2 * chains] = _place(seen.x0, seen.y0, frame)
                work.cx[end], work.cy[end] = seen.x0, seen.y0
                end += 1
            work.cx[end], work.cy[end] = seen.x1, seen.y1
            end += 1
        if (is_open or seen.visible) and (seen.leave >= 0 or not seen.visible):
            chains = _closed(work, chains, end, frame)
            is_open = 0
        else:
            is_open = seen.visible
    return chains if not is_open else _closed(work, chains, end, frame)


@borrowing
def _corners(work: Workspace, at: int, leave: float, entry: float, frame: Frame) -> int:
    """Position in the pieces after the corners of the box between an exit and an entry."""
    if entry < leave:
        entry += 4.0
    corner = int(leave) + 1
    while corner < entry:
        side = corner % 4
        work.px[at] = frame.xmax if side in (1, 2) else frame.xmin
        work.py[at] = frame.ymax if side >= 2 else frame.ymin
        at += 1
        corner += 1
    return at


@kernel
def _linked(work: Workspace, chains: int, frame: Frame) -> int:
    """Number of exterior pieces made by linking the chains; -1 if they do not alternate."""
    events = 2 * chains
    order = np.argsort(work.places[:events])
    follow = np.empty(chains, dtype=np.int64)
    for e in range(events):
        event, following = order[e], order[(e + 1) % events]
        if (event ^ following) & 1 == 0:
            return -1
        if event & 1:
            follow[event >> 1] = following >> 1
    used = np.zeros(chains, dtype=np.int8)
    pieces = at = 0
    for c in range(chains):
        k = c
        while not used[k]:
            used[k] = 1
            for p in range(work.chain_at[k], work.chain_at[k + 1]):
                work.px[at], work.py[at] = work.cx[p], work.cy[p]
                at += 1
            at = _corners(work, at, work.places[2 * k + 1], work.places[2 * follow[k]], frame)
            k = follow[k]
        if at > work.piece_at[pieces]:
            work.owner[pieces] = pieces
            pieces += 1
            work.piece_at[pieces] = at
    return pieces


@borrowing
def _add_piece(
    work: Workspace,
    pieces: int,
    owner: int,
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
    span: tuple[int, int],
) -> int:
    """Number of pieces after adding one from a span of points."""
    at = work.piece_at[pieces]
    for p in range(span[0], span[1]):
        work.px[at], work.py[at] = points[0][p], points[1][p]
        at += 1
    work.owner[pieces] = owner
    work.piece_at[pieces + 1] = at
    return pieces + 1


@kernel
def _rings_alone(work: Workspace, rings: tuple[int, int], frame: Frame) -> int:
    """Number of pieces when every ring is cut alone."""
    pieces = 0
    for ring in range(rings[0], rings[1]):
        span = (work.ring_at[ring], work.ring_at[ring + 1])
        xs, ys, count = clipped_ring(work.xs, work.ys, span, frame)
        pieces = _add_piece(work, pieces, 0, (xs, ys), (0, count))
    return pieces


@borrowing
def _box_or_nothing(work: Workspace, rings: tuple[int, int], frame: Frame) -> int:
    """1 if the box lies wholly in the polygon and became its only exterior, else 0."""
    for ring in range(rings[0], rings[1]):
        span = (work.ring_at[ring], work.ring_at[ring + 1])
        inside = contains(work.xs, work.ys, span, frame.xmin, frame.ymin)
        if inside != (ring == rings[0]):
            return 0
    work.owner[0] = 0
    work.piece_at[1] = _corners(work, 0, 3.5, 3.25, frame)
    return 1


@borrowing
def _owner_of(work: Workspace, ring: int, exteriors: int) -> int:
    """Exterior piece that holds a ring, by the first of its vertices that is inside one."""
    if exteriors == 1:
        return 0
    for p in range(work.ring_at[ring], work.ring_at[ring + 1]):
        for piece in range(exteriors):
            span = (work.piece_at[piece], work.piece_at[piece + 1])
            if contains(work.px, work.py, span, work.xs[p], work.ys[p]):
                return piece
    return exteriors - 1


@kernel
def cut_polygon(work: Workspace, rings: tuple[int, int], frame: Frame) -> int:
    """Pieces of one polygon (its first ring the exterior, the others its holes) in the box.

    Exterior pieces come first, then holes.

    Returns
    -------
    int
        Number of pieces, in `work.px`, `work.py`, `work.piece_at` and `work.owner`.
    """
    first, last = rings
    chains = 0
    for ring in range(first, last):
        if abs(work.area2[ring]) >= 2.0 * frame.min_area:
            chains = _ring_chains(work, ring, chains, frame)
        else:
            work.inside[ring] = 0
    points = (work.xs, work.ys)
    if chains:
        exteriors = _linked(work, chains, frame) if work.area2[first] > 0.0 else -1
    elif work.inside[first]:
        span = (work.ring_at[first], work.ring_at[first + 1])
        exteriors = _add_piece(work, 0, 0, points, span)
    else:
        exteriors = _box_or_nothing(work, rings, frame)
    if exteriors < 0:
        return _rings_alone(work, rings, frame)
    pieces = exteriors
    for ring in range(first + 1, last):
        if exteriors and work.inside[ring]:
            span = (work.ring_at[ring], work.ring_at[ring + 1])
            pieces = _add_piece(work, pieces, _owner_of(work, ring, exteriors), points, span)
    return pieces
