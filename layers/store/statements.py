"""SQL of one layer table, compiled once from SQLAlchemy Core for a connection without it."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

__all__ = ["LayerSql"]

_DIALECT = sqlite.dialect(paramstyle="qmark")


class LayerSql:
    """Statements over one layer table, with ``?`` for values and a JSON array for many keys.

    Parameters
    ----------
    table
        Table of `layers.store.schema.layer_table`.
    """

    __slots__ = ("_texts", "columns", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = tuple(column.name for column in table.columns)
        self._texts: dict[tuple[str, ...], str] = {}

    def _text(
        self, kind: str, columns: Sequence[str], statement: Callable[[], ClauseElement]
    ) -> str:
        key = (kind, *columns)
        if key not in self._texts:  # compiling takes a millisecond, more than running it
            self._texts[key] = str(statement().compile(dialect=_DIALECT))
        return self._texts[key]

    def _columns(self, names: Sequence[str]) -> list[Any]:
        return [self.table.c[name] for name in names]

    def _listed(self, name: str) -> ColumnElement[bool]:
        values = func.json_each(bindparam("keys")).table_valued("value")
        return self.table.c[name].in_(select(values.c.value))

    def insert(self) -> str:
        """Insert with a value for every column in the table's order."""
        return self._text("insert", (), lambda: insert(self.table))

    def update(self, columns: Sequence[str]) -> str:
        """Set these columns; the last value is the id."""
        return self._text("update", columns, lambda: self._update(columns))

    def _update(self, columns: Sequence[str]) -> ClauseElement:
        pairs: list[tuple[Any, Any]] = [
            (self.table.c[name], bindparam(f"new_{name}")) for name in columns
        ]
        changed = update(self.table).ordered_values(*pairs)
        return changed.where(self.table.c.id == bindparam("key"))

    def by_uid(self, columns: Sequence[str]) -> str:
        """Rows whose uid is in a JSON array."""
        return self._text(
            "by_uid", columns, lambda: select(*self._columns(columns)).where(self._listed("uid"))
        )

    def by_id(self, columns: Sequence[str]) -> str:
        """Rows whose id is in a JSON array, in order of id."""
        return self._text(
            "by_id",
            columns,
            lambda: (
                select(*self._columns(columns)).where(self._listed("id")).order_by(self.table.c.id)
            ),
        )

    def all(self, columns: Sequence[str]) -> str:
        """Every row in order of id."""
        return self._text(
            "all", columns, lambda: select(*self._columns(columns)).order_by(self.table.c.id)
        )

    def count(self) -> str:
        """Number of rows."""
        return self._text("count", (), lambda: select(func.count()).select_from(self.table))

    def any(self) -> str:
        """Whether there is a row: 1 or 0."""
        return self._text("any", (), lambda: select(exists(select(self.table.c.id))))

    def delete(self) -> str:
        """Delete rows whose id is in a JSON array."""
        return self._text("delete", (), lambda: delete(self.table).where(self._listed("id")))
