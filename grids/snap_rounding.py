"""Noding on the lattice: edges that meet only at shared ends.

Every crossing of edges is rounded to the lattice, and every edge that passes through the open
unit square around a vertex is bent through that vertex. This repeats until nothing changes, so the
result is fully noded in exact arithmetic. No point moves by more than a lattice unit per round.

References
----------
Hobby (1999), "Practical segment intersection with finite precision output", Computational
Geometry 13, 199-214; Halperin and Packer (2002), "Iterated snap rounding", 23, 209-225.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from grids.edge_cells import CellFrame, cell_frame, edges_by_cell, left_to_right
from grids.errors import TopologyError

__all__ = ["NodedEdges", "merged_contributions", "node_edges"]

_ROUNDS = 32


@dataclass(frozen=True, slots=True)
class NodedEdges:
    """Edges between vertices, and the rings that run along them.

    Parameters
    ----------
    points
        (n, 2) int64 vertices, offsets to the origin, sorted by x then y, distinct.
    edges
        (m, 2) int64 vertices of every edge, lower number first, distinct.
    row_edge, row_unit, row_net
        (k,) int64 edge and unit, and how often the unit's inside lies on the left of the edge
        less how often on its right; sorted by edge then unit, never zero.
    unmatched
        (j, 2) int64 places where a vertex lay inside an edge without a vertex (T-junctions).
    crossings
        (j, 2) int64 places where edges crossed.
    """

    points: NDArray[np.int64]
    edges: NDArray[np.int64]
    row_edge: NDArray[np.int64]
    row_unit: NDArray[np.int64]
    row_net: NDArray[np.int64]
    unmatched: NDArray[np.int64]
    crossings: NDArray[np.int64]


def merged_contributions(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    unit: NDArray[np.int64],
    net: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct undirected edges with one row per unit beside them.

    Parameters
    ----------
    start, end
        (k,) int64 vertices of directed edges.
    unit, net
        (k,) int64 unit and how often it lies on the left.

    Returns
    -------
    tuple
        (m, 2) edges, and edge, unit and net per row; rows that cancel and edges without rows
        are gone.
    """
    low, high = np.minimum(start, end), np.maximum(start, end)
    net = np.where(start < end, net, -net)
    order = np.lexsort((unit, high, low))
    low, high, unit, net = low[order], high[order], unit[order], net[order]
    new_edge = _changes(low, high)
    new_row = new_edge | _changes(unit)
    first = np.flatnonzero(new_row)
    totals = np.add.reduceat(net, first) if first.size else net
    first = first[totals != 0]
    low, high, unit = low[first], high[first], unit[first]
    new_edge = _changes(low, high)
    edges = np.column_stack((low[new_edge], high[new_edge]))
    return edges, np.cumsum(new_edge) - 1, unit, totals[totals != 0]


