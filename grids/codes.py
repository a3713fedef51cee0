"""Codes read and composed by layouts that are data: digits, parts, ranges, parent.

A layout is a table in ``code_layouts.toml``; this module takes the parsed tables or their text and
never opens a file.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from grids.errors import CodeFormatError, ParameterError

__all__ = ["CodeLayout", "ParsedCode", "Part", "Range", "layouts_from_mapping", "load_layouts"]


@dataclass(frozen=True, slots=True)
class Range:
    """Allowed values of a part, both ends included, and what they mean."""

    low: str
    high: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a code.

    Parameters
    ----------
    name
        What it stands for.
    digits
        Its length.
    ranges
        What it may be; anything where there are none.
    """

    name: str
    digits: int
    ranges: tuple[Range, ...] = ()

    def meaning(self, value: str) -> str | None:
        """Meaning of a value by range; None where no range holds it."""
        for allowed in self.ranges:
            if allowed.low <= value <= allowed.high:
                return allowed.meaning
        return None


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """Parts of a code, or the reason it has none.

    Parameters
    ----------
    parts
        Value by part name; empty when the code is wrong.
    meanings
        Meaning by part name, for parts with ranges.
    reason
        None, or one sentence on what is wrong.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CodeLayout:
    """One layout.

    Parameters
    ----------
    name, title_zh, title_en
        Key and titles.
    parts
        From the left.
    parent
        Names of the parts that make the code of the unit above; empty when the lowest part that is
        not all zeros is set to zeros instead.
    classes
        Names of a class code that goes with the layout (urban-rural class), by code.
    """

    name: str
    title_zh: str
    title_en: str
    parts: tuple[Part, ...]
    parent: tuple[str, ...]
    classes: Mapping[str, str]

    @property
    def length(self) -> int:
        """Digits of a code."""
        return sum(part.digits for part in self.parts)

    def parse(self, code: str) -> ParsedCode:
        """Parts of a code, or the reason it does not follow the layout.

        Examples
        --------
        >>> text = 'short = { parts = [["county", 6], ["seq", 3]], parent = ["county"] }'
        >>> layout = load_layouts(text)["short"]
        >>> layout.parse("330102007").parts
        {'county': '330102', 'seq': '007'}
        >>> layout.parse("33010200").reason
        'short needs 9 digits, got 8'
        """
        if not (code.isascii() and code.isdigit()):
            return ParsedCode(reason=f"{self.name} needs digits only, got {code!r}")
        if len(code) != self.length:
            return ParsedCode(reason=f"{self.name} needs {self.length} digits, got {len(code)}")
        values: dict[str, str] = {}
        meanings: dict[str, str] = {}
        at = 0
        for part in self.parts:
            value = code[at : at + part.digits]
            at += part.digits
            values[part.name] = value
            if not part.ranges:
                continue
            meaning = part.meaning(value)
            if meaning is None:
                allowed = ", ".join(f"{r.low}-{r.high}" for r in part.ranges)
                return ParsedCode(reason=f"{part.name} {value} is not in {allowed}")
            meanings[part.name] = meaning
        return ParsedCode(values, meanings)

    def compose(self, **values: str | int) -> str:
        """Code of the given parts; numbers are padded with zeros.

        Raises
        ------
        CodeFormatError
            If a part is missing, unknown or out of range.

        Examples
        --------
        >>> text = 'short = { parts = [["county", 6], ["seq", 3]], parent = ["county"] }'
        >>> load_layouts(text)["short"].compose(county="330102", seq=7)
        '330102007'
        """
        names = {part.name for part in self.parts}
        if values.keys() != names:
            odd = sorted(names ^ values.keys())
            raise CodeFormatError(f"{self.name} has the parts {sorted(names)}, differs in {odd}")
        code = "".join(str(values[part.name]).zfill(part.digits) for part in self.parts)
        for part in self.parts:
            if len(str(values[part.name])) > part.digits:
                raise CodeFormatError(f"{part.name} has {part.digits} digits at most")
        reason = self.parse(code).reason
        if reason is not None:
            raise CodeFormatError(reason)
        return code

    def parent_code(self, code: str) -> str | None:
        """Code of the unit above, by prefix; None at the top.

        Raises
        ------
        CodeFormatError
            If the code does not follow the layout.
        """
        parsed = self.parse(code)
        if parsed.reason is not None:
            raise CodeFormatError(parsed.reason)
        if self.parent:
            return "".join(parsed.parts[name] for name in self.parent)
        filled = [part.name for part in self.parts if parsed.parts[part.name].strip("0")]
        if len(filled) < 2:
            return None
        return "".join(
            "0" * part.digits if part.name == filled[-1] else parsed.parts[part.name]
            for part in self.parts
        )


def load_layouts(text: str) -> dict[str, CodeLayout]:
    """Layouts by name from the text of a TOML file.

    Raises
    ------
    ParameterError
        If the text is not TOML or a table is not a layout.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ParameterError(f"code layouts are not TOML: {exc}") from exc
    return layouts_from_mapping(tables)


def layouts_from_mapping(tables: Mapping[str, object]) -> dict[str, CodeLayout]:
    """Layouts by name from parsed tables.

    Raises
    ------
    ParameterError
        If a table is not a layout; the message names it.
    """
    layouts = {}
    for name, table in tables.items():
        try:
            layouts[name] = _layout(name, cast("Mapping[str, object]", table))
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ParameterError(f"code layout {name!r} cannot be read: {exc!r}") from exc
    return layouts


def _layout(name: str, table: Mapping[str, object]) -> CodeLayout:
    ranges = cast("Mapping[str, Sequence[Sequence[str]]]", table.get("ranges", {}))
    rows = cast("Sequence[tuple[str, int]]", table["parts"])
    parts = tuple(
        Part(part, int(digits), tuple(_range(row, int(digits)) for row in ranges.get(part, ())))
        for part, digits in rows
    )
    known = {part.name for part in parts}
    parent = table["parent"]
    kept = () if parent == "trailing" else tuple(cast("Sequence[str]", parent))
    unknown = (set(kept) | ranges.keys()) - known
    if unknown:
        raise ValueError(f"no part named {', '.join(sorted(unknown))}")
    return CodeLayout(
        name,
        str(table.get("title_zh", name)),
        str(table.get("title_en", name)),
        parts,
        kept,
        dict(cast("Mapping[str, str]", table.get("classes", {}))),
    )


def _range(row: Sequence[str], digits: int) -> Range:
    low, high, meaning = row
    if not len(low) == len(high) == digits:
        raise ValueError(f"range {low}-{high} must have {digits} digits")
    return Range(low, high, meaning)
