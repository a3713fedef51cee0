"""Tables of a city in SQLAlchemy Core: the fixed ones, and one per layer of the catalogue.

One schema serves both stores: a geometry is WKB bytes in SQLite and a GeoAlchemy2 geometry with
a GiST index in PostGIS. Instants are int64 milliseconds, JSON is canonical text, so a value is
the same number or text in both and row hashes can be compared. No box columns are kept: windows
are answered by the snapshot, and the box of an old row is taken from its geometry.

Fixed tables change only by numbered migrations (`layers.store.migrations`); layer tables follow
the catalogue: a new layer or field is added when a store is opened, nothing is ever dropped.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from grids.errors import SchemaVersionError
from layers.catalog import Catalog
from layers.model import FieldType, GeometryKind, LayerSpec

__all__ = ["FIXED_TABLES", "fixed_tables", "layer_ddl", "layer_table", "layer_table_name"]

_KEY: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")  # alias of SQLite's rowid
_UID = Text().with_variant(Text(collation="C"), "postgresql")  # order and equality of bytes
_TYPES: Mapping[FieldType, TypeEngine[Any]] = {
    FieldType.INTEGER: BigInteger(),
    FieldType.NUMBER: Double(),
    FieldType.TEXT: Text(),
    FieldType.CATEGORY: Text(),
    FieldType.BOOLEAN: Boolean(),
    FieldType.INSTANT: BigInteger(),
    FieldType.JSON: Text(),
}
_GEOMETRY = LargeBinary().with_variant(
    Geometry("GEOMETRY", srid=4490, spatial_index=False), "postgresql"
)
FIXED_TABLES = (
    "meta",
    "counter",
    "change_log",
    "audit",
    "grid_version",
    "grid_code",
    "grid_unit",
    "grid_lineage",
)


def fixed_tables() -> MetaData:
    """Tables that every city has, whatever its layers.

    ``counter`` gives out ids and sequence numbers inside the writing transaction, so numbers
    follow commit order and a rollback leaves no hole. A grid version keeps its arcs as one
    compressed, checksummed value (`layers.registry.arcs`); a draft is a log of operations on the
    arcs of the version it is based on, which never change. ``grid_code`` binds a code to a unit
    id for ever; name, level and parent belong to the version. PostgreSQL keeps ``xmin`` and
    ``xmax`` for itself, so the box of a version has the names of its sides.
    """
    metadata = MetaData()
    Table("meta", metadata, Column("key", Text, primary_key=True), _text("value"))
    Table("counter", metadata, Column("name", Text, primary_key=True), _number("next"))
    boxes = (
        f"{side}_{when}" for when in ("old", "new") for side in ("xmin", "ymin", "xmax", "ymax")
    )
    Table(
        "change_log",
        metadata,
        Column("seq", _KEY, primary_key=True, autoincrement=False),
        *(_number("unit"), _text("layer"), _text("op"), _bytes("ids"), _number("at")),
        *(Column(name, Double) for name in boxes),
    )
    Table(
        "audit",
        metadata,
        Column("seq", _KEY, primary_key=True, autoincrement=False),
        *(_number("at"), _text("subject"), _text("role"), _text("purpose"), _text("action")),
        *(_number("count"), _text("detail"), _bytes("ids"), _bytes("digest")),
        *(_number("change_seq"), _bytes("previous"), _bytes("hash")),
    )
    Table(
        "grid_version",
        metadata,
        Column("number", _KEY, primary_key=True, autoincrement=False),
        *(_number("effective_from"), _number("published_at"), _text("author"), _text("note")),
        *(Column(side, Double, nullable=False) for side in ("west", "south", "east", "north")),
        *(_bytes("arcs_sha256"), _bytes("arcs")),
    )
    Table(
        "grid_code",
        metadata,
        Column("id", _KEY, primary_key=True, autoincrement=False),
        Column("code", Text, nullable=False, unique=True),
    )
    Table(
        "grid_unit",
        metadata,
        Column("version", BigInteger, ForeignKey("grid_version.number"), primary_key=True),
        Column("unit_id", BigInteger, ForeignKey("grid_code.id"), primary_key=True),
        *(_text("name"), _text("level"), Column("parent_id", BigInteger)),
    )
    Table(
        "grid_lineage",
        metadata,
        Column("version", BigInteger, ForeignKey("grid_version.number"), primary_key=True),
        Column("old_id", BigInteger, ForeignKey("grid_code.id"), primary_key=True),
        Column("new_id", BigInteger, ForeignKey("grid_code.id"), primary_key=True),
        _text("kind"),
    )
    return metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def layer_table_name(layer: str) -> str:
    """Name of the table of a layer.

    Examples
    --------
    >>> layer_table_name("person")
    'layer_person'
    """
    return f"layer_{layer}"


def layer_table(spec: LayerSpec, metadata: MetaData | None = None) -> Table:
    """Table of a layer: row identity, the declared fields, and the geometry if there is one.

    ``row_hash`` is the content hash of `layers.store.rows`, by which equal rows are left alone.
    """
    columns: list[Column[object]] = [
        Column("id", _KEY, primary_key=True, autoincrement=False),
        Column("uid", _UID, nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("row_hash", BigInteger, nullable=False),
    ]
    columns += [Column(field.name, _TYPES[field.type]) for field in spec.fields]
    name = layer_table_name(spec.name)
    indices = []
    if spec.geometry is not GeometryKind.NONE:
        columns.append(Column("geom", _GEOMETRY))
        indices.append(Index(f"{name}_geom", "geom", postgresql_using="gist"))
    return Table(name, metadata if metadata is not None else MetaData(), *columns, *indices)


def layer_ddl(catalog: Catalog, present: Mapping[str, Set[str]], dialect: Dialect) -> Iterator[str]:
    """Statements that bring the layer tables of a store up to the catalogue.

    Parameters
    ----------
    catalog
        Layers wanted.
    present
        Column names by name of the tables that exist.
    dialect
        Dialect of the store.

    Raises
    ------
    SchemaVersionError
        If a table lacks a column that cannot be added later.
    """
    for spec in catalog.values():
        if not spec.stored:
            continue
        table = layer_table(spec)
        columns = present.get(table.name)
        if columns is None:
            yield str(CreateTable(table).compile(dialect=dialect))
            if dialect.name == "postgresql":  # SQLite has no index on a geometry
                yield from (str(CreateIndex(i).compile(dialect=dialect)) for i in table.indexes)
            continue
        for column in table.columns:
            if column.name in columns:
                continue
            if not column.nullable:
                raise SchemaVersionError(f"table {table.name} has no column {column.name}")
            text = CreateColumn(column).compile(dialect=dialect)
            yield f"ALTER TABLE {table.name} ADD COLUMN {text}"
