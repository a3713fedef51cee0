"""Tracks of moving units: daily append-only files of fixed records, synced per group.

A file is blocks of a header (magic, number of records, CRC-32 of the records) and the records.
A block that was cut short or damaged ends the file for readers, and the next append cuts it off,
so what was acknowledged before stays readable.
"""

import hashlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grids.errors import ForbiddenError
from layers.policy import Role, Scope
from layers.positions.batch import PositionBatch

__all__ = ["TrackLog", "TrackPoints"]

_HEADER = struct.Struct("<4sII")
_MAGIC = b"WGT1"
_DAY_MS = 86_400_000
_NOT_ALLOWED = frozenset({Role.PUBLIC, Role.PARTNER, Role.WORKER})
_RECORD = np.dtype(
    [
        ("kind", "<u8"),
        ("id", "<i8"),
        ("at", "<i8"),
        ("lonlat", "<f8", (2,)),
        ("accuracy_m", "<f4"),
        ("speed_mps", "<f4"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class TrackPoints:
    """Points of one unit in order of time.

    Parameters
    ----------
    at
        (n,) int64 milliseconds UTC.
    lonlat
        (n, 2) float64 degrees, EPSG:4490.
    accuracy_m, speed_mps
        (n,) float64, NaN unknown; single precision on disk.
    """

    at: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]


class TrackLog:
    """Tracks of all units in one folder; one thread writes, any may read.

    Parameters
    ----------
    folder
        Made at the first write; a file per UTC day of the points.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends: dict[int, int] = {}  # length of each day's file after our last append

    def append(self, batch: PositionBatch, accepted: NDArray[np.int64]) -> None:
        """Write some rows of a batch; they are on disk when it returns.

        Parameters
        ----------
        accepted
            (k,) int64 rows, as `layers.positions.table.Push` names them.
        """
        records = np.empty(accepted.size, dtype=_RECORD)
        records["kind"] = [_kind_key(batch.kinds[row]) for row in accepted.tolist()]
        records["id"] = batch.ids[accepted]
        for name in ("at", "lonlat", "accuracy_m", "speed_mps"):
            records[name] = getattr(batch, name)[accepted]
        days = records["at"] // _DAY_MS
        for day in np.unique(days).tolist():
            self._append_day(day, records[days == day].tobytes())

    def points(self, kind: str, id_: int, start: int, end: int, *, scope: Scope) -> TrackPoints:
        """Points of one unit between two moments, both included.

        Parameters
        ----------
        start, end
            Milliseconds UTC.

        Raises
        ------
        ForbiddenError
            If the scope is not of the whole city and of staff that may follow people; each look
            belongs in the audit.
        """
        if scope.role in _NOT_ALLOWED or scope.units is not None:
            raise ForbiddenError(f"role {scope.role} may not read tracks")
        found = [np.empty(0, dtype=_RECORD)]
        key = _kind_key(kind)
        for day in range(start // _DAY_MS, end // _DAY_MS + 1):
            for records in _blocks(self._path(day)):
                wanted = (records["kind"] == key) & (records["id"] == id_)
                wanted &= (records["at"] >= start) & (records["at"] <= end)
                found.append(records[wanted])
        points = np.concatenate(found)
        points = points[np.argsort(points["at"], kind="stable")]
        return TrackPoints(
            points["at"].astype(np.int64),
            points["lonlat"].astype(np.float64),
            points["accuracy_m"].astype(np.float64),
            points["speed_mps"].astype(np.float64),
        )

    def remove_before(self, day: date) -> list[Path]:
        """Delete the files of days before one (retention); which they were."""
        removed = []
        for path in sorted(self.folder.glob("*.track")):
            if path.stem < day.isoformat():
                path.unlink()
                removed.append(path)
        return removed

    def _path(self, day: int) -> Path:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        return self.folder / f"{moment.date().isoformat()}.track"

    def _append_day(self, day: int, body: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(day)
        count = len(body) // _RECORD.itemsize
        is_new = not path.exists()
        with path.open("ab") as file:
            if file.tell() != self._ends.pop(day, -1):
                file.truncate(_whole_bytes(path))  # cuts off a write that never finished
            file.write(_HEADER.pack(_MAGIC, count, zlib.crc32(body)) + body)
            file.flush()
            os.fsync(file.fileno())
            self._ends[day] = file.tell()
        if is_new:
            _sync(self.folder)


def _sync(folder: Path) -> None:
    """Make the name of a new file last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _kind_key(kind: str) -> int:
    """Number that stands for a kind."""
    return int.from_bytes(hashlib.blake2b(kind.encode(), digest_size=8).digest(), "little")


def _blocks(path: Path) -> Iterator[NDArray[np.void]]:
    """Records of the whole blocks of a file; none if it is not there."""
    if not path.exists():
        return
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    at = 0
    while at + _HEADER.size <= len(data):
        magic, count, checksum = _HEADER.unpack_from(data, at)
        first, last = at + _HEADER.size, at + _HEADER.size + count * _RECORD.itemsize
        if magic != _MAGIC or last > len(data):
            return
        if zlib.crc32(memoryview(data)[first:last]) != checksum:
            return
        yield np.frombuffer(data, dtype=_RECORD, count=count, offset=first)
        at = last


def _whole_bytes(path: Path) -> int:
    """Length of the whole blocks at the start of a file."""
    return sum(_HEADER.size + records.size * _RECORD.itemsize for records in _blocks(path))
