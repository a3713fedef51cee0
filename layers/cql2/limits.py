"""Limits of a filter and what it looks at, by walking its tree without recursion."""

from collections.abc import Iterator

from grids.errors import QueryError
from layers.cql2.tree import (
    And,
    Between,
    Comparison,
    InList,
    IsNull,
    Like,
    Node,
    Not,
    Operand,
    Or,
    Property,
    Spatial,
    Temporal,
)

__all__ = ["MAX_DEPTH", "MAX_NODES", "check_limits", "properties"]

MAX_DEPTH = 32
"""Deepest nesting of a filter."""

MAX_NODES = 512
"""Most nodes of a filter."""


def _children(node: Node | Operand) -> tuple[Node | Operand, ...]:
    """Nodes directly below a node."""
    below: tuple[Node | Operand, ...] = ()
    match node:
        case Comparison() | Spatial() | Temporal():
            below = (node.left, node.right)
        case Between():
            below = (node.value, node.low, node.high)
        case InList():
            below = (node.value, *node.items)
        case Like() | IsNull():
            below = (node.value,)
        case Not():
            below = (node.term,)
        case And() | Or():
            below = node.terms
        case _:
            pass
    return below


def _walk(node: Node) -> Iterator[tuple[Node | Operand, int]]:
    """Every node with its depth, the root at 1."""
    pending: list[tuple[Node | Operand, int]] = [(node, 1)]
    while pending:
        here, depth = pending.pop()
        yield here, depth
        pending.extend((child, depth + 1) for child in _children(here))


def properties(node: Node) -> frozenset[str]:
    """Names of the properties that a filter looks at."""
    return frozenset(found.name for found, _ in _walk(node) if isinstance(found, Property))


def check_limits(node: Node) -> None:
    """Refuse a filter that is too deep or too large.

    Raises
    ------
    QueryError
        If it is nested deeper than `MAX_DEPTH` or has more than `MAX_NODES` nodes.

    Examples
    --------
    >>> check_limits(IsNull(Property("name")))
    """
    for count, (_, depth) in enumerate(_walk(node), start=1):
        if depth > MAX_DEPTH:
            raise QueryError(f"the filter is nested deeper than {MAX_DEPTH}")
        if count > MAX_NODES:
            raise QueryError(f"the filter has more than {MAX_NODES} parts")
