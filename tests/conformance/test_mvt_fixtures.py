"""The decoder against the published fixtures of the vector-tile specification."""

import gzip
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import mapbox_vector_tile
import pytest

from grids.errors import FileFormatError
from tiles.decode import decode_tile

ARCHIVE = "conformance/mapbox-mvt-fixtures-4.0.0.tgz"
READ_OTHERWISE = {
    "016": "a missing geometry type: the fixture says that a decoder may refuse it",
    "057": "announces half a billion positions and has one: called valid, and cut short",
}


@pytest.fixture(scope="module")
def fixtures(shared_data: Path) -> Mapping[str, bytes]:
    """Files of the archive by path."""
    path = shared_data / ARCHIVE
    if not path.exists():
        pytest.skip(f"{ARCHIVE} is not in ../shared/data")
    with tarfile.open(path) as archive:
        found = {}
        for member in archive.getmembers():
            stream = archive.extractfile(member)
            if stream is not None:
                found[member.name.removeprefix("package/")] = stream.read()
    return found


def test_valid_fixtures_are_read_and_invalid_ones_refused(fixtures: Mapping[str, bytes]) -> None:
    numbers = sorted({name.split("/")[1] for name in fixtures if name.startswith("fixtures/")})
    assert len(numbers) == 74
    wrong = []
    for number in numbers:
        info = json.loads(fixtures[f"fixtures/{number}/info.json"])
        try:
            decode_tile(fixtures[f"fixtures/{number}/tile.mvt"])
            is_read = True
        except FileFormatError:
            is_read = False
        if is_read != info["validity"]["v2"] and number not in READ_OTHERWISE:
            wrong.append((number, info["description"]))
    assert wrong == []


def test_real_tiles_are_read_as_a_second_decoder_reads_them(fixtures: Mapping[str, bytes]) -> None:
    names = sorted(name for name in fixtures if name.startswith("real-world/") and ".mvt" in name)
    names = [name for name in names if len(fixtures[name]) < 60_000][::6]
    assert len(names) > 10
    for name in names:
        data = fixtures[name]
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        theirs = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
        ours = decode_tile(data)
        assert {layer.name for layer in ours} == set(theirs), name
        for layer in ours:
            features = theirs[layer.name]["features"]
            assert len(features) == len(layer.features), name
            for mine, other in zip(layer.features, features, strict=True):
                assert dict(mine.properties) == other["properties"], name
