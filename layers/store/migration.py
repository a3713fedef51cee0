"""Bringing the fixed tables of a store to the version this program writes."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from grids.errors import SchemaVersionError

__all__ = ["SCHEMA_VERSION", "Migration", "migrations", "pending"]

_FILE = re.compile(r"(\d{4})_(\w+)\.(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from schema version `number` - 1 to `number`."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def migrations(dialect: str) -> tuple[Migration, ...]:
    """All steps for a dialect (``sqlite``, ``postgresql``), from the first."""
    found = []
    for resource in files("layers.store.migrations").iterdir():
        match = _FILE.fullmatch(resource.name)
        if match and match[3] == dialect:
            statements = tuple(_statements(resource.read_text(encoding="utf-8")))
            found.append(Migration(int(match[1]), match[2], statements))
    return tuple(sorted(found, key=lambda step: step.number))


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):  # knows that a trigger holds semicolons
            yield statement.strip()
            statement = ""


SCHEMA_VERSION = 1
"""Version of the fixed tables that this program reads and writes."""


def pending(dialect: str, present: int) -> tuple[Migration, ...]:
    """Steps that lie before a store of version `present`; 0 is an empty store.

    Raises
    ------
    SchemaVersionError
        If the store is newer than this program.
    """
    if present > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"the store has schema version {present}, this program knows {SCHEMA_VERSION}: "
            "use the newer program that made it"
        )
    return tuple(step for step in migrations(dialect) if step.number > present)
