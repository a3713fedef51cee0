"""Which grid a place lies in, over HTTP."""

import pytest
from starlette.testclient import TestClient

from tests.api.tiny_city import DAY, NOW, at


def test_a_place_has_its_chain_from_the_city_down(client: TestClient) -> None:
    lon, lat = at(0.9, 0.9)
    body = client.get("/locate", params={"lon": lon, "lat": lat}).json()
    assert [unit["level"] for unit in body["chain"]] == [
        "city", "district", "street", "community", "grid",
    ]  # fmt: skip
    assert body["chain"][-1]["code"] == "990101001004000036"
    assert body["version"] == 1
    assert body["distance_to_edge_m"] > 100
    assert not body["ambiguous"]


def test_a_place_on_a_border_is_ambiguous_and_names_the_neighbour(client: TestClient) -> None:
    lon, lat = at(0.5, 0.25)
    body = client.get("/locate", params={"lon": lon, "lat": lat}).json()
    assert body["ambiguous"]
    assert body["distance_to_edge_m"] == pytest.approx(0, abs=0.02)
    assert len(body["alternates"]) == 1


def test_outside_is_an_empty_chain_with_a_reason(client: TestClient) -> None:
    answer = client.get("/locate?lon=118.5&lat=32.01")
    body = answer.json()
    assert answer.status_code == 200
    assert body["chain"] == []
    assert body["reason_code"] == "outside"
    assert body["reason"]
    assert "hint" not in body


def test_a_gcj_place_declared_as_4490_gets_the_hint(client: TestClient) -> None:
    # the offset near Nanjing is about 550 m: a place that far outside the eastern side
    lon, lat = at(0.98, 0.5)
    shifted = client.get("/locate", params={"lon": lon + 0.005, "lat": lat - 0.002}).json()
    assert shifted["chain"] == []
    assert "GCJ-02" in shifted["hint"]


def test_places_in_gcj02_are_converted(client: TestClient) -> None:
    lon, lat = at(0.5, 0.5)
    there = client.get("/locate", params={"lon": lon + 0.0052, "lat": lat - 0.002, "crs": "GCJ-02"})
    assert there.json()["chain"]
    assert there.json()["crs"] == "GCJ-02"


def test_before_the_first_version_there_is_no_grid(client: TestClient) -> None:
    lon, lat = at(0.5, 0.5)
    body = client.get("/locate", params={"lon": lon, "lat": lat, "at": str(NOW - 400 * DAY)}).json()
    assert body["chain"] == []
    assert body["reason_code"] == "no-grid"


def test_many_places_come_back_in_columns(client: TestClient) -> None:
    points = [at(0.1, 0.1), (0.0, 0.0), at(0.9, 0.1), at(0.12, 0.1)]
    body = client.post("/locate", json={"points": points}).json()
    assert body["count"] == 4
    assert body["located"] == 3
    first, outside, east, second = body["codes"]
    assert first == second
    assert outside is None
    assert body["chains"][east][-1]["code"] == east
    assert len(body["chains"]) == 2


def test_no_places_are_no_error(client: TestClient) -> None:
    body = client.post("/locate", json={"points": []}).json()
    assert (body["count"], body["codes"]) == (0, [])


def test_a_bad_row_is_named_by_its_index(client: TestClient) -> None:
    answer = client.post("/locate", json={"points": [[118.7, 32.0], [118.7, 132.0]]})
    assert answer.status_code == 400
    assert "points[1]" in answer.json()["detail"]
