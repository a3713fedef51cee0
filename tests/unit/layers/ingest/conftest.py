"""A store of a city without anything in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.catalog import default_catalog
from layers.policy import Scope
from layers.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as opened:
        yield opened


@pytest.fixture
def importer() -> Scope:
    return Scope.system("import test")
