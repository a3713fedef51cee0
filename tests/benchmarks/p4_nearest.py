"""P4: the 10 nearest of 32,000 units by road time, against scipy's Dijkstra with the best limit.

The peer is given, for every question, the smallest `limit` that still contains the answer: the
true time of the 10th unit. It is timed up to the same answer (ten units in order, from its labels,
vectorised), and up to its labels alone.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from analysis.closures import EdgeWeights, RoadWeights
from analysis.fleet import UnitIndex
from analysis.nearest import Nearest, nearest_units
from analysis.network import RoadNetwork
from analysis.search import travel_times
from analysis.snap import Snapped
from tests.benchmarks.road_city import places, road_city

UNITS = 32_000
QUESTIONS = 150
K = 10


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark table."""
    network = road_city(7)
    weights = RoadWeights(network).current
    units, targets = places(network, 1, UNITS), places(network, 2, QUESTIONS)
    ids = np.random.default_rng(3).permutation(UNITS).astype(np.int64)
    graph = _graph_with_targets(network, weights, targets)
    edges = int(np.isfinite(weights.seconds).sum())
    index = UnitIndex(network, units, ids)
    asked = [
        Snapped(targets.edge[i : i + 1], targets.fraction[i : i + 1], targets.distance_m[i : i + 1])
        for i in range(QUESTIONS)
    ]
    rows = []
    for kept, label in ((1, "32,000 units"), (100, "320 units of 32,000"), (1000, "32 of 32,000")):
        refusals = np.where(np.arange(UNITS) % kept == 0, 0, -1).astype(np.int16)
        peer = _Peer(network, weights, graph, (units, ids, refusals))
        count = QUESTIONS if kept == 1 else 40
        ours, search, answer, equal = _compare(weights, index, refusals, peer, asked[:count])
        what = f"{K} nearest of {label} by road time, {edges:,} directed edges"
        id_ = "P4" if kept == 1 else "P4-rare"
        rows.append(_row(id_, what + ", median", *_medians(ours, answer), equal=equal))
        if kept == 1:
            worst = np.quantile(ours, 0.95), np.quantile(answer, 0.95)
            rows.append(_row(id_, what + ", 95th percentile", *worst, equal=equal))
            only = what + ", the peer without ranking units, median"
            rows.append(_row("P4-labels", only, *_medians(ours, search), equal=equal))
    rows.append(_rebuild_row(network, weights, index, (units, ids), asked[0]))
    return rows


def _medians(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    return float(np.median(ours)), float(np.median(theirs))


def _row(
    id_: str,
    what: str,
    ours: float,
    theirs: float,
    *,
    equal: bool,
    peer: str = "scipy dijkstra with the best limit",
) -> dict[str, Any]:
    return {
        "id": id_,
        "what": what,
        "ours": float(ours) * 1e3,
        "unit": "ms",
        "peer": peer,
        "peer_value": float(theirs) * 1e3,
        "ratio": float(theirs) / float(ours),
        "equal": equal,
    }


def _timed(work: Callable[[], Any], *, repeats: int = 3) -> tuple[float, Any]:
    """Least seconds of a few runs, and the result."""
    best, result = np.inf, None
    for _ in range(repeats):
        begin = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begin)
    return best, result


