"""Publishing: stable ids, codes for ever, effective dates, all or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from grids.errors import (
    ConflictError,
    ForbiddenError,
    HierarchyError,
    NotFoundError,
    ParameterError,
    TopologyError,
)
from grids.hierarchy import Unit
from layers.policy import Role, Scope
from layers.registry.registry import Lineage, Registry
from layers.store.sqlite import SqliteStore
from tests.unit.layers.registry.conftest import SIDE, city

SYSTEM = Scope.system("test")


def publish(registry: Registry, arcs=None, units=None, at: int = 1000, **rest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN003, ANN201
    whole = city()
    return registry.publish(
        whole[0] if arcs is None else arcs,
        whole[1] if units is None else units,
        effective_from=at,
        scope=SYSTEM,
        **rest,
    )


def test_a_published_version_answers_and_is_the_same_after_a_restart(
    registry: Registry, store: SqliteStore
) -> None:
    version = publish(registry, note="first", author="赵")
    assert (version.number, version.effective_from) == (1, 1000)
    (row,) = registry.versions()
    assert (row.author, row.note, row.published_at) == ("赵", "first", 10_000)
    assert row.bounds == pytest.approx((120, 30, 120 + 3 * SIDE, 30 + 3 * SIDE))
    again = Registry(store, clock=lambda: 10_000).version()
    assert again is not None
    assert again.hierarchy.units == version.hierarchy.units
    point = np.array([[120 + 1.5 * SIDE, 30 + 2.5 * SIDE], [0, 0]])
    for known in (version, again):
        leaf = known.locator.leaf(point)
        assert leaf[1] == -1
        chain = known.hierarchy.chain(int(leaf[0]))
        assert [unit.code for unit in chain] == ["99", "9901", "9901002"]
    assert registry.version() is version
    (record,) = store.audit(scope=SYSTEM)
    assert (record.action, record.count) == ("publish grid version", 13)
    assert store.audit_fault() is None


def test_ids_are_given_by_the_register_and_stay_with_their_codes(registry: Registry) -> None:
    first = publish(registry)
    assert sorted(first.hierarchy.unit_ids.tolist()) == list(range(1, 14))
    arcs, units = city(4)
    other = [replace(u, id=-u.id, parent_id=u.parent_id and -u.parent_id) for u in units]
    second = publish(registry, replace(arcs, face_unit=-arcs.face_unit), other, at=2000)
    known = {unit.code: unit.id for unit in first.hierarchy.units}
    for unit in second.hierarchy.units:
        if unit.code in known:
            assert unit.id == known[unit.code]
        else:
            assert unit.id > 13
    ids = registry.unit_ids(["9901", "new", "99", "other"])
    assert (ids["99"], ids["9901"]) == (known["99"], known["9901"])
    assert len({*ids.values(), *second.hierarchy.unit_ids.tolist()}) == len(second.hierarchy) + 2


def test_a_lookup_finds_the_version_of_its_moment(registry: Registry) -> None:
    assert registry.version() is None
    publish(registry, at=1000)
    publish(registry, *city(4), at=5000)
    publish(registry, *city(5), at=20_000)
    numbers = [getattr(registry.version(at), "number", None) for at in (999, 1000, 4999, 5000)]
    assert numbers == [None, 1, 1, 2]
    now, later = registry.version(), registry.version(at=20_000)
    assert now is not None
    assert later is not None
    assert (now.number, later.number) == (2, 3)
    with pytest.raises(ConflictError, match="before 20000"):
        publish(registry, at=19_999)
    with pytest.raises(NotFoundError):
        registry.numbered(9)


def test_a_retired_code_does_not_come_back(registry: Registry) -> None:
    publish(registry, *city(3))
    publish(registry, *city(2))
    with pytest.raises(ConflictError, match=r"code 99\d+ was retired with version 1"):
        publish(registry, *city(3))
    assert len(registry.versions()) == 2


def test_a_unit_cannot_move_or_change_its_level_under_its_code(registry: Registry) -> None:
    arcs, units = city()
    publish(registry, arcs, units)
    moved = [replace(u, parent_id=2001) if u.code == "9900000" else u for u in units]
    with pytest.raises(ConflictError, match="9900000 lies in district 9900 and cannot move"):
        publish(registry, arcs, moved)
    lifted = [replace(u, level="unit") if u.code == "9900000" else u for u in units]
    with pytest.raises(ConflictError, match="9900000 is a grid"):
        publish(registry, arcs, lifted)


def test_a_level_may_be_put_in_between_and_names_may_change(registry: Registry) -> None:
    arcs, units = city()
    publish(registry, arcs, units)
    street = Unit(5000, "9900500", "一街", "street", 2000)
    finer = [
        replace(u, parent_id=5000, name="新名") if u.code.startswith("99000") else u for u in units
    ]
    version = publish(registry, arcs, [*finer, street])
    unit = version.hierarchy.unit_by_code("9900001")
    assert unit.name == "新名"
    assert [u.code for u in version.hierarchy.ancestry(unit.id)] == [
        "99",
        "9900",
        "9900500",
        "9900001",
    ]


def test_lineage_is_kept(registry: Registry) -> None:
    steps = [Lineage("9900000", "9902000", "split")]
    with pytest.raises(ParameterError, match="first version"):
        publish(registry, *city(2), lineage=steps)
    publish(registry, *city(2))
    publish(registry, *city(3), lineage=steps)
    (step,) = registry.lineage(2)
    first = registry.numbered(1).hierarchy.unit_by_code("9900000").id
    assert (step.old_id, step.kind) == (first, "split")
    assert registry.lineage(1) == ()


def test_arcs_and_tree_must_belong_together(registry: Registry, store: SqliteStore) -> None:
    arcs, units = city()
    cases = (
        (arcs, [u for u in units if u.code != "9902002"], TopologyError, "belong to no unit"),
        (arcs, [*units, Unit(9, "9909", "空", "district", 1000)], HierarchyError, "9909"),
        (arcs, [*units, Unit(9, "99000009", "x", "unit", 3000)], TopologyError, "9900000 has"),
    )
    for given, tree, error, message in cases:
        with pytest.raises(error, match=message):
            publish(registry, given, tree)
    assert store.head() == 0
    assert registry.version() is None


def test_who_may_publish(registry: Registry) -> None:
    arcs, units = city()
    for role in (Role.DUTY, Role.WORKER, Role.PUBLIC):
        with pytest.raises(ForbiddenError):
            registry.publish(arcs, units, effective_from=1, scope=Scope(role, "x"))
    planner = Scope(Role.PLANNER, "钱")
    registry.publish(arcs, units, effective_from=1, scope=planner)
    assert registry.versions()[0].author == "钱"


def test_few_versions_stay_in_memory(store: SqliteStore) -> None:
    registry = Registry(store, keep=2, clock=lambda: 10_000)
    for _ in range(4):
        publish(registry)
    assert sorted(registry._loaded) == [3, 4]
    assert registry.numbered(1).number == 1
