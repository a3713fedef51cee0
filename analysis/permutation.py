"""Adaptive conditional permutation of neighbour sums, with false discoveries controlled.

For every cell the sum of its neighbours is compared with sums over random other cells. Drawing
stops at `stop_at` exceedances (Besag and Clifford), at the cap, or as soon as a simultaneous
confidence bound proves that the cell will be among the discoveries (Gandy and Hahn).

Two sides: the tail is chosen by the side of the mean on which the observed sum lies, and its
probability is doubled. That is valid: "lies above and 2 p_upper <= a" is part of
"p_upper <= a / 2", the same holds below, and the two add to at most a. With `alternative` `hot`
or `cold` only that tail is tested, and not doubled.

References
----------
Besag and Clifford (1991), "Sequential Monte Carlo p-values", Biometrika 78(2), 301-304; Gandy and
Hahn (2014), "MMCTest", Scand. J. Statist. 41(4), 1083-1101.
"""

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from analysis.draws import DrawState, TailProblem, new_state
from analysis.moments import conditional_moments, pearson_tail
from analysis.multiplicity import Correction, discoveries, rejection_limit
from analysis.stages import DrawRules, draw_all
from analysis.weights import SpatialWeights
from grids.errors import ParameterError, RefusedError

__all__ = ["Alternative", "TailTest", "TestPlan", "conditional_test"]

Alternative = Literal["two-sided", "hot", "cold"]


@dataclass(frozen=True, slots=True)
class TestPlan:
    """How a family of cells is tested.

    Attributes
    ----------
    alpha
        Share of false discoveries allowed.
    alternative
        `two-sided`, `hot` (high sums only) or `cold`.
    correction
        `bh` or `by`, see `analysis.multiplicity`.
    seed
        Seed of all streams, 0 to 2**63 - 1.
    stop_at
        Exceedances after which a cell is settled.
    max_draws
        Cap of draws per cell; None takes 480,000, or as many as one cell alone needs to be found.
    screen
        Closed-form tail probability above which a cell is not drawn at all, at least alpha: it
        keeps that probability, which no correction rejects. 1 draws all.
    """

    __test__ = False  # not a pytest class

    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    correction: Correction = "bh"
    seed: int = 0
    stop_at: int = 20
    max_draws: int | None = None
    screen: float = 0.1

    @property
    def tails(self) -> int:
        """Number of tails tested."""
        return 2 if self.alternative == "two-sided" else 1


@dataclass(frozen=True, slots=True, eq=False)
class TailTest:
    """Result of a family of conditional tests over n cells.

    Attributes
    ----------
    p
        (n,) float64: probability of a sum at least as extreme; NaN for cells without neighbours.
    upper
        (n,) bool, whether the upper tail was looked at.
    rejected
        (n,) bool, discoveries.
    p_closed
        (n,) float64, the same probability from the closed-form Pearson III tail; NaN likewise.
    draws, exceedances
        (n,) int64; 0 draws where the screen settled the cell.
    family
        Number of cells tested.
    max_draws
        Cap of draws per cell.
    p_min
        Smallest probability the cap can show.
    plan
        The plan.
    """

    p: NDArray[np.float64]
    upper: NDArray[np.bool_]
    rejected: NDArray[np.bool_]
    p_closed: NDArray[np.float64]
    draws: NDArray[np.int64]
    exceedances: NDArray[np.int64]
    family: int
    max_draws: int
    p_min: float
    plan: TestPlan


