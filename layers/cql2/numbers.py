"""Comparison of number columns with literals, exact for integers and floats of any size."""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.cql2.tree import ComparisonOperator

__all__ = ["TESTS", "number_holds"]

TESTS: dict[ComparisonOperator, Callable[[Any, Any], Any]] = {
    ComparisonOperator.EQ: operator.eq,
    ComparisonOperator.NE: operator.ne,
    ComparisonOperator.LT: operator.lt,
    ComparisonOperator.LE: operator.le,
    ComparisonOperator.GT: operator.gt,
    ComparisonOperator.GE: operator.ge,
}
"""Python operator of each comparison."""


def number_holds(
    op: ComparisonOperator, values: NDArray[Any], value: str | float
) -> NDArray[np.bool_]:
    """Comparison of every value with one literal, without rounding either.

    Parameters
    ----------
    values
        (n,) bool, integers or float64 without NaN.
    value
        A bool for bools, else a number of any size.
    """
    if isinstance(value, str) or values.dtype.kind == "b":
        return np.asarray(TESTS[op](values, value), dtype=np.bool_)
    if values.dtype.kind == "f":
        return _float_holds(op, values, value)
    if isinstance(value, float):
        if math.isinf(value):
            return np.full(values.shape, bool(TESTS[op](0.0, value)))
        if value != math.floor(value):
            return _fraction_holds(op, values, math.floor(value))
        value = int(value)
    limits = np.iinfo(values.dtype)
    if not limits.min <= value <= limits.max:
        return np.full(values.shape, bool(TESTS[op](0, value)))
    return np.asarray(TESTS[op](values, value), dtype=np.bool_)


def _fraction_holds(op: ComparisonOperator, values: NDArray[Any], below: int) -> NDArray[np.bool_]:
    """Compare integers with a number strictly between `below` and the next integer."""
    if op in {ComparisonOperator.EQ, ComparisonOperator.NE}:
        return np.full(values.shape, op is ComparisonOperator.NE)
    less = op in {ComparisonOperator.LT, ComparisonOperator.LE}
    return number_holds(ComparisonOperator.LE if less else ComparisonOperator.GT, values, below)


def _float_holds(op: ComparisonOperator, values: NDArray[Any], value: float) -> NDArray[np.bool_]:
    try:
        near = float(value)
    except OverflowError:
        near = math.inf if value > 0 else -math.inf
    if near == value:
        return np.asarray(TESTS[op](values, near), dtype=np.bool_)
    if op in {ComparisonOperator.EQ, ComparisonOperator.NE}:
        return np.full(values.shape, op is ComparisonOperator.NE)
    # an integer between two floats: every float is on one side of it
    less = op in {ComparisonOperator.LT, ComparisonOperator.LE}
    if less:
        return np.asarray(values <= near if near < value else values < near, dtype=np.bool_)
    return np.asarray(values > near if near < value else values >= near, dtype=np.bool_)
