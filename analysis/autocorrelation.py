"""Local Moran: places like their neighbours, and places unlike them."""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.moments import conditional_moments
from analysis.permutation import TailTest, TestPlan, conditional_test
from analysis.weights import SpatialWeights
from grids.errors import ParameterError, RefusedError

__all__ = ["QUADRANTS", "LocalMoran", "local_moran", "local_moran_test"]

QUADRANTS: Final = {0: "none", 1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}


@dataclass(frozen=True, slots=True, eq=False)
class LocalMoran:
    """Local Moran of n cells.

    Attributes
    ----------
    statistic
        (n,) float64, standard score of the cell (n - 1 in the variance) times the weighted mean of
        the scores of its neighbours; 0 for cells without neighbours.
    z
        (n,) float64, closed form in standard deviations under conditional permutation; NaN where
        it has no variance.
    quadrants
        (n,) int8, key of `QUADRANTS`: own side of the mean, then the neighbours' side; 0 for
        cells without neighbours.
    """

    statistic: NDArray[np.float64]
    z: NDArray[np.float64]
    quadrants: NDArray[np.int8]


def local_moran(values: NDArray[np.float64], weights: SpatialWeights) -> LocalMoran:
    """Anselin's local Moran with row-standardised weights.

    Parameters
    ----------
    values
        (n,) float64, finite, not all equal.
    weights
        Spatial weights of the n cells; they are row-standardised here.

    Returns
    -------
    LocalMoran
        Statistic, closed-form z and quadrant.

    Raises
    ------
    ParameterError
        If values are not finite or disagree in number with the weights.
    RefusedError
        If there are fewer than four cells, or all values are equal.

    References
    ----------
    Anselin (1995), "Local indicators of spatial association", Geogr. Anal. 27(2), eq. 12;
    Sokal, Oden and Thomson (1998), Geogr. Anal. 30(4), 331-354 (conditional moments).
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    if values.shape != (weights.count,) or not np.isfinite(values).all():
        raise ParameterError(f"values must be ({weights.count},) and finite, got {values.shape}")
    if len(values) < 4:
        raise RefusedError(f"local Moran needs at least 4 cells, got {len(values)}")
    if values.max() == values.min():
        raise RefusedError(f"all {len(values)} values are equal, so no place can stand out")
    share = weights.row_standardised()
    score = (values - values.mean()) / values.std(ddof=1)
    lag = share.spatial_lag(score)
    moments = conditional_moments(score, share)
    z = np.full(len(values), np.nan)
    usable = moments.deviation > 0
    np.divide(np.sign(score) * (lag - moments.mean), moments.deviation, out=z, where=usable)
    quadrants = np.where(score > 0, np.where(lag > 0, 1, 4), np.where(lag > 0, 2, 3))
    quadrants[weights.degrees == 0] = 0
    return LocalMoran(score * lag, z, quadrants.astype(np.int8))


def local_moran_test(
    values: NDArray[np.float64],
    weights: SpatialWeights,
    plan: TestPlan | None = None,
    *,
    pool: Executor | None = None,
) -> tuple[LocalMoran, TailTest]:
    """Local Moran and its test by conditional permutation.

    With the value of a cell fixed, its statistic grows and falls with the sum of its neighbours
    alone, so this is the test of that sum; the quadrant says whether the neighbours are like it.

    Parameters
    ----------
    values, weights
        As for `local_moran`.
    plan
        How to test; None takes the defaults of `TestPlan`. `hot` tests for high neighbours.
    pool
        Executor of threads that shares the cells; the result does not depend on it.

    Returns
    -------
    tuple
        (statistic, test).

    Raises
    ------
    ParameterError, RefusedError
        As for `local_moran` and `analysis.permutation.conditional_test`.
    """
    local = local_moran(values, weights)
    share = weights.row_standardised()
    return local, conditional_test(values, share, TestPlan() if plan is None else plan, pool=pool)
