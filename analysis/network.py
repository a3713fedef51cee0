"""Road network as directed edges in compressed rows, from lines with attributes.

Every stretch of road between two junctions is a *segment*; it gives two directed *edges* that are
each other's *twin*, whatever its one-way rule: a mode that may not use one has weight inf there.
Edges are numbered by head node, so the edges that enter a node lie next to each other and the
reverse search reads their weights in order. Nodes are numbered along a Morton curve.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.metric import cumulative_metres
from analysis.roads import RoadLines, check_lines

__all__ = ["RoadNetwork", "build_network"]

_LATTICE = 1e7  # vertices are compared on the lattice of 1e-7 degree


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """Immutable road graph of n nodes, m directed edges and m / 2 segments.

    Attributes
    ----------
    lines
        The lines it was built from.
    node_lonlat
        (n, 2) float64, lon and lat in degrees, EPSG:4490.
    tail, head
        (m,) int32, nodes an edge leaves and enters; `head` ascends.
    head_start
        (n + 1,) int64: edges that enter node v are `head_start[v]:head_start[v + 1]`.
    tail_start, tail_edge
        (n + 1,) int64 and (m,) int32: edges that leave node u are
        `tail_edge[tail_start[u]:tail_start[u + 1]]`.
    twin
        (m,) int32, edge of the same segment in the other direction.
    segment, along
        (m,) int32 and bool: segment of an edge, and whether it runs in drawing direction.
    length_m
        (m,) float64, ground length in metres.
    segment_edge, segment_line
        (m / 2,) int32: edge along the drawing, and row of the line it comes from.
    shape, shape_start, shape_m
        (q, 2) float64 lonlat vertices of the segments, (m / 2 + 1,) int64 first vertex of each,
        and (q,) float64 metres from the start of the segment.
    skipped_lines
        Lines without two different vertices, left out.
    """

    lines: RoadLines
    node_lonlat: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    head_start: NDArray[np.int64]
    tail_start: NDArray[np.int64]
    tail_edge: NDArray[np.int32]
    twin: NDArray[np.int32]
    segment: NDArray[np.int32]
    along: NDArray[np.bool_]
    length_m: NDArray[np.float64]
    segment_edge: NDArray[np.int32]
    segment_line: NDArray[np.int32]
    shape: NDArray[np.float64]
    shape_start: NDArray[np.int64]
    shape_m: NDArray[np.float64]
    skipped_lines: int

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lonlat)

    @property
    def edge_count(self) -> int:
        """Number of directed edges, those against a one-way rule included."""
        return len(self.tail)


def build_network(lines: RoadLines) -> RoadNetwork:
    """Road network of lines, split wherever they meet.

    Parameters
    ----------
    lines
        Road lines; nothing connects where lines cross without a shared vertex.

    Returns
    -------
    RoadNetwork
        Never empty of meaning: with no usable line it has no node and no edge.

    Raises
    ------
    NetworkInputError
        If arrays disagree in length, a coordinate is not finite, or an attribute is out of range.
    """
    check_lines(lines)
    keys = _vertex_keys(lines)
    keep, starts = _without_repeats(keys, lines.starts)
    lonlat, keys = lines.lonlat[keep], keys[keep]
    line_of = np.repeat(np.arange(lines.count), np.diff(starts))
    single = np.diff(starts)[line_of] < 2
    if single.any():
        lonlat, keys, line_of = lonlat[~single], keys[~single], line_of[~single]
    skipped = lines.count - len(np.unique(line_of))
    node_at = _junction_vertices(keys, line_of)
    first, last = _segments(node_at, line_of)
    _, where, number = np.unique(keys[node_at], return_index=True, return_inverse=True)
    node_lonlat = lonlat[node_at][where]
    order = np.argsort(_morton(node_lonlat), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    node_of = np.full(len(keys), -1, dtype=np.int64)
    node_of[node_at] = rank[number]
    count = last - first + 1
    shape_start = np.concatenate(([0], np.cumsum(count)))
    vertex = np.repeat(first - shape_start[:-1], count) + np.arange(shape_start[-1])
    return _numbered(
        lines,
        node_lonlat[order],
        np.stack((node_of[first], node_of[last])),
        (lonlat[vertex], shape_start),
        line_of[first].astype(np.int32),
        skipped=skipped,
    )


def _numbered(
    lines: RoadLines,
    node_lonlat: NDArray[np.float64],
    ends: NDArray[np.int64],
    shapes: tuple[NDArray[np.float64], NDArray[np.int64]],
    segment_line: NDArray[np.int32],
    *,
    skipped: int,
) -> RoadNetwork:
    """Network with both edges of every segment, numbered by head node, then tail node."""
    segments = ends.shape[1]
    shape, shape_start = shapes
    shape_m = cumulative_metres(shape, shape_start)
    tail = np.concatenate((ends[0], ends[1]))
    head = np.concatenate((ends[1], ends[0]))
    order = np.lexsort((np.arange(2 * segments), tail, head))
    place = np.empty(2 * segments, dtype=np.int32)
    place[order] = np.arange(2 * segments, dtype=np.int32)
    tail, head = tail[order], head[order]
    nodes = np.arange(len(node_lonlat) + 1)
    tail_edge = np.argsort(tail, kind="stable")
    segment = (order % max(segments, 1)).astype(np.int32)
    return RoadNetwork(
        lines=lines,
        node_lonlat=node_lonlat,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        head_start=np.searchsorted(head, nodes).astype(np.int64),
        tail_start=np.searchsorted(tail[tail_edge], nodes).astype(np.int64),
        tail_edge=tail_edge.astype(np.int32),
        twin=np.concatenate((place[segments:], place[:segments]))[order],
        segment=segment,
        along=order < segments,
        length_m=shape_m[shape_start[1:] - 1][segment] if segments else np.zeros(0),
        segment_edge=place[:segments],
        segment_line=segment_line,
        shape=shape,
        shape_start=shape_start,
        shape_m=shape_m,
        skipped_lines=skipped,
    )


def _vertex_keys(lines: RoadLines) -> NDArray[np.int64]:
    """Key of every vertex; vertices with one key are one place on the ground."""
    if lines.node_keys is not None:
        return lines.node_keys
    lattice: NDArray[np.int64] = np.rint(lines.lonlat * _LATTICE).astype(np.int64)
    flat = ((lattice[:, 0] + 1_800_000_000) << 31) + lattice[:, 1] + 900_000_000
    _, place = np.unique(flat, return_inverse=True)
    level = np.repeat(lines.level.astype(np.int64), np.diff(lines.starts))
    _, group = np.unique(place * 256 + level + 128, return_inverse=True)
    filled = np.diff(lines.starts) > 0
    ends = np.concatenate((lines.starts[:-1][filled], lines.starts[1:][filled] - 1))
    has_end = np.zeros(group.max(initial=-1) + 1, dtype=bool)
    has_end[group[ends]] = True
    key: NDArray[np.int64] = np.where(has_end[group], place, place.max(initial=0) + 1 + group)
    return key


def _without_repeats(
    keys: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Mask of vertices that differ from the one before in their line, and the new starts."""
    keep = np.ones(len(keys), dtype=bool)
    keep[1:] = keys[1:] != keys[:-1]
    keep[starts[:-1][starts[:-1] < len(keys)]] = True
    return keep, np.concatenate(([0], np.cumsum(keep)))[starts]


