"""Reading: scopes, masks, jurisdiction, audited looks, one moment per answer."""

import re

import numpy as np
import pyarrow as pa
import pytest
import shapely

from grids.errors import FieldError, ForbiddenError, InputError, UnknownLayerError
from layers.policy import Role, Scope
from layers.store.protocol import Store

STAFF = Scope.demo_staff()
INSPECTOR = Scope(Role.DUTY, "li", unmask=True, purpose="case 17")
DISTRICT = Scope(Role.DUTY, "wang", units=frozenset({7}))


@pytest.fixture
def people(store: Store, system: Scope) -> Store:
    with store.write(system, action="people") as unit:
        for i, name in enumerate(["张伟", "欧阳小明", "李"]):
            values = {
                "kind": "registered",
                "birth_year": 1980 + i,
                "focus": "key",
                "name": name,
                "id_number": f"9901011980010100{i:02d}",
                "phone": "13912345678",
            }
            unit.put("person", f"9901011980010100{i:02d}", values, shapely.Point(120 + i, 30))
    return store


def test_a_scan_gives_held_fields_with_one_type_each(people: Store, system: Scope) -> None:
    (table,) = people.scan("person", scope=system)
    spec = people.catalog["person"]
    held = [field.name for field in spec.held_fields]
    assert table.column_names == ["id", "uid", "version", "updated_at", *held, "geom"]
    assert table.schema.field("version").type == pa.int32()
    assert table.schema.field("is_head").type == pa.bool_()
    assert table["birth_year"].to_pylist() == [1980, 1981, 1982]


def test_a_scan_for_staff_has_no_restricted_field_place_or_key(people: Store) -> None:
    (table,) = people.scan("person", scope=STAFF)
    assert not {"geom", "focus", "name", "id_number", "phone"} & set(table.column_names)
    assert table["uid"].to_pylist() == ["", "", ""]
    with pytest.raises(ForbiddenError, match="'name'"):
        people.scan("person", scope=STAFF, fields=["name"])


def test_a_scan_by_ids_skips_what_is_not_there(people: Store, system: Scope) -> None:
    tables = people.scan("person", scope=system, ids=np.array([3, 1, 3, 50]), fields=["kind"])
    assert pa.concat_tables(tables)["id"].to_pylist() == [1, 3]
    assert list(people.scan("person", scope=system, ids=np.array([50]))) == []
    assert list(people.scan("road", scope=system)) == []


def test_a_scan_is_of_one_moment(people: Store, system: Scope) -> None:
    tables = people.scan("person", scope=system)
    first = next(tables)
    with people.write(system, action="more") as unit:
        unit.put("person", "late", {})
    assert first.num_rows == 3
    assert list(tables) == []
    assert people.count("person", scope=system) == 4


def test_items_come_masked_for_staff_in_the_order_asked(people: Store) -> None:
    items = people.fetch("person", [2, 1, 99, 3], scope=STAFF)
    assert [item.id for item in items] == [2, 1, 3]
    for item in items:
        assert "小" not in str(item.values["name"])
        assert "伟" not in str(item.values["name"])
        assert item.uid == ""
        assert item.geometry is None
        assert "focus" not in item.values
        assert "12345678" not in str(item.values["phone"])
        assert str(item.values["id_number"]).count("*") >= 10
    assert people.audit(scope=Scope.system("test"))[-1].action == "people"


def test_each_whole_look_is_audited_without_the_values(people: Store, system: Scope) -> None:
    (item,) = people.fetch("person", [2], scope=INSPECTOR)
    assert (item.values["name"], item.geometry) == ("欧阳小明", shapely.Point(121, 30))
    record = people.audit(scope=system)[-1]
    assert (record.subject, record.purpose, record.action) == ("li", "case 17", "fetch person")
    assert record.count == 1
    assert record.detail["ids"] == [2]
    assert "欧阳" not in str(record)
    assert people.find_uid("person", ["990101198001010001", "x"], scope=INSPECTOR) == {
        "990101198001010001": 2
    }
    assert people.audit(scope=system)[-1].action == "find person"
    assert people.audit_fault() is None


