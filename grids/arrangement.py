"""Faces that noded edges cut the plane into, and the units whose rings wind around each."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from grids.edge_cells import cell_frame, edges_by_cell, left_to_right
from grids.half_edges import cycles, join, next_half_edges, roots, top_vertices
from grids.ray import cell_leaves, cell_records, leaves_of_offsets
from grids.snap_rounding import NodedEdges

__all__ = ["Arrangement", "arrange"]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Faces of a planar subdivision; face 0 is the unbounded one.

    Parameters
    ----------
    left, right
        (m,) int64 face on the left and right of every edge, lower vertex first.
    face_count
        Number of faces.
    cover
        (f,) int64 unit where exactly one covers the face, -1 where none does, -2 where several.
    several
        Units by face, ascending, where several cover it.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    face_count: int
    cover: NDArray[np.int64]
    several: dict[int, tuple[int, ...]]


def arrange(noded: NodedEdges) -> Arrangement:
    """Faces of noded edges; rings wind around a unit's inside whatever their order."""
    following = next_half_edges(noded.points, noded.edges)
    cycle, area = cycles(noded.points, noded.edges, following)
    face = _faces_of_cycles(noded, cycle, area)
    side = face[cycle]
    left, right = side[0::2], side[1::2]
    count = int(face.max(initial=0)) + 1
    starts = np.searchsorted(noded.row_edge, np.arange(len(noded.edges) + 1))
    windings = _windings(left, right, count, starts, noded.row_unit, noded.row_net)
    cover = _single_covers(windings, int(noded.row_unit.max(initial=-1)) + 1)
    cover[_faces_at_odds(noded, left, right, cover)] = -2
    cover[0] = -1
    several = _several(noded, left, right, cover, starts)
    return Arrangement(left, right, count, cover, several)


