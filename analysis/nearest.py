"""The k nearest of many moving units by road time, by reverse search with early stop.

The search runs from the target against the edges and stops as soon as the next label exceeds the
k-th best total. A total is the label of a node plus the part of an edge between a unit and that
node, so the stop is exact for units in the middle of an edge. Ties go to the lower unit id.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.closures import EdgeWeights
from analysis.fleet import UnitIndex
from analysis.paths import RoadPath
from analysis.ranking import empty_ranking
from analysis.snap import Snapped
from analysis.sweep import Ask, sweep, trace
from grids.errors import ParameterError, RefusedError

__all__ = ["MAX_K", "REFUSED_LIMIT", "Nearest", "nearest_units"]

MAX_K: Final = 1000
REFUSED_LIMIT: Final = 50  # refused units reported per question
Stop = Literal["found", "limit", "exhausted"]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Units found for one target, nearest first.

    Attributes
    ----------
    row, time_s, distance_m
        (j,) int32 row of each unit, float64 seconds to the target and metres of its route.
    paths
        Route of each unit on the network.
    refused_row, refused_time_s, refused_reason
        (r,) units that were refused though no farther than the last one found: row, seconds and
        the reason code the caller gave.
    stop
        `found`: all k are there. `limit`: fewer within the limit. `exhausted`: fewer can reach
        the target at all.
    settled
        Nodes the search looked at.
    epoch
        Epoch of the travel times used.
    """

    row: NDArray[np.int32]
    time_s: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    paths: tuple[RoadPath, ...]
    refused_row: NDArray[np.int32]
    refused_time_s: NDArray[np.float64]
    refused_reason: NDArray[np.int16]
    stop: Stop
    settled: int
    epoch: int


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
    _check(index, target, k=k, limit_s=limit_s)
    if refusals is None:
        refusals = np.zeros(index.count, dtype=np.int16)
    if refusals.shape != (index.count,):
        raise ParameterError(f"refusals must be ({index.count},), got {refusals.shape}")
    ask = Ask(
        int(target.edge[0]),
        float(target.fraction[0]),
        float(limit_s),
        np.ascontiguousarray(refusals, dtype=np.int16),
    )
    found, refused = empty_ranking(k), empty_ranking(REFUSED_LIMIT)
    graph = index.pool.graph
    scratch = index.pool.take()
    try:
        settled, cut = sweep(graph, weights.seconds, scratch, index.units, ask, (found, refused))
        count = int(found.held[0])
        edges, starts, last, distance_m = trace(graph, scratch, found, ask.edge, ask.fraction)
    finally:
        index.pool.give(scratch)
    near = int(refused.held[0])
    if count == k:
        near = int(np.searchsorted(refused.time[:near], found.time[k - 1], side="right"))
    stop: Stop = "found" if count == k else "limit" if cut else "exhausted"
    paths = tuple(
        RoadPath(edges[starts[i] : starts[i + 1]], 1.0 - found.part[i], last[i])
        for i in range(count)
    )
    return Nearest(
        row=found.row[:count].copy(),
        time_s=found.time[:count].copy(),
        distance_m=distance_m,
        paths=paths,
        refused_row=refused.row[:near].copy(),
        refused_time_s=refused.time[:near].copy(),
        refused_reason=ask.refusals[refused.row[:near]],
        stop=stop,
        settled=int(settled),
        epoch=weights.epoch,
    )


def _check(index: UnitIndex, target: Snapped, *, k: int, limit_s: float) -> None:
    """Raise unless the question makes sense."""
    if len(target) != 1:
        raise ParameterError(f"target must be one place, got {len(target)}")
    if target.edge[0] < 0:
        raise RefusedError("the target is not on the road network")
    if target.edge[0] >= index.network.edge_count:
        raise ParameterError("target must be a place on the network of the units")
    if not 1 <= k <= MAX_K:
        raise ParameterError(f"k must lie in 1 to {MAX_K}, got {k}")
    if not limit_s >= 0:
        raise ParameterError(f"limit_s must not be negative, got {limit_s}")
