"""Backups: of one moment, sound, never half."""

import sqlite3
import threading
from pathlib import Path

import pytest

from grids.errors import StoreError, StoreUnavailableError
from layers.catalog import default_catalog
from layers.policy import Scope
from layers.store.sqlite import SqliteStore
from layers.store.sqlite_backup import backup_faults, write_backup

SYSTEM = Scope.system("test")


def test_a_backup_taken_under_load_is_whole_and_of_one_moment(tmp_path: Path) -> None:
    path, target, stop = tmp_path / "city.sqlite", tmp_path / "backup.sqlite", threading.Event()
    with SqliteStore(path, default_catalog()) as store:

        def write() -> None:
            i = 0
            while not stop.is_set():
                with store.write(SYSTEM, action="pair") as unit:
                    unit.put("event", f"{i}", {"title": "x"})
                    unit.put("sensor", f"{i}", {"value": i})
                i += 1

        thread = threading.Thread(target=write)
        thread.start()
        while store.head() < 4:
            pass
        write_backup(path, target, default_catalog())
        stop.set()
        thread.join()
        identity = store.identity
    assert backup_faults(target, default_catalog()) == []
    assert {p.name for p in tmp_path.iterdir() if "backup" in p.name} == {"backup.sqlite"}
    with SqliteStore(target, default_catalog()) as restored:
        assert restored.identity == identity
        count = restored.count("event", scope=SYSTEM)
        assert count == restored.count("sensor", scope=SYSTEM) >= 2
        assert restored.head() == 2 * count
        with restored.write(SYSTEM, action="on") as unit:
            unit.put("event", "after", {})
        assert restored.audit_fault() is None


def test_a_backup_is_never_written_over_and_leaves_no_half(tmp_path: Path) -> None:
    path, target = tmp_path / "city.sqlite", tmp_path / "backup.sqlite"
    with SqliteStore(path, default_catalog()):
        pass
    target.write_text("precious")
    with pytest.raises(StoreUnavailableError, match="exists"):
        write_backup(path, target, default_catalog())
    with pytest.raises(StoreError):
        write_backup(tmp_path / "nothing.sqlite", tmp_path / "b", default_catalog())
    with pytest.raises(StoreUnavailableError, match="cannot write"):
        write_backup(path, tmp_path / "no" / "folder", default_catalog())
    assert target.read_text() == "precious"
    assert not list(tmp_path.glob("*.part"))


def test_a_tampered_backup_is_found(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()) as store:
        for i in range(3):
            store.record_audit(SYSTEM, action=f"{i}", count=0)
    raw = sqlite3.connect(path)
    raw.execute("DROP TRIGGER audit_no_delete")
    raw.execute("DELETE FROM audit WHERE seq = 2")
    raw.commit()
    raw.close()
    assert backup_faults(path, default_catalog()) == ["audit record 2: the record is missing"]
    with pytest.raises(StoreError, match="not sound"):
        write_backup(path, tmp_path / "backup.sqlite", default_catalog())
    assert not (tmp_path / "backup.sqlite").exists()
