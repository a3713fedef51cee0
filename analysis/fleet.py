"""Moving units on the road network, listed by the nodes they can drive to."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.network import RoadNetwork
from analysis.search import ScratchPool
from analysis.snap import Snapped
from grids.errors import ParameterError

__all__ = ["RoadUnits", "UnitIndex"]


RoadUnits = tuple[
    NDArray[np.int64],  # starts, (n + 1,): entries of each node
    NDArray[np.int32],  # row of the unit, per entry
    NDArray[np.int32],  # directed edge it stands on
    NDArray[np.float64],  # part of that edge it has still to travel
    NDArray[np.int64],  # ids, per unit
]
"""Units by node: each unit stands in the lists of both ends of its segment."""


class UnitIndex:
    """Moving units on the network, ready to be searched; built anew when they move.

    Parameters
    ----------
    network
        Road network.
    places
        Places of u units; those off the road (`edge` -1) are never found.
    ids
        (u,) int64, unit ids, all different; they break ties.
    """

    __slots__ = ("all_wanted", "count", "network", "pool", "units")

    def __init__(
        self,
        network: RoadNetwork,
        places: Snapped,
        ids: NDArray[np.int64],
        *,
        pool: ScratchPool | None = None,
    ) -> None:
        if ids.shape != (len(places),):
            raise ParameterError(f"ids must be ({len(places)},), got {ids.shape}")
        if len(places) and int(places.edge.max()) >= network.edge_count:
            raise ParameterError("places must lie on the network")
        self.network = network
        self.pool = ScratchPool(network) if pool is None else pool
        starts, row, edge, part = _by_node(
            network.head, network.twin, network.node_count, places.edge, places.fraction
        )
        ids = np.ascontiguousarray(ids, dtype=np.int64)
        self.units: RoadUnits = (starts, row, edge, part, ids)
        self.count = len(ids)
        self.all_wanted = np.zeros(self.count, dtype=np.int16)


@njit(nogil=True, cache=True)
def _by_node(
    head: NDArray[np.int32],
    twin: NDArray[np.int32],
    nodes: int,
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Units sorted by the node they can drive to: starts, row, edge and part still to go."""
    starts = np.zeros(nodes + 1, dtype=np.int64)
    for unit in range(len(edge)):
        if edge[unit] >= 0:
            starts[head[edge[unit]] + 1] += 1
            starts[head[twin[edge[unit]]] + 1] += 1
    for node in range(nodes):
        starts[node + 1] += starts[node]
    size = starts[nodes]
    row = np.empty(size, dtype=np.int32)
    on = np.empty(size, dtype=np.int32)
    part = np.empty(size, dtype=np.float64)
    for unit in range(len(edge)):
        if edge[unit] >= 0:
            for way in range(2):
                e = edge[unit] if way == 0 else twin[edge[unit]]
                at = starts[head[e]]
                starts[head[e]] += 1
                row[at] = unit
                on[at] = e
                part[at] = 1.0 - fraction[unit] if way == 0 else fraction[unit]
    for node in range(nodes, 0, -1):
        starts[node] = starts[node - 1]
    starts[0] = 0
    return starts, row, on, part
