"""Query parameters of items as a query value: box, ids, time, and one filter per field."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from grids.errors import ParameterError
from layers.cql2.tree import And, Comparison, ComparisonOperator, Literal, Node, Property
from layers.model import FieldSpec, FieldType, LayerSpec

__all__ = ["field_filter", "instant_ms", "instant_text", "parse_datetime", "parse_ids"]

_TRUE_FALSE = {"true": True, "false": False}
_IDS_MOST = 1000


def instant_ms(text: str, *, name: str) -> int:
    """Milliseconds UTC of an RFC 3339 date-time, a date, or a number of milliseconds.

    Raises
    ------
    ParameterError
        If it is none of these, or a date-time without zone.
    """
    if text.lstrip("-").isdecimal() and len(text) > 8:
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "+"))
    except ValueError as exc:
        raise ParameterError(
            f"{name} is a date-time such as 2025-01-31T08:00:00Z, got {text[:40]!r}"
        ) from exc
    if moment.tzinfo is None:
        if "T" in text:
            raise ParameterError(f"{name} lacks a zone such as Z or +08:00, got {text[:40]!r}")
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def instant_text(ms: int) -> str:
    """RFC 3339 text of milliseconds UTC.

    Examples
    --------
    >>> instant_text(1_700_000_000_123), instant_text(0)
    ('2023-11-14T22:13:20.123Z', '1970-01-01T00:00:00Z')
    """
    moment = datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    shape = "milliseconds" if ms % 1000 else "seconds"
    return moment.isoformat(timespec=shape).replace("+00:00", "Z")


def parse_datetime(text: str) -> tuple[int | None, int | None]:
    """First and last millisecond of an instant or an interval ``start/end`` (``..`` is open).

    Raises
    ------
    ParameterError
        If it is neither.
    """
    ends = text.split("/")
    if len(ends) > 2:
        raise ParameterError(f"datetime is an instant or start/end, got {text[:80]!r}")
    if len(ends) == 1:
        start = instant_ms(text, name="datetime")
        return start, start if "T" in text or text.isdecimal() else start + 86_399_999
    first, last = (None if e in {"", ".."} else instant_ms(e, name="datetime") for e in ends)
    return first, last


def parse_ids(text: str) -> tuple[int, ...]:
    """Ids of a comma-separated list.

    Raises
    ------
    ParameterError
        If one is not a whole number, or there are too many.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > _IDS_MOST:
        raise ParameterError(f"ids takes at most {_IDS_MOST}, got {len(parts)}")
    try:
        ids = tuple(int(part) for part in parts)
    except ValueError as exc:
        raise ParameterError(f"ids are whole numbers, got {text[:80]!r}") from exc
    if not ids or not all(-(2**63) <= number < 2**63 for number in ids):
        raise ParameterError(f"ids are whole numbers, got {text[:80]!r}")
    return ids


def field_filter(given: Mapping[str, str], spec: LayerSpec, known: Sequence[str]) -> Node | None:
    """Filter that asks for equality of every field given.

    Parameters
    ----------
    given
        Query names that are not parameters of the path, with their values.
    spec
        Layer as the reader sees it: what it hides cannot be asked for.
    known
        Parameters of the path, for the message.

    Raises
    ------
    ParameterError
        For a name that is neither a parameter nor a field, a field that is not held in the
        snapshot, or a value of the wrong type.
    """
    held = {field.name: field for field in spec.held_fields}
    tests: list[Node] = []
    for name, text in given.items():
        if name not in held:
            raise ParameterError(
                f"unknown parameter {name!r}; this path takes {', '.join(sorted(known))} and the "
                f"fields {', '.join(held)}"
            )
        value = Literal(_value(text, held[name]))
        tests.append(Comparison(ComparisonOperator.EQ, Property(name), value))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else And(tuple(tests))


def _value(text: str, field: FieldSpec) -> str | int | float | bool:
    """Text of a query as a value of a field."""
    if field.type is FieldType.BOOLEAN:
        if text.lower() not in _TRUE_FALSE:
            raise ParameterError(f"{field.name} is true or false, got {text[:40]!r}")
        return _TRUE_FALSE[text.lower()]
    if field.type is FieldType.INSTANT:
        return instant_ms(text, name=field.name)
    if field.type in {FieldType.INTEGER, FieldType.NUMBER}:
        kind = int if field.type is FieldType.INTEGER else float
        try:
            return kind(text)
        except ValueError as exc:
            raise ParameterError(f"{field.name} is a number, got {text[:40]!r}") from exc
    return text
