"""The k nearest of many moving units by road time, by reverse search with early stop.

The search runs from the target against the edges and stops as soon as the next label exceeds the
k-th best total. A total is the label of a node plus the part of an edge between a unit and that
node, so the stop is exact for units in the middle of an edge. Ties go to the lower unit id.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.closures import EdgeWeights
from analysis.fleet import UnitIndex
from analysis.paths import RoadPath
from analysis.ranking import END, METRES, PART, ROW, TIME, empty_ranking
from analysis.snap import Snapped
from analysis.sweep import nearest_routes
from grids.errors import ParameterError, RefusedError

__all__ = ["MAX_K", "REFUSED_LIMIT", "Nearest", "nearest_units"]

MAX_K: Final = 1000
REFUSED_LIMIT: Final = 50  # refused units reported per question
Stop = Literal["found", "limit", "exhausted"]
_NO_RANKING = empty_ranking(0)


class Nearest(NamedTuple):
    """Units found for one target, nearest first.

    Attributes
    ----------
    measures, marks
        (j, 4) float64 and (j, 3) int32, columns as in `analysis.ranking`.
    refused_measures, refused_marks
        The same of the units that were refused though no farther than the last one found.
    reasons
        (u,) int16, refusal of every unit as the caller gave it.
    route_edges, route_starts
        Directed edges of all routes, and where each starts.
    stop
        `found`: all k are there. `limit`: fewer within the limit. `exhausted`: fewer can reach
        the target at all.
    settled
        Nodes the search looked at.
    epoch
        Epoch of the travel times used.
    """

    measures: NDArray[np.float64]
    marks: NDArray[np.int32]
    refused_measures: NDArray[np.float64]
    refused_marks: NDArray[np.int32]
    reasons: NDArray[np.int16]
    route_edges: NDArray[np.int32]
    route_starts: NDArray[np.int64]
    stop: Stop
    settled: int
    epoch: int

    @property
    def row(self) -> NDArray[np.int32]:
        """(j,) int32, row of each unit."""
        return self.marks[:, ROW]

    @property
    def time_s(self) -> NDArray[np.float64]:
        """(j,) float64, seconds to the target, ascending."""
        return self.measures[:, TIME]

    @property
    def distance_m(self) -> NDArray[np.float64]:
        """(j,) float64, metres of each route."""
        return self.measures[:, METRES]

    @property
    def paths(self) -> tuple[RoadPath, ...]:
        """Route of each unit on the network."""
        edges, starts = self.route_edges, self.route_starts
        return tuple(
            RoadPath(edges[starts[i] : starts[i + 1]], 1.0 - float(one[PART]), float(one[END]))
            for i, one in enumerate(self.measures)
        )

    @property
    def refused_row(self) -> NDArray[np.int32]:
        """(r,) int32, row of each refused unit."""
        return self.refused_marks[:, ROW]

    @property
    def refused_time_s(self) -> NDArray[np.float64]:
        """(r,) float64, seconds of each refused unit, ascending."""
        return self.refused_measures[:, TIME]

    @property
    def refused_reason(self) -> NDArray[np.int16]:
        """(r,) int16, reason code of each refused unit."""
        return self.reasons[self.refused_row]


def nearest_units(
    index: UnitIndex,
    weights: EdgeWeights,
    target: Snapped,
    *,
    k: int = 10,
    limit_s: float = np.inf,
    refusals: NDArray[np.int16] | None = None,
) -> Nearest:
    """The k units that reach a target soonest along the roads.

    Parameters
    ----------
    index
        Units on the network.
    weights
        Travel times of the edges.
    target
        One place on the network.
    k
        Number of units wanted, 1 to `MAX_K`.
    limit_s
        Longest travel time in seconds.
    refusals
        (u,) int16 per unit: 0 is wanted; above 0 is refused for that reason but reported when
        near; below 0 is not looked for. None wants all.

    Returns
    -------
    Nearest
        The units, their routes, and the refused units no farther than the last one found (at
        most `REFUSED_LIMIT`, the nearest ones).

    Raises
    ------
    ParameterError
        If `k`, `limit_s` or the length of `refusals` is out of range.
    RefusedError
        If the target is not on the road network.
    """
    edge = _checked(index, target, k=k, limit_s=limit_s)
    if len(weights.seconds) != index.network.edge_count:
        raise ParameterError("weights must be those of the network of the units")
    if refusals is None:
        refusals, refused = index.all_wanted, _NO_RANKING
    elif refusals.shape != (index.count,):
        raise ParameterError(f"refusals must be ({index.count},), got {refusals.shape}")
    else:
        refusals = np.ascontiguousarray(refusals, dtype=np.int16)
        refused = empty_ranking(REFUSED_LIMIT)
    found = empty_ranking(k)
    scratch = index.pool.take()
    try:
        count, near, settled, cut, edges, starts = nearest_routes(
            index.pool.graph,
            weights.seconds,
            scratch.space,
            (*index.units, refusals),
            (edge, float(target.fraction[0]), float(limit_s), scratch.next_generation()),
            (*found, *refused),
        )
    finally:
        index.pool.give(scratch)
    return Nearest(
        found[0][:count],
        found[1][:count],
        refused[0][:near],
        refused[1][:near],
        refusals,
        edges,
        starts,
        "found" if count == k else "limit" if cut else "exhausted",
        settled,
        weights.epoch,
    )


def _checked(index: UnitIndex, target: Snapped, *, k: int, limit_s: float) -> int:
    """Edge of the target; raises unless the question makes sense."""
    if len(target) != 1:
        raise ParameterError(f"target must be one place, got {len(target)}")
    edge = int(target.edge[0])
    if edge < 0:
        raise RefusedError("the target is not on the road network")
    if edge >= index.network.edge_count:
        raise ParameterError("target must be a place on the network of the units")
    if not 1 <= k <= MAX_K:
        raise ParameterError(f"k must lie in 1 to {MAX_K}, got {k}")
    if not limit_s >= 0:
        raise ParameterError(f"limit_s must not be negative, got {limit_s}")
    return edge
