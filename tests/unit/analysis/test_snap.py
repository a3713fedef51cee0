"""Snapping of points to roads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.metric import metres_per_degree
from analysis.network import build_network
from analysis.snap import Snapper, passable_segments
from analysis.speeds import travel_seconds
from grids.errors import CoordinateError, ParameterError
from tests.unit.analysis.road_samples import lattice, road_lines


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 0.05))
def test_the_distance_is_that_to_the_nearest_road(seed: int, spread: float) -> None:
    network = lattice(seed, size=5)
    rng = np.random.default_rng(seed)
    points = rng.uniform(-spread, 0.008 + spread, (40, 2)) + np.array((118.7, 32.0))
    snapped = Snapper(network).snap(points, max_distance_m=np.inf)
    for i, point in enumerate(points):
        scale = np.array(metres_per_degree(point[1]))
        lines = shapely.linestrings(
            (network.shape - point) * scale,
            indices=np.repeat(np.arange(len(network.segment_edge)), np.diff(network.shape_start)),
        )
        distances = shapely.distance(lines, shapely.Point(0, 0))
        assert snapped.distance_m[i] == pytest.approx(distances.min(), rel=1e-9, abs=1e-9)
        own = lines[network.segment[snapped.edge[i]]]
        assert distances[network.segment[snapped.edge[i]]] == pytest.approx(distances.min())
        place = own.interpolate(snapped.fraction[i], normalized=True)
        # lengths are measured per piece at its own latitude: a millimetre of slack
        assert place.distance(shapely.Point(0, 0)) == pytest.approx(distances.min(), abs=2e-2)


def test_fractions_run_in_drawing_direction() -> None:
    network = build_network(road_lines([[(0, 0), (4e-3, 0)]], oneway=[-1]))
    snapped = Snapper(network).snap(np.array([[1e-3, 1e-5], [-1, 0.0], [5e-3, 0.0]]))
    assert network.along[snapped.edge[0]]
    assert snapped.fraction[0] == pytest.approx(0.25)
    assert snapped.edge[1] == -1
    assert np.isinf(snapped.distance_m[1])
    assert snapped.fraction[2] == 1.0
    assert snapped.on_road.tolist() == [True, False, True]


def test_a_point_beyond_the_distance_has_no_place() -> None:
    network = build_network(road_lines([[(0, 0), (1e-3, 0)]]))
    point = np.array([[0.0, 10.0 / metres_per_degree(0.0)[1]]])
    snapper = Snapper(network)
    assert snapper.snap(point, max_distance_m=9.99).edge[0] == -1
    assert snapper.snap(point, max_distance_m=10.01).edge[0] >= 0


def test_only_roads_of_the_mode_are_taken() -> None:
    lines = [[(0, 0), (1e-3, 0)], [(0, 1e-4), (1e-3, 1e-4)]]
    network = build_network(road_lines(lines, road_class=[7, 4]))
    segments = passable_segments(network, travel_seconds(network, mode="car"))
    snapped = Snapper(network, segments=segments).snap(np.array([[5e-4, 0.0]]))
    assert network.segment_line[network.segment[snapped.edge[0]]] == 1
    nothing = Snapper(network, segments=np.zeros(2, dtype=bool))
    assert nothing.snap(np.array([[5e-4, 0.0]]), max_distance_m=np.inf).edge[0] == -1


def test_no_roads_give_no_places() -> None:
    assert Snapper(build_network(road_lines([]))).snap(np.zeros((2, 2))).edge.tolist() == [-1, -1]


def test_threads_change_nothing() -> None:
    network = lattice(3)
    points = np.random.default_rng(3).uniform(0, 0.018, (20_000, 2)) + np.array((118.7, 32.0))
    snapper = Snapper(network)
    alone = snapper.snap(points)
    with ThreadPoolExecutor(2) as pool:
        shared = snapper.snap(points, pool=pool)
    np.testing.assert_array_equal(alone.edge, shared.edge)
    np.testing.assert_array_equal(alone.fraction, shared.fraction)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_coordinates_must_be_degrees(bad: float) -> None:
    with pytest.raises(CoordinateError, match="lonlat"):
        Snapper(lattice(1, size=3)).snap(np.array([[bad, 0.0]]))


def test_malformed_arguments_are_named() -> None:
    snapper = Snapper(lattice(1, size=3))
    with pytest.raises(CoordinateError, match="lonlat"):
        snapper.snap(np.zeros(3))
    with pytest.raises(ParameterError, match="max_distance_m"):
        snapper.snap(np.zeros((1, 2)), max_distance_m=-1)
    with pytest.raises(ParameterError, match="segments"):
        Snapper(lattice(1, size=3), segments=np.zeros(1, dtype=bool))
