"""Arcs chained from the edges between different faces."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from grids.arcs import ArcTable
from grids.arrangement import Arrangement
from grids.half_edges import join, roots
from grids.snap_rounding import NodedEdges

__all__ = ["chained_arcs"]


def chained_arcs(
    noded: NodedEdges,
    faces: Arrangement,
    unit: NDArray[np.int64],
    unit_ids: NDArray[np.int64],
    origin: NDArray[np.int64],
) -> ArcTable:
    """Arc table of faces with their units; edges inside one unit are dropped.

    Parameters
    ----------
    noded, faces
        The arrangement.
    unit
        (f,) int64 unit number of every face, -1 for none.
    unit_ids
        (u,) int64 id of every unit number.
    origin
        (2,) int64 lattice units.
    """
    inner = unit[faces.left] == unit[faces.right]
    parent = np.arange(faces.face_count)
    join(parent, faces.left[inner], faces.right[inner])
    root = roots(parent)
    kept = np.unique(root[unit >= 0])
    order = np.lexsort((kept, unit[kept]))
    number = np.full(faces.face_count, -1, dtype=np.int64)
    number[kept[order]] = np.arange(kept.size)
    label = np.where(unit >= 0, number[root], -1)
    edges = noded.edges[~inner]
    left, right = label[faces.left[~inner]], label[faces.right[~inner]]
    vertices, arc_starts, arc_edge, forward = _chains(len(noded.points), edges)
    a, b = left[arc_edge], right[arc_edge]
    ends = np.column_stack((vertices[arc_starts[:-1]], vertices[arc_starts[1:] - 1]))
    _, found = np.unique(ends, return_inverse=True)
    nodes: NDArray[np.int32] = found.reshape(-1, 2).astype(np.int32)
    count = arc_edge.size
    return ArcTable(
        origin=np.asarray(origin, dtype=np.int64),
        coords=noded.points[vertices].astype(np.int32),
        arc_starts=arc_starts,
        left=np.where(forward, a, b).astype(np.int32),
        right=np.where(forward, b, a).astype(np.int32),
        n0=nodes[:, 0],
        n1=nodes[:, 1],
        kind=np.zeros(count, dtype=np.int8),
        road_id=np.full(count, -1, dtype=np.int64),
        locked=np.zeros(count, dtype=np.bool_),
        face_unit=unit_ids[unit[kept[order]]],
    )


@njit(nogil=True, cache=True)
def _around(count: int, edges: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edges at every vertex: starts and edge numbers."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for e in range(edges.shape[0]):
        starts[edges[e, 0] + 1] += 1
        starts[edges[e, 1] + 1] += 1
    for v in range(count):
        starts[v + 1] += starts[v]
    filled = starts[:-1].copy()
    members = np.empty(2 * edges.shape[0], dtype=np.int64)
    for e in range(edges.shape[0]):
        for end in range(2):
            v = edges[e, end]
            members[filled[v]] = e
            filled[v] += 1
    return starts, members


@njit(nogil=True, cache=True)
def _chains(
    count: int, edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Vertices of all arcs, arc starts, the first edge of each and whether it runs low to high.

    Arcs run between vertices with other than two edges; closed lines without one start at their
    lowest vertex.
    """
    starts, members = _around(count, edges)
    size = edges.shape[0]
    used = np.zeros(size, dtype=np.bool_)
    vertices = np.empty(2 * size, dtype=np.int64)
    arc_starts = np.zeros(size + 1, dtype=np.int64)
    first_edge = np.empty(size, dtype=np.int64)
    forward = np.empty(size, dtype=np.bool_)
    arcs, at = 0, 0
    for loops in range(2):  # arcs between nodes first, closed lines after them
        for v in range(count):
            degree = starts[v + 1] - starts[v]
            if degree == 0 or (degree == 2 and loops == 0):
                continue
            for k in range(starts[v], starts[v + 1]):
                e = members[k]
                if used[e]:
                    continue
                first_edge[arcs] = e
                forward[arcs] = edges[e, 0] == v
                vertices[at] = v
                at += 1
                w = v
                while True:
                    used[e] = True
                    w = edges[e, 1] if edges[e, 0] == w else edges[e, 0]
                    vertices[at] = w
                    at += 1
                    if starts[w + 1] - starts[w] != 2 or w == v:
                        break
                    e = members[starts[w]] + members[starts[w] + 1] - e
                arcs += 1
                arc_starts[arcs] = at
    return vertices[:at], arc_starts[: arcs + 1], first_edge[:arcs], forward[:arcs]
