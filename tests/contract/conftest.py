"""Every store there is, behind one fixture: the contract suite runs once per store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from layers.catalog import Catalog, default_catalog
from layers.policy import Scope
from layers.store.protocol import Store
from layers.store.sqlite import SqliteStore

OpenStore = Callable[[], Store]

DIARY = """
[domains.mood]
good = ["好", "Good"]
bad = ["坏", "Bad"]

[layers.diary]
title_zh = "日记"
title_en = "Diary"
geometry = "point"
time_field = "at"
tile_fields = ["kind"]

[layers.diary.fields]
kind = { type = "category", zh = "种类", en = "Kind", domain = "mood" }
title = { type = "text", zh = "标题", en = "Title" }
count = { type = "integer", zh = "数", en = "Count" }
weight = { type = "number", zh = "重", en = "Weight", unit = "kg" }
done = { type = "boolean", zh = "完成", en = "Done" }
at = { type = "instant", zh = "时间", en = "At" }
more = { type = "json", zh = "其他", en = "More", held = false }
secret = { type = "text", zh = "秘密", en = "Secret", held = false, access = "restricted" }

[layers.ledger]
title_zh = "台账"
title_en = "Ledger"
geometry = "none"

[layers.ledger.fields]
amount = { type = "integer", zh = "数额", en = "Amount" }
"""


def open_sqlite(folder: Path, catalog: Catalog) -> Store:
    ticks = iter(range(1_700_000_000_000, 1_800_000_000_000, 1000))
    return SqliteStore(folder / "city.sqlite", catalog, clock=lambda: next(ticks))


STORES: dict[str, Callable[[Path, Catalog], Store]] = {"sqlite": open_sqlite}


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return default_catalog().with_layers_from_toml(DIARY)


@pytest.fixture(params=sorted(STORES))
def open_store(
    request: pytest.FixtureRequest, tmp_path: Path, catalog: Catalog
) -> Iterator[OpenStore]:
    """Opens the same store again and again; all are closed at the end."""
    with ExitStack() as stack:

        def opened() -> Store:
            store = STORES[request.param](tmp_path, catalog)
            stack.callback(store.close)
            return store

        yield opened


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()


@pytest.fixture
def system() -> Scope:
    return Scope.system("test")
