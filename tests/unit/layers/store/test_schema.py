"""Tables: migrations agree with the schema, catalogues grow, both dialects compile."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from grids.errors import SchemaVersionError, StoreError
from layers.catalog import default_catalog
from layers.policy import Scope
from layers.store.migration import SCHEMA_VERSION, migrations, pending
from layers.store.schema import FIXED_TABLES, fixed_tables, layer_ddl, layer_table
from layers.store.sqlite import SqliteStore

TREE = """
[layers.tree]
title_zh = "树"
title_en = "Trees"
geometry = "point"

[layers.tree.fields]
kind = { type = "text", zh = "种", en = "Kind" }
"""


def columns(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"PRAGMA table_info({table})").fetchall()


def test_migrations_make_the_tables_of_the_schema() -> None:
    migrated, created = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for step in migrations("sqlite"):
        for statement in step.statements:
            migrated.execute(statement)
    metadata = fixed_tables()
    for table in metadata.sorted_tables:
        created.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
    assert sorted(metadata.tables) == sorted(FIXED_TABLES)
    for table in FIXED_TABLES:
        assert columns(migrated, table) == columns(created, table)
        for pragma in ("foreign_key_list", "index_list"):
            query = f"PRAGMA {pragma}({table})"
            assert migrated.execute(query).fetchall() == created.execute(query).fetchall()
    migrated.close()
    created.close()


def test_migrations_are_numbered_without_holes() -> None:
    numbers = [step.number for step in migrations("sqlite")]
    assert numbers == list(range(1, SCHEMA_VERSION + 1))
    assert pending("sqlite", SCHEMA_VERSION) == ()
    with pytest.raises(SchemaVersionError, match="newer"):
        pending("sqlite", SCHEMA_VERSION + 1)


def test_layer_tables_compile_for_the_server_store() -> None:
    text = "\n".join(layer_ddl(default_catalog(), {}, postgresql.dialect()))
    assert "geom geometry(GEOMETRY,4490)" in text
    assert "CREATE INDEX layer_road_geom ON layer_road USING gist (geom)" in text
    assert "layer_grid" not in text
    for table in fixed_tables().sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_a_table_without_identity_columns_is_refused() -> None:
    catalog = default_catalog()
    names = {column.name for column in layer_table(catalog["road"]).columns} - {"row_hash"}
    with pytest.raises(SchemaVersionError, match="row_hash"):
        list(layer_ddl(catalog, {"layer_road": names}, sqlite.dialect()))


def test_a_new_layer_and_a_new_field_are_added_and_rows_stay(tmp_path: Path) -> None:
    system, path = Scope.system("test"), tmp_path / "city.sqlite"
    more = TREE + 'height_m = { type = "number", zh = "高", en = "Height" }\n'
    base = default_catalog()
    with SqliteStore(path, base) as store:
        identity = store.identity
    with (
        SqliteStore(path, base.with_layers_from_toml(TREE)) as store,
        store.write(system, action="w") as unit,
    ):
        unit.put("tree", "t", {"kind": "oak"})
    with SqliteStore(path, base.with_layers_from_toml(more)) as store:
        assert store.identity == identity
        with store.write(system, action="w") as unit:  # a field without value changes no hash
            assert unit.put("tree", "t", {"kind": "oak"}).version == 1
            assert unit.put("tree", "t", {"kind": "oak", "height_m": 9.0}).version == 2
    with SqliteStore(path, base) as store:
        assert "tree" not in store.catalog


def test_a_newer_older_or_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()):
        pass
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.close()
    with pytest.raises(SchemaVersionError, match="99"):
        SqliteStore(path, default_catalog())
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE notes (text)")
    raw.close()
    with pytest.raises(StoreError, match="something else"):
        SqliteStore(other, default_catalog())
    with sqlite3.connect(other) as raw:
        assert raw.execute("SELECT name FROM sqlite_schema").fetchall() == [("notes",)]
    raw.close()


def test_a_reader_of_an_older_file_is_told_to_open_it_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    with SqliteStore(path, default_catalog()):
        pass
    with pytest.raises(SchemaVersionError, match="for writing"):
        SqliteStore(path, default_catalog().with_layers_from_toml(TREE), read_only=True)
