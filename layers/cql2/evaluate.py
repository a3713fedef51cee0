"""Evaluation of a CQL2 tree over columns, all rows at once, with SQL's three-valued logic."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.cql2.compare import between, compared, in_list, is_null, like
from layers.cql2.limits import check_limits
from layers.cql2.place import placed
from layers.cql2.rows import FilterRows
from layers.cql2.time import timed
from layers.cql2.tree import (
    And,
    Between,
    Comparison,
    InList,
    IsNull,
    Like,
    Literal,
    Node,
    Not,
    Or,
    Spatial,
    Temporal,
)
from layers.cql2.truth import Truth

__all__ = ["matching", "truth"]


def matching(node: Node, rows: FilterRows) -> NDArray[np.bool_]:
    """Rows for which a filter is true (not false, not unknown).

    Parameters
    ----------
    node
        The filter.
    rows
        Rows of one segment, seen through a scope.

    Returns
    -------
    NDArray
        (k,) bool, one per row.

    Raises
    ------
    QueryError
        If the filter is too large, names a property that the scope does not see, or compares
        what cannot be compared.
    """
    check_limits(node)
    return truth(node, rows).true


def truth(node: Node, rows: FilterRows) -> Truth:
    """Truth of a filter for every row; `matching` for the usual question."""
    match node:
        case And():
            return reduce(Truth.__and__, (truth(term, rows) for term in node.terms))
        case Or():
            return reduce(Truth.__or__, (truth(term, rows) for term in node.terms))
        case Not():
            return ~truth(node.term, rows)
        case Literal():
            if not isinstance(node.value, bool):
                raise QueryError(f"{node.value!r} is a value, not a condition")
            return Truth.everywhere(len(rows), value=node.value)
        case _:
            return _predicate(node, rows)


def _predicate(
    node: Comparison | Between | InList | Like | IsNull | Spatial | Temporal, rows: FilterRows
) -> Truth:
    found: Truth
    match node:
        case Comparison():
            found = compared(node.op, node.left, node.right, rows)
        case Between():
            found = between(node.value, node.low, node.high, rows)
        case InList():
            found = in_list(node.value, node.items, rows)
        case Like():
            found = like(node.value, node.pattern, rows)
        case IsNull():
            found = is_null(node.value, rows)
        case Spatial():
            found = placed(node.op, node.left, node.right, rows)
        case Temporal():
            found = timed(node.op, node.left, node.right, rows)
    return found
