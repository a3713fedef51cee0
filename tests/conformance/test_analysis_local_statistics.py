"""Local statistics against published values (GeoDa, esda) and against esda itself."""

from pathlib import Path

import libpysal
import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.autocorrelation import local_moran, local_moran_test
from analysis.hotspots import local_g
from analysis.multiplicity import rejection_limit
from analysis.permutation import TestPlan, conditional_test
from analysis.weights import SpatialWeights, distance_band, weights_from_pairs

# Guerry, 85 departments, queen, `Crm_prp`: values of the tests of pygeoda.
GUERRY_MORAN = (0.015431978309803657, 0.3270633223656033, 0.021295296214118884)
GUERRY_G = (0.012077920687925825, 0.0099240961298508561, 0.018753584525825453)
GUERRY_G_STAR = (0.014177043620524426, 0.0096136007223101994, 0.017574324039034434)
GUERRY_MORAN_P = (0.414, 0.123, 0.001)  # folded one-sided, 999 draws


def _from_libpysal(w: "libpysal.weights.W") -> SpatialWeights:
    matrix = w.sparse.tocoo()
    return weights_from_pairs(matrix.row, matrix.col, count=w.n)


@pytest.fixture(scope="module")
def guerry(shared_data: Path) -> tuple[NDArray[np.float64], SpatialWeights]:
    pyogrio = pytest.importorskip("pyogrio")
    path = shared_data / "reference" / "guerry" / "Guerry.shp"
    if not path.is_file():
        pytest.skip("the Guerry data set is not in ../shared/data/reference")
    frame = pyogrio.read_dataframe(path)
    queen = libpysal.weights.Queen.from_dataframe(frame, use_index=False)
    return frame["Crm_prp"].to_numpy(dtype=float), _from_libpysal(queen)


def test_guerry_local_moran(guerry: tuple[NDArray[np.float64], SpatialWeights]) -> None:
    values, weights = guerry
    np.testing.assert_allclose(local_moran(values, weights).statistic[:3], GUERRY_MORAN, rtol=1e-12)


def test_guerry_local_g(guerry: tuple[NDArray[np.float64], SpatialWeights]) -> None:
    values, weights = guerry
    np.testing.assert_allclose(local_g(values, weights, star=False).g[:3], GUERRY_G, rtol=1e-12)
    np.testing.assert_allclose(local_g(values, weights).g[:3], GUERRY_G_STAR, rtol=1e-12)


def test_guerry_pseudo_probabilities_agree_within_the_error_of_999_draws(
    guerry: tuple[NDArray[np.float64], SpatialWeights],
) -> None:
    values, weights = guerry
    # Rare exceedances are wanted to 3 %: many of them, and a fixed number of draws.
    plan = TestPlan(seed=1, screen=1.0, stop_at=1000, max_draws=200_000)
    local, test = local_moran_test(values, weights, plan)
    tail = test.p[:3] / 2
    error = np.sqrt(np.array(GUERRY_MORAN_P) / 999)
    assert (np.abs(tail - GUERRY_MORAN_P) <= 4 * error).all()
    assert local.quadrants[2] == 1
    assert rejection_limit(85, alpha=0.05) == pytest.approx(0.000588235, abs=5e-10)


# The six points of the tests of esda, distance band 15.
POINTS = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
POINT_VALUES = np.array([2, 3, 3.2, 5, 8, 7])


def test_local_g_of_six_points_is_that_of_esda() -> None:
    weights = distance_band(POINTS, radius_m=15)
    assert local_g(POINT_VALUES, weights, star=False).z[0] == pytest.approx(-1.0136729, abs=1e-7)
    assert local_g(POINT_VALUES, weights).z[0] == pytest.approx(-1.39727626, abs=1e-8)


def test_scaled_rows_keep_their_z() -> None:
    """For row-standardised weights esda prints -0.62074534 and -0.62488094 here.

    It puts the sum of the weights (1) where the variance formula has the sum of their squares; the
    general formula of Ord and Getis gives the binary value again, and so do we.
    """
    weights = distance_band(POINTS, radius_m=15).row_standardised()
    assert local_g(POINT_VALUES, weights, star=False).z[0] == pytest.approx(-1.0136729, abs=1e-7)
    assert local_g(POINT_VALUES, weights).z[0] == pytest.approx(-1.39727626, abs=1e-8)


@pytest.mark.parametrize("star", [False, True])
def test_z_equals_esda_on_a_random_map(*, star: bool) -> None:
    getisord = pytest.importorskip("esda.getisord")
    queen = libpysal.weights.lat2W(30, 40, rook=False)
    values = np.random.default_rng(1).negative_binomial(0.3, 0.3, 1200).astype(float)
    theirs = getisord.G_Local(values, queen, transform="B", star=star, permutations=0)
    ours = local_g(values, _from_libpysal(queen), star=star)
    np.testing.assert_allclose(ours.z, theirs.Zs, atol=1e-11)


def test_local_moran_z_equals_the_conditional_closed_form_of_esda() -> None:
    moran = pytest.importorskip("esda.moran")
    queen = libpysal.weights.lat2W(12, 15, rook=False)
    values = np.random.default_rng(1).lognormal(0, 1, 180)
    theirs = moran.Moran_Local(values, queen, permutations=0)
    ours = local_moran(values, _from_libpysal(queen))
    np.testing.assert_allclose(ours.statistic, theirs.Is, rtol=1e-9)
    score = values - values.mean()
    # Its moments belong to the statistic with n, not n - 1, in the variance of the values.
    z_esda = (theirs.Is * 180 / 179 - theirs.EIc) / np.sqrt(theirs.VIc)
    far = np.abs(score) > 1e-9
    np.testing.assert_allclose(ours.z[far], z_esda[far], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_tail_probabilities_agree_with_those_of_esda() -> None:
    """Both draw neighbours without replacement from the other cells."""
    getisord = pytest.importorskip("esda.getisord")
    queen = libpysal.weights.lat2W(15, 15, rook=False)
    values = np.random.default_rng(4).poisson(3, 225).astype(float)
    values[30:36] += 12
    draws = 2999
    theirs = getisord.G_Local(
        values, queen, transform="B", star=True, permutations=draws, seed=1, n_jobs=1
    )
    plan = TestPlan(seed=1, screen=1.0, stop_at=400)
    test = conditional_test(values, _from_libpysal(queen), plan)
    ours = np.minimum(test.p / 2, 0.5)
    error = np.sqrt(ours * (1 - ours) * (1 / draws + 1 / 400)) + 2 / draws
    # esda folds the count of the tail it finds smaller; ties make both tails large near 1/2
    clear = ours < 0.3
    assert (np.abs(ours - theirs.p_sim)[clear] <= 5 * error[clear] + 0.12 * ours[clear]).all()
