"""Control of false discoveries over a family of tests."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grids.errors import ParameterError

__all__ = ["Correction", "discoveries", "rejection_limit"]

Correction = Literal["bh", "by"]


def rejection_limit(count: int, *, alpha: float, correction: Correction = "bh") -> float:
    """Largest p-value at which one test alone is rejected among `count`.

    Parameters
    ----------
    count
        Size of the family.
    alpha
        Share of false discoveries allowed.
    correction
        `bh`: Benjamini and Hochberg, for independent or positively dependent tests (overlapping
        windows of one map). `by`: Benjamini and Yekutieli, for any dependence.

    Returns
    -------
    float
        alpha / count, divided by the harmonic number of `count` for `by`.

    Examples
    --------
    >>> round(rejection_limit(85, alpha=0.05), 9)
    0.000588235
    """
    if count < 1:
        raise ParameterError(f"count must be at least 1, got {count}")
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha must lie between 0 and 1, got {alpha}")
    if correction not in ("bh", "by"):
        raise ParameterError(f"correction must be bh or by, got {correction!r}")
    limit = alpha / count
    if correction == "by":
        limit /= float((1.0 / np.arange(1, count + 1)).sum())
    return limit


def discoveries(
    p: NDArray[np.float64], *, alpha: float, correction: Correction = "bh"
) -> NDArray[np.bool_]:
    """Rejected tests of a family, by the step-up procedure.

    Parameters
    ----------
    p
        (m,) float64, p-values in (0, 1].
    alpha
        Share of false discoveries allowed among the rejected.
    correction
        As in `rejection_limit`.

    Returns
    -------
    NDArray
        (m,) bool: the r smallest p-values, r the largest rank with p_(r) <= r * limit.

    References
    ----------
    Benjamini and Hochberg (1995), J. R. Statist. Soc. B 57(1), 289-300; Benjamini and Yekutieli
    (2001), Ann. Statist. 29(4), 1165-1188, theorem 1.3.

    Examples
    --------
    >>> discoveries(np.array([0.02, 0.9, 0.001, 0.034]), alpha=0.05).tolist()
    [True, False, True, True]
    """
    if len(p) == 0:
        return np.zeros(0, dtype=np.bool_)
    limit = rejection_limit(len(p), alpha=alpha, correction=correction)
    ordered = np.sort(p)
    below = np.flatnonzero(ordered <= limit * np.arange(1, len(p) + 1))
    threshold = ordered[below[-1]] if len(below) else -1.0
    rejected: NDArray[np.bool_] = p <= threshold
    return rejected
