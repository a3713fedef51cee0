"""Routes between two places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.closures import RoadWeights
from analysis.network import build_network
from analysis.paths import RoadPath, path_lonlat, path_steps
from analysis.routes import RoutePlanner
from analysis.snap import Snapped, Snapper
from grids.errors import ParameterError, RefusedError
from tests.unit.analysis.road_samples import (
    lattice,
    one,
    oracle_times,
    random_places,
    road_lines,
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_a_route_takes_the_least_time(seed: int) -> None:
    network = lattice(seed, size=7)
    rng = np.random.default_rng(seed)
    weights = RoadWeights(network)
    state = weights.close(rng.integers(0, network.edge_count, 10))
    planner = RoutePlanner(network)
    origins, target = random_places(network, rng, 10), random_places(network, rng, 1)
    times = oracle_times(network, state.seconds, origins, target)
    for row in range(10):
        route = planner.route(state, one(origins, row), target)
        if route is None:
            assert np.isinf(times[row])
            continue
        assert route.time_s == pytest.approx(times[row], abs=1e-8)
        edges, path = route.path.edges, route.path
        assert (network.head[edges[:-1]] == network.tail[edges[1:]]).all()
        shares = np.ones(len(edges))
        shares[-1] = path.end
        shares[0] -= path.start
        assert (network.length_m[edges] * shares).sum() == pytest.approx(route.distance_m, abs=1e-9)
        assert planner.route(
            state, one(origins, row), target, limit_s=route.time_s * (1 + 1e-12)
        ).time_s == pytest.approx(route.time_s)
        if route.time_s > 0:
            assert planner.route(state, one(origins, row), target, limit_s=route.time_s / 2) is None


def test_a_line_is_cut_at_the_places_where_a_route_begins_and_ends() -> None:
    network = build_network(road_lines([[(0, 0), (1e-3, 0), (2e-3, 0)], [(2e-3, 0), (2e-3, 1e-3)]]))
    places = Snapper(network).snap(np.array([[5e-4, 1e-5], [2e-3, 4e-4], [1.5e-3, 0.0]]))
    planner, state = RoutePlanner(network), RoadWeights(network).current
    route = planner.route(state, one(places, 0), one(places, 1))
    expected = [(5e-4, 0), (1e-3, 0), (2e-3, 0), (2e-3, 4e-4)]
    np.testing.assert_allclose(path_lonlat(network, route.path), expected, atol=1e-9)
    back = planner.route(state, one(places, 1), one(places, 0))
    np.testing.assert_allclose(path_lonlat(network, back.path), expected[::-1], atol=1e-9)
    short = planner.route(state, one(places, 2), one(places, 0))
    np.testing.assert_allclose(
        path_lonlat(network, short.path), [(1.5e-3, 0), (1e-3, 0), (5e-4, 0)], atol=1e-9
    )


def test_a_route_to_where_one_is_has_two_equal_points() -> None:
    network = build_network(road_lines([[(0, 0), (1e-3, 0)]]))
    place = Snapper(network).snap(np.array([[5e-4, 0.0]]))
    route = RoutePlanner(network).route(RoadWeights(network).current, place, place)
    assert (route.time_s, route.distance_m) == (0.0, 0.0)
    line = path_lonlat(network, route.path)
    assert line.shape == (2, 2)
    np.testing.assert_array_equal(line[0], line[1])


def test_steps_join_stretches_of_one_name() -> None:
    lines = [[(0, 0), (1e-3, 0)], [(1e-3, 0), (2e-3, 0)], [(2e-3, 0), (2e-3, 1e-3)]]
    network = build_network(road_lines(lines, name_id=[7, 7, 9]))
    edges = network.segment_edge
    path = RoadPath(edges, 0.5, 0.25)
    steps = path_steps(network, path)
    assert [step[0] for step in steps] == [7, 9]
    assert steps[0][1] == pytest.approx(1.5 * network.length_m[edges[0]])
    assert steps[1][1] == pytest.approx(0.25 * network.length_m[edges[2]])
    np.testing.assert_array_equal(steps[0][2], edges[:2])


def test_places_off_the_road_are_refused_and_many_places_named() -> None:
    network = build_network(road_lines([[(0, 0), (1e-3, 0)]]))
    planner, state = RoutePlanner(network), RoadWeights(network).current
    good = Snapper(network).snap(np.array([[0.0, 0.0]]))
    off = Snapped(np.array([-1], np.int32), np.zeros(1), np.full(1, np.inf))
    with pytest.raises(RefusedError, match="destination"):
        planner.route(state, good, off)
    with pytest.raises(ParameterError, match="origin"):
        planner.route(state, Snapper(network).snap(np.zeros((2, 2))), good)
    with pytest.raises(ParameterError, match="limit_s"):
        planner.route(state, good, good, limit_s=-1)
    with pytest.raises(ParameterError, match="planner"):
        planner.route(RoadWeights(lattice(6, size=5)).current, good, good)
