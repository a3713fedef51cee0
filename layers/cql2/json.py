"""The JSON form of CQL2 as a tree; an allow-list, so nothing unknown gets through."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import shape

from grids.errors import QueryError
from layers.cql2.limits import MAX_DEPTH, MAX_NODES, check_limits
from layers.cql2.tree import (
    And,
    Between,
    Comparison,
    ComparisonOperator,
    GeometryLiteral,
    InList,
    Instant,
    Interval,
    IsNull,
    Like,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Property,
    Spatial,
    SpatialOperator,
    Temporal,
    TemporalOperator,
)

__all__ = ["filter_from_json", "instant_from_text"]

_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
    | {"GeometryCollection"}
)
_DAY_MS = 86_400_000
_INT64 = 2**63


def filter_from_json(document: object) -> Node:
    """Filter of a CQL2-JSON document, already decoded.

    Parameters
    ----------
    document
        Dicts, lists, texts, numbers and truth values, as a JSON reader gives them.

    Raises
    ------
    QueryError
        If it is not CQL2, uses what is not supported, or is too deep or too large; the message
        names the part.

    References
    ----------
    OGC 21-065r2, "Common Query Language (CQL2)", clause 9 and annex B.

    Examples
    --------
    >>> filter_from_json({"op": "=", "args": [{"property": "state"}, "closed"]})
    Comparison(op=<ComparisonOperator.EQ: '='>, left=Property(name='state'), \
right=Literal(value='closed'))
    """
    _check_size(document)
    node = _node(document)
    check_limits(node)
    return node


def _check_size(document: object) -> None:
    """Refuse what is deeper or larger than any filter may be, before recursion."""
    pending, count = [(document, 1)], 0
    while pending:
        here, depth = pending.pop()
        if isinstance(here, Mapping):
            if "coordinates" in here or "geometries" in here:
                continue
            count += 1
            if depth > MAX_DEPTH:
                raise QueryError(f"the filter is nested deeper than {MAX_DEPTH}")
            pending.extend((value, depth + 1) for value in here.values())
        elif isinstance(here, list | tuple):
            pending.extend((value, depth) for value in here)
        else:
            count += 1
        if count > 4 * MAX_NODES:  # a property counts twice, an operator once more
            raise QueryError(f"the filter has more than {MAX_NODES} parts")


def _node(part: object) -> Node:
    if isinstance(part, bool):
        return Literal(part)
    if not isinstance(part, Mapping) or not isinstance(part.get("op"), str):
        raise QueryError(f"a condition is {{op, args}} or a truth value, got {_shown(part)}")
    op, args = part["op"], part.get("args")
    if not isinstance(args, list | tuple) or set(part) != {"op", "args"}:
        raise QueryError(f"operator {op!r} must have args, a list, and nothing else")
    build = _BUILDERS.get(op)
    if build is None:
        raise QueryError(f"operator {op!r} is not supported; there are {', '.join(_BUILDERS)}")
    return build(op, args)


def _args(op: str, args: Any, count: int) -> list[Any]:  # noqa: ANN401 - JSON
    if len(args) != count:
        raise QueryError(f"operator {op!r} takes {count} args, got {len(args)}")
    return list(args)


def _comparison(op: str, args: Any) -> Node:  # noqa: ANN401
    left, right = _args(op, args, 2)
    return Comparison(ComparisonOperator(op), _operand(left), _operand(right))


def _logical(op: str, args: Any) -> Node:  # noqa: ANN401
    if not args:
        raise QueryError(f"operator {op!r} needs a condition")
    terms = tuple(_node(arg) for arg in args)
    return And(terms) if op == "and" else Or(terms)


def _not(op: str, args: Any) -> Node:  # noqa: ANN401
    return Not(_node(_args(op, args, 1)[0]))


def _between(op: str, args: Any) -> Node:  # noqa: ANN401
    value, low, high = _args(op, args, 3)
    return Between(_operand(value), _operand(low), _operand(high))


def _in(op: str, args: Any) -> Node:  # noqa: ANN401
    value, items = _args(op, args, 2)
    if not isinstance(items, list | tuple) or not items:
        raise QueryError("the second of in must be a list with an item")
    return InList(_operand(value), tuple(_operand(item) for item in items))


def _like(op: str, args: Any) -> Node:  # noqa: ANN401
    value, pattern = _args(op, args, 2)
    if not isinstance(pattern, str):
        raise QueryError(f"the pattern of like must be a text, got {_shown(pattern)}")
    return Like(_operand(value), pattern)


def _is_null(op: str, args: Any) -> Node:  # noqa: ANN401
    return IsNull(_operand(_args(op, args, 1)[0]))


def _spatial(op: str, args: Any) -> Node:  # noqa: ANN401
    left, right = _args(op, args, 2)
    return Spatial(SpatialOperator(op), _operand(left), _operand(right))


def _temporal(op: str, args: Any) -> Node:  # noqa: ANN401
    left, right = (_moment(operand) for operand in map(_operand, _args(op, args, 2)))
    return Temporal(TemporalOperator(op), left, right)


_BUILDERS: dict[str, Callable[[str, Any], Node]] = {
    **dict.fromkeys(("and", "or"), _logical),
    "not": _not,
    **dict.fromkeys((op.value for op in ComparisonOperator), _comparison),
    "between": _between,
    "in": _in,
    "like": _like,
    "isNull": _is_null,
    **dict.fromkeys((op.value for op in SpatialOperator), _spatial),
    **dict.fromkeys((op.value for op in TemporalOperator), _temporal),
}


def _operand(part: object) -> Operand:
    if isinstance(part, str | bool | float):
        return Literal(part)
    if isinstance(part, int):
        if not -_INT64 <= part < _INT64:
            raise QueryError(f"number {part} does not fit in 64 bits")
        return Literal(part)
    if isinstance(part, Mapping):
        if part.get("type") in _GEOMETRIES:
            return GeometryLiteral(_geometry(part))
        if len(part) == 1:
            (key, value), *_ = part.items()
            if key in _OPERANDS:
                return _OPERANDS[key](value)
    raise QueryError(f"{_shown(part)} is not a property or a value")


def _property(name: object) -> Operand:
    if not isinstance(name, str):
        raise QueryError(f"a property is a name, got {_shown(name)}")
    return Property(name)


def _timestamp(text: object) -> Operand:
    return Instant(instant_from_text(text))


def _date(text: object) -> Operand:
    """A day: its first and last millisecond in UTC, when compared in time."""
    start = _day(text)
    return Interval(start, start + _DAY_MS - 1)


def _interval(ends: object) -> Operand:
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        raise QueryError(f"an interval has two ends, got {_shown(ends)}")
    return Interval(_end(ends[0], first=True), _end(ends[1], first=False))


def _end(text: object, *, first: bool) -> int | None:
    if text == "..":
        return None
    if isinstance(text, str) and len(text) == 10:
        return _day(text) + (0 if first else _DAY_MS - 1)
    return instant_from_text(text)


def _bbox(box: object) -> Operand:
    numbers = isinstance(box, list | tuple) and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in box
    )
    if not numbers or len(box) != 4:  # type: ignore[arg-type]
        raise QueryError(f"bbox must be four numbers, got {_shown(box)}")
    xmin, ymin, xmax, ymax = (float(n) for n in box)  # type: ignore[attr-defined]
    if not (xmin < xmax and ymin < ymax):
        raise QueryError(f"bbox must be xmin, ymin, xmax, ymax, got {_shown(box)}")
    return GeometryLiteral(shapely.box(xmin, ymin, xmax, ymax))


_OPERANDS: dict[str, Callable[[object], Operand]] = {
    "property": _property,
    "timestamp": _timestamp,
    "date": _date,
    "interval": _interval,
    "bbox": _bbox,
}


def _moment(operand: Operand) -> Operand:
    """An interval of one instant is that instant."""
    if isinstance(operand, Interval) and operand.start is not None and operand.start == operand.end:
        return Instant(operand.start)
    return operand


def _geometry(part: Mapping[str, Any]) -> shapely.Geometry:
    try:
        return shape(part)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, GEOSException) as exc:
        raise QueryError(f"a geometry of the filter cannot be read: {exc}") from exc


def instant_from_text(text: object) -> int:
    """Milliseconds since 1970-01-01 UTC of a time with zone (RFC 3339).

    Raises
    ------
    QueryError
        If it is not one.

    Examples
    --------
    >>> instant_from_text("1970-01-01T08:00:01+08:00")
    1000
    """
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as exc:
        raise QueryError(f"{_shown(text)} is not a time like 2026-05-01T08:00:00Z") from exc
    if moment.tzinfo is None:
        raise QueryError(f"{_shown(text)} has no time zone; write Z or +08:00")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _day(text: object) -> int:
    try:
        day = date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as exc:
        raise QueryError(f"{_shown(text)} is not a date like 2026-05-01") from exc
    return (day - date(1970, 1, 1)).days * _DAY_MS


def _shown(part: object) -> str:
    text = repr(part)
    return text if len(text) <= 60 else f"{text[:57]}..."
