"""SQL of one layer table, compiled once from SQLAlchemy Core for a connection without it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

__all__ = ["LayerSql"]

_DIALECT = sqlite.dialect(paramstyle="qmark")


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


class LayerSql:
    """Statements over one layer table, with ``?`` for values and a JSON array for many keys.

    Parameters
    ----------
    table
        Table of `layers.store.schema.layer_table`.
    """

    __slots__ = ("columns", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = tuple(column.name for column in table.columns)

    def _listed(self, name: str) -> ColumnElement[bool]:
        values = func.json_each(bindparam("keys")).table_valued("value")
        return self.table.c[name].in_(select(values.c.value))

    def insert(self) -> str:
        """Insert with a value for every column in the table's order."""
        return _sql(insert(self.table))

    def update(self, columns: Sequence[str]) -> str:
        """Set these columns; the last value is the id."""
        pairs: list[tuple[Any, Any]] = [
            (self.table.c[name], bindparam(f"new_{name}")) for name in columns
        ]
        ordered = update(self.table).ordered_values(*pairs)
        return _sql(ordered.where(self.table.c.id == bindparam("key")))

    def by_uid(self, columns: Sequence[str]) -> str:
        """Rows whose uid is in a JSON array."""
        return _sql(select(*(self.table.c[n] for n in columns)).where(self._listed("uid")))

    def by_id(self, columns: Sequence[str]) -> str:
        """Rows whose id is in a JSON array, in order of id."""
        rows = select(*(self.table.c[n] for n in columns)).where(self._listed("id"))
        return _sql(rows.order_by(self.table.c.id))

    def all(self, columns: Sequence[str]) -> str:
        """Every row in order of id."""
        return _sql(select(*(self.table.c[n] for n in columns)).order_by(self.table.c.id))

    def count(self) -> str:
        """Number of rows."""
        return _sql(select(func.count()).select_from(self.table))

    def any(self) -> str:
        """Whether there is a row: 1 or 0."""
        return _sql(select(exists(select(self.table.c.id))))

    def delete(self) -> str:
        """Delete rows whose id is in a JSON array."""
        return _sql(delete(self.table).where(self._listed("id")))
