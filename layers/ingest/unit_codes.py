"""How codes of divisions nest: ``330106`` lies in ``330100``, ``330106001000`` in ``330106``."""

from collections.abc import Iterable

__all__ = ["code_stem", "parent_code"]


def code_stem(code: str) -> str:
    """Code without the zeros that fill it up, so that the stem of a parent is a prefix.

    Codes of 12 digits lose whole groups of three from the right, codes of 6 digits (and the
    first 6) whole pairs; other codes are kept.

    Examples
    --------
    >>> code_stem("330100"), code_stem("330106001000"), code_stem("330106000000")
    ('3301', '330106001', '330106')
    >>> code_stem("330102016001003")
    '330102016001003'
    """
    stem = code
    if len(stem) == 12:
        while len(stem) > 6 and stem.endswith("000"):
            stem = stem[:-3]
    if len(stem) == 6:
        while len(stem) > 2 and stem.endswith("00"):
            stem = stem[:-2]
    return stem


def parent_code(code: str, candidates: Iterable[str]) -> str | None:
    """Candidate whose stem is the longest proper prefix of the code's stem, or None.

    Examples
    --------
    >>> parent_code("330106001000", ["3301", "330106", "330108"])
    '330106'
    """
    stem = code_stem(code)
    above = [c for c in candidates if code_stem(c) != stem and stem.startswith(code_stem(c))]
    return max(above, key=lambda c: len(code_stem(c)), default=None)
