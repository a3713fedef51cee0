"""Positions that come in: checked row by row, one audit record per source and hour."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geoserver.city import City
from grids.crs import Crs, to_lonlat
from grids.errors import ForbiddenError, ParameterError
from layers.policy import Scope
from layers.positions.batch import PositionBatch

__all__ = ["PositionIntake"]

_HOUR_MS = 3_600_000
_KEYS = frozenset(
    {"kind", "id", "lon", "lat", "at", "accuracy_m", "speed_mps", "heading_deg", "state"}
)
_REJECTS_MOST = 1000


@dataclass(slots=True)
class PositionIntake:
    """Takes batches of positions into the table.

    Parameters
    ----------
    city
        The city.
    most
        Most rows of one batch.
    """

    city: City
    most: int
    _taken: Counter[tuple[str, int]] = field(default_factory=Counter)
    _scopes: dict[tuple[str, int], Scope] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def push(
        self, rows: Sequence[Mapping[str, object]], *, crs: Crs, scope: Scope
    ) -> dict[str, object]:
        """Take the good rows of a batch, all at one sequence number.

        Returns
        -------
        dict
            ``seq``, how many were ``accepted``, and ``rejected`` rows with a reason each.

        Raises
        ------
        ForbiddenError
            If the reader is not of staff.
        ParameterError
            If there are too many rows, or one lacks a key or has a wrong one.
        """
        if not scope.is_staff:
            raise ForbiddenError(f"role {scope.role} may not send positions")
        if len(rows) > self.most:
            raise ParameterError(f"positions holds {len(rows)} rows, at most {self.most} are taken")
        for number, row in enumerate(rows):
            if unknown := sorted(row.keys() - _KEYS):
                raise ParameterError(f"position {number} has an unknown key {unknown[0]!r}")
        batch = PositionBatch.from_rows(rows)
        finite = np.isfinite(batch.lonlat).all(axis=1)
        batch.lonlat[finite] = to_lonlat(batch.lonlat[finite], crs)
        now = self.city.now()
        done = self.city.positions.push(batch, received=now)
        self._note(scope, int(done.accepted.size), now // _HOUR_MS)
        rejected = [{"row": r.row, "reason": r.reason.value} for r in done.rejects]
        return {
            "seq": done.seq,
            "accepted": int(done.accepted.size),
            "rejected": rejected[:_REJECTS_MOST],
            "rejected_count": len(rejected),
        }

    def _note(self, scope: Scope, count: int, hour: int) -> None:
        """Count for the audit, and write what belongs to hours that are over."""
        key = (scope.subject, hour)
        with self._lock:
            self._taken[key] += count
            self._scopes[key] = scope
            over = [k for k in self._taken if k[1] < hour]
            records = [(self._scopes.pop(k), k[1], self._taken.pop(k)) for k in over]
        self._write(records)

    def close(self) -> None:
        """Write what was counted so far."""
        with self._lock:
            records = [(self._scopes[k], k[1], n) for k, n in self._taken.items()]
            self._taken.clear()
            self._scopes.clear()
        self._write(records)

    def _write(self, records: Sequence[tuple[Scope, int, int]]) -> None:
        """One audit record per source and hour."""
        for scope, hour, count in records:
            detail: dict[str, object] = {"hour": hour * _HOUR_MS}
            self.city.store.record_audit(scope, action="positions", count=count, detail=detail)
