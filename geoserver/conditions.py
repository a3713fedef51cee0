"""Conditions on rows as analysts write them: fields with values, CQL2, the last so many days."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from grids.errors import ParameterError
from layers.cql2.json import filter_from_json
from layers.cql2.tree import Node
from layers.model import LayerSpec
from layers.query import Query

__all__ = ["Where", "recent_query", "where_filter"]

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000

Where = Mapping[str, Any] | Node | None
"""CQL2 as a tree or in its JSON form, or field to the value (or values) it must have."""


def where_filter(where: Where) -> Node | None:
    """Filter of a condition.

    Raises
    ------
    QueryError
        If it is no condition.

    Examples
    --------
    >>> where_filter({"state": "closed"})
    Comparison(op=<ComparisonOperator.EQ: '='>, left=Property(name='state'), \
right=Literal(value='closed'))
    """
    if not isinstance(where, Mapping):
        return where
    if "op" in where:
        return filter_from_json(where)
    terms = [_term(name, value) for name, value in where.items()]
    if not terms:
        return None
    return filter_from_json(terms[0] if len(terms) == 1 else {"op": "and", "args": terms})


def _term(name: str, value: object) -> dict[str, object]:
    """CQL2 in its JSON form: a field has a value, one of some values, or none."""
    field = {"property": name}
    if value is None:
        return {"op": "isNull", "args": [field]}
    if isinstance(value, Collection) and not isinstance(value, str):
        return {"op": "in", "args": [field, [_literal(one) for one in value]]}
    return {"op": "=", "args": [field, _literal(value)]}


def _literal(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ParameterError(f"a moment must have a time zone, got {value!r}")
        at = pd.Timestamp(value).floor("ms").astimezone(UTC)
        return {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}
    return value.item() if isinstance(value, np.generic) else value


def recent_query(
    spec: LayerSpec, days: float | None, where: Where, *, now_ms: int
) -> tuple[Query, dict[str, int]]:
    """Query for the rows of the last days that meet a condition.

    Parameters
    ----------
    spec
        Layer as the reader sees it.
    days
        By the time field of the layer; None takes all.
    where
        Further condition.
    now_ms
        Milliseconds UTC; the days end at its full minute, as in hot-spot answers.

    Returns
    -------
    tuple
        The query; and ``from`` and ``to`` in milliseconds UTC, the end
        not included.

    Raises
    ------
    ParameterError
        If `days` is not above 0, or the layer has no time field.
    """
    condition = where_filter(where)
    if days is None:
        return Query(filter=condition), {}
    if not 0 < days <= 36_500:
        raise ParameterError(f"days must be above 0, at most 36500, got {days}")
    if spec.time_field is None:
        raise ParameterError(f"days needs a time field, and layer {spec.name!r} has none")
    until = now_ms // _MINUTE_MS * _MINUTE_MS
    since = until - int(days * _DAY_MS)
    window = Query(filter=condition, datetime=(since, until - 1))
    return window, {"from": since, "to": until}
