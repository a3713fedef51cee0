from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.errors import ForbiddenError
from layers.policy import Role, Scope
from layers.positions.batch import PositionBatch
from layers.positions.tracks import TrackLog, TrackPoints

DAY = 86_400_000
NOON = 20_000 * DAY + DAY // 2
DUTY = Scope.demo_staff()


def _batch(ids: list[int], at: list[int], kind: str = "worker") -> PositionBatch:
    lonlat = np.column_stack([np.arange(len(ids)) / 7 + 120, np.arange(len(ids)) / 3])
    return PositionBatch.of([kind] * len(ids), np.array(ids), lonlat, np.array(at))


def _append(log: TrackLog, batch: PositionBatch) -> None:
    log.append(batch, np.arange(len(batch)))


def _points(log: TrackLog, id_: int, start: int, end: int) -> TrackPoints:
    return log.points("worker", id_, start, end, scope=DUTY)


def test_points_of_one_unit_come_back_in_order_of_time(tmp_path: Path) -> None:
    log = TrackLog(tmp_path / "tracks")
    _append(log, _batch([1, 2, 1], [NOON + 5, NOON, NOON + DAY]))
    _append(log, _batch([1], [NOON + 1]))
    _append(log, _batch([1], [NOON + 2], kind="resource"))
    found = _points(log, 1, NOON, NOON + 2 * DAY)
    assert found.at.tolist() == [NOON + 1, NOON + 5, NOON + DAY]
    assert found.lonlat[1].tolist() == [120, 0]
    assert np.isnan(found.speed_mps).all()
    assert _points(log, 1, NOON + 2, NOON + DAY - 1).at.tolist() == [NOON + 5]
    assert _points(log, 9, NOON, NOON + DAY).at.size == 0
    assert len(list(log.folder.iterdir())) == 2


def test_only_accepted_rows_are_written(tmp_path: Path) -> None:
    log = TrackLog(tmp_path)
    log.append(_batch([1, 1, 1], [NOON, NOON + 1, NOON + 2]), np.array([0, 2]))
    assert _points(log, 1, NOON, NOON + 9).at.tolist() == [NOON, NOON + 2]


@given(st.data())
def test_a_torn_end_loses_only_what_was_not_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("tracks")
    log = TrackLog(folder)
    _append(log, _batch([1, 1], [NOON, NOON + 1]))
    (path,) = folder.iterdir()
    kept = path.stat().st_size
    _append(log, _batch([1, 1], [NOON + 2, NOON + 3]))
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(kept, len(whole) - 1))])
    assert _points(log, 1, NOON, NOON + 9).at.tolist() == [NOON, NOON + 1]
    for again in (log, TrackLog(folder)):  # the running process, and one started anew
        _append(again, _batch([1], [NOON + 4]))
    assert _points(log, 1, NOON, NOON + 9).at.tolist() == [NOON, NOON + 1, NOON + 4, NOON + 4]


def test_a_damaged_block_is_not_read(tmp_path: Path) -> None:
    log = TrackLog(tmp_path)
    _append(log, _batch([1], [NOON]))
    (path,) = tmp_path.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    assert _points(log, 1, NOON, NOON).at.size == 0
    path.write_bytes(b"")
    assert _points(log, 1, NOON, NOON).at.size == 0


def test_retention_removes_whole_days(tmp_path: Path) -> None:
    log = TrackLog(tmp_path)
    _append(log, _batch([1, 1], [NOON, NOON + DAY]))
    gone = log.remove_before(date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + 20_001))
    assert len(gone) == 1
    assert _points(log, 1, NOON, NOON + DAY).at.tolist() == [NOON + DAY]


@pytest.mark.parametrize(
    "scope", [Scope.public(), Scope(Role.WORKER), Scope(Role.DUTY, "x", frozenset({1}))]
)
def test_tracks_are_not_for_everyone(tmp_path: Path, scope: Scope) -> None:
    with pytest.raises(ForbiddenError):
        TrackLog(tmp_path).points("worker", 1, 0, 1, scope=scope)
