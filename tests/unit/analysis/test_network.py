"""Road networks from lines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.closures import RoadWeights
from analysis.connectivity import dangling_ends, strong_components
from analysis.metric import metres_per_degree
from analysis.network import build_network
from analysis.roads import ROAD_CLASSES, road_class_codes
from analysis.speeds import travel_seconds
from grids.errors import NetworkInputError, ParameterError
from tests.unit.analysis.road_samples import lattice, road_lines

CROSS = [[(0, 0), (1e-3, 0), (2e-3, 0)], [(1e-3, -1e-3), (1e-3, 0), (1e-3, 1e-3)]]


def test_lines_connect_at_a_shared_vertex() -> None:
    network = build_network(road_lines(CROSS))
    assert network.node_count == 5
    assert network.edge_count == 8


def test_lines_on_different_levels_do_not_connect_where_they_cross() -> None:
    network = build_network(road_lines(CROSS, level=[0, 1]))
    assert network.node_count == 4
    assert network.edge_count == 4


def test_the_end_of_a_bridge_connects_to_its_ramp_on_the_ground() -> None:
    network = build_network(road_lines([[(0, 0), (1, 0)], [(1, 0), (2, 0)]], level=[0, 1]))
    assert network.node_count == 3


def test_node_keys_alone_decide_where_lines_meet() -> None:
    keys = [1, 2, 3, 4, 5, 6]
    assert build_network(road_lines(CROSS, node_keys=keys)).edge_count == 4
    keys = [1, 2, 3, 4, 2, 6]
    assert build_network(road_lines(CROSS, node_keys=keys)).edge_count == 8


def test_lines_that_cross_without_a_vertex_do_not_connect() -> None:
    network = build_network(road_lines([[(0, 0), (2, 0)], [(1, -1), (1, 1)]]))
    assert network.edge_count == 4


def test_a_loop_and_a_line_that_crosses_itself_keep_their_shape() -> None:
    square = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    loop = build_network(road_lines([square]))
    assert (loop.node_count, loop.edge_count) == (1, 2)
    eight = [(-1, 0), (0, 0), (1, 0), (1, 1), (0, 0), (0, -1)]
    network = build_network(road_lines([eight]))
    assert (network.node_count, network.edge_count) == (3, 6)


def test_lines_without_two_different_vertices_are_skipped_and_counted() -> None:
    lines = [[(0, 0), (1, 0)], [(5, 5), (5, 5)], [(6, 6)], []]
    network = build_network(road_lines(lines))
    assert network.skipped_lines == 3
    assert network.edge_count == 2
    assert network.segment_line.tolist() == [0]


def test_no_lines_make_an_empty_network() -> None:
    network = build_network(road_lines([]))
    assert (network.node_count, network.edge_count) == (0, 0)
    assert strong_components(network, RoadWeights(network).current).reachable_share == 0.0
    assert len(dangling_ends(network).node) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_compressed_rows_twins_and_shapes_agree(seed: int) -> None:
    network = lattice(seed, size=5)
    m = network.edge_count
    assert (np.diff(network.head) >= 0).all()
    for v in range(network.node_count):
        entering = slice(network.head_start[v], network.head_start[v + 1])
        assert (network.head[entering] == v).all()
        leaving = network.tail_edge[network.tail_start[v] : network.tail_start[v + 1]]
        assert (network.tail[leaving] == v).all()
    assert (network.twin[network.twin] == np.arange(m)).all()
    assert (network.tail[network.twin] == network.head).all()
    assert (network.segment[network.twin] == network.segment).all()
    assert (network.along != network.along[network.twin]).all()
    assert (network.segment[network.segment_edge] == np.arange(m // 2)).all()
    first, last = network.shape_start[:-1], network.shape_start[1:] - 1
    along = network.segment_edge
    np.testing.assert_array_equal(network.node_lonlat[network.tail[along]], network.shape[first])
    np.testing.assert_array_equal(network.node_lonlat[network.head[along]], network.shape[last])
    np.testing.assert_array_equal(network.length_m[along], network.shape_m[last])


@pytest.mark.parametrize("lat", [0.0, 32.05, -45.0, 60.2])
def test_lengths_agree_with_the_geodesic(lat: float) -> None:
    pyproj = pytest.importorskip("pyproj")
    line = [(118.0, lat), (118.01, lat + 0.006), (118.013, lat - 0.004)]
    network = build_network(road_lines([line]))
    expected = pyproj.Geod(ellps="GRS80").line_length(*np.array(line).T)
    assert network.length_m[0] == pytest.approx(expected, rel=1e-6)


def test_a_degree_of_latitude_is_shortest_at_the_equator() -> None:
    assert metres_per_degree(0.0)[1] < metres_per_degree(45.0)[1] < metres_per_degree(89.0)[1]


def test_cars_keep_to_one_ways_and_people_on_foot_do_not() -> None:
    lines = road_lines([[(0, 0), (1e-3, 0)], [(1e-3, 0), (2e-3, 0)]], oneway=[1, -1])
    network = build_network(lines)
    car, foot = travel_seconds(network, mode="car"), travel_seconds(network, mode="foot")
    east = network.node_lonlat[network.head, 0] > network.node_lonlat[network.tail, 0]
    line = network.segment_line[network.segment]
    assert np.isfinite(car[east & (line == 0)]).all()
    assert np.isinf(car[~east & (line == 0)]).all()
    assert np.isinf(car[east & (line == 1)]).all()
    assert np.isfinite(foot).all()


def test_cars_may_not_use_paths_nor_people_motorways() -> None:
    classes = road_class_codes(["motorway", "path"])
    network = build_network(road_lines([[(0, 0), (1, 0)], [(5, 5), (6, 5)]], road_class=classes))
    line = network.segment_line[network.segment]
    car, foot = travel_seconds(network, mode="car"), travel_seconds(network, mode="foot")
    assert np.isinf(car[line == 1]).all()
    assert np.isfinite(car[line == 0]).all()
    assert np.isinf(foot[line == 0]).all()
    assert (travel_seconds(network, mode="emergency")[line == 0] < car[line == 0]).all()


def test_an_unknown_class_word_counts_as_residential() -> None:
    assert ROAD_CLASSES[road_class_codes(["dirt track"])[0]] == "residential"


def test_an_unknown_mode_is_named() -> None:
    network = build_network(road_lines(CROSS))
    with pytest.raises(ParameterError, match="tank"):
        travel_seconds(network, mode="tank")


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"oneway": [2, 0]}, "oneway"),
        ({"road_class": [8, 0]}, "road_class"),
        ({"speed_kmh": [0.0, 5.0]}, "speed_kmh"),
        ({"speed_kmh": [np.inf, 5.0]}, "speed_kmh"),
        ({"level": [1]}, "level"),
        ({"node_keys": [1, 2]}, "node_keys"),
    ],
)
def test_malformed_attributes_are_named(attributes: dict, word: str) -> None:
    with pytest.raises(NetworkInputError, match=word):
        build_network(road_lines(CROSS, **attributes))


def test_a_coordinate_that_is_not_finite_is_refused() -> None:
    with pytest.raises(NetworkInputError, match="finite"):
        build_network(road_lines([[(0, 0), (np.nan, 1)]]))


def test_components_are_numbered_from_the_largest() -> None:
    lines = [[(0, 0), (1, 0)], [(5, 5), (6, 5)], [(6, 5), (7, 5)], [(9, 9), (10, 9)]]
    network = build_network(road_lines(lines, oneway=[0, 0, 0, 1]))
    parts = strong_components(network, RoadWeights(network).current)
    assert parts.sizes.tolist() == [3, 2, 1, 1]
    big = network.node_lonlat[parts.label == 0]
    assert sorted(big[:, 0]) == [5, 6, 7]
    assert parts.reachable_share == pytest.approx((9 + 4 + 1 + 1) / 49)


def test_dangling_ends_show_the_gap_to_the_next_road() -> None:
    near = 5.0 / metres_per_degree(0.0)[1]
    lines = [[(0, 0), (1e-3, 0), (2e-3, 0)], [(1e-3, near), (1e-3, 1e-2)]]
    network = build_network(road_lines(lines))
    ends = dangling_ends(network)
    assert len(ends.node) == 4
    gaps = dict(zip(map(tuple, network.node_lonlat[ends.node]), ends.gap_m, strict=True))
    assert gaps[(1e-3, near)] == pytest.approx(5.0, rel=1e-6)
    assert gaps[(1e-3, 1e-2)] == np.inf
    with pytest.raises(ParameterError, match="within_m"):
        dangling_ends(network, within_m=-1)
