"""Tiles against PostGIS ST_AsMVT: same ids and attributes, geometry within one unit."""

import psycopg
import pytest

from grids.tile import Tile
from tests.benchmarks.p2_tiles import Case, agreement, load
from tests.benchmarks.tile_city import Z12, Z14, buildings, cases
from tiles.mvt_attributes import TextBlobs

TILES = [Z14, Tile(z=15, x=Z14.x * 2 + 1, y=Z14.y * 2), Tile(z=13, x=Z12.x * 2, y=Z12.y * 2 + 1)]


@pytest.mark.postgis
@pytest.mark.slow
def test_tiles_agree_with_postgis(postgis_dsn: str) -> None:
    samples = {"building": buildings(), "event": cases()}
    blobs = TextBlobs()
    with psycopg.connect(postgis_dsn, autocommit=True) as connection:
        for layer, sample in samples.items():
            load(connection, layer, sample)
        for layer, sample in samples.items():
            for tile in TILES:
                equal, note = agreement(Case("", layer, sample, tile), connection, blobs)
                assert equal, f"{layer} {tile}: {note}"
        for layer in samples:
            connection.execute(f"DROP TABLE {layer}")
