"""Temporal relations of instant fields to instants and intervals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.columns import NumberColumn
from layers.cql2.compare import compared
from layers.cql2.rows import FilterRows
from layers.cql2.tree import (
    ComparisonOperator,
    Instant,
    Interval,
    Operand,
    Property,
    TemporalOperator,
)
from layers.cql2.truth import Truth
from layers.model import FieldType

__all__ = ["timed", "within_times"]

_INSTANTS = {
    TemporalOperator.AFTER: ComparisonOperator.GT,
    TemporalOperator.BEFORE: ComparisonOperator.LT,
    TemporalOperator.EQUALS: ComparisonOperator.EQ,
    TemporalOperator.INTERSECTS: ComparisonOperator.EQ,
    TemporalOperator.DISJOINT: ComparisonOperator.NE,
}
_SWAPPED = {
    TemporalOperator.AFTER: TemporalOperator.BEFORE,
    TemporalOperator.BEFORE: TemporalOperator.AFTER,
}


def timed(op: TemporalOperator, left: Operand, right: Operand, rows: FilterRows) -> Truth:
    """Relation in time of two operands, one of them usually a property.

    Raises
    ------
    QueryError
        If an operand is not of time, or the relation is not defined for them (an instant has
        no inside, so nothing is during it).

    References
    ----------
    OGC 21-065r2, clause 7.4, table 9: `DURING` is strict at both ends.
    """
    if isinstance(left, Interval) and not isinstance(right, Interval):
        if op is TemporalOperator.DURING:
            raise QueryError("an interval is never during an instant")
        left, right, op = right, left, _SWAPPED.get(op, op)
    if isinstance(right, Interval):
        if isinstance(left, Interval):
            raise QueryError(f"{op} of two intervals has no property in it")
        return _against_interval(op, left, right, rows)
    _check_instant(left, rows)
    _check_instant(right, rows)
    if op not in _INSTANTS:
        raise QueryError("the right side of t_during must be an interval")
    return compared(_INSTANTS[op], left, right, rows)


def within_times(values: NDArray[Any], start: int | None, end: int | None) -> NDArray[np.bool_]:
    """Which instants lie between two moments, both included; None is unbounded."""
    inside = np.ones(values.shape, dtype=np.bool_)
    if start is not None:
        inside &= values >= start
    if end is not None:
        inside &= values <= end
    return inside


def _against_interval(
    op: TemporalOperator, left: Operand, right: Interval, rows: FilterRows
) -> Truth:
    column = _instants(left, rows)
    values: NDArray[Any] = column.values
    start, end = right.start, right.end
    none = np.zeros(values.shape, dtype=np.bool_)
    match op:
        case TemporalOperator.AFTER:
            holds = none if end is None else np.asarray(values > end)
        case TemporalOperator.BEFORE:
            holds = none if start is None else np.asarray(values < start)
        case TemporalOperator.DURING:
            holds = within_times(
                values, None if start is None else start + 1, None if end is None else end - 1
            )
        case TemporalOperator.EQUALS:
            same = start is not None and start == end
            holds = np.asarray(values == start) if same else none
        case TemporalOperator.INTERSECTS:
            holds = within_times(values, start, end)
        case TemporalOperator.DISJOINT:
            holds = ~within_times(values, start, end)
    return Truth.of(holds, column.valid)


def _instants(operand: Operand, rows: FilterRows) -> NumberColumn:
    _check_instant(operand, rows)
    if isinstance(operand, Instant):
        return NumberColumn(np.full(len(rows), operand.at, dtype=np.int64))
    column = rows.column(operand.name)[1] if isinstance(operand, Property) else None
    if not isinstance(column, NumberColumn):
        raise QueryError(f"{operand} is not an instant")
    return column


def _check_instant(operand: Operand, rows: FilterRows) -> None:
    if isinstance(operand, Instant):
        return
    if not isinstance(operand, Property):
        raise QueryError(f"{operand} is not an instant")
    field = rows.column(operand.name)[0]
    if field.type is not FieldType.INSTANT:
        raise QueryError(f"property {operand.name!r} is a {field.type}, not an instant")
