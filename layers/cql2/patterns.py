"""Patterns of the CQL2 ``like`` predicate."""

import re
from collections.abc import Callable

from grids.errors import QueryError

__all__ = ["like_test"]


def like_test(pattern: str) -> Callable[[str], bool]:
    r"""Test of a text against a pattern, never slower than pattern times text.

    Parameters
    ----------
    pattern
        ``%`` stands for any run, ``_`` for one character, ``\`` takes the next plainly.

    Raises
    ------
    QueryError
        If the pattern ends in a single backslash.

    Examples
    --------
    >>> like_test("人民%路_号")("人民东路8号")
    True
    """
    pieces = _pieces(pattern)
    simple = _simple_test(pieces)
    if simple is not None:
        return simple
    lengths = [len(piece) for piece in pieces]
    tests = [
        re.compile("".join("." if char is None else re.escape(char) for char in piece), re.DOTALL)
        for piece in pieces
    ]
    if len(pieces) == 1:
        return lambda text: tests[0].fullmatch(text) is not None

    def matches(text: str) -> bool:
        if len(text) < lengths[0] + lengths[-1] or tests[0].match(text) is None:
            return False
        at, end = lengths[0], len(text) - lengths[-1]
        for piece in tests[1:-1]:  # the first place is best: what follows has most room
            found = piece.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return tests[-1].match(text, end) is not None

    return matches


def _simple_test(pieces: list[list[str | None]]) -> Callable[[str], bool] | None:
    """Quick test of the usual patterns: a beginning, an end, or a part."""
    texts = ["".join(char for char in piece if char is not None) for piece in pieces]
    plain = all(None not in piece for piece in pieces)
    if plain and len(texts) == 3 and not (texts[0] or texts[2]):
        return lambda text: texts[1] in text
    if plain and len(texts) == 2 and not texts[1]:
        return lambda text: text.startswith(texts[0])
    if plain and len(texts) == 2 and not texts[0]:
        return lambda text: text.endswith(texts[1])
    return None


def _pieces(pattern: str) -> list[list[str | None]]:
    """Characters between the ``%``; None is any one character."""
    pieces: list[list[str | None]] = [[]]
    escaped = False
    for char in pattern:
        if escaped or char not in "\\%_":
            pieces[-1].append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "_":
            pieces[-1].append(None)
        else:
            pieces.append([])
    if escaped:
        raise QueryError("the pattern of like must not end in a single backslash")
    return pieces