def _junction_vertices(keys: NDArray[np.int64], line_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of vertices that are line ends or whose key occurs more than once."""
    if len(keys) == 0:
        return np.zeros(0, dtype=np.int64)
    _, number, count = np.unique(keys, return_inverse=True, return_counts=True)
    is_node = count[number] > 1
    change = np.flatnonzero(np.diff(line_of)) + 1
    is_node[np.concatenate(([0], change, change - 1, [len(keys) - 1]))] = True
    return np.flatnonzero(is_node)


def _segments(
    node_at: NDArray[np.int64], line_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last vertex of every stretch between neighbouring junctions of one line."""
    first, last = node_at[:-1], node_at[1:]
    same = line_of[first] == line_of[last]
    return first[same], last[same]


def _morton(lonlat: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Morton code of each point within the extent of all, 16 bits per axis."""
    if len(lonlat) == 0:
        return np.zeros(0, dtype=np.uint64)
    low = lonlat.min(axis=0)
    span = max(float((lonlat.max(axis=0) - low).max()), 1e-12)
    code = np.zeros(len(lonlat), dtype=np.uint64)
    for axis in range(2):
        v = ((lonlat[:, axis] - low[axis]) / span * 65535).astype(np.uint64)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            v = (v | (v << np.uint64(shift))) & np.uint64(mask)
        code |= v << np.uint64(axis)
    return code
