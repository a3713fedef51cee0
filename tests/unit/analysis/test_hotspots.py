"""Hot spots: draws, tails, families, refusals."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from analysis.draws import TailProblem, advance, new_state
from analysis.hotspots import hot_spots, local_g
from analysis.moments import conditional_moments, pearson_tail
from analysis.multiplicity import discoveries, rejection_limit
from analysis.permutation import TestPlan, conditional_test
from analysis.weights import SpatialWeights, contiguity, distance_band, weights_from_pairs
from grids.errors import ParameterError, RefusedError
from tests.unit.analysis.map_samples import queen_grid


def random_weights(rng: np.random.Generator, n: int, *, binary: bool) -> SpatialWeights:
    first, second = rng.integers(0, n, (2, 3 * n))
    pairs = weights_from_pairs(first, second, count=n)
    values = np.ones(len(pairs.values)) if binary else rng.uniform(0.1, 2, len(pairs.values))
    return SpatialWeights(pairs.starts, pairs.neighbours, values)


def all_sums(values: NDArray[np.float64], weights: SpatialWeights, cell: int) -> list[float]:
    """Weighted neighbour sums over every ordered choice of other cells."""
    own = weights.values[weights.starts[cell] : weights.starts[cell + 1]]
    others = np.delete(values, cell)
    return [float(own @ np.array(c)) for c in itertools.permutations(others, len(own))]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_conditional_moments_equal_those_of_all_arrangements(seed: int, binary: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 1, 7)
    weights = random_weights(rng, 7, binary=binary)
    moments = conditional_moments(values, weights)
    for cell in range(7):
        if weights.degrees[cell] == 0:
            continue
        sums = np.array(all_sums(values, weights, cell))
        assert moments.mean[cell] == pytest.approx(sums.mean())
        assert moments.deviation[cell] == pytest.approx(sums.std(), abs=1e-9)
        if sums.std() > 1e-6:
            assert moments.skewness[cell] == pytest.approx(stats.skew(sums), abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(-3, 3), st.floats(-4, 8))
def test_the_pearson_tail_is_that_of_scipy(skewness: float, z: float) -> None:
    assume(skewness == 0.0 or abs(skewness) > 2e-5)  # below, scipy takes the normal curve instead
    tail = pearson_tail(np.array([z]), np.array([skewness]))[0]
    assert tail == pytest.approx(stats.pearson3.sf(z, skewness), abs=1e-7)


@pytest.mark.parametrize("binary", [True, False])
def test_draws_estimate_the_exact_probability(*, binary: bool) -> None:
    rng = np.random.default_rng(5)
    n = 9
    values = rng.integers(0, 6, n).astype(float)
    weights = random_weights(rng, n, binary=binary)
    lag = weights.spatial_lag(values)
    for sign in (1.0, -1.0):
        problem = TailProblem(
            values,
            weights.starts,
            weights.neighbours,
            weights.values,
            np.full(n, binary),
            np.full(n, sign),
            sign * lag - 1e-9,
        )
        state = new_state(n, np.uint64(3))
        advance(problem, state, np.arange(n), 20_000, 10**9)
        for cell in np.flatnonzero(weights.degrees > 0):
            exact = np.mean(
                sign * np.array(all_sums(values, weights, cell)) >= sign * lag[cell] - 1e-9
            )
            error = np.sqrt(exact * (1 - exact) / 20_000)
            assert abs(state.exceedances[cell] / 20_000 - exact) <= 4.5 * error + 1e-9


def test_shuffled_decks_and_repeated_draws_give_the_same_law() -> None:
    """40 neighbours of 500 are shuffled; the exact law of a count is hypergeometric."""
    n, k, marked = 500, 40, 60
    values = np.zeros(n)
    values[1 : marked + 1] = 1
    weights = weights_from_pairs(np.zeros(k, np.int64), np.arange(1, k + 1), count=n)
    problem = TailProblem(
        values,
        weights.starts,
        weights.neighbours,
        weights.values,
        np.ones(n, dtype=np.bool_),
        np.ones(n),
        np.full(n, 8.0),
    )
    state = new_state(n, np.uint64(1))
    advance(problem, state, np.array([0]), 50_000, 10**9)
    exact = stats.hypergeom.sf(7, n - 1, marked, k)
    assert state.exceedances[0] / 50_000 == pytest.approx(exact, abs=0.01)


def test_stopping_and_going_on_draws_the_same_stream() -> None:
    weights = queen_grid(6, 6)
    values = np.random.default_rng(1).poisson(3, 36).astype(float)
    problem = TailProblem(
        values,
        weights.starts,
        weights.neighbours,
        weights.values,
        np.ones(36, dtype=np.bool_),
        np.ones(36),
        weights.spatial_lag(values),
    )
    once, twice = new_state(36, np.uint64(9)), new_state(36, np.uint64(9))
    cells = np.arange(36)
    advance(problem, once, cells, 500, 10**9)
    advance(problem, twice, cells[::-1].copy(), 123, 10**9)
    advance(problem, twice, cells, 500, 10**9)
    for a, b in zip(once, twice, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_result_is_the_same_for_any_number_of_threads_and_differs_by_seed() -> None:
    weights = queen_grid(30, 30)
    values = np.random.default_rng(2).poisson(3, 900).astype(float)
    alone = hot_spots(values, weights, TestPlan(seed=7))
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as pool:
            shared = hot_spots(values, weights, TestPlan(seed=7), pool=pool)
        np.testing.assert_array_equal(alone.test.p, shared.test.p)
        np.testing.assert_array_equal(alone.test.draws, shared.test.draws)
    other = hot_spots(values, weights, TestPlan(seed=8))
    assert (alone.test.p != other.test.p).any()


def planted(seed: int) -> tuple[NDArray[np.float64], SpatialWeights, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    values = rng.poisson(3, (40, 40)).astype(float)
    inside = np.zeros((40, 40), dtype=bool)
    inside[10:16, 20:26] = True
    values[inside] = rng.poisson(14, inside.sum())
    return values.ravel(), queen_grid(40, 40), inside.ravel()


def test_a_planted_cluster_is_found_and_little_else() -> None:
    values, weights, inside = planted(4)
    found = hot_spots(values, weights)
    near = queen_touch(inside, weights)
    assert (found.classes[inside] == 1).sum() >= 30
    assert (found.classes[~near] != 0).sum() <= 0.1 * (found.classes != 0).sum()
    assert found.test.family == 1600
    assert found.test.p_min <= 0.05 / 1600
    assert (found.test.p[found.classes != 0] <= 0.05).all()


def queen_touch(inside: NDArray[np.bool_], weights: SpatialWeights) -> NDArray[np.bool_]:
    """Cells whose window reaches into a region."""
    return inside | (weights.spatial_lag(inside.astype(float)) > 0)


def test_an_early_proof_finds_what_all_draws_find() -> None:
    values, weights, _ = planted(6)
    quick = hot_spots(values, weights, TestPlan(seed=1))
    # With so many exceedances wanted no cell settles early, so only proof and cap can stop it.
    slow_cells = np.flatnonzero(quick.classes == 1)
    assert quick.test.draws[slow_cells].max() < quick.test.max_draws
    patient = hot_spots(values, weights, TestPlan(seed=2, screen=1.0))
    agree = (quick.classes == patient.classes).mean()
    assert agree > 0.998


def test_a_cold_hole_is_cold_and_one_sided_tests_see_their_side_only() -> None:
    values, weights, inside = planted(4)
    mirrored = values.max() - values
    assert (hot_spots(mirrored, weights).classes[inside] == -1).sum() >= 30
    hot_only = hot_spots(mirrored, weights, TestPlan(alternative="hot"))
    assert (hot_only.classes >= 0).all()
    cold_only = hot_spots(mirrored, weights, TestPlan(alternative="cold"))
    assert (cold_only.classes <= 0).all()
    assert (cold_only.classes[inside] == -1).sum() >= 30


def test_by_is_stricter_than_bh() -> None:
    values, weights, _ = planted(4)
    bh = hot_spots(values, weights)
    by = hot_spots(values, weights, TestPlan(correction="by"))
    assert 0 < (by.classes != 0).sum() <= (bh.classes != 0).sum()


def test_scaling_and_shifting_values_changes_nothing() -> None:
    values, weights, _ = planted(4)
    a, b = hot_spots(values, weights), hot_spots(values * 8 + 1024, weights)
    np.testing.assert_allclose(a.z, b.z, atol=1e-9)
    np.testing.assert_allclose(a.test.p, b.test.p, rtol=1e-9)
    np.testing.assert_array_equal(a.test.exceedances, b.test.exceedances)


def test_z_does_not_change_when_rows_of_weights_are_scaled() -> None:
    values, weights, _ = planted(4)
    np.testing.assert_allclose(
        local_g(values, weights).z, local_g(values, weights.row_standardised()).z, atol=1e-9
    )


def test_islands_are_not_tested() -> None:
    grid = queen_grid(20, 20)
    starts = np.concatenate((grid.starts, [grid.starts[-1]]))
    weights = SpatialWeights(starts, grid.neighbours, grid.values)
    values = np.random.default_rng(1).poisson(4, 401).astype(float)
    values[400] = 1000.0
    found = hot_spots(values, weights)
    assert np.isnan(found.test.p[400])
    assert found.classes[400] == 0
    assert found.test.family == 400
    assert found.z[400] > 10  # the score of its own value, shown but not judged


def test_one_huge_value_makes_no_hot_spot_of_itself() -> None:
    weights = queen_grid(30, 30)
    values = np.random.default_rng(1).poisson(4, 900).astype(float)
    values[455] = 1e6
    found = hot_spots(values, weights)
    assert found.z[455] > 2
    assert found.classes[455] == 0


def test_an_unanswerable_question_is_refused_with_what_would_help() -> None:
    weights = queen_grid(150, 160)
    values = np.random.default_rng(1).poisson(4, 24_000).astype(float)
    with pytest.raises(RefusedError, match="at least 960000 draws"):
        hot_spots(values, weights, TestPlan(max_draws=999))
    with pytest.raises(RefusedError, match="at least 480000 draws"):
        hot_spots(values, weights, TestPlan(max_draws=999, alternative="hot"))
    with pytest.raises(RefusedError, match="equal"):
        hot_spots(np.zeros(24_000), weights)
    row = contiguity(np.array([0, 1, 2]), np.array([1, 2, 3]), count=4)
    with pytest.raises(RefusedError, match="too few"):
        hot_spots(np.array([1.0, 2, 3, 4]), row)
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(RefusedError, match="neighbour"):
        hot_spots(np.arange(3.0), contiguity(none, none, count=3))
    with pytest.raises(RefusedError, match="neighbour"):
        hot_spots(np.ones(1), contiguity(none, none, count=1))
    with pytest.raises(RefusedError, match="3 cells"):
        local_g(np.ones(2), contiguity(none, none, count=2))


def test_malformed_questions_are_named() -> None:
    weights = queen_grid(5, 5)
    values = np.arange(25.0)
    for plan, word in (
        (TestPlan(alternative="up"), "alternative"),  # type: ignore[arg-type]
        (TestPlan(seed=-1), "seed"),
        (TestPlan(stop_at=0), "stop_at"),
        (TestPlan(screen=0.01), "screen"),
        (TestPlan(alpha=0.0, screen=0.5), "alpha"),
        (TestPlan(correction="holm"), "correction"),  # type: ignore[arg-type]
        (TestPlan(max_draws=0), "max_draws"),
    ):
        with pytest.raises(ParameterError, match=word):
            hot_spots(values, weights, plan)
    with pytest.raises(ParameterError, match="values"):
        hot_spots(values[:-1], weights)
    for call in (hot_spots, local_g):
        with pytest.raises(ParameterError, match="finite"):
            call(np.where(values == 3, np.nan, values), weights)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=60), st.sampled_from(["bh", "by"]))
def test_discoveries_are_those_of_scipy(p: list[float], correction: str) -> None:
    values = np.array(p)
    adjusted = stats.false_discovery_control(values, method=correction)
    clear = np.abs(adjusted - 0.05) > 1e-12
    found = discoveries(values, alpha=0.05, correction=correction)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found[clear], (adjusted <= 0.05)[clear])


def test_an_empty_family_has_no_discoveries_and_no_limit() -> None:
    assert len(discoveries(np.zeros(0), alpha=0.05)) == 0
    with pytest.raises(ParameterError, match="count"):
        rejection_limit(0, alpha=0.05)


def test_weights_by_distance_work_like_any_other() -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 1000, (400, 2))
    weights = distance_band(points, radius_m=80)
    values = rng.poisson(2, 400) + np.where(np.hypot(*(points - 500).T) < 150, 9.0, 0.0)
    found = hot_spots(values, weights)
    assert (found.classes == 1).sum() > 5
    assert (np.hypot(*(points[found.classes == 1] - 500).T) < 250).all()


LAWS = {
    "poisson": lambda rng, n: rng.poisson(5, n),
    "sparse negative binomial": lambda rng, n: rng.negative_binomial(0.3, 0.3 / 0.8, n),
    "log-normal": lambda rng, n: rng.lognormal(0, 1.5, n),
}


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_maps_without_structure_have_false_hot_spots_as_rarely_as_promised(law: str) -> None:
    """60 maps of 1,600 cells: at most the 99.9 % quantile of a 5 % share."""
    weights = queen_grid(40, 40)
    maps, false = 60, 0
    for seed in range(maps):
        values = LAWS[law](np.random.default_rng(1000 + seed), 1600).astype(float)
        plan = replace(TestPlan(), seed=seed)
        false += bool((hot_spots(values, weights, plan).classes != 0).any())
    assert false <= stats.binom.ppf(0.999, maps, 0.05)


@pytest.mark.slow
def test_probabilities_of_a_map_without_structure_are_not_too_small() -> None:
    """Share of cells at or below a level stays near or below the level, in both tails."""
    weights = queen_grid(60, 60)
    for law in LAWS.values():
        values = law(np.random.default_rng(77), 3600).astype(float)
        test = conditional_test(values, weights, TestPlan(seed=5, screen=1.0))
        for level in (0.2, 0.05, 0.01):
            assert (test.p <= level).mean() <= level * 1.25 + 0.003
