"""The SQLite file: one writer, killed processes, full disks, damage, tampering."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from grids.errors import ForbiddenError, StoreError, StoreUnavailableError
from layers.catalog import default_catalog
from layers.policy import Scope
from layers.store.file_system import file_system_of
from layers.store.sqlite import SqliteStore

SYSTEM = Scope.system("test")
REPOSITORY = Path(__file__).resolve().parents[4]
WRITER = """
import sys
from layers.catalog import default_catalog
from layers.policy import Scope
from layers.store.sqlite import SqliteStore
system, name = Scope.system("child"), sys.argv[2]
with SqliteStore(sys.argv[1], default_catalog()) as store:
    with store.write(system, action="warm") as unit:
        unit.put("event", "warm", {"title": name})
        unit.put("sensor", "warm", {"value": 1})
    print("open", flush=True)
    i = 0
    while True:
        with store.write(system, action="child") as unit:
            unit.put("event", f"{name}-{i}", {"title": name})
            unit.put("sensor", f"{name}-{i}", {"value": i})
        print(unit.seq, f"{name}-{i}", flush=True)
        i += 1
"""


def child(path: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "city.sqlite", set[str]()
    waits = np.random.default_rng(7).uniform(0.02, 0.25, int(os.environ.get("WANGGE_KILLS", "10")))
    for turn, wait in enumerate(waits):
        process = child(path, f"r{turn}")
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        with process.stdout:
            whole, _, _torn = process.stdout.read().rpartition("\n")
        process.wait()
        acknowledged |= {line.split()[1] for line in whole.splitlines()}
    with SqliteStore(path, default_catalog()) as store:
        events = {u for t in store.scan("event", scope=SYSTEM) for u in t["uid"].to_pylist()}
        sensors = {u for t in store.scan("sensor", scope=SYSTEM) for u in t["uid"].to_pylist()}
        assert events == sensors, "half a unit of work"
        assert acknowledged <= events
        assert acknowledged, "nothing was written"
        assert len(events) <= len(acknowledged) + 1 + waits.size, "one under way per round"
        assert store.head() >= 2 * len(events)
        assert store.faults() == []
        assert store.audit_fault() is None


def test_a_second_process_is_told_who_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    process = child(path, "first")
    try:
        with pytest.raises(StoreUnavailableError, match=f"in use by process {process.pid}"):
            SqliteStore(path, default_catalog())
        with SqliteStore(path, default_catalog(), read_only=True) as reader:
            before = reader.head()
            deadline = time.monotonic() + 30
            while reader.head() <= before and time.monotonic() < deadline:
                time.sleep(0.01)
            assert reader.head() > before
            with pytest.raises(StoreUnavailableError), reader.write(SYSTEM, action="x"):
                pass
    finally:
        process.kill()
        process.communicate()
    with SqliteStore(path, default_catalog()) as store:
        assert store.head() > 0


def test_two_stores_of_one_process_on_one_file_are_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()), pytest.raises(StoreUnavailableError):
        SqliteStore(path, default_catalog())
    with SqliteStore(path, default_catalog()):
        pass


def test_a_full_disk_refuses_the_write_keeps_reading_and_heals(tmp_path: Path) -> None:
    table = pa.table({"uid": [str(i) for i in range(20_000)], "name": ["长" * 30] * 20_000})
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as store:
        with store.write(SYSTEM, action="small") as unit:
            unit.put("road", "a", {"name": "甲路"})
        raw = store._writer._connection  # type: ignore[union-attr]
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + 20}")
        with (
            pytest.raises(StoreUnavailableError, match="full"),
            store.write(SYSTEM, action="large") as unit,
        ):
            unit.put_table("road", table)
        assert store.count("road", scope=SYSTEM) == 1
        raw.execute("PRAGMA max_page_count = 1000000")
        with store.write(SYSTEM, action="large") as unit:
            assert unit.put_table("road", table).inserted == 20_000
        assert store.faults() == []
        assert store.audit_fault() is None
        assert len(store.audit(scope=SYSTEM)) == 2


def test_a_foreign_writer_makes_the_store_unavailable_not_wrong(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()) as store:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        store._writer._connection.execute("PRAGMA busy_timeout = 10")  # type: ignore[union-attr]
        with (
            pytest.raises(StoreUnavailableError, match="locked"),
            store.write(SYSTEM, action="x") as unit,
        ):
            unit.put("road", "a", {})
        raw.execute("ROLLBACK")
        raw.close()
        with store.write(SYSTEM, action="x") as unit:
            unit.put("road", "a", {})
        assert store.head() == 1


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog(), wait_s=0.05) as store:
        with (
            store._writer._turn,  # type: ignore[union-attr]
            pytest.raises(StoreUnavailableError, match="try again"),
            store.write(SYSTEM, action="x"),
        ):
            pass
        with store.write(SYSTEM, action="x") as unit:
            unit.put("road", "a", {})


@pytest.mark.parametrize("content", [b"not a database, certainly not" * 200, b"PK\x03\x04" * 999])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "city.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"city\.sqlite is damaged or not"):
        SqliteStore(path, default_catalog())
    assert path.read_bytes() == content


def test_a_folder_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="cannot open"):
        SqliteStore(tmp_path / "nowhere" / "city.sqlite", default_catalog())
    with pytest.raises(StoreUnavailableError):
        SqliteStore(tmp_path / "none.sqlite", default_catalog(), read_only=True)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()) as store:
        with store.write(SYSTEM, action="x") as unit:
            unit.put("road", "a", {})
        for file in tmp_path.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file.name


def test_the_audit_cannot_be_changed_and_a_forger_is_found(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()) as store:
        for i in range(3):
            with store.write(SYSTEM, action=f"{i}") as unit:
                unit.put("road", str(i), {})
    raw = sqlite3.connect(path)
    for statement in ("UPDATE audit SET subject = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET subject = 'x' WHERE seq = 2")
    raw.commit()
    raw.close()
    with SqliteStore(path, default_catalog()) as store:
        fault = store.audit_fault()
        assert fault is not None
        assert fault.seq == 2


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "/dev/sda / ext4 rw 0 0\nbox:/srv /srv/my\\040city nfs4 rw 0 0\n"
    assert file_system_of(Path("/srv/my city/data"), lines) == "nfs4"
    assert file_system_of(Path("/srv"), lines) == "ext4"
    assert file_system_of(Path("/srv"), "") == ""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"box:/a {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr("layers.store.file_system._MOUNTS", mounts)
    with pytest.raises(StoreUnavailableError, match="network file system"):
        SqliteStore(tmp_path / "city.sqlite", default_catalog())
    assert sorted(tmp_path.iterdir()) == [mounts]


def test_settings_of_the_connections(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as store:
        raw = store._writer._connection  # type: ignore[union-attr]
        values = {
            name: raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
        assert values == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
        }


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as store:
        with pytest.raises(StoreUnavailableError), store._readers.transaction() as connection:
            connection.execute("DELETE FROM counter")
        with pytest.raises(ForbiddenError):
            store.audit(scope=Scope.demo_staff())


def test_ids_beyond_32_bits_and_many_rows(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as store:
        with store.write(SYSTEM, action="ids") as unit:
            unit.new_ids("road", 2**40)
            unit.put_table("road", pa.table({"uid": ["a", "b"], "lanes": np.array([1, 2])}))
        (table,) = store.scan("road", scope=SYSTEM)
        assert table["id"].to_pylist() == [2**40 + 1, 2**40 + 2]
        assert store.changes(0, scope=SYSTEM)[0].ids.tolist() == [2**40 + 1, 2**40 + 2]
