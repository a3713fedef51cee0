"""Travel times that change: closures and live speeds over an immutable network."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.network import RoadNetwork
from analysis.speeds import Mode, travel_seconds
from grids.errors import ParameterError

__all__ = ["EdgeWeights", "RoadWeights"]


@dataclass(frozen=True, slots=True, eq=False)
class EdgeWeights:
    """Travel times of one moment; never changed once made.

    Attributes
    ----------
    seconds
        (m,) float64, read-only; inf where an edge is closed or not allowed in the mode.
    mode
        Mode of travel.
    epoch
        Number of changes since the network was loaded.
    """

    seconds: NDArray[np.float64]
    mode: Mode
    epoch: int


class RoadWeights:
    """Mutable travel times of one mode: writers swap a whole copy, readers never wait.

    `current` is a frozen `EdgeWeights`; a query that took it keeps one consistent state. Closures
    are counted, so an edge closed twice opens when both closures are lifted.

    Parameters
    ----------
    network
        Road network of m directed edges.
    mode
        Mode of travel.
    """

    __slots__ = ("_base", "_closed", "_current", "_length_m", "_live_kmh", "_lock")

    def __init__(self, network: RoadNetwork, *, mode: Mode = "car") -> None:
        self._base = travel_seconds(network, mode=mode)
        self._length_m = network.length_m
        self._closed = np.zeros(network.edge_count, dtype=np.int16)
        self._live_kmh = np.full(network.edge_count, np.nan)
        self._lock = threading.Lock()
        self._current = EdgeWeights(_frozen(self._base.copy()), mode, 0)

    @property
    def current(self) -> EdgeWeights:
        """Travel times after the last change."""
        return self._current

    def close(self, edges: NDArray[np.integer]) -> EdgeWeights:
        """Close edges (one direction each; add `network.twin[edges]` for both)."""
        return self._change_closures(edges, 1)

    def reopen(self, edges: NDArray[np.integer]) -> EdgeWeights:
        """Lift one closure of each edge.

        Raises
        ------
        ParameterError
            If an edge is not closed.
        """
        return self._change_closures(edges, -1)

    def set_speed(self, edges: NDArray[np.integer], speed_kmh: float | None) -> EdgeWeights:
        """Set the live speed of edges; None goes back to their free speed.

        Raises
        ------
        ParameterError
            If an edge does not exist or the speed is not positive and finite.
        """
        if speed_kmh is not None and not (np.isfinite(speed_kmh) and speed_kmh > 0):
            raise ParameterError(f"speed_kmh must be positive and finite, got {speed_kmh}")
        rows = self._rows(edges)
        with self._lock:
            self._live_kmh[rows] = np.nan if speed_kmh is None else speed_kmh
            return self._swap(rows)

    def what_if(self, closed: NDArray[np.integer]) -> EdgeWeights:
        """Travel times as they would be with more edges closed; nothing is changed."""
        now = self._current
        seconds = now.seconds.copy()
        seconds[self._rows(closed)] = np.inf
        return EdgeWeights(_frozen(seconds), now.mode, now.epoch)

    def _change_closures(self, edges: NDArray[np.integer], step: int) -> EdgeWeights:
        rows = self._rows(edges)
        with self._lock:
            if step < 0 and (self._closed[rows] <= 0).any():
                raise ParameterError("edges to reopen must be closed")
            self._closed[rows] += np.int16(step)
            return self._swap(rows)

    def _rows(self, edges: NDArray[np.integer]) -> NDArray[np.int64]:
        rows = np.unique(np.asarray(edges, dtype=np.int64))
        if len(rows) and (rows[0] < 0 or rows[-1] >= len(self._base)):
            raise ParameterError(f"edges must lie in 0 to {len(self._base) - 1}")
        return rows

    def _swap(self, rows: NDArray[np.int64]) -> EdgeWeights:
        """New current weights with the given rows computed again; the lock is held."""
        base = self._base[rows]
        live = self._length_m[rows] * 3.6 / self._live_kmh[rows]
        value = np.where(np.isnan(live) | np.isinf(base), base, live)
        seconds = self._current.seconds.copy()
        seconds[rows] = np.where(self._closed[rows] > 0, np.inf, value)
        self._current = EdgeWeights(_frozen(seconds), self._current.mode, self._current.epoch + 1)
        return self._current


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """The array, marked read-only."""
    array.flags.writeable = False
    return array
