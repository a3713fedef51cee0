"""The schema of the server store, made by its migrations in a real PostGIS."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.dialects import postgresql

from layers.catalog import default_catalog
from layers.store.migration import SCHEMA_VERSION, migrations
from layers.store.schema import FIXED_TABLES, fixed_tables, layer_ddl, layer_table_name

pytestmark = pytest.mark.postgis

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def migrated(postgis_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(postgis_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA migrated")
        connection.execute("SET search_path = migrated, public")
        for step in migrations("postgresql"):
            for statement in step.statements:
                connection.execute(statement.encode())
        yield connection


def test_migrations_of_both_stores_have_the_same_steps() -> None:
    steps = [(step.number, step.name) for step in migrations("postgresql")]
    assert steps == [(step.number, step.name) for step in migrations("sqlite")]
    assert steps[-1][0] == SCHEMA_VERSION


def test_migrations_make_the_declared_tables(migrated: Connection) -> None:
    for name in FIXED_TABLES:
        found = migrated.execute(
            "SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns "
            "WHERE table_schema = 'migrated' AND table_name = %s ORDER BY ordinal_position",
            (name,),
        ).fetchall()
        declared = [
            (column.name, column.type.compile(postgresql.dialect()).lower(), column.nullable)
            for column in fixed_tables().tables[name].columns
        ]
        assert found == declared, name


def test_layer_tables_are_made_with_a_spatial_index(migrated: Connection) -> None:
    for statement in layer_ddl(default_catalog(), {}, postgresql.dialect()):
        migrated.execute(statement.encode())
    indexed = migrated.execute(
        "SELECT tablename FROM pg_indexes WHERE schemaname = 'migrated' AND indexdef LIKE '%gist%'"
    ).fetchall()
    assert (layer_table_name("building"),) in indexed


def test_the_audit_refuses_changes(migrated: Connection) -> None:
    columns = [column.name for column in fixed_tables().tables["audit"].columns]
    numbers = {"seq", "at", "count", "change_seq"}
    values = [0 if c in numbers else b"" if c in _BYTES else "" for c in columns]
    marks = ", ".join(["%s"] * len(columns))
    names = ", ".join(f'"{c}"' for c in columns)
    insert = f"INSERT INTO audit ({names}) VALUES ({marks})"  # noqa: S608 (names of our own)
    migrated.execute(insert.encode(), values)
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            migrated.execute(statement.encode())


_BYTES = {"ids", "digest", "previous", "hash"}
