"""Local Moran."""

import numpy as np
import pytest

from analysis.autocorrelation import QUADRANTS, local_moran, local_moran_test
from analysis.permutation import TestPlan
from analysis.weights import contiguity
from grids.errors import ParameterError, RefusedError
from tests.unit.analysis.map_samples import queen_grid


def test_the_statistics_of_all_cells_average_to_the_global_one() -> None:
    """On a map of row-standardised weights the mean of the local values is Moran's I."""
    weights = queen_grid(12, 12)
    values = np.random.default_rng(1).lognormal(0, 1, 144)
    local = local_moran(values, weights)
    score = values - values.mean()
    share = weights.row_standardised()
    expected = (score @ share.spatial_lag(score)) / (score @ score)
    assert local.statistic.sum() / 143 == pytest.approx(expected)


def test_quadrants_tell_the_cell_first_and_its_neighbours_second() -> None:
    row = contiguity(np.arange(5), np.arange(1, 6), count=7)
    local = local_moran(np.array([9.0, 9, 0, 0, 0, 9, 4]), row)
    words = [QUADRANTS[int(code)] for code in local.quadrants]
    assert words[0] == "high-high"
    assert words[3] == "low-low"
    assert words[5] == "high-low"
    assert words[4] == "low-high"
    assert words[6] == "none"
    assert np.isnan(local.z[6])


def test_a_planted_cluster_is_high_high() -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(4, (30, 30)).astype(float)
    values[10:16, 10:16] = rng.poisson(20, (6, 6))
    weights = queen_grid(30, 30)
    local, test = local_moran_test(values.ravel(), weights, TestPlan(seed=1))
    found = test.rejected & (local.quadrants == 1)
    inside = np.zeros((30, 30), dtype=bool)
    inside[10:16, 10:16] = True
    assert found[inside.ravel()].sum() >= 30
    assert (local.z[found] > 2).all()


def test_unanswerable_and_malformed_questions() -> None:
    weights = queen_grid(3, 3)
    with pytest.raises(RefusedError, match="equal"):
        local_moran(np.ones(9), weights)
    with pytest.raises(ParameterError, match="finite"):
        local_moran(np.full(9, np.nan), weights)
    with pytest.raises(RefusedError, match="4 cells"):
        local_moran(np.arange(3.0), contiguity(np.array([0]), np.array([1]), count=3))
