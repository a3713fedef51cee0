"""Text of a source column as typed values of a field, with the rows that do not fit."""

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from layers.model import FieldSpec, FieldType

__all__ = ["Converted", "converted"]

_TRUE = ("1", "true", "yes", "y", "t", "是", "有", "真")
_FALSE = ("0", "false", "no", "n", "f", "否", "无", "假")
_INTEGER = r"^[+-]?\d{1,18}(\.0+)?$"
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋：／", "0123456789.,-+:/")
_DATE = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,6}))?)?分?秒?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?$"
)


@dataclass(frozen=True, slots=True)
class Converted:
    """One converted column.

    Parameters
    ----------
    array
        Arrow array of the field's type, null where the source was empty or did not fit.
    bad
        (n,) bool, True where the source had a value that does not fit.
    wanted
        What was wanted, for the reject.
    """

    array: pa.Array
    bad: NDArray[np.bool_]
    wanted: str


def converted(column: pa.ChunkedArray, field: FieldSpec, *, zone: str) -> Converted:
    """The column as values of the field's type.

    Parameters
    ----------
    column
        Any Arrow column; text is trimmed and full-width digits are folded.
    field
        The field; a `CATEGORY` with a domain takes its values or their titles.
    zone
        IANA name of the time zone of times that name none.
    """
    if field.type in {FieldType.TEXT, FieldType.JSON}:
        return Converted(_text(column), np.zeros(len(column), dtype=bool), "text")
    if field.type is FieldType.CATEGORY:
        return _category(_text(column), field)
    if pa.types.is_timestamp(column.type) and field.type is FieldType.INSTANT:
        return _stamps(column, zone)
    text = _folded(_text(column))
    if field.type is FieldType.BOOLEAN:
        return _boolean(text)
    if field.type is FieldType.INSTANT:
        return _instants(text, zoneinfo.ZoneInfo(zone))
    whole = field.type is FieldType.INTEGER
    plain = pc.replace_substring(text, ",", "")
    fits = pc.match_substring_regex(plain, _INTEGER if whole else _NUMBER)
    kept = pc.if_else(fits, plain, pa.scalar(None, pa.string()))
    if whole:
        kept = pc.replace_substring_regex(kept, r"\.0+$", "")
    return Converted(
        kept.cast(pa.int64() if whole else pa.float64()),
        _misfit(text, fits),
        "a whole number" if whole else "a number",
    )


def _text(column: pa.ChunkedArray) -> pa.Array:
    """Trimmed text, null where empty; floats that are whole lose their point."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(flat, pa.ChunkedArray):  # an empty or many-chunk column stays chunked
        flat = pa.concat_arrays(flat.chunks) if flat.num_chunks else pa.array([], flat.type)
    if pa.types.is_dictionary(flat.type):
        flat = flat.dictionary_decode()
    trimmed = pc.utf8_trim_whitespace(flat.cast(pa.string()))
    if pa.types.is_floating(flat.type):
        trimmed = pc.replace_substring_regex(trimmed, r"\.0$", "")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _folded(text: pa.Array) -> pa.Array:
    """Full-width digits and signs as ASCII, only where there are any."""
    if not pc.any(pc.match_substring_regex(text, "[０-９．，－＋：／]")).as_py():
        return text
    return pa.array([t.translate(_FULL_WIDTH) if t else t for t in text.to_pylist()], pa.string())


def _misfit(text: pa.Array, fits: pa.Array) -> NDArray[np.bool_]:
    wrong = pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(fits, fill_value=False)))
    return np.asarray(wrong.to_numpy(zero_copy_only=False), dtype=bool)


def _by_table(
    text: pa.Array, table: dict[str, object], type_: pa.DataType
) -> tuple[pa.Array, pa.Array]:
    """Values looked up once per distinct text, and whether each was found."""
    coded = text.dictionary_encode()
    words = coded.dictionary.to_pylist()
    found = pa.array([word in table for word in words], pa.bool_())
    values = pa.array([table.get(word) for word in words], type_)
    return values.take(coded.indices), found.take(coded.indices)


def _category(text: pa.Array, field: FieldSpec) -> Converted:
    if not field.domain:
        return Converted(text, np.zeros(len(text), dtype=bool), "text")
    table: dict[str, object] = {}
    for value, titles in field.domain.items():
        table |= dict.fromkeys((titles[1], titles[1].lower(), titles[0]), value)
    table |= {value: value for value in field.domain}
    values, found = _by_table(text, table, pa.string())
    wanted = "one of " + ", ".join(list(field.domain)[:12])
    return Converted(values, _misfit(text, found), wanted)


def _boolean(text: pa.Array) -> Converted:
    table: dict[str, object] = {word: word in _TRUE for word in (*_TRUE, *_FALSE)}
    values, found = _by_table(pc.utf8_lower(text), table, pa.bool_())
    return Converted(values, _misfit(text, found), "yes or no")


def _stamps(column: pa.ChunkedArray, zone: str) -> Converted:
    flat = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    aware = (
        flat
        if flat.type.tz
        else pc.assume_timezone(flat, zone, ambiguous="earliest", nonexistent="latest")
    )
    millis = aware.cast(pa.timestamp("ms", tz="UTC"), safe=False).cast(pa.int64())
    return Converted(millis, np.zeros(len(flat), dtype=bool), "a time")


def _instants(text: pa.Array, zone: zoneinfo.ZoneInfo) -> Converted:
    coded = text.dictionary_encode()
    table = {
        word: millis
        for word in coded.dictionary.to_pylist()
        if (millis := _instant(word, zone)) is not None
    }
    values, found = _by_table(text, dict(table), pa.int64())
    return Converted(values, _misfit(text, found), "a date or time such as 2026-11-22 14:05")


def _instant(word: str, zone: zoneinfo.ZoneInfo) -> int | None:
    """Milliseconds since 1970 UTC of a date or time as people write it, or None.

    Examples
    --------
    >>> _instant("2026年11月22日 8时05分", zoneinfo.ZoneInfo("Asia/Shanghai"))
    1795305900000
    >>> _instant("22/11/2026", zoneinfo.ZoneInfo("UTC")) is None
    True
    """
    match = _DATE.match(word.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micro = int((match[7] or "0").ljust(6, "0"))
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
    except ValueError:
        return None
    if match[8]:
        offset = "+00:00" if match[8] == "Z" else match[8]
        moment = moment.replace(tzinfo=dt.datetime.strptime(offset, "%z").tzinfo)
    return round(moment.timestamp() * 1000)
