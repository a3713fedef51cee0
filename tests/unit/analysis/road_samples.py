"""Small road networks for tests: lattices with gaps, one-ways and random speeds."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from analysis.network import RoadNetwork, build_network
from analysis.roads import RoadLines
from analysis.snap import Snapped


def road_lines(polylines: list[Any], **attributes: ArrayLike) -> RoadLines:
    """Lines with default attributes: two-way tertiary roads on the ground."""
    n = len(polylines)
    defaults: dict[str, Any] = {
        "ids": np.arange(n, dtype=np.int64),
        "oneway": np.zeros(n, np.int8),
        "speed_kmh": np.full(n, np.nan),
        "road_class": np.full(n, 4, np.int8),
        "level": np.zeros(n, np.int8),
        "name_id": np.arange(n, dtype=np.int64),
    }
    for name, value in attributes.items():
        defaults[name] = np.asarray(value, dtype=defaults[name].dtype if name in defaults else None)
    lonlat = np.array([p for line in polylines for p in line], dtype=np.float64).reshape(-1, 2)
    starts = np.concatenate(([0], np.cumsum([len(line) for line in polylines]))).astype(np.int64)
    return RoadLines(lonlat, starts, **defaults)


def lattice(seed: int, *, size: int = 9, cut: float = 0.15, oneway: float = 0.3) -> RoadNetwork:
    """Perturbed lattice of streets: some removed, some one-way, some bent, random speeds."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    place = np.stack((118.7 + 0.002 * x, 32.0 + 0.002 * y), axis=-1)
    place = np.round(place + rng.uniform(-5e-4, 5e-4, place.shape), 7)
    lines = []
    for i in range(size):
        for j in range(size):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < size and j + dj < size and rng.random() > cut:
                    a, b = place[i, j], place[i + di, j + dj]
                    bend = np.round((a + b) / 2 + rng.uniform(-2e-4, 2e-4, 2), 7)
                    lines.append([a, bend, b] if rng.random() < 0.5 else [a, b])
    n = len(lines)
    return build_network(
        road_lines(
            lines,
            oneway=np.where(rng.random(n) < oneway, rng.choice([-1, 1], n), 0),
            speed_kmh=rng.uniform(10, 80, n),
            road_class=rng.integers(0, 8, n) % 7,
        )
    )


def random_places(network: RoadNetwork, rng: np.random.Generator, count: int) -> Snapped:
    """Places on random segments, some of them exactly on nodes."""
    segment = rng.integers(0, len(network.segment_edge), count)
    fraction = rng.choice([0.0, 1.0, *rng.random(8)], count)
    return Snapped(network.segment_edge[segment], fraction, np.zeros(count))


def one(places: Snapped, row: int) -> Snapped:
    """One of many places."""
    part = slice(row, row + 1)
    return Snapped(places.edge[part], places.fraction[part], places.distance_m[part])


def oracle_times(
    network: RoadNetwork, seconds: NDArray[np.float64], origins: Snapped, target: Snapped
) -> NDArray[np.float64]:
    """Times from places to one target by scipy, with every place made a node of its own."""
    graph = _with_places(network, seconds, origins, target)
    times: NDArray[np.float64] = dijkstra(graph, indices=graph.shape[0] - 1)
    return times[network.node_count : -1]


def _with_places(
    network: RoadNetwork, seconds: NDArray[np.float64], origins: Snapped, target: Snapped
) -> csr_array:
    """Reversed graph where segments with places on them are broken up at the places."""
    edge = np.concatenate((origins.edge, target.edge))
    fraction = np.concatenate((origins.fraction, target.fraction))
    n = network.node_count
    arcs: dict[tuple[int, int], float] = {}

    def add(u: int, v: int, cost: float) -> None:
        if np.isfinite(cost):
            key = (v, u)  # reversed
            arcs[key] = min(arcs.get(key, np.inf), cost)

    for e in range(network.edge_count):
        add(int(network.tail[e]), int(network.head[e]), float(seconds[e]))
    for e in np.unique(edge):
        here = np.flatnonzero(edge == e)
        here = here[np.argsort(fraction[here], kind="stable")]
        stops = [int(network.tail[e]), *(n + here).tolist(), int(network.head[e])]
        shares = [0.0, *fraction[here].tolist(), 1.0]
        for a, b, s, t in zip(stops, stops[1:], shares, shares[1:], strict=False):
            step = t - s
            add(a, b, step * seconds[e] if step > 0 else 0.0)
            add(b, a, step * seconds[network.twin[e]] if step > 0 else 0.0)
    rows, columns = np.array(list(arcs)).T
    # scipy drops explicit zeros of sparse graphs, so nothing is quite free here
    costs = np.maximum(np.array(list(arcs.values())), 1e-12)
    size = n + len(edge)
    return csr_array((costs, (rows, columns)), shape=(size, size))
