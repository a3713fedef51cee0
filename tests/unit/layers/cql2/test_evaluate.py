"""Filters over columns against a plain evaluator of one row at a time."""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from grids.errors import QueryError
from layers.cql2.evaluate import truth
from layers.cql2.numbers import number_holds
from layers.cql2.rows import FilterRows
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
from layers.segment import segment_from_arrow
from tests.unit.layers.samples import CATALOG, SIDE, SOUTH, SYSTEM, WEST, MemoryStore, random_row

RNG = np.random.default_rng(11)
STORE = MemoryStore()
STORE.put("lot", {i: random_row(RNG, CATALOG["lot"].geometry) for i in range(60)})
ROWS = STORE.rows["lot"]
SEGMENT = segment_from_arrow(CATALOG["lot"], STORE.scan("lot", scope=SYSTEM), leaf_of=None)
IDS = SEGMENT.table.ids.tolist()
OPERATORS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _geometries(ids: NDArray[np.int64]) -> NDArray[np.object_]:
    out = np.empty(ids.size, dtype=object)
    out[:] = [ROWS[i].geometry for i in ids.tolist()]
    return out


def _rows(chosen: NDArray[np.int64] | None = None) -> FilterRows:
    return FilterRows(SEGMENT, chosen, CATALOG["lot"], _geometries)


def naive(node: Node, id_: int) -> bool | None:  # noqa: C901, PLR0911
    """True, false or None (unknown) for one row."""
    row = ROWS[id_]

    def value(operand: Operand) -> object:
        if isinstance(operand, Property):
            return id_ if operand.name == "id" else row.values[operand.name]
        return operand.at if isinstance(operand, Instant) else operand.value

    def both(a: object, b: object, test: Callable[[Any, Any], bool]) -> bool | None:
        return None if a is None or b is None else test(a, b)

    match node:
        case Literal():
            return node.value
        case Comparison():
            return both(value(node.left), value(node.right), OPERATORS[node.op])
        case Between():
            low = both(value(node.value), value(node.low), operator.ge)
            return _and([low, both(value(node.value), value(node.high), operator.le)])
        case InList():
            return _or([both(value(node.value), value(i), operator.eq) for i in node.items])
        case Like():
            text = value(node.value)
            return None if text is None else _like(text, node.pattern)
        case IsNull():
            if node.value == Property("geometry"):
                return row.geometry is None
            return value(node.value) is None
        case Not():
            inner = naive(node.term, id_)
            return None if inner is None else not inner
        case And():
            return _and([naive(term, id_) for term in node.terms])
        case Or():
            return _or([naive(term, id_) for term in node.terms])
        case Spatial():
            return _spatial(node, row.geometry)
        case Temporal():
            return _temporal(node, value(node.left))
    raise AssertionError(node)


def _and(terms: list[bool | None]) -> bool | None:
    if any(term is False for term in terms):
        return False
    return None if any(term is None for term in terms) else True


def _or(terms: list[bool | None]) -> bool | None:
    if any(term is True for term in terms):
        return True
    return None if any(term is None for term in terms) else False


