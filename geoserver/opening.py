"""Opening the store of a city's folder, without the snapshot that serving needs."""

import time
from collections.abc import Callable
from pathlib import Path

from geoserver.profile import FILE_NAME, CityProfile, read_profile
from grids.errors import ParameterError
from layers.catalog import Catalog, default_catalog
from layers.store.sqlite import SqliteStore

__all__ = ["city_catalog", "now_ms", "open_store"]

STORE_NAME = "city.sqlite"


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def city_catalog(folder: Path) -> Catalog:
    """Layers that every city has, and those of ``layers.toml`` in its folder."""
    own = folder / "layers.toml"
    if not own.is_file():
        return default_catalog()
    return default_catalog().with_layers_from_toml(own.read_text(encoding="utf-8"))


def open_store(
    folder: Path, *, read_only: bool = False, clock: Callable[[], int] = now_ms
) -> tuple[CityProfile, SqliteStore]:
    """Profile and store of a city; with `read_only` also beside the process that writes to it.

    Raises
    ------
    ParameterError
        If the folder is not a city's, or names a store that this program cannot open.
    StoreUnavailableError
        If another process writes to it.
    """
    profile = read_profile(folder)
    if profile.store:
        raise ParameterError(
            f"{folder / FILE_NAME} names the store {profile.store!r}; this program opens the "
            "SQLite file of the folder only: leave `store` out"
        )
    store = SqliteStore(folder / STORE_NAME, city_catalog(folder), read_only=read_only, clock=clock)
    return profile, store
