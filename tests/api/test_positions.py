"""Batches of positions."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geoserver.city import City
from tests.api.conftest import LOCAL, app_for
from tests.api.tiny_city import HOUR, NOW, SYSTEM, at, make_city


@pytest.fixture
def local(own_city: City) -> TestClient:
    return TestClient(app_for(own_city, "demo"), base_url=LOCAL)


def row(number: int, **more: object) -> dict[str, object]:
    lon, lat = at(0.5, 0.5)
    return {"kind": "worker", "id": number, "lon": lon, "lat": lat, "at": NOW - 500, **more}


def test_good_rows_are_taken_and_bad_ones_named(local: TestClient) -> None:
    rows = [row(1), row(2, lat=95.0), row(3, at=NOW + 10**9), row(4, kind="ufo"), row(5)]
    body = local.post("/positions", json={"positions": rows}).json()
    assert body["accepted"] == 2
    assert [bad["row"] for bad in body["rejected"]] == [1, 2, 3]
    assert all(bad["reason"] for bad in body["rejected"])


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([{"kind": "worker", "id": 1, "lon": 1.0}], "lat"),
        ([row(1), row(2, speed="fast")], "speed"),
        ([row(1), row("x")], "id"),  # type: ignore[arg-type]
    ],
)
def test_malformed_rows_refuse_the_batch(
    local: TestClient, own_city: City, rows: list[object], named: str
) -> None:
    answer = local.post("/positions", json={"positions": rows})
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
    assert len(own_city.positions) == 0


def test_an_older_report_does_not_replace_a_newer_one(local: TestClient) -> None:
    assert local.post("/positions", json={"positions": [row(1)]}).json()["accepted"] == 1
    older = local.post("/positions", json={"positions": [row(1, at=NOW - 9000)]}).json()
    assert older["accepted"] == 0
    assert "newer" in older["rejected"][0]["reason"]


def test_positions_in_gcj02_are_converted(local: TestClient, own_city: City) -> None:
    local.post("/positions", json={"positions": [row(1)], "crs": "GCJ-02"})
    lon, lat = own_city.positions.view(SYSTEM).lonlat[0]
    plain = at(0.5, 0.5)
    assert 0.003 < abs(lon - plain[0]) < 0.008
    assert 0.0005 < abs(lat - plain[1]) < 0.005


def test_one_audit_record_per_source_and_hour(tmp_path: Path) -> None:
    now = NOW
    city = make_city(tmp_path / "c", clock=lambda: now)
    client = TestClient(app_for(city, "demo"), base_url=LOCAL)
    for step in range(5):
        now = NOW + step * 1000
        client.post("/positions", json={"positions": [row(1, at=now)]})
    now = NOW + HOUR
    client.post("/positions", json={"positions": [row(1, at=now)]})
    records = [r for r in city.store.audit(scope=SYSTEM) if r.action == "positions"]
    assert [r.count for r in records] == [5]
    city.close()