def conditional_test(
    values: NDArray[np.float64],
    weights: SpatialWeights,
    plan: TestPlan,
    *,
    pool: Executor | None = None,
) -> TailTest:
    """Test of every cell whether the sum of its neighbours is extreme among all values.

    Parameters
    ----------
    values
        (n,) float64, finite.
    weights
        Spatial weights of the n cells.
    plan
        How to test.
    pool
        Executor of threads that shares the cells; the result does not depend on it.

    Returns
    -------
    TailTest
        Probabilities and discoveries.

    Raises
    ------
    ParameterError
        If values are not finite, disagree in number with the weights, or the plan is malformed.
    RefusedError
        If no cell has a neighbour, all values are equal, or no cell could ever be found.
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    tested = _check(values, weights, plan)
    family = int(tested.sum())
    limit = rejection_limit(family, alpha=plan.alpha, correction=plan.correction)
    max_draws = _cap(plan, limit)
    _refuse_hopeless(weights, plan, limit, max_draws)
    moments = conditional_moments(values, weights)
    lag = weights.spatial_lag(values)
    if plan.alternative == "two-sided":
        upper = lag > moments.mean
    else:
        upper = np.full(len(values), plan.alternative == "hot")
    sign = np.where(upper, 1.0, -1.0)
    varies = tested & (moments.deviation > 0)
    z = np.zeros(len(values))
    np.divide(lag - moments.mean, moments.deviation, out=z, where=varies)
    closed = np.where(varies, pearson_tail(sign * z, sign * moments.skewness), 1.0)
    state = new_state(len(values), np.uint64(plan.seed))
    active = np.flatnonzero(varies & (closed <= plan.screen))
    rules = DrawRules(plan.stop_at, max_draws, plan.tails, limit)
    draw_all(_problem(values, weights, lag, sign), state, active, rules, pool)
    p = _probabilities(state, closed, plan)
    p[~tested] = np.nan
    rejected = np.zeros(len(values), dtype=np.bool_)
    rejected[tested] = discoveries(p[tested], alpha=plan.alpha, correction=plan.correction)
    return TailTest(
        p=p,
        upper=upper,
        rejected=rejected,
        p_closed=np.where(tested, np.minimum(1.0, closed * plan.tails), np.nan),
        draws=state.draws,
        exceedances=state.exceedances,
        family=family,
        max_draws=max_draws,
        p_min=plan.tails / (max_draws + 1),
        plan=plan,
    )


def _check(
    values: NDArray[np.float64], weights: SpatialWeights, plan: TestPlan
) -> NDArray[np.bool_]:
    """Cells with neighbours; raises where the question is malformed or has no answer."""
    if values.shape != (weights.count,):
        raise ParameterError(f"values must be ({weights.count},), got {values.shape}")
    if not np.isfinite(values).all():
        raise ParameterError(f"values must be finite, {(~np.isfinite(values)).sum()} are not")
    if plan.alternative not in ("two-sided", "hot", "cold"):
        raise ParameterError(f"alternative is two-sided, hot or cold, got {plan.alternative!r}")
    if not 0 <= plan.seed < 2**63 or plan.stop_at < 1:
        raise ParameterError("seed must lie in 0 to 2**63 - 1, stop_at must be at least 1")
    if not plan.alpha <= plan.screen <= 1:
        raise ParameterError(f"screen must lie between alpha and 1, got {plan.screen}")
    tested: NDArray[np.bool_] = weights.degrees > 0
    if not tested.any():
        raise RefusedError("no cell has a neighbour, so there is nothing to compare")
    if values.max() == values.min():
        raise RefusedError(f"all {len(values)} values are equal, so no place can stand out")
    return tested


def _cap(plan: TestPlan, limit: float) -> int:
    """Draws per cell at most: as asked, else enough that one cell alone can be found."""
    if plan.max_draws is None:
        return max(480_000, math.ceil(plan.tails / limit))
    if plan.max_draws < 1:
        raise ParameterError(f"max_draws must be at least 1, got {plan.max_draws}")
    return plan.max_draws


def _refuse_hopeless(weights: SpatialWeights, plan: TestPlan, limit: float, max_draws: int) -> None:
    """Refuse where even the clearest cell alone could not be found."""
    if plan.tails / (max_draws + 1) > limit:
        raise RefusedError(
            f"{max_draws} draws cannot show a probability below {plan.tails / (max_draws + 1):.2g},"
            f" but one cell needs {limit:.2g} to be found: ask for at least"
            f" {math.ceil(plan.tails / limit)} draws, or leave max_draws out"
        )
    n, k = weights.count - 1, weights.degrees.astype(np.float64)
    choices = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    if math.log(plan.tails) - choices.max() > math.log(limit):
        raise RefusedError(
            f"{weights.count} cells are too few: the neighbours of a cell can be chosen in only"
            f" {math.exp(choices.max()):.0f} ways, but one cell needs a probability of"
            f" {limit:.2g} to be found; use a finer level or a larger area"
        )


def _problem(
    values: NDArray[np.float64],
    weights: SpatialWeights,
    lag: NDArray[np.float64],
    sign: NDArray[np.float64],
) -> TailProblem:
    """Arrays of the kernel; thresholds give way by rounding error, towards larger p."""
    heaviest = np.where(weights.degrees > 0, weights.row_max, 1.0)
    equal = weights.row_max == weights.row_min
    observed = np.where(equal, lag / heaviest, lag)
    size = np.where(equal, weights.degrees, weights.row_sums) * np.abs(values).max()
    return TailProblem(
        values,
        weights.starts,
        weights.neighbours,
        weights.values,
        equal,
        sign,
        sign * observed - 1e-12 * size,
    )


def _probabilities(
    state: DrawState, closed: NDArray[np.float64], plan: TestPlan
) -> NDArray[np.float64]:
    """Probabilities of the drawn cells; the closed form for those the screen settled."""
    hits, draws = state.exceedances, np.maximum(state.draws, 1)
    settled = hits >= plan.stop_at
    tail = np.where(settled, hits / draws, (hits + 1) / (draws + 1))
    tail = np.where(state.draws > 0, tail, closed)
    p: NDArray[np.float64] = np.minimum(1.0, plan.tails * tail)
    return p
