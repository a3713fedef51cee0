"""Point to grid: exact for every float64 position, and total.

A position on a border belongs to the face that contains (x + e, y + e**2); where that is outside
the city, to the touching face of lowest unit id. Positions are never rounded to the lattice.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.arcs import ArcTable
from grids.edge_cells import CellFrame, cell_frame, edges_by_cell, left_to_right
from grids.edge_distance import distances_to_edges, leaves_within
from grids.errors import CoordinateError, TopologyError
from grids.geodesic import metres_per_degree
from grids.hierarchy import Hierarchy
from grids.ray import cell_leaves, cell_records, leaves_of_points
from grids.units import LATTICE_PER_DEGREE

__all__ = ["AMBIGUOUS_M", "Located", "PointLocator"]

AMBIGUOUS_M = 10.0
"""Positions nearer than this to an edge are ambiguous, whatever accuracy is claimed."""

_CHUNK = 1 << 16
_CELLS_PER_EDGE = 24
_MAX_CELLS = 1 << 23


@dataclass(frozen=True, slots=True)
class Located:
    """Where positions lie.

    Parameters
    ----------
    leaf
        (n,) int32 leaf index, -1 outside.
    distance_m
        (n,) float64 metres to the nearest edge of any leaf; infinite in a version without edges.
    ambiguous
        (n,) bool, True where that is less than the accuracy (10 m at least).
    alternate_starts, alternates
        (n + 1,) int64 offsets into `alternates`, int32 other leaves within that radius, nearest
        first.
    """

    leaf: NDArray[np.int32]
    distance_m: NDArray[np.float64]
    ambiguous: NDArray[np.bool_]
    alternate_starts: NDArray[np.int64]
    alternates: NDArray[np.int32]


class PointLocator:
    """Index over the arcs of one version.

    Parameters
    ----------
    arcs
        The coverage.
    hierarchy
        Its tree; the unit of every face must be a leaf of it.
    pool
        Threads to split arrays over; None works in the caller's thread.
    max_cells
        Bound on the cells of the index.

    Raises
    ------
    TopologyError
        If a face belongs to a unit that is not a leaf.
    """

    def __init__(
        self,
        arcs: ArcTable,
        hierarchy: Hierarchy,
        *,
        pool: Executor | None = None,
        max_cells: int | None = None,
    ) -> None:
        started = time.perf_counter()
        self._pool = pool
        self._origin = np.ascontiguousarray(arcs.origin, dtype=np.int64)
        self._leaf_unit = hierarchy.leaf_unit
        edges = arcs.edges()
        leaf_of_face = np.append(_face_leaves(arcs, hierarchy), np.int32(-1))
        ends, turned = left_to_right(edges.a, edges.b)
        left, right = leaf_of_face[edges.left], leaf_of_face[edges.right]
        below, above = np.where(turned, left, right), np.where(turned, right, left)
        wanted = max_cells or min(_MAX_CELLS, max(1 << 14, _CELLS_PER_EDGE * len(edges)))
        place, self._cells = _ray_cells(ends, below, above, max_cells=wanted)
        self._place = np.concatenate((place, self._origin))
        self._near_place, starts, members = _near_cells(ends)
        self._near = (ends, starts, members)
        self._sides = np.column_stack((below, above))
        self.build_s = time.perf_counter() - started
        """Seconds the index took to build."""

    @property
    def nbytes(self) -> int:
        """Bytes held by the index."""
        return sum(array.nbytes for array in (*self._cells, *self._near, self._sides))

    def leaf(
        self, lonlat: NDArray[np.float64], *, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """Leaf index of every position.

        Parameters
        ----------
        lonlat
            (n, 2) float64, lon and lat in degrees, EPSG:4490. Memory beyond the answer does not
            grow with n, so a memory-mapped array streams through.
        out
            (n,) int32 to fill; made when absent.

        Returns
        -------
        NDArray
            (n,) int32; -1 outside, and where a coordinate is not finite.

        Raises
        ------
        CoordinateError
            If the shape is not (n, 2).
        """
        lonlat = _pairs(lonlat)
        found = np.empty(len(lonlat), dtype=np.int32) if out is None else out
        if found.shape != (len(lonlat),) or found.dtype != np.int32:
            raise CoordinateError(f"out must be ({len(lonlat)},) int32, got {found.shape}")

        def work(low: int, high: int) -> None:
            part = np.ascontiguousarray(lonlat[low:high], dtype=np.float64)
            leaves_of_points(part, self._place, self._cells, self._leaf_unit, found[low:high])

        self._split(len(lonlat), work)
        return found

    def distance_m(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres from every position to the nearest edge, (n,) float64; see `edge_distance`."""
        lonlat = _pairs(lonlat)
        found = np.full(len(lonlat), np.inf)
        if not len(self._near[0]):
            return found

        def work(low: int, high: int) -> None:
            points, scales = self._plane(lonlat[low:high])
            distances_to_edges(points, scales, self._near_place, self._near, found[low:high])

        self._split(len(lonlat), work)
        return found

    def locate(
        self,
        lonlat: NDArray[np.float64],
        *,
        accuracy_m: float | NDArray[np.float64] = AMBIGUOUS_M,
    ) -> Located:
        """Leaf, distance to the edge, doubt and alternates of every position.

        Parameters
        ----------
        lonlat
            (n, 2) float64 degrees, EPSG:4490.
        accuracy_m
            Claimed accuracy of the positions, metres, scalar or (n,); at least 10 is used.

        Raises
        ------
        CoordinateError
            If the shape is not (n, 2).
        """
        lonlat = _pairs(lonlat)
        leaf, distance = self.leaf(lonlat), self.distance_m(lonlat)
        radius = np.maximum(np.broadcast_to(accuracy_m, leaf.shape), AMBIGUOUS_M)
        ambiguous = distance < radius
        rows = np.flatnonzero(ambiguous)
        points, scales = self._plane(lonlat[rows])
        own = leaf[rows]
        starts, alternates = leaves_within(
            (points, scales), own, radius[rows], self._near_place, self._near, self._sides
        )
        counts = np.zeros(len(lonlat) + 1, dtype=np.int64)
        counts[rows + 1] = np.diff(starts)
        return Located(leaf, distance, ambiguous, np.cumsum(counts), alternates)

    def _plane(
        self, lonlat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Offsets in lattice units and the metres of one unit at each position."""
        points = np.asarray(lonlat, dtype=np.float64) * LATTICE_PER_DEGREE - self._origin
        scales = np.column_stack(metres_per_degree(lonlat[:, 1])) / LATTICE_PER_DEGREE
        return points, np.maximum(scales, 1e-9)

    def _split(self, count: int, work: Callable[[int, int], None]) -> None:
        """Work on ranges of rows, over the pool when there is more than one."""
        ranges = [(low, min(low + _CHUNK, count)) for low in range(0, count, _CHUNK)]
        if self._pool is None or len(ranges) < 2:
            for low, high in ranges:
                work(low, high)
            return
        for done in [self._pool.submit(work, low, high) for low, high in ranges]:
            done.result()


def _pairs(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    if lonlat.ndim != 2 or lonlat.shape[1] != 2:
        raise CoordinateError(f"lonlat must be (n, 2), got {lonlat.shape}")
    return lonlat


def _face_leaves(arcs: ArcTable, hierarchy: Hierarchy) -> NDArray[np.int32]:
    leaves = hierarchy.leaf_of_unit(arcs.face_unit)
    missing = np.flatnonzero(leaves < 0)
    if missing.size:
        unit = int(arcs.face_unit[missing[0]])
        raise TopologyError(f"a face belongs to unit {unit}, which is not a leaf of the hierarchy")
    return leaves


def _extent(ends: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    if not len(ends):
        return np.zeros(2, dtype=np.int32), np.zeros(2, dtype=np.int32)
    points = ends.reshape(-1, 2)
    return points.min(axis=0), points.max(axis=0)


def _place_of(frame: CellFrame) -> NDArray[np.int64]:
    return np.array([frame.x0, frame.y0, frame.shift, frame.nx, frame.ny], dtype=np.int64)


def _ray_cells(
    ends: NDArray[np.int32],
    below: NDArray[np.int32],
    above: NDArray[np.int32],
    *,
    max_cells: int,
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int32], NDArray[np.int32]]]:
    frame = cell_frame(*_extent(ends), max_cells=max_cells)
    starts, members = edges_by_cell(ends, frame)
    records = cell_records(ends, below, above, starts, members)
    place, cells = _place_of(frame), (np.empty(frame.nx * frame.ny, dtype=np.int32), records)
    cell_leaves(np.append(place, (0, 0)), starts, cells)
    return place, cells


def _near_cells(
    ends: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    frame = cell_frame(*_extent(ends), max_cells=max(64, len(ends) // 2))
    starts, members = edges_by_cell(ends, frame)
    return _place_of(frame), starts, members
