"""A SQLite file made ready: migrations, tables of the catalogue, identity of the city."""

import sqlite3
import uuid

from sqlalchemy.dialects import sqlite

from grids.errors import SchemaVersionError, StoreError
from layers.catalog import Catalog
from layers.store.migration import SCHEMA_VERSION, pending
from layers.store.schema import layer_ddl

__all__ = ["prepare"]


def prepare(connection: sqlite3.Connection, catalog: Catalog, *, read_only: bool = False) -> str:
    """Bring the tables of a file up to this program and its catalogue; gives its identity.

    All of it is one transaction under the writer's lock, so a killed process leaves the file as
    it was.

    Parameters
    ----------
    connection
        To the file; in a reading transaction if `read_only`.
    catalog
        Layers of the city.
    read_only
        True to check only.

    Raises
    ------
    SchemaVersionError
        If a newer program made the file, or it is older or lacks a layer and may not be changed.
    StoreError
        If the file is the database of something else.
    """
    if read_only:
        _check_current(connection, catalog)
        return _meta(connection, "identity")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _migrate(connection)
        for statement in layer_ddl(catalog, _present(connection), sqlite.dialect()):
            connection.execute(statement)
        identity = _meta(connection, "identity")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return identity


def _present(connection: sqlite3.Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table'"
    )
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables


def _meta(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute('SELECT value FROM meta WHERE "key" = ?', (key,)).fetchone()
    return "" if row is None else str(row[0])


def _version(connection: sqlite3.Connection) -> int:
    tables = _present(connection)
    if not tables:
        return 0
    if "meta" not in tables or not (version := _meta(connection, "schema_version")):
        raise StoreError("the file is a database of something else: it has no city in it")
    return int(version)


def _migrate(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    for step in pending("sqlite", version):
        for statement in step.statements:
            connection.execute(statement)
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),)
    )
    if not version:
        connection.execute("INSERT INTO meta VALUES ('identity', ?)", (uuid.uuid4().hex,))


def _check_current(connection: sqlite3.Connection, catalog: Catalog) -> None:
    version = _version(connection)
    missing = list(layer_ddl(catalog, _present(connection), sqlite.dialect()))
    if pending("sqlite", version) or missing:
        raise SchemaVersionError(
            f"the store has schema version {version}, this program needs {SCHEMA_VERSION} and all "
            "layers of the catalogue: open it once for writing"
        )
