import contextlib
import json
from datetime import datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from grids.errors import QueryError
from layers.cql2.json import filter_from_json, instant_from_text
from layers.cql2.limits import MAX_DEPTH, check_limits, properties
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
    Or,
    Property,
    Spatial,
    SpatialOperator,
    Temporal,
    TemporalOperator,
)

P = {"property": "p"}
PROPERTY = Property("p")
BOX = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
DAY = 86_400_000
NO = json.loads("false")


def op(name: str, *args: object) -> dict[str, object]:
    return {"op": name, "args": list(args)}


@pytest.mark.parametrize(
    ("document", "tree"),
    [
        (json.loads("true"), Literal(value=True)),
        (op("=", P, 9007199254740993),
         Comparison(ComparisonOperator.EQ, PROPERTY, Literal(9007199254740993))),
        (op("<>", P, "城市"), Comparison(ComparisonOperator.NE, PROPERTY, Literal("城市"))),
        (op("<=", 1.5, P), Comparison(ComparisonOperator.LE, Literal(1.5), PROPERTY)),
        (op("and", op("isNull", P), NO), And((IsNull(PROPERTY), Literal(value=False)))),
        (op("or", op("not", op("like", P, "a%"))), Or((Not(Like(PROPERTY, "a%")),))),
        (op("between", P, 1, 2), Between(PROPERTY, Literal(1), Literal(2))),
        (op("in", P, ["a", "b"]), InList(PROPERTY, (Literal("a"), Literal("b")))),
        (op(">", P, {"timestamp": "1970-01-01T00:00:01.5Z"}),
         Comparison(ComparisonOperator.GT, PROPERTY, Instant(1500))),
        (op("t_after", P, {"date": "1970-01-02"}),
         Temporal(TemporalOperator.AFTER, PROPERTY, Interval(DAY, 2 * DAY - 1))),
        (op("t_during", P, {"interval": ["..", "1970-01-01"]}),
         Temporal(TemporalOperator.DURING, PROPERTY, Interval(None, DAY - 1))),
        (op("t_intersects", P, {"interval": ["1970-01-01T08:00:00+08:00", ".."]}),
         Temporal(TemporalOperator.INTERSECTS, PROPERTY, Interval(0, None))),
        (op("s_intersects", {"property": "geometry"}, BOX),
         Spatial(SpatialOperator.INTERSECTS, Property("geometry"),
                 GeometryLiteral(shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])))),
        (op("s_within", {"property": "geometry"}, {"bbox": [0, 0, 1, 1]}),
         Spatial(SpatialOperator.WITHIN, Property("geometry"),
                 GeometryLiteral(shapely.box(0, 0, 1, 1)))),
    ],
)  # fmt: skip
def test_documents_become_trees(document: object, tree: Node) -> None:
    assert filter_from_json(json.loads(json.dumps(document))) == tree


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (1, "condition"),
        ("x", "condition"),
        (None, "condition"),
        ({"op": "="}, "args"),
        ({"op": 1, "args": []}, "condition"),
        ({"op": "=", "args": [P, 1], "x": 1}, "nothing else"),
        (op("=", P), "takes 2"),
        (op("==", P, 1), "not supported"),
        (op("pg_sleep", 10), "not supported"),
        (op("and"), "needs"),
        (op("in", P, []), "list"),
        (op("in", P, "x"), "list"),
        (op("like", P, 1), "pattern"),
        (op("=", P, None), "not a property"),
        (op("=", P, [1]), "not a property"),
        (op("=", P, {"x": 1}), "not a property"),
        (op("=", {"property": 1}, 1), "name"),
        (op("=", P, 2**63), "64 bits"),
        (op("t_after", P, {"timestamp": "yesterday"}), "time"),
        (op("t_after", P, {"timestamp": "2026-01-01T00:00:00"}), "zone"),
        (op("t_after", P, {"timestamp": 1}), "time"),
        (op("t_after", P, {"date": "2026-13-01"}), "date"),
        (op("t_during", P, {"interval": ["2026-01-02", "2026-01-01"]}), "interval"),
        (op("t_during", P, {"interval": ["2026-01-02"]}), "two ends"),
        (op("s_within", P, {"bbox": [0, 0, 1]}), "four numbers"),
        (op("s_within", P, {"bbox": [1, 0, 0, 1]}), "bbox"),
        (op("s_within", P, {"bbox": [0, 0, 1, True]}), "four numbers"),
        (op("s_within", P, {"type": "Polygon", "coordinates": "x"}), "geometry"),
        (op("s_within", P, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), "geometry"),
        (op("s_within", P, {"type": "Polygon"}), "geometry"),
        (op("s_within", P, {"type": "Point", "coordinates": []}), "geometry"),
        (op("s_within", P, {"type": "Point", "coordinates": [200, 0]}), "longitude"),
        (op("s_within", P, {"type": "Point", "coordinates": [float("nan"), 0]}), "geometry"),
        (op("s_within", P,
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
         "not valid"),
        (op("s_within", P,
            {"type": "MultiPoint", "coordinates": [[0, 0]] * 10_001}), "10001 points"),
    ],
)  # fmt: skip
def test_what_is_not_a_filter_is_refused_by_name(document: object, named: str) -> None:
    with pytest.raises(QueryError, match=named):
        filter_from_json(document)


def test_depth_and_size_are_limited() -> None:
    deep = op("isNull", P)
    for _ in range(MAX_DEPTH - 2):
        deep = op("not", deep)
    filter_from_json(deep)
    with pytest.raises(QueryError, match="deeper"):
        filter_from_json(op("not", deep))
    bottomless = op("isNull", P)
    for _ in range(100_000):
        bottomless = op("not", bottomless)
    with pytest.raises(QueryError, match="deeper"):
        filter_from_json(bottomless)
    with pytest.raises(QueryError, match="parts"):
        filter_from_json(op("in", P, list(range(5000))))
    with pytest.raises(QueryError, match="parts"):
        filter_from_json(op("or", *[op("=", P, 1)] * 200))


def test_a_tree_made_by_hand_is_limited_too() -> None:
    tree = IsNull(PROPERTY)
    for _ in range(100_000):
        tree = Not(tree)
    with pytest.raises(QueryError, match="deeper"):
        check_limits(tree)
    assert properties(And((IsNull(Property("a")), Not(Like(Property("b"), "x"))))) == {"a", "b"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["op", "args", "property", "type", "coordinates", "bbox", "x"]),
            inner | st.sampled_from(["=", "and", "Point", "s_within", "between"]),
            max_size=3,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_anything_is_read_or_refused(document: object) -> None:
    with contextlib.suppress(QueryError):
        check_limits(filter_from_json(document))


@given(st.datetimes(timezones=st.timezones() | st.none()))
def test_times_with_zone_are_instants(moment: datetime) -> None:
    if moment.tzinfo is None or moment.utcoffset() is None:
        with pytest.raises(QueryError):
            instant_from_text(moment.isoformat())
        return
    text = moment.isoformat()
    try:
        found = instant_from_text(text)
    except QueryError:  # an offset with seconds and the ends of time
        return
    assert abs(found - moment.timestamp() * 1000) <= 1
