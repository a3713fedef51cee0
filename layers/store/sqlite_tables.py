"""Rows of the SQLite store: what a unit of work writes, and fixed tables read back."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grids.errors import ConflictError, NotFoundError
from grids.hierarchy import Unit as GridUnit
from layers.audit import AuditRecord
from layers.changes import Box, Change, Operation
from layers.store.grids import GridRecord, GridVersionRow, LineageRow
from layers.store.statements import LayerSql

__all__ = [
    "SqliteTables",
    "json_keys",
    "read_audit",
    "read_changes",
    "read_grid_codes",
    "read_grid_record",
    "read_grid_versions",
]

_GRID_COLUMNS = (
    "number, effective_from, published_at, author, note, west, south, east, north, arcs_sha256"
)


def json_keys(keys: Iterable[object]) -> str:
    """Keys as the JSON array that `LayerSql` takes."""
    return json.dumps(list(keys), ensure_ascii=False)


class SqliteTables:
    """Tables of one SQLite connection inside an open transaction.

    Parameters
    ----------
    connection
        The writing connection.
    sql
        Statements by layer.
    """

    __slots__ = ("_connection", "_sql")

    def __init__(self, connection: sqlite3.Connection, sql: Mapping[str, LayerSql]) -> None:
        self._connection = connection
        self._sql = sql

    def take(self, counter: str, count: int) -> int:
        """First of `count` numbers never given before."""
        row = self._connection.execute(
            "INSERT INTO counter (name, next) VALUES (?1, 1 + ?2)"
            " ON CONFLICT (name) DO UPDATE SET next = next + ?2 RETURNING next - ?2",
            (counter, count),
        ).fetchone()
        return int(row[0])

    def is_empty(self, layer: str) -> bool:
        """True if a layer has no row."""
        return not self._connection.execute(self._sql[layer].any()).fetchone()[0]

    def find(
        self, layer: str, uids: Sequence[str], columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows by uid, in any order."""
        return self._connection.execute(
            self._sql[layer].by_uid(columns), (json_keys(uids),)
        ).fetchall()

    def find_ids(
        self, layer: str, ids: Sequence[int], columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows by id, in order of id."""
        return self._connection.execute(
            self._sql[layer].by_id(columns), (json_keys(ids),)
        ).fetchall()

    def all_ids(self, layer: str) -> NDArray[np.int64]:
        """Ids of all rows, ascending."""
        rows = self._connection.execute(self._sql[layer].all(["id"])).fetchall()
        return np.array([row[0] for row in rows], np.int64)

    def insert(self, layer: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert whole rows in the order of the table."""
        self._connection.executemany(self._sql[layer].insert(), rows)

    def update(self, layer: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Set columns; each row ends with its id."""
        self._connection.executemany(self._sql[layer].update(columns), rows)

    def delete(self, layer: str, ids: Sequence[int]) -> None:
        """Delete rows by id."""
        self._connection.execute(self._sql[layer].delete(), (json_keys(ids),))

    def add_changes(self, changes: Sequence[Change]) -> None:
        """Append to the change log."""
        none: tuple[None, ...] = (None,) * 4
        rows = [
            (c.seq, c.unit, c.layer, str(c.op), c.ids.astype("<i8").tobytes(), c.at)
            + (c.box_old or none)
            + (c.box_new or none)
            for c in changes
        ]
        self._connection.executemany(
            "INSERT INTO change_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    def last_audit(self) -> tuple[int, bytes] | None:
        """Number and hash of the last audit record."""
        row = self._connection.execute(
            "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def add_audit(self, record: AuditRecord) -> None:
        """Append to the audit."""
        self._connection.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(record.seq, record.at, record.subject, record.role, record.purpose),
                *(record.action, record.count),
                json.dumps(dict(record.detail), ensure_ascii=False, sort_keys=True),
                *(record.ids, record.digest, record.change_seq, record.previous, record.hash),
            ),
        )

    def grid_box(self) -> Box | None:
        """Box around all grid versions."""
        row = self._connection.execute(
            "SELECT min(west), min(south), max(east), max(north) FROM grid_version"
        ).fetchone()
        return None if row[0] is None else row

    def add_grid_version(self, record: GridRecord) -> None:
        """Insert a grid version, the codes it brings, its units and lineage."""
        row, run = record.row, self._connection.executemany
        try:
            self._connection.execute(
                "INSERT INTO grid_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(row.number, row.effective_from, row.published_at, row.author, row.note),
                    *(*row.bounds, row.arcs_sha256, record.arcs),
                ),
            )
            run(
                "INSERT INTO grid_code SELECT ?1, ?2 WHERE NOT EXISTS"
                " (SELECT 1 FROM grid_code WHERE id = ?1 AND code = ?2)",
                [(unit.id, unit.code) for unit in record.units],
            )
        except sqlite3.IntegrityError as exc:
            raise ConflictError(f"grid version {row.number}: number or code is taken") from exc
        run(
            "INSERT INTO grid_unit VALUES (?, ?, ?, ?, ?)",
            [(row.number, u.id, u.name, u.level, u.parent_id) for u in record.units],
        )
        run(
            "INSERT INTO grid_lineage VALUES (?, ?, ?, ?)",
            [(row.number, step.old_id, step.new_id, step.kind) for step in record.lineage],
        )


def read_changes(connection: sqlite3.Connection, after: int, limit: int) -> list[Change]:
    """Changes above a sequence number, with the rest of the last unit of work."""
    rows = connection.execute(
        "SELECT * FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
    ).fetchall()
    if rows and rows[-1][0] != rows[-1][1]:
        rows += connection.execute(
            "SELECT * FROM change_log WHERE seq > ? AND seq <= ? ORDER BY seq",
            (rows[-1][0], rows[-1][1]),
        ).fetchall()
    return [_change(row) for row in rows]


def _change(row: tuple[Any, ...]) -> Change:
    old, new = row[6:10], row[10:14]
    seq, unit, layer = row[:3]
    return Change(
        seq,
        unit,
        layer,
        Operation(row[3]),
        np.frombuffer(row[4], "<i8").astype(np.int64),
        None if old[0] is None else old,
        None if new[0] is None else new,
        row[5],
    )


def read_audit(connection: sqlite3.Connection, after: int, limit: int) -> list[AuditRecord]:
    """Audit records above a number."""
    rows = connection.execute(
        "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
    ).fetchall()
    return [_record(row) for row in rows]


def _record(row: Sequence[Any]) -> AuditRecord:
    detail = json.loads(row[7])
    return AuditRecord(*(*row[:7], detail, *row[8:]))


def read_grid_versions(connection: sqlite3.Connection) -> list[GridVersionRow]:
    """Grid versions in order of number."""
    rows = connection.execute(
        f"SELECT {_GRID_COLUMNS} FROM grid_version ORDER BY number"  # noqa: S608 - a constant
    ).fetchall()
    return [GridVersionRow(*(*row[:5], row[5:9], row[9])) for row in rows]


def read_grid_record(connection: sqlite3.Connection, number: int) -> GridRecord:
    """A grid version whole; NotFoundError if there is none."""
    heads = {row.number: row for row in read_grid_versions(connection)}
    if number not in heads:
        raise NotFoundError(f"no grid version {number}; there are {len(heads)}")
    arcs = connection.execute(
        "SELECT arcs FROM grid_version WHERE number = ?", (number,)
    ).fetchone()[0]
    units = connection.execute(
        "SELECT unit_id, code, name, level, parent_id FROM grid_unit"
        " JOIN grid_code ON id = unit_id WHERE version = ? ORDER BY unit_id",
        (number,),
    ).fetchall()
    lineage = connection.execute(
        "SELECT old_id, new_id, kind FROM grid_lineage WHERE version = ? ORDER BY old_id, new_id",
        (number,),
    ).fetchall()
    return GridRecord(
        heads[number],
        arcs,
        tuple(GridUnit(*row) for row in units),
        tuple(LineageRow(*row) for row in lineage),
    )


def read_grid_codes(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Unit id and last version of every code."""
    rows = connection.execute(
        "SELECT code, id, max(version) FROM grid_code JOIN grid_unit ON unit_id = id GROUP BY id"
    )
    return {code: (number, version) for code, number, version in rows}
