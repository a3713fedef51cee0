"""The change feed and the audit under concurrent writers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest

from layers.policy import Scope
from layers.store.protocol import Store


def test_concurrent_writers_lose_nothing_and_sequence_is_commit_order(
    store: Store, system: Scope
) -> None:
    heard: list[int] = []
    end = store.on_commit(heard.append)

    def writer(number: int) -> list[int]:
        seqs = []
        for i in range(12):
            with (
                suppress(ZeroDivisionError),
                store.write(system, action=f"writer {number}") as unit,
            ):
                unit.put("ledger", f"{number}-{i}", {"amount": i})
                unit.put("diary", f"{number}-{i}", {"count": 1 // ((i + 1) % 4)})
            if i % 4 != 3:
                seqs.append(unit.seq)
                assert store.head() >= unit.seq
        return seqs

    with ThreadPoolExecutor(8) as pool:
        given = [seq for seqs in pool.map(writer, range(8)) for seq in seqs]
    end()
    changes = store.changes(0, scope=system, limit=10_000)
    assert [change.seq for change in changes] == list(range(1, 2 * len(given) + 1))
    assert sorted(given) == [change.seq for change in changes if change.seq == change.unit]
    assert sorted(heard) == sorted(given)
    assert [change.at for change in changes] == sorted(change.at for change in changes)
    ids = np.concatenate([change.ids for change in changes if change.layer == "ledger"])
    assert sorted(ids.tolist()) == list(range(1, len(given) + 1))
    assert store.count("ledger", scope=system) == len(given) == 72
    records = store.audit(scope=system)
    assert [record.change_seq for record in records] == sorted(given)
    assert store.audit_fault() is None


def test_readers_meanwhile_see_whole_units_only(store: Store, system: Scope) -> None:
    def write(number: int) -> None:
        for i in range(20):
            with store.write(system, action="pair") as unit:
                unit.put("ledger", f"{number}-{i}-a", {"amount": 1})
                unit.put("ledger", f"{number}-{i}-b", {"amount": -1})

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(2)]
        while not all(done.done() for done in writers):
            amounts = [
                a for t in store.scan("ledger", scope=system) for a in t["amount"].to_pylist()
            ]
            assert len(amounts) % 2 == 0
            assert sum(amounts) == 0
        for done in writers:
            done.result()


def test_changes_come_in_whole_units_of_work(store: Store, system: Scope) -> None:
    for _ in range(2):
        with store.write(system, action="w") as unit:
            for layer in ("diary", "ledger", "road"):
                unit.put_table(layer, pa.table({"uid": [f"{unit.seq}{store.head()}"]}))
    assert [c.seq for c in store.changes(0, limit=1, scope=system)] == [1, 2, 3]
    assert [c.seq for c in store.changes(0, limit=4, scope=system)] == [1, 2, 3, 4, 5, 6]
    assert [c.seq for c in store.changes(4, limit=10, scope=system)] == [5, 6]
    assert store.changes(6, scope=system) == []
    assert [(c.seq, c.layer) for c in store.changes(0, scope=Scope.public())] == [
        (3, "road"),
        (6, "road"),
    ]


def test_a_failing_listener_does_not_fail_the_write(
    store: Store, system: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(seq: int) -> None:
        raise ZeroDivisionError(seq)

    store.on_commit(fails)
    with store.write(system, action="w") as unit:
        unit.put("ledger", "a", {})
    assert store.head() == unit.seq == 1
    assert "a listener of commits failed" in caplog.text


def test_what_is_noted_stands_in_the_audit(store: Store, system: Scope) -> None:
    store.record_audit(system, action="positions", count=9, detail={"source": "gps"})
    (record,) = store.audit(scope=system)
    assert (record.action, record.count, record.detail) == ("positions", 9, {"source": "gps"})
    assert (record.change_seq, record.digest) == (0, b"")
