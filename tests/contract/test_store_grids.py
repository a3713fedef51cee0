"""Grid versions as rows: whole, checked, never twice."""

import hashlib

import pytest

from grids.errors import ConflictError, NotFoundError
from grids.hierarchy import Unit
from layers.policy import Scope
from layers.store.grids import GridRecord, GridVersionRow, LineageRow
from layers.store.protocol import Store

UNITS = (Unit(1, "99", "云澜", "city"), Unit(2, "9901", "东", "district", 1))


def record(number: int, units: tuple[Unit, ...] = UNITS, *, arcs: bytes = b"arcs") -> GridRecord:
    box = (120.0, 30.0, 120.5, 30.5)
    sha = hashlib.sha256(arcs).digest()
    row = GridVersionRow(number, 1000 * number, 5, "zhao", "note", box, sha)
    lineage = (LineageRow(1, 2, "split"),) if number > 1 else ()
    return GridRecord(row, arcs, units, lineage)


def add(store: Store, given: GridRecord) -> int:
    with store.write(Scope.system("test"), action="publish") as unit:
        unit.add_grid_version(given)
    return unit.seq


def test_a_version_is_read_back_whole(store: Store, system: Scope) -> None:
    for number in (1, 2):
        add(store, record(number))
        assert store.grid_record(number) == record(number)
    assert store.grid_versions() == [record(1).row, record(2).row]
    assert store.grid_codes() == {"99": (1, 2), "9901": (2, 2)}
    (first, second) = store.changes(0, scope=Scope.public())
    assert (first.layer, first.ids.tolist(), first.box_old) == ("grid", [1, 2], None)
    assert second.box_old == second.box_new == record(2).row.bounds
    assert [r.count for r in store.audit(scope=system)] == [2, 2]


def test_an_unknown_version_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="version 3"):
        store.grid_record(3)
    assert store.grid_versions() == []
    assert store.grid_codes() == {}


@pytest.mark.parametrize(
    "units",
    [(Unit(1, "98", "x", "city"),), (Unit(3, "99", "x", "city"),)],
    ids=["another code for an id", "another id for a code"],
)
def test_a_code_belongs_to_one_unit_for_ever(store: Store, units: tuple[Unit, ...]) -> None:
    add(store, record(1))
    with pytest.raises(ConflictError):
        add(store, record(2, units))
    with pytest.raises(ConflictError):
        add(store, record(1))
    assert [row.number for row in store.grid_versions()] == [1]


def test_ids_of_units_are_given_out_once(store: Store, system: Scope) -> None:
    with store.write(system, action="ids") as unit:
        assert unit.new_ids("grid", 5) == 1
        assert unit.new_ids("grid", 2) == 6
