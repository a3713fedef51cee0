"""Nearest units by road time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.closures import EdgeWeights, RoadWeights
from analysis.fleet import UnitIndex
from analysis.nearest import MAX_K, Nearest, nearest_units
from analysis.network import RoadNetwork, build_network
from analysis.paths import path_lonlat
from analysis.search import ScratchPool, travel_times
from analysis.snap import Snapped
from grids.errors import ParameterError, RefusedError
from tests.unit.analysis.road_samples import (
    lattice,
    one,
    oracle_times,
    random_places,
    road_lines,
)

SEEDS = st.integers(0, 100_000)


def place(edge: int, fraction: float) -> Snapped:
    return Snapped(np.array([edge], np.int32), np.array([fraction]), np.zeros(1))


def check_path(
    network: RoadNetwork,
    weights: EdgeWeights,
    found: Nearest,
    row: int,
    start: Snapped,
    target: Snapped,
) -> None:
    """A path is connected, begins and ends where it should, and adds up to time and metres."""
    path = found.paths[row]
    edges = path.edges
    assert (network.head[edges[:-1]] == network.tail[edges[1:]]).all()
    shares = np.ones(len(edges))
    shares[-1] = path.end
    shares[0] -= path.start
    used = shares > 1e-12
    assert (weights.seconds[edges[used]] * shares[used]).sum() == pytest.approx(
        found.time_s[row], abs=1e-9
    )
    assert (network.length_m[edges] * shares).sum() == pytest.approx(
        found.distance_m[row], abs=1e-9
    )
    assert network.segment[edges[0]] == network.segment[start.edge[0]]
    assert network.segment[edges[-1]] == network.segment[target.edge[0]]
    line = path_lonlat(network, path)
    assert len(line) >= 2


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_the_ranking_equals_brute_force_with_places_in_the_middle_of_edges(
    seed: int, k: int
) -> None:
    network = lattice(seed, size=6)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network).current
    units, target = random_places(network, rng, 25), random_places(network, rng, 1)
    ids = rng.permutation(25).astype(np.int64)
    found = nearest_units(UnitIndex(network, units, ids), weights, target, k=k)
    times = oracle_times(network, weights.seconds, units, target)
    reachable = np.isfinite(times)
    assert len(found.row) == min(k, reachable.sum())
    assert found.stop == ("found" if k <= reachable.sum() else "exhausted")
    np.testing.assert_allclose(found.time_s, np.sort(times)[: len(found.row)], atol=1e-8)
    np.testing.assert_allclose(found.time_s, times[found.row], atol=1e-8)
    keys = list(zip(found.time_s, ids[found.row], strict=True))
    assert keys == sorted(keys)
    for row in range(len(found.row)):
        check_path(network, weights, found, row, one(units, found.row[row]), target)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_refused_units_are_reported_up_to_the_last_one_found(seed: int) -> None:
    network = lattice(seed, size=6)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network).current
    units, target = random_places(network, rng, 30), random_places(network, rng, 1)
    refusals = rng.choice(np.array([0, 0, 3, 7, -1], np.int16), 30)
    found = nearest_units(
        UnitIndex(network, units, np.arange(30)), weights, target, k=5, refusals=refusals
    )
    times = oracle_times(network, weights.seconds, units, target)
    assert (refusals[found.row] == 0).all()
    np.testing.assert_array_equal(found.refused_reason, refusals[found.refused_row])
    last = found.time_s[-1] if found.stop == "found" else np.inf
    expected = np.sort(times[(refusals > 0) & (times <= last + 1e-8) & np.isfinite(times)])
    np.testing.assert_allclose(found.refused_time_s, expected, atol=1e-8)
    wanted = np.sort(times[(refusals == 0) & np.isfinite(times)])[:5]
    np.testing.assert_allclose(found.time_s, wanted, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 40))
def test_a_closure_never_lowers_a_time(seed: int, closed: int) -> None:
    network = lattice(seed, size=6)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network)
    units, target = random_places(network, rng, 20), random_places(network, rng, 1)
    index = UnitIndex(network, units, np.arange(20))

    def by_row(state: EdgeWeights) -> np.ndarray:
        found = nearest_units(index, state, target, k=20)
        times = np.full(20, np.inf)
        times[found.row] = found.time_s
        return times

    before = by_row(weights.current)
    after = by_row(weights.close(rng.integers(0, network.edge_count, closed)))
    assert (after >= before).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_permuting_units_changes_no_time_and_no_path(seed: int) -> None:
    network = lattice(seed, size=6)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network).current
    units, target = random_places(network, rng, 30), random_places(network, rng, 1)
    ids = np.arange(30) * 7
    order = rng.permutation(30)
    mixed = Snapped(units.edge[order], units.fraction[order], units.distance_m[order])
    a = nearest_units(UnitIndex(network, units, ids), weights, target, k=8)
    b = nearest_units(UnitIndex(network, mixed, ids[order]), weights, target, k=8)
    np.testing.assert_array_equal(ids[a.row], ids[order][b.row])
    np.testing.assert_array_equal(a.time_s, b.time_s)
    for p, q in zip(a.paths, b.paths, strict=True):
        np.testing.assert_array_equal(p.edges, q.edges)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0, 400))
def test_a_limit_keeps_exactly_the_units_within_it(seed: int, limit_s: float) -> None:
    network = lattice(seed, size=6)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network).current
    units, target = random_places(network, rng, 20), random_places(network, rng, 1)
    index = UnitIndex(network, units, np.arange(20))
    free = nearest_units(index, weights, target, k=20)
    found = nearest_units(index, weights, target, k=20, limit_s=limit_s)
    np.testing.assert_array_equal(found.time_s, free.time_s[free.time_s <= limit_s])
    if len(found.row) < len(free.row):
        assert found.stop == "limit"


def ring_road() -> RoadNetwork:
    """A one-way square, drawn in driving direction."""
    corners = [(0, 0), (1e-3, 0), (1e-3, 1e-3), (0, 1e-3)]
    lines = [[corners[i], corners[(i + 1) % 4]] for i in range(4)]
    return build_network(road_lines(lines, oneway=[1] * 4, speed_kmh=[48.0] * 4))


def test_on_a_one_way_a_unit_behind_is_near_and_a_unit_ahead_must_go_around() -> None:
    network = ring_road()
    weights = RoadWeights(network).current
    edge = int(network.segment_edge[0])
    units = Snapped(np.array([edge, edge], np.int32), np.array([0.4, 0.6]), np.zeros(2))
    found = nearest_units(
        UnitIndex(network, units, np.array([10, 11])), weights, place(edge, 0.5), k=2
    )
    assert found.row.tolist() == [0, 1]
    assert found.time_s[0] == pytest.approx(0.1 * weights.seconds[edge])
    lap = weights.seconds[np.isfinite(weights.seconds)].sum()
    assert found.time_s[1] == pytest.approx(lap - 0.1 * weights.seconds[edge])
    assert len(found.paths[0].edges) == 1
    assert len(found.paths[1].edges) == 5


def test_the_way_around_can_be_shorter_than_the_way_along_the_same_edge() -> None:
    # A slow long loop road and a fast short one between the same two junctions.
    slow = [(0, 0), (0, 2e-3), (1e-3, 2e-3), (1e-3, 0)]
    network = build_network(
        road_lines([slow, [(0, 0), (1e-3, 0)]], speed_kmh=[10.0, 80.0], road_class=[4, 4])
    )
    weights = RoadWeights(network).current
    edge = int(network.segment_edge[0])
    units = Snapped(np.array([edge], np.int32), np.array([0.05]), np.zeros(1))
    found = nearest_units(UnitIndex(network, units, np.array([1])), weights, place(edge, 0.95))
    around = 0.1 * weights.seconds[edge] + weights.seconds[network.segment_edge[1]]
    assert found.time_s[0] == pytest.approx(around)


def test_equal_times_go_to_the_lower_id() -> None:
    network = ring_road()
    weights = RoadWeights(network).current
    edge = network.segment_edge[1]
    units = Snapped(np.full(5, edge, np.int32), np.full(5, 0.5), np.zeros(5))
    ids = np.array([50, 20, 40, 10, 30])
    found = nearest_units(UnitIndex(network, units, ids), weights, place(int(edge), 1.0), k=3)
    assert ids[found.row].tolist() == [10, 20, 30]
    refusals = np.array([0, 0, 0, 4, 0], np.int16)
    found = nearest_units(
        UnitIndex(network, units, ids), weights, place(int(edge), 1.0), k=1, refusals=refusals
    )
    assert ids[found.row].tolist() == [20]
    assert ids[found.refused_row].tolist() == [10]


def test_a_unit_on_a_node_leaves_it_even_where_its_own_edge_is_closed() -> None:
    network = build_network(road_lines([[(0, 0), (1e-3, 0)], [(1e-3, 0), (2e-3, 0)]]))
    weights = RoadWeights(network)
    first, second = network.segment_edge
    state = weights.close(np.array([first, network.twin[first]]))
    index = UnitIndex(network, place(int(first), 1.0), np.array([1]))
    assert nearest_units(index, state, place(int(second), 0.5)).stop == "exhausted"
    found = nearest_units(index, state, place(int(second), 0.5), k=1)
    assert found.time_s[0] == pytest.approx(0.5 * state.seconds[second])
    stuck = UnitIndex(network, place(int(first), 0.5), np.array([1]))
    found = nearest_units(stuck, state, place(int(second), 0.5), k=1)
    assert len(found.row) == 0
    assert found.stop == "exhausted"


def test_units_off_the_road_are_never_found() -> None:
    network = lattice(5, size=4)
    weights = RoadWeights(network).current
    units = Snapped(np.array([-1, network.segment_edge[0]], np.int32), np.zeros(2), np.zeros(2))
    found = nearest_units(
        UnitIndex(network, units, np.arange(2)), weights, place(int(network.segment_edge[0]), 0.0)
    )
    assert found.row.tolist() == [1]


def test_no_units_give_an_empty_answer() -> None:
    network = lattice(5, size=4)
    nobody = Snapped(np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
    found = nearest_units(
        UnitIndex(network, nobody, np.zeros(0, np.int64)),
        RoadWeights(network).current,
        place(int(network.segment_edge[0]), 0.3),
    )
    assert len(found.row) == 0
    assert found.stop == "exhausted"


def test_a_target_off_the_road_is_refused() -> None:
    network = lattice(5, size=4)
    index = UnitIndex(network, place(0, 0.5), np.array([1]))
    with pytest.raises(RefusedError, match="road network"):
        nearest_units(index, RoadWeights(network).current, place(-1, 0.0))


def test_malformed_questions_are_named() -> None:
    network = lattice(5, size=4)
    weights = RoadWeights(network).current
    index = UnitIndex(network, place(0, 0.5), np.array([1]))
    for arguments, word in (
        ({"k": 0}, "k"),
        ({"k": MAX_K + 1}, "k"),
        ({"limit_s": -1.0}, "limit_s"),
        ({"limit_s": np.nan}, "limit_s"),
        ({"refusals": np.zeros(3, np.int16)}, "refusals"),
    ):
        with pytest.raises(ParameterError, match=word):
            nearest_units(index, weights, place(0, 0.5), **arguments)
    with pytest.raises(ParameterError, match="target"):
        nearest_units(index, weights, random_places(network, np.random.default_rng(1), 2))
    with pytest.raises(ParameterError, match="target"):
        nearest_units(index, weights, place(10**6, 0.5))
    other = RoadWeights(lattice(6, size=5)).current
    with pytest.raises(ParameterError, match="weights"):
        nearest_units(index, other, place(0, 0.5))
    with pytest.raises(ParameterError, match="weights"):
        travel_times(index.pool, other, edge=0, fraction=0.5)
    with pytest.raises(ParameterError, match="places"):
        UnitIndex(network, place(10**6, 0.5), np.array([1]))
    with pytest.raises(ParameterError, match="ids"):
        UnitIndex(network, place(0, 0.5), np.array([1, 2]))


def test_many_threads_ask_one_index_at_once() -> None:
    network = lattice(11, size=12)
    rng = np.random.default_rng(11)
    weights = RoadWeights(network).current
    index = UnitIndex(network, random_places(network, rng, 200), np.arange(200))
    targets = random_places(network, rng, 200)

    def ask(row: int) -> list[int]:
        return nearest_units(index, weights, one(targets, row), k=5).row.tolist()

    alone = [ask(row) for row in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(200))) == alone


def test_generations_start_over_before_they_run_out() -> None:
    network = lattice(11, size=4)
    pool = ScratchPool(network)
    weights = RoadWeights(network).current
    edge = int(network.segment_edge[0])
    before = travel_times(pool, weights, edge=edge, fraction=0.5)
    scratch = pool.take()
    scratch.generation = 2**31 - 2
    pool.give(scratch)
    for _ in range(3):
        after = travel_times(pool, weights, edge=edge, fraction=0.5)
        np.testing.assert_array_equal(before, after)
    with pytest.raises(ParameterError, match="edge"):
        travel_times(pool, weights, edge=-1, fraction=0.5)
    with pytest.raises(ParameterError, match="limit_s"):
        travel_times(pool, weights, edge=edge, fraction=0.5, limit_s=-1)
