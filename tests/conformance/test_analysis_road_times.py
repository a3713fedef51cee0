"""Road times against scipy on equal weights, and against the sample network of pgRouting."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from analysis.closures import EdgeWeights, RoadWeights
from analysis.connectivity import strong_components
from analysis.fleet import UnitIndex
from analysis.nearest import nearest_units
from analysis.network import RoadNetwork, build_network
from analysis.roads import road_class_codes
from analysis.search import ScratchPool, travel_times
from analysis.snap import Snapped, Snapper, passable_segments
from tests.unit.analysis.road_samples import lattice, random_places, road_lines

# pgRouting manual, "Sample data": x1, y1, x2, y2, cost, reverse_cost; negative means no way.
PGROUTING_EDGES = (
    (5, 6, 2, 0, 2, 1, 1, 1),
    (6, 10, 2, 1, 3, 1, -1, 1),
    (10, 15, 3, 1, 4, 1, -1, 1),
    (6, 7, 2, 1, 2, 2, 1, 1),
    (10, 11, 3, 1, 3, 2, 1, -1),
    (1, 3, 0, 2, 1, 2, 1, 1),
    (3, 7, 1, 2, 2, 2, 1, 1),
    (7, 11, 2, 2, 3, 2, 1, 1),
    (11, 16, 3, 2, 4, 2, 1, 1),
    (7, 8, 2, 2, 2, 3, 1, 1),
    (11, 12, 3, 2, 3, 3, 1, -1),
    (8, 12, 2, 3, 3, 3, 1, -1),
    (12, 17, 3, 3, 4, 3, 1, -1),
    (8, 9, 2, 3, 2, 4, 1, 1),
    (16, 17, 4, 2, 4, 3, 1, 1),
    (15, 16, 4, 1, 4, 2, 1, 1),
    (2, 4, 0.5, 3.5, 1.999999999999, 3.5, 1, 1),
    (13, 14, 3.5, 2.3, 3.5, 4, 1, 1),
)


def _sample_network() -> tuple[RoadNetwork, EdgeWeights, dict[int, int]]:
    """The sample network with its costs as seconds, and the node of each vertex number."""
    lines = [
        [(a / 1000, b / 1000), (c / 1000, d / 1000)] for _, _, a, b, c, d, *_ in PGROUTING_EDGES
    ]
    keys = [number for source, target, *_ in PGROUTING_EDGES for number in (source, target)]
    network = build_network(road_lines(lines, node_keys=keys))
    seconds = np.full(network.edge_count, np.inf)
    node_of: dict[int, int] = {}
    for line, (source, target, *_, cost, reverse) in enumerate(PGROUTING_EDGES):
        along = network.segment_edge[np.flatnonzero(network.segment_line == line)[0]]
        seconds[along] = cost if cost >= 0 else np.inf
        seconds[network.twin[along]] = reverse if reverse >= 0 else np.inf
        node_of[source], node_of[target] = int(network.tail[along]), int(network.head[along])
    return network, EdgeWeights(seconds, "car", 0), node_of


def test_driving_distance_on_the_sample_network_of_pgrouting() -> None:
    """`pgr_drivingDistance(11, 3.0)`: 1 node at 0, 3 at 1, 5 at 2, and 4 at 3.

    Ours runs towards the target, so the costs are turned around to ask for ways from it.
    """
    network, weights, node_of = _sample_network()
    turned = EdgeWeights(weights.seconds[network.twin], "car", 0)
    edge = int(network.head_start[node_of[11]])
    along = int(network.segment_edge[network.segment[edge]])
    fraction = 1.0 if network.head[along] == node_of[11] else 0.0
    times = travel_times(ScratchPool(network), turned, edge=along, fraction=fraction, limit_s=3.0)
    within = {number: times[node] for number, node in node_of.items() if times[node] <= 3}
    assert sorted(n for n, t in within.items() if t == 0) == [11]
    assert sorted(n for n, t in within.items() if t == 1) == [7, 12, 16]
    assert sorted(n for n, t in within.items() if t == 2) == [3, 6, 8, 15, 17]
    assert sorted(n for n, t in within.items() if t == 3) == [1, 5, 9, 10]
    assert len(within) == 13


def _scipy_times(network: RoadNetwork, weights: EdgeWeights, place: Snapped) -> np.ndarray:
    """Time from every node to a place, by scipy on the reversed graph with one node added."""
    usable = np.isfinite(weights.seconds)
    edge, fraction = int(place.edge[0]), float(place.fraction[0])
    twin = network.twin[edge]
    rows, columns = network.head[usable], network.tail[usable]
    costs, n = weights.seconds[usable], network.node_count
    ends = [
        (n, int(network.tail[e]), share * weights.seconds[e])
        for e, share in ((edge, fraction), (twin, 1 - fraction))
        if np.isfinite(weights.seconds[e])
    ]
    a, b, c = (np.array(column) for column in zip(*ends, strict=True)) if ends else ([], [], [])
    # Duplicate entries of a sparse matrix are added up: keep the least of parallel edges.
    rows, columns = np.concatenate((rows, a)), np.concatenate((columns, b))
    costs = np.concatenate((costs, c))
    order = np.lexsort((costs, columns, rows))
    rows, columns, costs = rows[order], columns[order], costs[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    graph = csr_array(
        (costs[first], (rows[first].astype(int), columns[first].astype(int))), shape=(n + 1, n + 1)
    )
    return dijkstra(graph, indices=n)[:n]


@pytest.mark.parametrize("seed", range(4))
def test_node_times_equal_scipy_with_one_ways_and_closures(seed: int) -> None:
    network = lattice(seed, size=25)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network)
    state = weights.close(rng.integers(0, network.edge_count, 60))
    pool = ScratchPool(network)
    places = random_places(network, rng, 25)
    for row in range(25):
        place = Snapped(places.edge[row : row + 1], rng.random(1) * 0.98 + 0.01, np.zeros(1))
        ours = travel_times(pool, state, edge=int(place.edge[0]), fraction=float(place.fraction[0]))
        np.testing.assert_array_equal(ours, _scipy_times(network, state, place))


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 10])
def test_ranks_equal_scipy_on_a_larger_network(k: int) -> None:
    network = lattice(99, size=60)
    rng = np.random.default_rng(99)
    state = RoadWeights(network).current
    units = random_places(network, rng, 2000)
    index = UnitIndex(network, units, np.arange(2000))
    head_part, tail_part = 1 - units.fraction, units.fraction
    twin = network.twin[units.edge]

    def part(share: np.ndarray, edge: np.ndarray) -> np.ndarray:
        return np.where(share > 0, share * np.where(share > 0, state.seconds[edge], 0), 0.0)

    for _ in range(60):
        target = Snapped(random_places(network, rng, 1).edge, rng.random(1), np.zeros(1))
        node_s = _scipy_times(network, state, target)
        times = np.minimum(
            part(head_part, units.edge) + node_s[network.head[units.edge]],
            part(tail_part, twin) + node_s[network.head[twin]],
        )
        own = units.edge == target.edge[0]
        ahead = target.fraction[0] - units.fraction
        direct = np.where(ahead >= 0, part(ahead, units.edge), part(-ahead, twin))
        times[own] = np.minimum(times, direct)[own]
        order = np.lexsort((np.arange(2000), times))[:k]
        found = nearest_units(index, state, target, k=k)
        np.testing.assert_allclose(found.time_s, times[order][: len(found.row)], rtol=1e-12)
        np.testing.assert_array_equal(found.row, order[np.isfinite(times[order])])


@pytest.mark.slow
def test_streets_of_central_nanjing_make_a_network_that_routes(shared_data: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    path = shared_data / "osm" / "nanjing_centre.osm"
    if not path.is_file():
        pytest.skip("the Nanjing extract is not in ../shared/data/osm")
    frame = pyogrio.read_dataframe(path, layer="lines", columns=["highway"])
    driving = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service")
    kind = frame["highway"].fillna("").str.removesuffix("_link")
    frame, kind = frame[kind.isin(driving)], kind[kind.isin(driving)]
    lines = [np.asarray(line.coords)[:, :2].tolist() for line in frame.geometry]
    network = build_network(road_lines(lines, road_class=road_class_codes(kind.tolist())))
    state = RoadWeights(network).current
    assert network.edge_count > 500
    assert strong_components(network, state).reachable_share > 0.5
    snapper = Snapper(network, segments=passable_segments(network, state.seconds))
    low, high = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
    points = np.random.default_rng(1).uniform(low, high, (500, 2))
    units = snapper.snap(points, max_distance_m=2000)
    found = nearest_units(
        UnitIndex(network, units, np.arange(500)),
        state,
        snapper.snap((low + high)[None] / 2, max_distance_m=2000),
        k=10,
    )
    assert found.stop == "found"
    assert (np.diff(found.time_s) >= 0).all()