def node_edges(
    points: NDArray[np.int64],
    edges: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> NodedEdges:
    """Fully noded edges of an arbitrary set of edges with their units.

    Parameters
    ----------
    points
        (n, 2) int64 distinct vertices, sorted by x then y.
    edges
        (m, 2) int64 from `merged_contributions`.
    rows
        Edge, unit and net per row.

    Raises
    ------
    TopologyError
        If noding does not settle.
    """
    unmatched: list[NDArray[np.int64]] = [points[:0]]
    crossings: list[NDArray[np.int64]] = [points[:0]]
    for _ in range(_ROUNDS):
        ends, _turned = left_to_right(
            points[edges[:, 0]].astype(np.int32), points[edges[:, 1]].astype(np.int32)
        )
        frame = _frame(points, len(edges))
        place = np.array([frame.x0, frame.y0, frame.shift, frame.nx, frame.ny], dtype=np.int64)
        index = edges_by_cell(ends, frame)
        met = _crossings(ends, index)
        crossings.append(np.unique(met[:, :2], axis=0))
        old, (points, edges) = points, _with_points(points, edges, crossings[-1])
        passed = _passed_vertices(points, ends, edges, place, index)
        split = np.unique(np.concatenate((passed, _cut_edges(points, edges, met))), axis=0)
        if not len(split):
            return NodedEdges(
                points, edges, *rows, np.concatenate(unmatched), np.concatenate(crossings)
            )
        unmatched.append(_rows_in(np.unique(points[split[:, 1]], axis=0), old))
        edges, rows = _split_edges(points, edges, rows, split)
    raise TopologyError(f"noding did not settle in {_ROUNDS} rounds near {_some(crossings)}")


def _changes(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where any column differs from the row before; the first row does."""
    changed = np.zeros(columns[0].size, dtype=np.bool_)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _some(places: list[NDArray[np.int64]]) -> list[int]:
    found = np.concatenate(places)
    return [int(value) for value in found[-1]] if len(found) else []


def _frame(points: NDArray[np.int64], edge_count: int) -> CellFrame:
    """Cells with a margin of one unit around all vertices."""
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    return cell_frame(
        low.astype(np.int32), high.astype(np.int32), max_cells=max(1024, 2 * edge_count)
    )


def _keys(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number per vertex in the order of x, then y."""
    return (points[:, 0] << 32) + points[:, 1]


def _rows_in(found: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.int64]:
    return found[np.isin(_keys(found), _keys(of))]


def _with_points(
    points: NDArray[np.int64], edges: NDArray[np.int64], more: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Vertices with new ones sorted in, and edges renumbered."""
    if not len(more):
        return points, edges
    keys, every = _keys(points), np.concatenate((points, more))
    _, first = np.unique(_keys(every), return_index=True)
    merged = every[first]
    return merged, np.searchsorted(_keys(merged), keys)[edges]


def _cut_edges(
    points: NDArray[np.int64], edges: NDArray[np.int64], met: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(edge, vertex) of the edges that cross, at the rounded place unless it is an end."""
    vertex = np.searchsorted(_keys(points), _keys(met))
    cuts = np.column_stack((met[:, 2:].T.ravel(), np.tile(vertex, 2)))
    is_inner: NDArray[np.bool_] = (edges[cuts[:, 0]] != cuts[:, 1:]).all(axis=1)
    return np.asarray(cuts[is_inner])


def _split_edges(
    points: NDArray[np.int64],
    edges: NDArray[np.int64],
    rows: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    split: NDArray[np.int64],
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Edges bent through the vertices of `split`, rows of (edge, vertex)."""
    whole = np.arange(len(edges))
    edge = np.concatenate((whole, split[:, 0], whole))
    vertex = np.concatenate((edges[:, 0], split[:, 1], edges[:, 1]))
    a, b = points[edges[edge, 0]], points[edges[edge, 1]]
    along = ((points[vertex] - a) * (b - a)).sum(axis=1)
    rank = np.concatenate((np.zeros(len(edges)), np.ones(len(split)), np.full(len(edges), 2)))
    order = np.lexsort((vertex, along, rank, edge))
    edge, vertex = edge[order], vertex[order]
    inner = edge[1:] == edge[:-1]
    parent, start, end = edge[1:][inner], vertex[:-1][inner], vertex[1:][inner]
    piece_starts = np.searchsorted(parent, np.arange(len(edges) + 1))
    row_edge, row_unit, row_net = rows
    count = np.diff(piece_starts)[row_edge]
    row = np.repeat(np.arange(row_edge.size), count)
    first = np.repeat(np.cumsum(count) - count, count)
    piece = piece_starts[row_edge[row]] + np.arange(row.size) - first
    merged = merged_contributions(start[piece], end[piece], row_unit[row], row_net[row])
    return merged[0], merged[1:]


@njit(nogil=True, cache=True)
def _turn(edge: NDArray[np.int32], x: int, y: int) -> int:
    area = (edge[2] - edge[0]) * (y - edge[1]) - (edge[3] - edge[1]) * (x - edge[0])
    return int(area > 0) - int(area < 0)


@njit(nogil=True, cache=True)
def _do_cross(e: NDArray[np.int32], f: NDArray[np.int32]) -> bool:
    if max(e[0], f[0]) > min(e[2], f[2]):
        return False
    if max(e[1], e[3]) < min(f[1], f[3]) or max(f[1], f[3]) < min(e[1], e[3]):
        return False
    if _turn(e, f[0], f[1]) * _turn(e, f[2], f[3]) >= 0:
        return False
    return bool(_turn(f, e[0], e[1]) * _turn(f, e[2], e[3]) < 0)


@njit(nogil=True, cache=True)
def _crossings(
    ends: NDArray[np.int32], index: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> NDArray[np.int64]:
    """Rounded x and y where edges cross properly, and the two; once per cell they share."""
    starts, members = index
    found = np.empty((64, 4), dtype=np.int64)
    count = 0
    for cell in range(starts.size - 1):
        for i in range(starts[cell], starts[cell + 1]):
            e = ends[members[i]]
            for j in range(i + 1, starts[cell + 1]):
                f = ends[members[j]]
                if not _do_cross(e, f):
                    continue
                dx, dy = e[2] - e[0], e[3] - e[1]
                fx, fy = f[2] - f[0], f[3] - f[1]
                t = float((f[0] - e[0]) * fy - (f[1] - e[1]) * fx) / float(dx * fy - dy * fx)
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count, 0] = round(e[0] + t * dx)
                found[count, 1] = round(e[1] + t * dy)
                found[count, 2], found[count, 3] = members[i], members[j]
                count += 1
    return found[:count]


@njit(nogil=True, cache=True)
def _is_through(edge: NDArray[np.int32], x: int, y: int) -> bool:
    """Whether an edge meets the open unit square around a vertex."""
    if max(edge[1], edge[3]) < y or min(edge[1], edge[3]) > y or edge[2] < x or edge[0] > x:
        return False
    dx, dy = edge[2] - edge[0], edge[3] - edge[1]
    middle = 2 * (dx * (y - edge[1]) - dy * (x - edge[0]))
    return bool(abs(middle) < abs(dx) + abs(dy))


@njit(nogil=True, cache=True)
def _passed_vertices(
    points: NDArray[np.int64],
    ends: NDArray[np.int32],
    edges: NDArray[np.int64],
    place: NDArray[np.int64],
    index: tuple[NDArray[np.int32], NDArray[np.int32]],
) -> NDArray[np.int64]:
    """(edge, vertex) where an edge passes through the square of a vertex that is not its end."""
    starts, members = index
    x0, y0, shift, ny = place[0], place[1], place[2], place[4]
    found = np.empty((64, 2), dtype=np.int64)
    count = 0
    for vertex in range(points.shape[0]):
        x, y = points[vertex, 0], points[vertex, 1]
        for column in range((x - 1 - x0) >> shift, ((x + 1 - x0) >> shift) + 1):
            low = column * ny + ((y - 1 - y0) >> shift)
            high = column * ny + ((y + 1 - y0) >> shift)
            for k in range(starts[low], starts[high + 1]):
                edge = members[k]
                if edges[edge, 0] == vertex or edges[edge, 1] == vertex:
                    continue
                if _is_through(ends[edge], x, y):
                    if count == len(found):
                        found = np.concatenate((found, np.empty_like(found)))
                    found[count, 0] = edge
                    found[count, 1] = vertex
                    count += 1
    return found[:count]
