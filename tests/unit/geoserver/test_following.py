"""What runs beside requests: the snapshot file is there for the next start."""

from pathlib import Path

from geoserver.city import City
from tests.api.tiny_city import make_city


def test_a_city_that_nothing_was_written_to_leaves_its_snapshot_for_the_next_start(
    tmp_path: Path,
) -> None:
    make_city(tmp_path / "tiny").close()
    folder = tmp_path / "tiny" / "snapshot"
    for file in folder.rglob("*"):
        if file.is_file():
            file.unlink()
    city = City.open(tmp_path / "tiny")
    assert city.keeper.saved_seq == -1
    city.start()
    city.close()
    again = City.open(tmp_path / "tiny")
    assert again.keeper.saved_seq == again.snapshot.seq
    again.close()