def _like(text: str, pattern: str) -> bool:
    """By recursion over the pattern."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(text[i:], pattern[1:]) for i in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and _like(text[1:], pattern[2:])
    return bool(text) and pattern[0] in {"_", text[0]} and _like(text[1:], pattern[1:])


def _spatial(node: Spatial, geometry: BaseGeometry | None) -> bool | None:
    if geometry is None:
        return None
    return bool(getattr(shapely, node.op.value[2:])(geometry, node.right.geometry))


def _temporal(node: Temporal, at: int | None) -> bool | None:
    if at is None:
        return None
    if isinstance(node.right, Instant):
        tests = {"t_after": at > node.right.at, "t_before": at < node.right.at,
                 "t_equals": at == node.right.at, "t_disjoint": at != node.right.at,
                 "t_intersects": at == node.right.at}  # fmt: skip
        return tests[node.op]
    start = -math.inf if node.right.start is None else node.right.start
    end = math.inf if node.right.end is None else node.right.end
    return {
        "t_after": at > end, "t_before": at < start, "t_during": start < at < end,
        "t_equals": start == at == end, "t_intersects": start <= at <= end,
        "t_disjoint": not start <= at <= end,
    }[node.op]  # fmt: skip


COMPARISONS = st.sampled_from(list(ComparisonOperator))
EQUALITY = st.sampled_from([ComparisonOperator.EQ, ComparisonOperator.NE])
NUMBER_FIELDS = st.sampled_from([Property("size"), Property("height"), Property("id")])
NUMBERS = st.builds(
    Literal,
    st.integers(-6, 60)
    | st.sampled_from([0.5, -1.5, 2.25, 1e300, -1e300, 2**63, -(2**70), 2**53 + 1])
    | st.just(math.inf),
)
TEXTS = st.builds(Literal, st.sampled_from(["甲", "乙", "丙_%", "Ab", "ab", "", "zz"]))
TEXT_FIELDS = st.sampled_from([Property("name"), Property("kind")])
PATTERNS = st.text(alphabet="甲丙_%Aba", max_size=5).map(lambda t: t.replace("\\", ""))
INSTANTS = st.builds(Instant, st.integers(-1, 11).map(lambda n: n * 1000))
ENDS = st.none() | st.integers(0, 10).map(lambda n: n * 1000)
INTERVALS = st.tuples(ENDS, ENDS).map(
    lambda ends: Interval(*ends) if None in ends else Interval(min(ends), max(ends))
)


@st.composite
def areas(draw: Callable[..., Any]) -> GeometryLiteral:
    x = draw(st.floats(WEST - 0.05, WEST + SIDE))
    y = draw(st.floats(SOUTH - 0.05, SOUTH + SIDE))
    side = draw(st.floats(1e-3, SIDE))
    shape = draw(st.sampled_from(["box", "circle", "point", "line"]))
    if shape == "point":
        return GeometryLiteral(shapely.Point(x, y))
    if shape == "line":
        return GeometryLiteral(shapely.LineString([(x, y), (x + side, y + side)]))
    if shape == "circle":
        return GeometryLiteral(shapely.Point(x, y).buffer(side))
    return GeometryLiteral(shapely.box(x, y, x + side, y + side))


PREDICATES = st.one_of(
    st.builds(Comparison, COMPARISONS, NUMBER_FIELDS, NUMBERS),
    st.builds(Comparison, COMPARISONS, NUMBERS, NUMBER_FIELDS),
    st.builds(Comparison, COMPARISONS, NUMBER_FIELDS, NUMBER_FIELDS),
    st.builds(Comparison, COMPARISONS, TEXT_FIELDS, TEXTS),
    st.builds(Comparison, COMPARISONS, TEXT_FIELDS, TEXT_FIELDS),
    st.builds(Comparison, COMPARISONS, TEXTS, TEXTS),
    st.builds(Comparison, EQUALITY, st.just(Property("open")), st.builds(Literal, st.booleans())),
    st.builds(Comparison, COMPARISONS, st.just(Property("at")), INSTANTS),
    st.builds(Between, NUMBER_FIELDS, NUMBERS, NUMBERS),
    st.builds(Between, NUMBER_FIELDS, NUMBER_FIELDS, NUMBERS),
    st.builds(InList, TEXT_FIELDS, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    st.builds(InList, NUMBER_FIELDS, st.lists(NUMBERS, min_size=1, max_size=3).map(tuple)),
    st.builds(Like, TEXT_FIELDS, PATTERNS),
    st.builds(
        IsNull, st.sampled_from([Property(n) for n in ("name", "size", "open", "id", "geometry")])
    ),
    st.builds(
        Spatial, st.sampled_from(list(SpatialOperator)), st.just(Property("geometry")), areas()
    ),
    st.builds(
        Temporal, st.sampled_from(list(TemporalOperator)), st.just(Property("at")), INTERVALS
    ),
    st.builds(
        Temporal,
        st.sampled_from([op for op in TemporalOperator if op is not TemporalOperator.DURING]),
        st.just(Property("at")),
        INSTANTS,
    ),
    st.builds(Literal, st.booleans()),
)
TREES = st.recursive(
    PREDICATES,
    lambda terms: st.one_of(
        st.builds(Not, terms),
        st.builds(And, st.lists(terms, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(terms, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@settings(max_examples=500)
@given(TREES, st.none() | st.integers(0, 2**32 - 1))
def test_a_filter_over_columns_equals_one_row_at_a_time(tree: Node, some: int | None) -> None:
    chosen = None
    if some is not None:
        chosen = np.flatnonzero(np.random.default_rng(some).random(60) < 0.1)
    found = truth(tree, _rows(chosen))
    ids = IDS if chosen is None else [IDS[row] for row in chosen.tolist()]
    answers = [
        True if t else False if f else None
        for t, f in zip(found.true.tolist(), found.false.tolist(), strict=True)
    ]
    assert answers == [naive(tree, id_) for id_ in ids]


@settings(max_examples=200)
@given(
    COMPARISONS,
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6),
    st.integers(-(2**65), 2**65) | st.floats(allow_nan=False) | st.sampled_from([2**53 + 1.0]),
)
def test_integers_are_compared_exactly_at_any_size(
    op: ComparisonOperator, values: list[Any], value: object
) -> None:
    found = number_holds(op, np.array(values, dtype=np.int64), value)
    assert found.tolist() == [OPERATORS[op](one, value) for one in values]


@settings(max_examples=200)
@given(
    COMPARISONS,
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=6),
    st.integers(-(10**320), 10**320) | st.integers(2**53, 2**60) | st.floats(allow_nan=False),
)
def test_floats_are_compared_exactly_with_integers_of_any_size(
    op: ComparisonOperator, values: list[Any], value: object
) -> None:
    values = [*values, 2.0**53, 2.0**53 + 2]
    found = number_holds(op, np.array(values), value)
    assert found.tolist() == [OPERATORS[op](one, value) for one in values]


@pytest.mark.parametrize(
    ("node", "named"),
    [
        (Comparison(ComparisonOperator.EQ, Property("nothing"), Literal(1)), "nothing"),
        (Comparison(ComparisonOperator.EQ, Property("note"), Literal("x")), "note"),
        (Comparison(ComparisonOperator.EQ, Property("size"), Literal("x")), "size"),
        (Comparison(ComparisonOperator.EQ, Property("name"), Literal(1)), "name"),
        (Comparison(ComparisonOperator.LT, Property("open"), Literal(value=True)), "open"),
        (Comparison(ComparisonOperator.EQ, Property("at"), Literal(1000)), "at"),
        (Comparison(ComparisonOperator.EQ, Property("geometry"), Literal(1)), "geometry"),
        (Between(Property("name"), Literal("a"), Literal("b")), "between"),
        (Like(Property("size"), "%"), "like"),
        (Like(Property("name"), "x\\"), "backslash"),
        (InList(Property("name"), (Literal(1),)), "name"),
        (InList(Property("name"), ()), "list"),
        (Literal(1), "condition"),
        (Temporal(TemporalOperator.AFTER, Property("size"), Instant(1)), "size"),
        (Temporal(TemporalOperator.DURING, Property("at"), Instant(1)), "interval"),
        (Temporal(TemporalOperator.DURING, Interval(0, 1), Property("at")), "during"),
        (Spatial(SpatialOperator.WITHIN, Property("name"),
                 GeometryLiteral(shapely.Point(0, 0))), "name"),
        (Spatial(SpatialOperator.WITHIN, Property("geometry"), Literal("x")), "s_within"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(node: Node, named: str) -> None:
    with pytest.raises(QueryError, match=named):
        truth(node, _rows())


@pytest.mark.parametrize("op", list(SpatialOperator))
def test_sides_of_a_relation_may_be_exchanged(op: SpatialOperator) -> None:
    area = GeometryLiteral(shapely.box(WEST, SOUTH, WEST + 0.2, SOUTH + 0.2))
    plain = truth(Spatial(op, Property("geometry"), area), _rows())
    mirrored = truth(Spatial(op.mirrored, area, Property("geometry")), _rows())
    np.testing.assert_array_equal(plain.true, mirrored.true)
    np.testing.assert_array_equal(plain.false, mirrored.false)


@pytest.mark.parametrize("op", list(TemporalOperator))
def test_sides_of_a_time_may_be_exchanged(op: TemporalOperator) -> None:
    if op is TemporalOperator.DURING:
        return
    other = {"t_after": "t_before", "t_before": "t_after"}.get(op, op)
    for right in (Instant(4000), Interval(2000, 5000)):
        plain = truth(Temporal(op, Property("at"), right), _rows())
        mirrored = truth(Temporal(TemporalOperator(other), right, Property("at")), _rows())
        np.testing.assert_array_equal(plain.true, mirrored.true)
        np.testing.assert_array_equal(plain.false, mirrored.false)


def test_a_row_that_is_gone_from_the_store_is_unknown() -> None:
    def nothing(ids: NDArray[np.int64]) -> NDArray[np.object_]:
        return np.full(ids.size, None, dtype=object)

    rows = FilterRows(SEGMENT, None, CATALOG["lot"], nothing)
    line = GeometryLiteral(shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE)]))
    found = truth(Spatial(SpatialOperator.INTERSECTS, Property("geometry"), line), rows)
    assert not found.true.any()
