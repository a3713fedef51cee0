"""Nearest place on the road network for many points, by a uniform-cell index of road pieces."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.network import RoadNetwork
from analysis.pieces import Places, build_cells, nearest_pieces
from grids.errors import CoordinateError, ParameterError

__all__ = ["Snapped", "Snapper", "passable_segments"]

_CHUNK = 4096  # points per task of the pool


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """Places of points on the network.

    Attributes
    ----------
    edge
        (n,) int32, edge in drawing direction; -1 where no road lies within the distance asked.
    fraction
        (n,) float64, share of the edge's length before the place, 0 to 1. The way out to the
        head of `edge` is 1 - fraction of it; the way out to its tail is `fraction` of its twin.
    distance_m
        (n,) float64, metres from the point to the place; inf where there is none.
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]

    @property
    def on_road(self) -> NDArray[np.bool_]:
        """(n,) bool, whether a place was found."""
        return self.edge >= 0

    def __len__(self) -> int:
        """Number of points."""
        return len(self.edge)


class Snapper:
    """Index of the road pieces that may be snapped to.

    Parameters
    ----------
    network
        Road network.
    segments
        (m / 2,) bool, segments that may be snapped to; None means all. Pass those a mode may use
        (`passable_segments`), so that a car is not put on a footpath.
    """

    __slots__ = ("_cells", "_network", "_piece_segment")

    def __init__(self, network: RoadNetwork, *, segments: NDArray[np.bool_] | None = None) -> None:
        self._network = network
        count = len(network.segment_edge)
        if segments is not None and segments.shape != (count,):
            raise ParameterError(f"segments must be ({count},), got {segments.shape}")
        vertex_segment = np.repeat(np.arange(count, dtype=np.int32), np.diff(network.shape_start))
        last = network.shape_start[1:] - 1
        is_piece = np.ones(len(network.shape), dtype=bool)
        is_piece[last] = False
        if segments is not None:
            is_piece &= segments[vertex_segment]
        first = np.flatnonzero(is_piece).astype(np.int32)
        self._piece_segment = vertex_segment
        self._cells = build_cells(network.shape, first)

    def snap(
        self,
        lonlat: NDArray[np.float64],
        *,
        max_distance_m: float = 500.0,
        pool: Executor | None = None,
    ) -> Snapped:
        """Nearest place on the indexed roads for each point.

        Parameters
        ----------
        lonlat
            (n, 2) float64, lon and lat in degrees, EPSG:4490.
        max_distance_m
            Metres beyond which a point has no place.
        pool
            Executor that shares the points; None works in the calling thread.

        Returns
        -------
        Snapped
            Places; of equally near pieces the first in network order is taken.

        Raises
        ------
        CoordinateError
            If `lonlat` is not (n, 2), or a value is not finite or out of range.
        ParameterError
            If `max_distance_m` is negative or NaN.
        """
        lonlat = np.ascontiguousarray(lonlat, dtype=np.float64)
        if lonlat.ndim != 2 or lonlat.shape[1] != 2:
            raise CoordinateError(f"lonlat must be (n, 2), got {lonlat.shape}")
        if not (np.abs(lonlat) <= (180.0, 90.0)).all():
            raise CoordinateError("lonlat must be finite degrees, lon before lat")
        if not max_distance_m >= 0:
            raise ParameterError(f"max_distance_m must not be negative, got {max_distance_m}")
        count = len(lonlat)
        places = Places(np.full(count, -1, np.int64), np.zeros(count), np.full(count, np.inf))
        barred = np.zeros((count, 2), dtype=np.int64)

        def work(begin: int) -> None:
            part = slice(begin, begin + _CHUNK)
            own = Places(places.vertex[part], places.share[part], places.distance_m[part])
            nearest_pieces(self._cells, lonlat[part], max_distance_m, barred[part], own)

        _each_chunk(work, count, pool)
        return self._placed(places)

    def _placed(self, places: Places) -> Snapped:
        """Edges and fractions of places given as a piece and the share of it."""
        network = self._network
        found = places.vertex >= 0
        at = places.vertex[found]
        segment = self._piece_segment[at]
        before = network.shape_m[at]
        along_m = before + places.share[found] * (network.shape_m[at + 1] - before)
        total_m = network.shape_m[network.shape_start[segment + 1] - 1]
        edge = np.full(len(found), -1, dtype=np.int32)
        edge[found] = network.segment_edge[segment]
        fraction = np.zeros(len(found))
        # A segment shorter than the lattice step may measure 0 m.
        np.divide(along_m, total_m, out=along_m, where=total_m > 0)
        fraction[found] = np.clip(along_m, 0.0, 1.0)
        return Snapped(edge, fraction, places.distance_m)


def passable_segments(network: RoadNetwork, seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Segments that can be used in at least one direction at the given travel times.

    Parameters
    ----------
    network
        Road network of m directed edges.
    seconds
        (m,) float64, travel times; inf where an edge may not be used.

    Returns
    -------
    NDArray
        (m / 2,) bool.
    """
    along = network.segment_edge
    usable: NDArray[np.bool_] = np.isfinite(seconds[along]) | np.isfinite(
        seconds[network.twin[along]]
    )
    return usable


def _each_chunk(work: Callable[[int], None], count: int, pool: Executor | None) -> None:
    """Run work on the start of every chunk, on the pool if there is one."""
    begins = range(0, count, _CHUNK)
    if pool is None or len(begins) < 2:
        for begin in begins:
            work(begin)
    else:
        list(pool.map(work, begins))
