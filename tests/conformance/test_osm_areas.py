"""Area assembly against the multipolygon cases of osm-testdata, with their expected WKT."""

import json
import tarfile
from pathlib import Path

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from layers.ingest.osm_areas import relation_area, way_area
from layers.ingest.osm_reader import read_osm
from layers.ingest.report import ImportReport, no_progress

WANTED = frozenset({"landuse", "test:id", "natural", "type", "building"})


@pytest.fixture(scope="module")
def cases(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("osm-testdata")
    with tarfile.open(shared_data / "conformance" / "osm-testdata.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    found = [p for p in sorted(folder.rglob("test.json")) if "areas" in json.loads(p.read_text())]
    assert len(found) > 50
    return found


def assembled(case: Path) -> dict[tuple[str, int], BaseGeometry | None]:
    data = read_osm(case.parent / "data.osm", wanted=WANTED, on_progress=no_progress)
    report = ImportReport(case.parent.name)
    areas: dict[tuple[str, int], BaseGeometry | None] = {
        ("relation", r.id): relation_area(r, data.ways, report) for r in data.relations
    }
    return areas | {("way", w.id): way_area(w, report) for w in data.ways.values() if w.is_closed}


def fits(area: BaseGeometry | None, expected: str) -> bool:
    if expected == "INVALID":
        return area is None or bool(area.is_valid)
    return area is not None and bool(shapely.equals(area, shapely.from_wkt(expected)))


def test_valid_multipolygons_are_assembled_as_published(cases: list[Path]) -> None:
    wrong = []
    checked = 0
    for case in cases:
        expectations = json.loads(case.read_text())["areas"]
        areas = assembled(case)
        for wanted in expectations["default"]:
            if wanted["wkt"] == "INVALID":
                continue
            area = areas.get((wanted["from_type"], wanted["from_id"]))
            checked += 1
            if not fits(area, wanted["wkt"]):
                wrong.append((case.parent.name, wanted["wkt"], area))
    assert checked > 40
    assert not wrong, "\n".join(f"{n}: wanted {w} got {a}" for n, w, a in wrong)


def test_invalid_multipolygons_give_a_valid_area_or_none(cases: list[Path]) -> None:
    for case in cases:
        for area in assembled(case).values():
            assert area is None or area.is_valid, case.parent.name
