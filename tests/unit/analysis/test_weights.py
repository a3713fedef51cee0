"""Spatial weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.weights import (
    contiguity,
    distance_band,
    k_nearest,
    shared_vertex_contiguity,
    weights_from_pairs,
)
from grids.errors import ParameterError
from tests.unit.analysis.map_samples import queen_grid


def test_queen_neighbours_of_a_chessboard_are_the_moves_of_a_king() -> None:
    weights = queen_grid(3, 4)
    assert weights.degrees.reshape(3, 4).tolist() == [[3, 5, 5, 3], [5, 8, 8, 5], [3, 5, 5, 3]]
    assert weights.neighbours[weights.starts[0] : weights.starts[1]].tolist() == [1, 4, 5]


def test_arcs_give_rook_contiguity_without_the_outside() -> None:
    left = np.array([0, 0, 1, -1, 2, 0])
    right = np.array([1, -1, 2, 1, -1, 1])
    weights = contiguity(left, right, count=4)
    assert weights.degrees.tolist() == [1, 2, 1, 0]
    assert weights.islands.tolist() == [3]
    assert weights.row_sums.tolist() == [1, 2, 1, 0]
    assert weights.row_max.tolist() == [1, 1, 1, 0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.floats(0.05, 2))
def test_a_distance_band_holds_exactly_the_points_within(seed: int, n: int, radius: float) -> None:
    points = np.round(np.random.default_rng(seed).random((n, 2)), 2)
    weights = distance_band(points, radius_m=radius)
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.fill_diagonal(distances, np.inf)
    matrix = weights.matrix_of(weights.values).toarray() > 0
    clear = np.abs(distances - radius) > 1e-12
    np.testing.assert_array_equal(matrix[clear], (distances <= radius)[clear])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.data())
def test_nearest_neighbours_equal_a_full_sort(seed: int, n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, n - 1))
    points = np.random.default_rng(seed).integers(0, 6, (n, 2)).astype(float)
    weights = k_nearest(points, k=k)
    for cell in range(n):
        distances = np.hypot(*(points - points[cell]).T)
        distances[cell] = np.inf
        expected = np.sort(np.argsort(distances, kind="stable")[:k])
        own = weights.neighbours[weights.starts[cell] : weights.starts[cell + 1]]
        np.testing.assert_array_equal(own, expected)


def test_rows_sum_to_one_once_standardised_and_islands_stay_empty() -> None:
    weights = contiguity(np.array([0, 1]), np.array([1, 2]), count=4).row_standardised()
    np.testing.assert_allclose(weights.row_sums, [1, 1, 1, 0])
    np.testing.assert_allclose(weights.spatial_lag(np.array([1.0, 2, 4, 8])), [2, 2.5, 2, 0])


def test_no_pairs_make_islands_only() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert contiguity(none, none, count=3).islands.tolist() == [0, 1, 2]
    assert shared_vertex_contiguity(none, none, count=2).row_sums.tolist() == [0, 0]


def test_malformed_arguments_are_named() -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    with pytest.raises(ParameterError, match="pairs"):
        weights_from_pairs(one, two, count=2)
    with pytest.raises(ParameterError, match="below 1"):
        weights_from_pairs(one, one + 1, count=1)
    with pytest.raises(ParameterError, match="cells"):
        shared_vertex_contiguity(one, two, count=2)
    with pytest.raises(ParameterError, match="below 1"):
        shared_vertex_contiguity(one + 1, one, count=1)
    with pytest.raises(ParameterError, match="xy_m"):
        distance_band(np.array([[np.nan, 0.0]]), radius_m=1)
    with pytest.raises(ParameterError, match="radius_m"):
        distance_band(np.zeros((2, 2)), radius_m=0)
    with pytest.raises(ParameterError, match="k"):
        k_nearest(np.zeros((3, 2)), k=3)
