"""Comparisons of columns with literals and with each other, exact for integers."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.columns import Column, NumberColumn, TextColumn
from layers.cql2.numbers import TESTS, number_holds
from layers.cql2.patterns import like_test
from layers.cql2.rows import GEOMETRY_NAMES, FilterRows
from layers.cql2.tree import ComparisonOperator, Instant, Literal, Operand, Property
from layers.cql2.truth import Truth
from layers.model import FieldSpec, FieldType

__all__ = ["between", "compared", "in_list", "is_null", "like"]

_KINDS = {
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.TEXT: "text",
    FieldType.CATEGORY: "text",
    FieldType.BOOLEAN: "truth value",
    FieldType.INSTANT: "instant",
}


def compared(op: ComparisonOperator, left: Operand, right: Operand, rows: FilterRows) -> Truth:
    """``left op right``.

    Raises
    ------
    QueryError
        If the sides are of different kinds, or their kind has no such comparison.
    """
    if isinstance(right, Property) and not isinstance(left, Property):
        return compared(op.mirrored, right, left, rows)
    _check_kinds(op, left, right, rows)
    if not isinstance(left, Property):
        holds = bool(TESTS[op](_plain(left), _plain(right)))
        return Truth.everywhere(len(rows), value=holds)
    _, column = rows.column(left.name)
    if isinstance(right, Property):
        return _compared_columns(op, column, rows.column(right.name)[1])
    if isinstance(column, TextColumn):
        value = _plain(right)
        return _text_truth(column, lambda text: bool(TESTS[op](text, value)))
    return Truth.of(number_holds(op, column.values, _plain(right)), column.valid)


def between(value: Operand, low: Operand, high: Operand, rows: FilterRows) -> Truth:
    """``low <= value <= high``; numbers and instants only.

    Raises
    ------
    QueryError
        If the operands are not all numbers or all instants.
    """
    kinds = {_kind(operand, rows) for operand in (value, low, high)}
    if kinds not in ({"number"}, {"instant"}):
        raise QueryError(f"between compares numbers or instants, got {', '.join(sorted(kinds))}")
    lower = compared(ComparisonOperator.GE, value, low, rows)
    return lower & compared(ComparisonOperator.LE, value, high, rows)


def in_list(value: Operand, items: tuple[Operand, ...], rows: FilterRows) -> Truth:
    """`value` equals one of `items`.

    Raises
    ------
    QueryError
        If the list is empty or an item is of another kind.
    """
    if not items:
        raise QueryError("the list of in must not be empty")
    literals = [item for item in items if isinstance(item, Literal)]
    if isinstance(value, Property) and len(literals) == len(items):
        _, column = rows.column(value.name)
        if isinstance(column, TextColumn):
            for item in items:
                _check_kinds(ComparisonOperator.EQ, value, item, rows)
            wanted = {item.value for item in literals}
            return _text_truth(column, wanted.__contains__)
    terms = (compared(ComparisonOperator.EQ, value, item, rows) for item in items)
    return reduce(Truth.__or__, terms)


def like(value: Operand, pattern: str, rows: FilterRows) -> Truth:
    r"""`value` matches a pattern: ``%`` any run, ``_`` one character, ``\`` the next plainly.

    Raises
    ------
    QueryError
        If `value` is not text.
    """
    if (kind := _kind(value, rows)) != "text":
        raise QueryError(f"like compares text, got a {kind}")
    matches = like_test(pattern)
    if isinstance(value, Property):
        column = rows.column(value.name)[1]
        if isinstance(column, TextColumn):
            return _text_truth(column, matches)
    return Truth.everywhere(len(rows), value=matches(str(_plain(value))))


def is_null(value: Operand, rows: FilterRows) -> Truth:
    """`value` is null; never unknown."""
    if not isinstance(value, Property):
        return Truth.everywhere(len(rows), value=False)
    bounds = rows.bounds
    if value.name in GEOMETRY_NAMES and rows.has_geometry and bounds is not None:
        return Truth.of(bounds[:, 0] > bounds[:, 2], None)
    _, column = rows.column(value.name)
    known = _known(column)
    if known is None:
        return Truth.everywhere(len(rows), value=False)
    return Truth.of(~known, None)


def _kind(operand: Operand, rows: FilterRows) -> str:
    if isinstance(operand, Property):
        if operand.name in GEOMETRY_NAMES and rows.has_geometry:
            return "geometry"
        return _field_kind(rows.column(operand.name)[0])
    if isinstance(operand, Literal):
        if isinstance(operand.value, bool):
            return "truth value"
        return "text" if isinstance(operand.value, str) else "number"
    return {"Instant": "instant", "Interval": "interval"}.get(type(operand).__name__, "geometry")


def _field_kind(field: FieldSpec) -> str:
    return _KINDS.get(field.type, "structure")


def _check_kinds(op: ComparisonOperator, left: Operand, right: Operand, rows: FilterRows) -> None:
    kinds = _kind(left, rows), _kind(right, rows)
    named = left.name if isinstance(left, Property) else "the left side"
    if kinds[0] != kinds[1]:
        raise QueryError(f"{named} is a {kinds[0]} and cannot be compared with a {kinds[1]}")
    if kinds[0] not in {"number", "text", "truth value", "instant"}:
        raise QueryError(f"{named} is a {kinds[0]}, which has no {op}")
    if kinds[0] == "truth value" and op not in {ComparisonOperator.EQ, ComparisonOperator.NE}:
        raise QueryError(f"{named} is a truth value, which has no {op}")


def _plain(operand: Operand) -> str | int | float | bool:
    if isinstance(operand, Instant):
        return operand.at
    if isinstance(operand, Literal):
        return operand.value
    raise QueryError(f"{operand} has no single value")


def _known(column: Column) -> NDArray[np.bool_] | None:
    if isinstance(column, TextColumn):
        return column.codes >= 0
    return column.valid


def _text_truth(column: TextColumn, test: Callable[[Any], bool]) -> Truth:
    """Test each distinct value once."""
    codes, values = column.codes, column.values
    if codes.size < values.size:
        used, place = np.unique(codes, return_inverse=True)
        null_first = bool(used.size and used[0] < 0)
        values = values[used[1:] if null_first else used]
        codes = (place - 1 if null_first else place).astype(np.int32)
    holds = np.zeros(values.size + 1, dtype=np.bool_)  # its last is for null
    holds[:-1] = [test(value) for value in values.tolist()]
    return Truth.of(holds[codes], codes >= 0)


def _compared_columns(op: ComparisonOperator, left: Column, right: Column) -> Truth:
    known = _both(_known(left), _known(right))
    if isinstance(left, NumberColumn) and isinstance(right, NumberColumn):
        return Truth.of(np.asarray(TESTS[op](left.values, right.values), dtype=np.bool_), known)
    if isinstance(left, TextColumn) and isinstance(right, TextColumn) and known is not None:
        holds = np.zeros(known.size, dtype=np.bool_)
        pairs = left.values[left.codes[known]], right.values[right.codes[known]]
        holds[known] = TESTS[op](*pairs)
        return Truth.of(holds, known)
    raise QueryError("a text cannot be compared with a number")


def _both(a: NDArray[np.bool_] | None, b: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b
