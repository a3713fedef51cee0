import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.errors import QueryError
from layers.cql2.patterns import like_test

TEXT = st.text(alphabet="ab_%\\.\n人", max_size=8)


def naive(text: str, pattern: str) -> bool:
    """One character of the pattern at a time."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(naive(text[i:], pattern[1:]) for i in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and naive(text[1:], pattern[2:])
    return bool(text) and pattern[0] in {"_", text[0]} and naive(text[1:], pattern[1:])


def _ends_open(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


@given(TEXT, TEXT)
def test_patterns_match_as_their_definition_says(text: str, pattern: str) -> None:
    if _ends_open(pattern):
        with pytest.raises(QueryError):
            like_test(pattern)
        return
    assert like_test(pattern)(text) == naive(text, pattern)


@given(TEXT)
def test_an_escaped_text_matches_only_itself(text: str) -> None:
    escaped = "".join(f"\\{char}" for char in text)
    assert like_test(escaped)(text)
    assert not like_test(escaped)(text + "a")
    assert like_test(f"%{escaped}%")(f"xx{text}yy")


def test_a_hostile_pattern_ends() -> None:
    assert not like_test("%a" * 200 + "%b")("a" * 2000)  # trying every split would not end
