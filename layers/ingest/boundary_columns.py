"""Which columns of a boundary file hold the code, the name and the level of a unit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from grids.errors import FieldError

__all__ = ["BoundaryColumns", "boundary_columns", "level_word"]

_CODE_PATTERN = r"^\d{4,21}$"
_CODE_NAMES = (
    "code",
    "adcode",
    "dm",
    "bm",
    "代码",
    "编码",
    "行政区代码",
    "网格编码",
    "gb",
    "pac",
    "id",
)
_NAME_NAMES = ("name", "mc", "名称", "行政区名称", "网格名称", "cn_name", "fullname", "title")
_LEVEL_NAMES = ("level", "级别", "层级", "admin_type")
_LEVEL_WORDS = {
    "city": ("city", "市", "地级", "prefecture"),
    "district": ("district", "county", "区县", "县", "区"),
    "street": ("street", "town", "township", "街道", "乡镇", "镇"),
    "community": ("community", "village", "社区", "村", "居委会"),
    "grid": ("grid", "网格", "basic"),
    "unit": ("unit", "单元网格", "cell"),
}


@dataclass(frozen=True, slots=True)
class BoundaryColumns:
    """Columns found: of the code, the name (or None) and the level (or None)."""

    code: str
    name: str | None
    level: str | None


def level_word(text: str | None) -> str | None:
    """Level in the words of the product for a word of a file, or None.

    Examples
    --------
    >>> level_word("county"), level_word("街道"), level_word("planet")
    ('district', 'street', None)
    """
    word = (text or "").strip().lower()
    return next((level for level, words in _LEVEL_WORDS.items() if word in words), None)


def _looks_like_codes(column: pa.ChunkedArray) -> bool:
    """True if nearly every value is a number of code length and no two are equal."""
    if pa.types.is_floating(column.type):
        return False
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    fits = pc.sum(pc.match_substring_regex(text, _CODE_PATTERN)).as_py() or 0
    return fits >= 0.95 * max(1, len(text)) and pc.count_distinct(text).as_py() == len(text)


def _by_name(columns: Sequence[str], wanted: Sequence[str], level: str | None) -> list[str]:
    """Columns whose name is, or ends with, a wanted word; those naming the level come first."""
    hits = [
        (0 if level and level in column.lower() else 1, wanted.index(word), column)
        for column in columns
        for word in wanted
        if re.fullmatch(rf"(.*[_ ])?{re.escape(word)}|.*{re.escape(word)}", column.lower())
    ]
    return list(dict.fromkeys(column for _, _, column in sorted(hits)))


def boundary_columns(
    table: pa.Table, *, level: str | None, declared: Mapping[str, str]
) -> BoundaryColumns:
    """Columns of a boundary table, declared ones first, else detected by name and content.

    Parameters
    ----------
    table
        Attributes of the file.
    level
        Level declared for all rows, in the words of the product; None if a column tells.
    declared
        ``code``, ``name``, ``level`` to column names.

    Raises
    ------
    FieldError
        If a declared column is not there, or no column holds distinct codes.
    """
    columns = table.column_names
    for key, column in declared.items():
        if key not in {"code", "name", "level"}:
            raise FieldError(f"a boundary has the columns code, name and level, not {key!r}")
        if column not in columns:
            raise FieldError(f"there is no column {column!r}; there are {', '.join(columns)}")
    code = declared.get("code")
    if code is None:
        named = _by_name(columns, _CODE_NAMES, level)
        others = [c for c in columns if c not in named]
        code = next((c for c in [*named, *others] if _looks_like_codes(table[c])), None)
    if code is None:
        raise FieldError(
            "no column holds a distinct code of digits for every row; name one with "
            f"--map code=COLUMN, out of {', '.join(columns)}"
        )
    stem = code.rsplit("_", 1)[0] if "_" in code else None
    names = [c for c in _by_name(columns, _NAME_NAMES, level) if c != code]
    same_stem = [c for c in names if stem and c.startswith(stem)]
    name = declared.get("name") or next(iter([*same_stem, *names]), None)
    levels = _by_name(columns, _LEVEL_NAMES, None)
    return BoundaryColumns(code, name, declared.get("level") or next(iter(levels), None))