class _Peer:
    """Ranked units from scipy's labels; all that can be prepared before a question is."""

    def __init__(
        self,
        network: RoadNetwork,
        weights: EdgeWeights,
        graph: "csr_array",
        fleet: tuple[Snapped, NDArray[np.int64], NDArray[np.int16]],
    ) -> None:
        self.units, self.ids, refusals = fleet
        self.first = network.node_count
        self.graph, self.seconds, self.twin = graph, weights.seconds, network.twin
        twin = network.twin[self.units.edge]
        away = (1 - self.units.fraction) * weights.seconds[self.units.edge]
        self.away = np.where(refusals == 0, away, np.inf)
        back = self.units.fraction * weights.seconds[twin]
        self.back = np.where(refusals == 0, back, np.inf)
        self.refused = refusals != 0
        self.head, self.tail = network.head[self.units.edge], network.head[twin]

    def labels(self, number: int, limit: float) -> NDArray[np.float64]:
        """Seconds from every node to a target."""
        out: NDArray[np.float64] = dijkstra(self.graph, indices=self.first + number, limit=limit)
        return out

    def answer(
        self, number: int, limit: float, target: Snapped
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Units and their seconds, ranked by time and id."""
        labels = self.labels(number, limit)
        times = np.minimum(labels[self.head] + self.away, labels[self.tail] + self.back)
        for unit in np.flatnonzero(self.units.edge == target.edge[0]):
            if self.refused[unit]:
                continue
            to_go, rest = 1 - self.units.fraction[unit], 1 - target.fraction[0]
            edge = self.units.edge[unit]
            part = to_go - rest
            if part < 0:
                edge, part = self.twin[edge], self.units.fraction[unit] - target.fraction[0]
            times[unit] = min(times[unit], part * self.seconds[edge])
        near = np.argpartition(times, K + 5)[: K + 5]
        order = near[np.lexsort((self.ids[near], times[near]))][:K]
        return order, times[order]


def _compare(
    weights: EdgeWeights,
    index: UnitIndex,
    refusals: NDArray[np.int16],
    peer: _Peer,
    asked: list[Snapped],
) -> tuple[list[float], list[float], list[float], bool]:
    """Seconds of every question: ours, the peer's search, its answer; and whether all agree."""
    nearest_units(index, weights, asked[0], k=K, refusals=refusals)
    ours, search, answer, equal = [], [], [], True
    for number, target in enumerate(asked):

        def ask(target: Snapped = target) -> Nearest:
            return nearest_units(index, weights, target, k=K, refusals=refusals)

        seconds, found = _timed(ask)
        ours.append(seconds)
        limit = float(found.time_s[-1])

        def label(number: int = number, limit: float = limit) -> NDArray[np.float64]:
            return peer.labels(number, limit)

        def rank(
            number: int = number, limit: float = limit, target: Snapped = target
        ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
            return peer.answer(number, limit, target)

        search.append(_timed(label)[0])
        seconds, (order, times) = _timed(rank)
        answer.append(seconds)
        equal &= bool((order == found.row).all() and (times == found.time_s).all())
    return ours, search, answer, equal


def _graph_with_targets(
    network: RoadNetwork, weights: EdgeWeights, targets: Snapped
) -> "csr_array":
    """Reversed graph for scipy, with a node per target that only leads into the network."""
    n, count = network.node_count, len(targets)
    twin = network.twin[targets.edge]
    usable = np.isfinite(weights.seconds)
    starts = n + np.concatenate((np.arange(count), np.arange(count)))
    ends = np.concatenate((network.tail[targets.edge], network.tail[twin]))
    costs = np.concatenate(
        (
            targets.fraction * weights.seconds[targets.edge],
            (1 - targets.fraction) * weights.seconds[twin],
        )
    )
    open_ends = np.isfinite(costs)
    rows = np.concatenate((network.head[usable], starts[open_ends]))
    columns = np.concatenate((network.tail[usable], ends[open_ends]))
    values = np.concatenate((weights.seconds[usable], costs[open_ends]))
    return csr_array((values, (rows, columns)), shape=(n + count, n + count))


def _rebuild_row(
    network: RoadNetwork,
    weights: EdgeWeights,
    index: UnitIndex,
    fleet: tuple[Snapped, NDArray[np.int64]],
    target: Snapped,
) -> dict[str, Any]:
    """Putting all units in their new places, against one full search."""
    rebuild, _ = _timed(lambda: UnitIndex(network, *fleet, pool=index.pool), repeats=20)
    edge, fraction = int(target.edge[0]), float(target.fraction[0])

    def search() -> NDArray[np.float64]:
        return travel_times(index.pool, weights, edge=edge, fraction=fraction)

    search()
    full, _ = _timed(search)
    what = f"positions of {UNITS:,} units taken over, against one full search of our own"
    return _row("P4-moves", what, rebuild, full, equal=True, peer="full search, ours")
