"""Hot and cold spots of a map: Getis and Ord's local G*, tested by conditional permutation."""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.permutation import TailTest, TestPlan, conditional_test
from analysis.weights import SpatialWeights
from grids.errors import ParameterError, RefusedError

__all__ = ["CLASSES", "NULL_MODEL", "HotSpots", "LocalG", "hot_spots", "local_g"]

CLASSES: Final = {1: "hot", -1: "cold", 0: "none"}
NULL_MODEL: Final = (
    "conditional permutation: the value of the cell stays, its neighbours are a random draw "
    "without replacement from all other cells"
)


@dataclass(frozen=True, slots=True, eq=False)
class LocalG:
    """Local G of n cells.

    Attributes
    ----------
    g
        (n,) float64, weighted mean of the window over the sum of all values; NaN if that is 0.
    z
        (n,) float64, closed form in standard deviations; NaN where it has no variance.
    """

    g: NDArray[np.float64]
    z: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HotSpots:
    """Hot spots with all that is needed to judge and repeat them.

    Attributes
    ----------
    z
        (n,) float64, closed-form G* in standard deviations: for drawing, not for judging.
    classes
        (n,) int8: 1 hot, -1 cold, 0 none. A discovery whose `z` points the other way, because the
        value of the cell itself outweighs its neighbours, is none.
    test
        Probabilities, draws, family size, smallest attainable probability, seed.
    null_model
        What "by chance" means here.
    """

    z: NDArray[np.float64]
    classes: NDArray[np.int8]
    test: TailTest
    null_model: str = NULL_MODEL


def local_g(values: NDArray[np.float64], weights: SpatialWeights, *, star: bool = True) -> LocalG:
    """Getis and Ord's local G* (the window holds the cell itself) or G (it does not).

    Parameters
    ----------
    values
        (n,) float64, finite.
    weights
        Spatial weights of the n cells. In G* a cell weighs as much as its heaviest neighbour
        (1 for binary weights), so z does not change when the weights of a row are scaled.
    star
        Whether the window holds the cell itself.

    Returns
    -------
    LocalG
        Statistic and its closed-form z.

    Raises
    ------
    ParameterError
        If values are not finite or disagree in number with the weights.
    RefusedError
        If there are fewer than three cells.

    References
    ----------
    Ord and Getis (1995), "Local spatial autocorrelation statistics", Geogr. Anal. 27(4), eq. 10-14.

    Examples
    --------
    >>> from analysis.weights import contiguity
    >>> row = contiguity(np.arange(4), np.arange(1, 5), count=5)
    >>> local_g(np.array([0.0, 0.0, 0.0, 4.0, 4.0]), row).z.round(3).tolist()
    [-1.333, -2.0, -0.333, 1.333, 2.0]
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    count = len(values)
    if values.shape != (weights.count,) or not np.isfinite(values).all():
        raise ParameterError(f"values must be ({weights.count},) and finite, got {values.shape}")
    if count < 3:
        raise RefusedError(f"local G needs at least 3 cells, got {count}")
    own = np.where(weights.degrees > 0, weights.row_max, 1.0) if star else np.zeros(count)
    total = weights.spatial_lag(values) + own * values
    w1, w2 = weights.row_sums + own, weights.row_square_sums + own**2
    size = count if star else count - 1
    left_out = np.zeros(count) if star else values
    y = values - values.mean()
    y_out = np.zeros(count) if star else y
    mean_y = -y_out / size
    variance = ((y**2).sum() - y_out**2) / size - mean_y**2
    spread = variance * (size * w2 - w1**2) / (size - 1)
    expected = w1 * (values.mean() + mean_y)
    usable = (spread > 1e-12 * (y**2).mean() * w2) & (spread > 0)
    z = np.full(count, np.nan)
    np.divide(total - expected, np.sqrt(np.maximum(spread, 0.0)), out=z, where=usable)
    share = w1 * (values.sum() - left_out)
    g = np.full(count, np.nan)
    np.divide(total, share, out=g, where=share != 0)
    return LocalG(g, z)


def hot_spots(
    values: NDArray[np.float64],
    weights: SpatialWeights,
    plan: TestPlan | None = None,
    *,
    pool: Executor | None = None,
) -> HotSpots:
    """Hot and cold spots, with false discoveries controlled.

    Parameters
    ----------
    values
        (n,) float64, finite: counts or rates per cell.
    weights
        Spatial weights of the n cells; cells without neighbours are not tested.
    plan
        How to test; None takes the defaults of `TestPlan`.
    pool
        Executor of threads that shares the cells; the result does not depend on it.

    Returns
    -------
    HotSpots
        z, class and test of every cell.

    Raises
    ------
    ParameterError
        If values are not finite, disagree in number with the weights, or the plan is malformed.
    RefusedError
        If no truthful answer exists, with what would help: all values equal, no neighbours, too
        few draws or cells for the family.
    """
    test = conditional_test(values, weights, TestPlan() if plan is None else plan, pool=pool)
    z = local_g(values, weights).z
    classes = np.zeros(len(z), dtype=np.int8)
    classes[test.rejected & test.upper & (z > 0)] = 1
    classes[test.rejected & ~test.upper & (z < 0)] = -1
    return HotSpots(z, classes, test)
