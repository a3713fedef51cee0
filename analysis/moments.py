"""Exact moments of a sum of neighbours under conditional permutation, and its closed-form tail."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc, ndtr

from analysis.weights import SpatialWeights

__all__ = ["SumMoments", "conditional_moments", "pearson_tail"]

_FLAT = 1e-12  # share of the variance of all values below which the others count as equal


@dataclass(frozen=True, slots=True, eq=False)
class SumMoments:
    """Moments of the weighted sum of neighbours of n cells.

    Attributes
    ----------
    mean, deviation, skewness
        (n,) float64 each; deviation 0 and skewness 0 where the sum cannot vary.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    skewness: NDArray[np.float64]


def conditional_moments(values: NDArray[np.float64], weights: SpatialWeights) -> SumMoments:
    """Moments of the neighbour sum of each cell when the other values are permuted.

    The value of the cell itself stays; its neighbours are a draw without replacement from the
    n - 1 others, so the moments are those of a finite population.

    Parameters
    ----------
    values
        (n,) float64, n >= 4.
    weights
        Spatial weights of the n cells.

    Returns
    -------
    SumMoments
        Mean, standard deviation and skewness.

    References
    ----------
    Sugden, Smith and Jones (2000), J. R. Statist. Soc. B 62(4), 787-793 (third moment of a finite
    population sample); weighted form derived from E[Y1 Y1 Y2] = -m3 / (N - 1) and
    E[Y1 Y2 Y3] = 2 m3 / ((N - 1)(N - 2)) for centred values.
    """
    others = len(values) - 1
    centre = values.mean()
    y = values - centre
    square, cube = (y**2).sum(), (y**3).sum()
    shift = -y / others
    rest = (square - y**2) / others
    m2 = rest - shift**2
    m3 = (cube - y**3) / others - 3 * shift * rest + 2 * shift**3
    w1, w2 = weights.row_sums, weights.row_square_sums
    w3 = weights.row_cube_sums
    variance = m2 * (w2 - (w1**2 - w2) / (others - 1))
    pairs = w1 * w2 - w3  # sum of w_j^2 w_k over ordered pairs of different neighbours
    triples = w1**3 - 3 * w1 * w2 + 2 * w3  # the same of w_j w_k w_l
    third = m3 * (w3 - 3 * pairs / (others - 1) + 2 * triples / ((others - 1) * (others - 2)))
    varies = (m2 > _FLAT * square / len(values)) & (variance > 0)
    deviation = np.sqrt(np.where(varies, variance, 0.0))
    skewness = np.divide(third, deviation**3, out=np.zeros(len(values)), where=varies)
    return SumMoments((centre + shift) * w1, deviation, skewness)


def pearson_tail(z: NDArray[np.float64], skewness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper tail probability of a standardised Pearson III variable.

    Parameters
    ----------
    z
        (n,) float64, value in standard deviations from the mean.
    skewness
        (n,) float64; near 0 the normal tail is taken.

    Returns
    -------
    NDArray
        (n,) float64, probability of a value of at least z. For the lower tail pass -z and
        -skewness.

    References
    ----------
    Johnson, Kotz and Balakrishnan (1994), "Continuous univariate distributions" 1, chapter 17.

    Examples
    --------
    >>> pearson_tail(np.array([0.0, 1.0]), np.array([0.0, 2.0])).round(6).tolist()
    [0.5, 0.135335]
    """
    bent = np.abs(skewness) > 1e-6
    shape = 4.0 / np.where(bent, skewness, 1.0) ** 2
    x = shape + np.where(skewness >= 0, z, -z) * np.sqrt(shape)
    inside = np.maximum(x, 0.0)
    tail = np.where(skewness >= 0, gammaincc(shape, inside), gammainc(shape, inside))
    return np.where(bent, tail, ndtr(-z))