def _faces_of_cycles(
    noded: NodedEdges, cycle: NDArray[np.int64], area: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Face of every boundary cycle: cycles round one face are joined, 0 is unbounded."""
    outer = np.flatnonzero(area <= 0)
    parent = np.arange(area.size + 1)  # the last stands for the unbounded face
    if outer.size == 1:
        parent[outer[0]] = area.size
    elif outer.size:
        tops = top_vertices(noded.points, noded.edges, cycle, area.size)[outer]
        above = _cycles_above(noded, cycle, noded.points[tops])
        join(parent, outer, np.where(above < 0, area.size, above))
    root = roots(parent)
    _, face = np.unique(np.where(root == root[-1], -1, root), return_inverse=True)
    return face.astype(np.int64)[:-1]


def _cycles_above(
    noded: NodedEdges, cycle: NDArray[np.int64], points: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Some cycle of the face just above each point; -1 when unbounded."""
    ends, turned = left_to_right(
        noded.points[noded.edges[:, 0]].astype(np.int32),
        noded.points[noded.edges[:, 1]].astype(np.int32),
    )
    low, high = noded.points.min(axis=0), noded.points.max(axis=0)
    frame = cell_frame(
        low.astype(np.int32), high.astype(np.int32), max_cells=max(1024, 2 * len(ends))
    )
    cell_starts, members = edges_by_cell(ends, frame)
    left, right = cycle[0::2].astype(np.int32), cycle[1::2].astype(np.int32)
    records = cell_records(
        ends, np.where(turned, left, right), np.where(turned, right, left), cell_starts, members
    )
    cells = (np.empty(frame.nx * frame.ny, dtype=np.int32), records)
    place = np.array([frame.x0, frame.y0, frame.shift, frame.nx, frame.ny, 0, 0], dtype=np.int64)
    cell_leaves(place, cell_starts, cells)
    out = np.empty(len(points), dtype=np.int32)
    leaves_of_offsets(points, place, cells, out)
    return out


def _single_covers(windings: NDArray[np.int64], units: int) -> NDArray[np.int64]:
    """Unit of faces that only it covers once, by sums of windings, of numbers and of keys."""
    total, numbers, keys = windings.T
    cover = np.full(total.size, -2, dtype=np.int64)
    cover[(total == 0) & (numbers == 0) & (keys == 0)] = -1
    candidate = np.clip(numbers - 1, 0, max(0, units - 1))
    alone = (total == 1) & (numbers - 1 == candidate) & (keys == _unit_keys(candidate))
    return np.where(alone, candidate, cover)


def _faces_at_odds(
    noded: NodedEdges,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    cover: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Faces whose cover contradicts an edge: keys collided; proves the rest by induction."""
    edge = noded.row_edge
    on_left, on_right = cover[left], cover[right]
    agrees = ((noded.row_net == 1) & (noded.row_unit == on_left[edge])) | (
        (noded.row_net == -1) & (noded.row_unit == on_right[edge])
    )
    known = (on_left >= -1) & (on_right >= -1)
    wanted = (on_left >= 0).astype(np.int64) + (on_right >= 0)
    odd = known & (np.bincount(edge[agrees], minlength=left.size) != wanted)
    return np.unique(np.concatenate((left[odd], right[odd])))


def _several(
    noded: NodedEdges,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    cover: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> dict[int, tuple[int, ...]]:
    """Units over the faces marked -2, spread from known faces; single covers are set."""
    unknown = set(np.flatnonzero(cover == -2).tolist())
    windings: dict[int, dict[int, int]] = {}
    waiting = np.flatnonzero((cover[left] == -2) | (cover[right] == -2)).tolist()
    while waiting and unknown:
        later = []
        for edge in waiting:
            a, b = int(left[edge]), int(right[edge])
            if a in unknown and b in unknown:
                later.append(edge)
                continue
            if a not in unknown and b not in unknown:
                continue
            face, known, sign = (a, b, 1) if a in unknown else (b, a, -1)
            rows = slice(int(starts[edge]), int(starts[edge + 1]))
            base = {int(cover[known]): 1} if cover[known] >= 0 else {}
            windings[face] = _wound(windings.get(known, base), noded, rows, sign=sign)
            unknown.discard(face)
        waiting = later
    return _settled(windings, cover)


def _settled(
    windings: dict[int, dict[int, int]], cover: NDArray[np.int64]
) -> dict[int, tuple[int, ...]]:
    """Units of faces that several cover; faces with one or none are set in `cover`."""
    several = {}
    for face, wound in windings.items():
        units = tuple(sorted(unit for unit, times in wound.items() if times))
        cover[face] = -2 if len(units) > 1 else (units[0] if units else -1)
        if len(units) > 1:
            several[face] = units
    return several


def _wound(known: dict[int, int], noded: NodedEdges, rows: slice, *, sign: int) -> dict[int, int]:
    """Windings of a face next to a known one, across an edge with the given rows."""
    wound = dict(known)
    for unit, net in zip(noded.row_unit[rows].tolist(), noded.row_net[rows].tolist(), strict=True):
        wound[unit] = wound.get(unit, 0) + sign * net
    return wound


def _unit_keys(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """Well mixed 64-bit key of every unit (splitmix64)."""
    z = (units.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64).view(np.int64)


def _windings(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    count: int,
    starts: NDArray[np.int64],
    row_unit: NDArray[np.int64],
    row_net: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Sums over the windings of every face: of times, times number + 1, times key (wrapping)."""
    keys = _unit_keys(row_unit)
    weights = np.column_stack((row_net, row_net * (row_unit + 1), row_net * keys))
    padded = np.concatenate((np.zeros((1, 3), dtype=np.int64), np.cumsum(weights, axis=0)))
    steps = padded[starts[1:]] - padded[starts[:-1]]
    order = np.argsort(np.concatenate((left, right)), kind="stable")
    face_starts = np.searchsorted(np.concatenate((left, right))[order], np.arange(count + 1))
    return _spread(left, right, steps, order, face_starts)


@njit(nogil=True, cache=True)
def _spread(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    steps: NDArray[np.int64],
    order: NDArray[np.int64],
    face_starts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Sums of every face, walking from the unbounded face across edges."""
    count = face_starts.size - 1
    sums = np.zeros((count, 3), dtype=np.int64)
    seen = np.zeros(count, dtype=np.bool_)
    queue = np.empty(count, dtype=np.int64)
    queue[0] = 0
    seen[0] = True
    head, tail = 0, 1
    while head < tail:
        face = queue[head]
        head += 1
        for k in range(face_starts[face], face_starts[face + 1]):
            edge = order[k] % left.size
            other, sign = (right[edge], -1) if left[edge] == face else (left[edge], 1)
            if not seen[other]:
                seen[other] = True
                for c in range(3):
                    sums[other, c] = sums[face, c] + sign * steps[edge, c]
                queue[tail] = other
                tail += 1
    return sums
