"""OpenStreetMap extracts into layers."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from grids.errors import FileFormatError, ImportFailedError
from layers.ingest.osm import import_osm
from layers.policy import Scope
from layers.store.sqlite import SqliteStore

SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lon="120.0" lat="30.0"/><node id="2" lon="120.001" lat="30.0"/>
 <node id="3" lon="120.001" lat="30.001"/><node id="4" lon="120.0" lat="30.001"/>
  <node id="5" lon="120.0005" lat="30.0005">
  <tag k="amenity" v="police"/><tag k="name" v="玄津所"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="building" v="apartments"/><tag k="building:levels" v="6"/>
  <tag k="addr:street" v="解放路"/>  <tag k="addr:housenumber" v="112号"/></way>
 <way id="11"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="oneway" v="-1"/>
  <tag k="maxspeed" v="60"/><tag k="name" v="解放路"/></way>
 <way id="12"><nd ref="1"/><nd ref="2"/><nd ref="1"/><tag k="building" v="yes"/></way>
 <way id="13"><nd ref="1"/><nd ref="99"/><nd ref="2"/><nd ref="1"/>
  <tag k="natural" v="water"/></way>
 <way id="14"><nd ref="4"/><nd ref="3"/><tag k="waterway" v="canal"/><tag k="width" v="10"/></way>
</osm>
"""


def rows(store: SqliteStore, layer: str, scope: Scope) -> list[dict[str, object]]:
    return [row for table in store.scan(layer, scope=scope) for row in table.to_pylist()]


def test_tags_become_fields(tmp_path: Path, store: SqliteStore, importer: Scope) -> None:
    path = tmp_path / "small.osm"
    path.write_text(SMALL)
    report = import_osm(path, store, scope=importer)
    road = rows(store, "road", importer)[0]
    assert (road["uid"], road["class"], road["oneway"], road["speed_kmh"]) == (
        "osm:w11",
        "primary",
        -1,
        60.0,
    )
    building = rows(store, "building", importer)[0]
    assert (building["use"], building["floors"]) == ("residential", 6)
    item = store.fetch("building", [building["id"]], scope=importer)[0]
    assert item.values["address"] == "解放路112号"
    assert rows(store, "facility", importer)[0]["kind"] == "police"
    assert rows(store, "address", importer)[0]["number"] == "112号"
    assert {r.where: r.code for r in report.rejects} == {
        "way 12": "degenerate-ring",
        "way 13": "cut",
    }
    strip = shapely.from_wkb(rows(store, "water", importer)[0]["geom"])
    width_m = strip.bounds[3] - strip.bounds[1]
    assert np.isclose(width_m * 111_320, 10.0, rtol=0.01)


def test_an_import_is_one_transaction(tmp_path: Path, store: SqliteStore, importer: Scope) -> None:
    path = tmp_path / "small.osm"
    path.write_text(SMALL)

    def stop(stage: str, *_: int | None) -> None:
        if stage == "write road":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_osm(path, store, scope=importer, on_progress=stop)
    assert store.head() == 0
    assert not rows(store, "building", importer)


def test_an_extract_without_anything_known_fails(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    path = tmp_path / "empty.osm"
    path.write_text('<?xml version="1.0"?><osm version="0.6"></osm>')
    with pytest.raises(ImportFailedError, match=r"empty\.osm"):
        import_osm(path, store, scope=importer)


def test_a_text_file_is_not_an_extract(tmp_path: Path, store: SqliteStore, importer: Scope) -> None:
    path = tmp_path / "notes.osm"
    path.write_text("just words")
    with pytest.raises(FileFormatError, match=r"notes\.osm"):
        import_osm(path, store, scope=importer)
    assert store.head() == 0


@pytest.mark.parametrize(
    ("name", "expected", "codes"),
    [
        ("nanjing_centre.osm", (383, 1277), {"cut"}),
        ("monaco.osm.pbf", (2351, 1207), {"cut"}),
        ("helsinki.osm.pbf", (2308, 446), {"cut"}),
        ("hsinchu_campus.osm.pbf", (1160, 417), {"cut", "open-ring", "degenerate-ring"}),
    ],
)
def test_real_extracts_come_in_and_broken_rings_are_reported(
    name: str,
    expected: tuple[int, int],
    codes: set[str],
    store: SqliteStore,
    importer: Scope,
    shared_data: Path,
) -> None:
    report = import_osm(shared_data / "osm" / name, store, scope=importer)
    assert (report.inserted["road"], report.inserted["building"]) == expected
    assert {code for code, _ in report.reasons()} == codes
    for layer in ("building", "water", "landuse"):
        geometry = shapely.from_wkb([row["geom"] for row in rows(store, layer, importer)])
        assert shapely.is_valid(geometry).all()
