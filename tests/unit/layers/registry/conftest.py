"""A small city of three levels on a lattice, and a store to publish it in."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from grids.arcs import ArcTable
from grids.hierarchy import Unit
from grids.noding import build_arcs
from layers.catalog import default_catalog
from layers.registry.registry import Registry
from layers.store.sqlite import SqliteStore

SIDE = 0.01


def city(side: int = 3) -> tuple[ArcTable, list[Unit]]:
    """Squares in `side` columns under one district each, all under one city."""
    units = [Unit(1000, "99", "云澜市", "city")]
    polygons, ids = [], []
    for x in range(side):
        district = Unit(2000 + x, f"99{x:02d}", f"{x}区", "district", 1000)
        units.append(district)
        for y in range(side):
            unit = Unit(3000 + 100 * x + y, f"99{x:02d}{y:03d}", f"{y}网格", "grid", district.id)
            units.append(unit)
            west, south = 120 + x * SIDE, 30 + y * SIDE
            polygons.append(shapely.box(west, south, west + SIDE, south + SIDE))
            ids.append(unit.id)
    return build_arcs(polygons, np.array(ids)).arcs, units


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "city.sqlite", default_catalog()) as store:
        yield store


@pytest.fixture
def registry(store: SqliteStore) -> Registry:
    return Registry(store, clock=lambda: 10_000)
