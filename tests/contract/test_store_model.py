"""The store against a dictionary, by random sequences of units of work."""

import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from layers.catalog import Catalog
from layers.policy import Scope
from layers.store.protocol import UnitOfWork
from tests.contract.conftest import STORES

UIDS = st.sampled_from(["a", "b", "c", "道路", "e'\"", "f"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.none()
        | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5),
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "done": st.none() | st.booleans(),
    },
)
FIELDS = ("title", "count", "weight", "done")
TYPES = {"title": pa.string(), "count": pa.int64(), "weight": pa.float64(), "done": pa.bool_()}
Rows = dict[str, dict[str, object]]


class _RolledBackError(Exception):
    """The unit of work is to leave nothing."""


class StoreModel(RuleBasedStateMachine):
    """Each rule is one unit of work, kept or rolled back."""

    name = "sqlite"
    catalog: Catalog

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.system = Scope.system("model")
        self.rows: Rows = {}
        self.versions: dict[str, int] = {}
        self.units = 0
        self.open()

    def open(self) -> None:
        self.store = STORES[self.name](self.folder, self.catalog)

    def teardown(self) -> None:
        self.store.close()
        self.stack.close()

    def put(self, uid: str, values: dict[str, object]) -> None:
        if self.rows.get(uid) != values:
            self.versions[uid] = self.versions.get(uid, 0) + 1
        self.rows[uid] = values

    def gone(self, uid: str) -> None:
        del self.rows[uid], self.versions[uid]

    @rule(uid=UIDS, values=VALUES, keep=st.booleans())
    def put_one(self, uid: str, values: dict[str, object], *, keep: bool) -> None:
        def work(unit: UnitOfWork) -> None:
            unit.put("diary", uid, values, expected_version=self.versions.get(uid, 0))

        if self.run(work, keep=keep):
            self.put(uid, {name: values.get(name) for name in FIELDS})

    @rule(
        rows=st.lists(st.tuples(UIDS, VALUES), max_size=8),
        names=st.sets(st.sampled_from(FIELDS), min_size=1),
        keep=st.booleans(),
        replace=st.booleans(),
    )
    def put_many(
        self,
        rows: list[tuple[str, dict[str, object]]],
        names: set[str],
        *,
        keep: bool,
        replace: bool,
    ) -> None:
        columns = {n: pa.array([v.get(n) for _, v in rows], TYPES[n]) for n in sorted(names)}
        table = pa.table({"uid": pa.array([uid for uid, _ in rows], pa.string()), **columns})

        def work(unit: UnitOfWork) -> None:
            unit.put_table("diary", table)
            if replace:
                unit.replace_layer("diary")

        if not self.run(work, keep=keep):
            return
        for uid, values in dict(rows).items():
            before = self.rows.get(uid, dict.fromkeys(FIELDS))
            self.put(uid, {n: values.get(n) if n in names else before[n] for n in FIELDS})
        for uid in [u for u in self.rows if replace and u not in dict(rows)]:
            self.gone(uid)

    @rule(uids=st.sets(UIDS), keep=st.booleans())
    def delete(self, uids: set[str], *, keep: bool) -> None:
        ids = self.store.find_uid("diary", sorted(uids), scope=self.system)

        def work(unit: UnitOfWork) -> None:
            assert unit.delete("diary", list(ids.values())) == len(uids & set(self.rows))

        if self.run(work, keep=keep):
            for uid in uids & set(self.rows):
                self.gone(uid)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.open()

    def run(self, work, *, keep: bool) -> bool:  # type: ignore[no-untyped-def] # noqa: ANN001
        with suppress(_RolledBackError), self.store.write(self.system, action="rule") as unit:
            work(unit)
            if not keep:
                raise _RolledBackError
        return keep

    @invariant()
    def the_store_holds_what_the_dictionary_holds(self) -> None:
        tables = list(self.store.scan("diary", scope=self.system))
        rows = [row for table in tables for row in table.to_pylist()]
        assert {row["uid"]: {n: row[n] for n in FIELDS} for row in rows} == self.rows
        assert {row["uid"]: row["version"] for row in rows} == self.versions

    @invariant()
    def a_follower_of_the_changes_knows_the_same_ids(self) -> None:
        alive: set[int] = set()
        changes = self.store.changes(0, limit=100_000, scope=self.system)
        for change in changes:
            if change.op == "put":
                alive |= set(change.ids.tolist())
            else:
                alive -= set(change.ids.tolist())
        assert [change.seq for change in changes] == list(range(1, self.store.head() + 1))
        ids = [t["id"].to_numpy() for t in self.store.scan("diary", scope=self.system)]
        assert alive == set(np.concatenate([*ids, np.empty(0, np.int64)]).tolist())

    @invariant()
    def the_audit_chain_holds(self) -> None:
        assert self.store.audit_fault() is None


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(STORES))
def test_the_store_agrees_with_a_dictionary(name: str, catalog: Catalog) -> None:
    model = type("Model", (StoreModel,), {"name": name, "catalog": catalog})
    run_state_machine_as_test(
        model,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