def test_a_look_inside_a_unit_of_work_is_audited_even_if_that_is_rolled_back(
    people: Store, system: Scope
) -> None:
    def work() -> None:
        with people.write(system, action="x") as unit:
            unit.put("diary", "d", {})
            people.fetch("person", [1], scope=INSPECTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert [r.action for r in people.audit(scope=system)] == ["people", "fetch person"]


def test_what_a_write_gives_back_is_masked_too(people: Store) -> None:
    worker = Scope(Role.WORKER, "sun")
    with people.write(worker, action="visit") as unit:
        item = unit.patch("person", 2, {"birth_year": 1990, "phone": "13800001111"})
    assert (item.values["birth_year"], item.version) == (1990, 2)
    assert re.fullmatch(r"欧\*+明?", str(item.values["name"]))
    assert (item.uid, item.geometry) == ("", None)
    (whole,) = people.fetch("person", [2], scope=INSPECTOR)
    assert (whole.values["name"], whole.values["phone"]) == ("欧阳小明", "13800001111")


@pytest.mark.parametrize(
    "columns",
    [
        {"focus": ["secret"]},
        {"kind": ["unknown"]},
        {"geom": [shapely.Point(30, 120).wkb]},
        {"geom": [b"x"]},
    ],
)
def test_messages_about_people_name_rows_not_keys_or_values(
    people: Store, system: Scope, columns: dict[str, list[object]]
) -> None:
    table = pa.table({"uid": ["990101198001019999"], **columns})
    with (
        pytest.raises(InputError, match="row 1") as caught,
        people.write(system, action="x") as unit,
    ):
        unit.put_table("person", table)
    assert "9999" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_key_of_people_is_no_oracle(people: Store) -> None:
    with pytest.raises(ForbiddenError):
        people.find_uid("person", ["990101198001010001"], scope=STAFF)


def test_the_public_sees_public_layers_only_and_cannot_tell_what_else_exists(
    people: Store, system: Scope
) -> None:
    with people.write(system, action="b") as unit:
        unit.put("building", "b", {"name": "大厦"}, shapely.box(0, 0, 1, 1))
        unit.put("facility", "f", {"name": "医院", "kind": "hospital"}, shapely.Point(1, 1))
    public = Scope.public()
    assert people.fetch("building", [1], scope=public)[0].values["name"] == "大厦"
    messages = []
    for name in ("person", "nothing"):
        with pytest.raises(UnknownLayerError) as caught:
            people.fetch(name, [1], scope=public)
        messages.append(str(caught.value).replace(name, "?"))
    assert messages[0] == messages[1]
    assert {change.layer for change in people.changes(0, scope=public)} == {"building", "facility"}
    with pytest.raises(ForbiddenError):
        people.audit(scope=public)


def test_a_jurisdiction_gets_only_what_the_snapshot_says_is_inside(people: Store) -> None:
    assert people.fetch("person", [1, 2, 3], scope=DISTRICT) == []
    items = people.fetch("person", [1, 2, 3], scope=DISTRICT, visible=lambda ids: ids == 2)
    assert [item.id for item in items] == [2]
    for refused in (people.scan, people.count):
        with pytest.raises(ForbiddenError):
            refused("person", scope=DISTRICT)


def test_people_are_counted_only_with_the_right(people: Store) -> None:
    assert people.count("person", scope=STAFF) == 3
    with pytest.raises(ForbiddenError):
        people.count("person", scope=Scope(Role.PLANNER, "zhao"))


def test_named_fields_are_all_an_item_has_and_unknown_ones_an_error(people: Store) -> None:
    (item,) = people.fetch("person", [1], scope=STAFF, fields=["kind", "name"])
    assert set(item.values) == {"kind", "name"}
    with pytest.raises(FieldError, match="'nope'"):
        people.fetch("person", [1], scope=STAFF, fields=["nope"])


def test_many_ids_are_fetched(store: Store, system: Scope) -> None:
    table = pa.table({"uid": [str(i) for i in range(25_000)], "amount": np.arange(25_000)})
    with store.write(system, action="w") as unit:
        unit.put_table("ledger", table)
    items = store.fetch("ledger", np.arange(25_000, 0, -1), scope=system)
    assert [item.values["amount"] for item in items[:2]] == [24_999, 24_998]
    assert len(items) == 25_000
    assert len(store.find_uid("ledger", table["uid"].to_pylist(), scope=system)) == 25_000


def test_the_layer_of_grids_has_no_rows_of_its_own(store: Store, system: Scope) -> None:
    assert list(store.scan("grid", scope=system)) == []
    assert store.fetch("grid", [1], scope=system) == []
    assert store.count("grid", scope=system) == 0


def test_a_closed_store_says_so_and_closes_twice(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(Exception, match="closed"):
        store.head()
    with pytest.raises(Exception, match="closed"), store.write(STAFF, action="x"):
        pass
