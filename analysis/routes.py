"""Fastest route between two places on the network."""

from dataclasses import dataclass

import numpy as np

from analysis.astar import Plane, Trip, astar, lower_plane, trace_back
from analysis.closures import EdgeWeights
from analysis.network import RoadNetwork
from analysis.paths import RoadPath
from analysis.search import ScratchPool
from analysis.snap import Snapped
from grids.errors import ParameterError, RefusedError

__all__ = ["Route", "RoutePlanner"]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Fastest way between two places.

    Attributes
    ----------
    path
        The way.
    time_s, distance_m
        Seconds and metres.
    settled
        Nodes the search looked at.
    epoch
        Epoch of the travel times used.
    """

    path: RoadPath
    time_s: float
    distance_m: float
    settled: int
    epoch: int


class RoutePlanner:
    """Fastest routes on one network, by A* with the straight distance at the best pace.

    Parameters
    ----------
    network
        Road network.
    pool
        Scratch spaces of the network; None makes its own.
    """

    __slots__ = ("_network", "_pace", "_plane", "_pool")

    def __init__(self, network: RoadNetwork, *, pool: ScratchPool | None = None) -> None:
        self._network = network
        self._pool = ScratchPool(network) if pool is None else pool
        self._pace: tuple[EdgeWeights | None, float] = (None, 0.0)
        self._plane: Plane = (
            network.tail_start,
            network.tail_edge,
            network.head,
            network.tail,
            network.twin,
            lower_plane(network.node_lonlat),
        )

    def route(
        self,
        weights: EdgeWeights,
        origin: Snapped,
        destination: Snapped,
        *,
        limit_s: float = np.inf,
    ) -> Route | None:
        """Fastest way from one place to another.

        Parameters
        ----------
        weights
            Travel times of the edges.
        origin, destination
            One place each on the network.
        limit_s
            Longest travel time in seconds.

        Returns
        -------
        Route | None
            None where the destination cannot be reached within the limit.

        Raises
        ------
        ParameterError
            If an argument is not one place, or `limit_s` is negative or NaN.
        RefusedError
            If a place is not on the road network.
        """
        for name, place in (("origin", origin), ("destination", destination)):
            if len(place) != 1:
                raise ParameterError(f"{name} must be one place, got {len(place)}")
            if place.edge[0] < 0:
                raise RefusedError(f"the {name} is not on the road network")
        if not limit_s >= 0:
            raise ParameterError(f"limit_s must not be negative, got {limit_s}")
        edges = self._network.edge_count
        if max(origin.edge[0], destination.edge[0]) >= edges or len(weights.seconds) != edges:
            raise ParameterError("places and weights must be those of the network of the planner")
        scratch = self._pool.take()
        trip = Trip(
            int(origin.edge[0]),
            float(origin.fraction[0]),
            int(destination.edge[0]),
            float(destination.fraction[0]),
            float(limit_s),
            self._best_pace(weights),
            scratch.next_generation(),
        )
        try:
            time_s, last_edge, direct, settled = astar(
                self._plane, weights.seconds, scratch.space, trip
            )
            if not np.isfinite(time_s):
                return None
            way = np.array([last_edge], dtype=np.int32)
            if not direct:
                way = trace_back(self._plane, scratch.space[1], int(last_edge), trip.from_edge)
        finally:
            self._pool.give(scratch)
        start = trip.from_fraction if way[0] == trip.from_edge else 1.0 - trip.from_fraction
        end = trip.to_fraction if way[-1] == trip.to_edge else 1.0 - trip.to_fraction
        path = RoadPath(way, start, end)
        lengths = self._network.length_m[way]
        distance_m = lengths.sum() - start * lengths[0] - (1.0 - end) * lengths[-1]
        return Route(path, float(time_s), max(float(distance_m), 0.0), settled, weights.epoch)

    def _best_pace(self, weights: EdgeWeights) -> float:
        """Smallest seconds per metre of any edge, kept for the weights last seen."""
        known, pace = self._pace
        if known is not weights:
            usable = (self._network.length_m > 0) & np.isfinite(weights.seconds)
            ratio = weights.seconds[usable] / self._network.length_m[usable]
            pace = float(ratio.min()) * (1.0 - 1e-9) if len(ratio) else 0.0
            self._pace = (weights, pace)
        return pace
