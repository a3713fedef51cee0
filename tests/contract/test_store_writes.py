"""Writing: upsert by key, versions, rollback, one transaction with its records."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from grids.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    GeometryError,
    StoreError,
    UnknownItemError,
    UnknownLayerError,
)
from layers.audit import unpacked_ids
from layers.changes import IDS_PER_CHANGE, Operation
from layers.policy import Scope
from layers.store.protocol import PutReport, Store


def points(count: int, *, east: float = 0.0) -> pa.Array:
    lon = 120.0 + np.arange(count) * 1e-5 + east
    return pa.array(shapely.to_wkb(shapely.points(lon, np.full(count, 30.0))), pa.binary())


def diary(count: int, *, weight: float = 1.0, east: float = 0.0) -> pa.Table:
    return pa.table(
        {
            "uid": [f"d{i}" for i in range(count)],
            "geom": points(count, east=east),
            "kind": ["good", "bad"] * (count // 2) + ["good"] * (count % 2),
            "title": [f"第{i}天" for i in range(count)],
            "weight": np.full(count, weight),
            "count": np.arange(count),
            "done": np.arange(count) % 2 == 0,
            "at": np.arange(count) * 1000,
        }
    )


def write(store: Store, table: pa.Table, layer: str = "diary") -> PutReport:
    with store.write(Scope.system("test"), action="write") as unit:
        return unit.put_table(layer, table)


def rows_of(store: Store, layer: str = "diary") -> pa.Table:
    return pa.concat_tables(store.scan(layer, scope=Scope.system("test")))


def test_rows_are_inserted_then_unchanged_then_updated_by_uid(store: Store) -> None:
    assert write(store, diary(5)) == PutReport(5, 0, 0)
    assert write(store, diary(5)) == PutReport(0, 0, 5)
    changed = diary(6).set_column(4, "weight", pa.array([1.0, 1.0, 2.0, 1.0, 1.0, 1.0]))
    assert write(store, changed) == PutReport(1, 1, 4)
    table = rows_of(store)
    assert table["version"].to_pylist() == [1, 1, 2, 1, 1, 1]
    assert table["uid"].to_pylist() == [f"d{i}" for i in range(6)]
    assert table["id"].to_pylist() == sorted(set(table["id"].to_pylist()))


def test_what_is_written_is_what_is_read(store: Store) -> None:
    given = diary(7)
    write(store, given)
    read = rows_of(store)
    for name in given.column_names:
        assert read[name].to_pylist() == given[name].to_pylist(), name


def test_a_column_that_is_not_given_keeps_its_values(store: Store) -> None:
    write(store, diary(4))
    assert write(store, pa.table({"uid": ["d1", "new"], "count": [77, 78]})) == PutReport(1, 1, 0)
    items = {row["uid"]: row for row in rows_of(store).to_pylist()}
    assert (items["d1"]["count"], items["d1"]["title"], items["d1"]["done"]) == (77, "第1天", False)
    assert items["d1"]["geom"] is not None
    assert (items["new"]["title"], items["new"]["geom"]) == (None, None)


def test_of_a_key_given_twice_the_last_row_counts(store: Store) -> None:
    table = pa.table({"uid": ["a", "b", "a"], "count": [1, 2, 3]})
    assert write(store, table).inserted == 2
    counts = {row["uid"]: row["count"] for row in rows_of(store).to_pylist()}
    assert counts == {"a": 3, "b": 2}


def test_one_row_is_put_patched_and_replaced_with_versions(store: Store, system: Scope) -> None:
    with store.write(system, action="one") as unit:
        item = unit.put(
            "diary",
            "x",
            {"title": "甲", "more": {"b": [1, None], "a": "é"}},
            shapely.Point(120, 30),
        )
        assert (item.version, item.values["more"]) == (1, {"a": "é", "b": [1, None]})
        again = unit.patch("diary", item.id, {"done": True}, expected_version=1)
        assert (again.version, again.values["title"], again.values["done"]) == (2, "甲", True)
        moved = unit.patch("diary", item.id, {"geom": shapely.Point(121, 30)})
        assert moved.geometry == shapely.Point(121, 30)
        whole = unit.put("diary", "x", {"count": 5}, expected_version=3)
        assert (whole.id, whole.version, whole.values["title"]) == (item.id, 4, None)
        assert whole.geometry is None
    assert store.fetch("diary", [item.id], scope=system)[0].version == 4


def test_writing_the_same_again_keeps_the_version(store: Store, system: Scope) -> None:
    for _ in range(2):
        with store.write(system, action="one") as unit:
            item = unit.put("diary", "x", {"weight": 2.5}, shapely.Point(120, 30))
    assert item.version == 1


@pytest.mark.parametrize(("expected", "found"), [(0, "version 1"), (2, "version 1")])
def test_a_version_that_moved_on_is_a_conflict_that_says_so(
    store: Store, system: Scope, expected: int, found: str
) -> None:
    with store.write(system, action="one") as unit:
        item = unit.put("diary", "x", {}, expected_version=0)
    with (
        pytest.raises(ConflictError, match=rf"diary {item.id}: .*{expected}, found {found}"),
        store.write(system, action="one") as unit,
    ):
        unit.put("diary", "x", {"count": 1}, expected_version=expected)
    with (
        pytest.raises(ConflictError, match="found none"),
        store.write(system, action="one") as unit,
    ):
        unit.put("diary", "y", {}, expected_version=1)


def test_a_row_that_is_not_there_cannot_be_patched(store: Store, system: Scope) -> None:
    with (
        pytest.raises(UnknownItemError, match="99"),
        store.write(system, action="one") as unit,
    ):
        unit.patch("diary", 99, {"count": 1})


def test_an_exception_leaves_nothing(store: Store, system: Scope) -> None:
    write(store, diary(3))
    before = rows_of(store), store.head(), len(store.audit(scope=system))

    def work() -> None:
        with store.write(system, action="fails") as unit:
            unit.put_table("diary", diary(9, weight=7.0))
            unit.delete("diary", [1])
            unit.put("ledger", "l", {"amount": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert rows_of(store).equals(before[0])
    assert (store.head(), len(store.audit(scope=system))) == before[1:]
    assert write(store, diary(4)) == PutReport(1, 0, 3)
    assert rows_of(store)["id"].to_pylist() == [1, 2, 3, 4]


def test_ids_are_never_given_again(store: Store, system: Scope) -> None:
    write(store, diary(3))
    with store.write(system, action="delete") as unit:
        assert unit.delete("diary", [2, 3, 3, 99]) == 2
    write(store, diary(3))
    assert rows_of(store)["id"].to_pylist() == [1, 4, 5]


def test_replacing_a_layer_deletes_what_was_not_put(store: Store, system: Scope) -> None:
    write(store, diary(6))
    with store.write(system, action="replace") as unit:
        unit.put_table("diary", diary(2))
        unit.put("diary", "d5", {"count": 9})
        assert unit.replace_layer("diary") == 3
    assert rows_of(store)["uid"].to_pylist() == ["d0", "d1", "d5"]


def test_a_unit_of_work_makes_one_audit_record_and_change_rows_with_boxes(
    store: Store, system: Scope
) -> None:
    count = IDS_PER_CHANGE + 5
    write(store, diary(count))
    with store.write(system, action="second") as unit:
        unit.put_table("diary", diary(3, weight=3.0, east=0.5))
        unit.put("ledger", "l", {"amount": 1})
        unit.delete("diary", [7])
    assert unit.seq == store.head() == 5
    first, second, third, ledger, gone = sorted(
        store.changes(0, scope=system), key=lambda change: change.seq
    )[:2] + sorted(
        store.changes(2, scope=system), key=lambda change: (change.op != "put", change.layer)
    )
    assert [first.ids.size, second.ids.size] == [IDS_PER_CHANGE, 5]
    assert (first.unit, second.unit, first.op) == (2, 2, Operation.PUT)
    assert first.box_old is None
    assert first.box_new == pytest.approx((120.0, 30.0, 120.0 + (IDS_PER_CHANGE - 1) * 1e-5, 30.0))
    assert third.ids.tolist() == [1, 2, 3]
    assert third.box_old == pytest.approx((120.0, 30.0, 120.00002, 30.0))
    assert third.box_new == pytest.approx((120.5, 30.0, 120.50002, 30.0))
    assert (ledger.layer, ledger.box_new) == ("ledger", None)
    assert (gone.op, gone.ids.tolist(), gone.box_new) == (Operation.DELETE, [7], None)
    one, two = store.audit(scope=system)
    assert (one.action, one.count, two.action, two.count) == ("write", count, "second", 5)
    assert unpacked_ids(one.ids) == {"diary": [(1, count)]}
    assert unpacked_ids(two.ids) == {"diary": [(1, 3), (7, 7)], "ledger": [(1, 1)]}
    assert len(two.digest) == 32
    assert (two.change_seq, two.subject) == (5, "system")
    assert two.detail == {
        "layers": {
            "diary": {"inserted": 0, "updated": 3, "deleted": 1},
            "ledger": {"inserted": 1, "updated": 0, "deleted": 0},
        }
    }
    assert store.audit_fault() is None


def test_a_row_put_and_deleted_at_once_is_only_a_deletion(store: Store, system: Scope) -> None:
    with store.write(system, action="both") as unit:
        item = unit.put("diary", "x", {})
        unit.delete("diary", [item.id])
    assert [(c.op, c.ids.tolist()) for c in store.changes(0, scope=system)] == [
        (Operation.DELETE, [item.id])
    ]


def test_a_unit_of_work_without_a_write_leaves_no_record(store: Store, system: Scope) -> None:
    with store.write(system, action="nothing"):
        pass
    assert (store.head(), store.audit(scope=system)) == (0, [])


def test_progress_is_told_to_the_last_row(store: Store, system: Scope) -> None:
    told: list[tuple[int, int]] = []
    with store.write(system, action="write") as unit:
        unit.put_table("diary", diary(9), on_progress=lambda *step: told.append(step))
    assert told[-1] == (9, 9)


BAD = {
    "no uid": ({"count": [1]}, FieldError, "needs a column 'uid'"),
    "a null uid": ({"uid": ["a", None]}, FieldError, "row 2"),
    "an empty uid": ({"uid": ["a", "b", ""]}, FieldError, "row 3"),
    "an unknown column": ({"uid": ["a"], "colour": ["red"]}, FieldError, "no column 'colour'"),
    "a text for a number": ({"uid": ["a"], "count": ["many"]}, FieldError, "'count'"),
    "a fraction for an integer": ({"uid": ["a"], "count": [1.5]}, FieldError, "'count'"),
    "a boolean for a number": ({"uid": ["a"], "count": [True]}, FieldError, "boolean|bool"),
    "an infinite number": ({"uid": ["a"], "weight": [np.inf]}, FieldError, "a: inf"),
    "a value outside its category": ({"uid": ["a"], "kind": ["ugly"]}, FieldError, "good, bad"),
    "a NUL character": ({"uid": ["a"], "title": ["a\0b"]}, FieldError, "NUL"),
    "broken JSON": ({"uid": ["a"], "more": ["{"]}, FieldError, "JSON"),
    "no well-known binary": ({"uid": ["k"], "geom": [b"x"]}, GeometryError, "first are of k"),
    "another kind": (
        {"uid": ["k"], "geom": [shapely.LineString([(1, 1), (2, 2)]).wkb]},
        GeometryError,
        "no point",
    ),
    "an empty geometry": ({"uid": ["k"], "geom": [shapely.Point().wkb]}, GeometryError, "k"),
    "swapped lon and lat": (
        {"uid": ["k"], "geom": [shapely.Point(30, 120).wkb]},
        GeometryError,
        "latitude",
    ),
    "an infinite place": (
        {"uid": ["k"], "geom": [shapely.Point(np.inf, 1).wkb]},
        GeometryError,
        "longitude",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_refused_with_a_message_and_nothing_is_kept(store: Store, name: str) -> None:
    columns, error, message = BAD[name]
    with pytest.raises(error, match=message):
        write(store, pa.table(columns))
    assert store.head() == 0


@pytest.mark.parametrize(
    "values",
    [{"nope": 1}, {"count": "x"}, {"count": True}, {"done": 1}, {"count": 2**63}, {"title": 5}],
)
def test_a_bad_value_of_one_row_is_refused(
    store: Store, system: Scope, values: dict[str, object]
) -> None:
    with pytest.raises(FieldError), store.write(system, action="one") as unit:
        unit.put("diary", "x", values)


def test_an_invalid_polygon_and_a_geometry_on_a_layer_without_are_refused(
    store: Store, system: Scope
) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with (
        pytest.raises(GeometryError, match="Self-intersection"),
        store.write(system, action="one") as unit,
    ):
        unit.put("building", "b", {}, bow)
    with pytest.raises(FieldError), store.write(system, action="one") as unit:
        unit.put("ledger", "l", {}, shapely.Point(1, 1))


def test_a_third_dimension_is_dropped_and_not_a_number_is_null(store: Store, system: Scope) -> None:
    with store.write(system, action="one") as unit:
        item = unit.put("diary", "x", {"weight": float("nan")}, shapely.Point(120, 30, 8))
    assert item.values["weight"] is None
    assert item.geometry is not None
    assert not item.geometry.has_z


def test_a_time_with_a_zone_becomes_milliseconds_and_one_without_is_refused(store: Store) -> None:
    stamps = pa.array([1_700_000_000_123_000], pa.timestamp("us", tz="Asia/Shanghai"))
    write(store, pa.table({"uid": ["t"], "at": stamps}))
    assert rows_of(store)["at"].to_pylist() == [1_700_000_000_123]
    with pytest.raises(FieldError, match="without a zone"):
        write(store, pa.table({"uid": ["t"], "at": stamps.cast(pa.timestamp("us"))}))


def test_who_may_not_write_is_told_so(store: Store) -> None:
    with pytest.raises(ForbiddenError), store.write(Scope.public(), action="x"):
        pass


def test_unknown_layers_and_the_layer_of_grids_are_not_written(store: Store, system: Scope) -> None:
    with pytest.raises(UnknownLayerError, match="nope"), store.write(system, action="x") as unit:
        unit.put("nope", "x", {})
    with pytest.raises(ForbiddenError, match="publishing"), store.write(system, action="x") as unit:
        unit.put("grid", "x", {})


def test_a_unit_of_work_ends_with_its_block_and_does_not_nest(store: Store, system: Scope) -> None:
    with store.write(system, action="x") as unit:
        unit.put("diary", "x", {})
        with pytest.raises(StoreError, match="already"), store.write(system, action="y"):
            pass
    with pytest.raises(StoreError, match="ended"):
        unit.put("diary", "y", {})
