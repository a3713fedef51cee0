"""Who is nearest and what is around."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from geoserver.city import City
from tests.api.conftest import LOCAL, app_for
from tests.api.tiny_city import NOW, SYSTEM, at

LON, LAT = at(0.5, 0.51)


def nearest(client: TestClient, **params: object) -> dict:
    answer = client.get("/dispatch/nearest", params={"lon": LON, "lat": LAT, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_units_come_soonest_first_with_reason_and_route(client: TestClient) -> None:
    body = nearest(client, k=10)
    times = [unit["travel_time_s"] for unit in body["units"]]
    assert times == sorted(times)
    assert {unit["name"] for unit in body["units"]} == {"力量0", "力量2", "W000", "W001"}
    for unit in body["units"]:
        assert unit["reason_code"] == "ready"
        assert unit["reason"].startswith("可派")
        assert len(unit["route"]) >= 2
        assert unit["route"][-1] == pytest.approx([LON, LAT], abs=1e-6)
    assert body["method"] == "road"
    assert (body["seq"], body["grid_version"]) == (11, 1)


def test_road_time_follows_the_road_and_the_mode(client: TestClient) -> None:
    units = {unit["name"]: unit for unit in nearest(client)["units"]}
    walker, drone = units["W000"], units["力量2"]
    assert walker["mode"] == "foot"
    assert walker["travel_time_s"] == pytest.approx(walker["distance_m"] / 4.8 * 3.6, rel=0.02)
    assert (drone["mode"], drone["method"]) == ("air", "straight")


def test_everyone_passed_over_has_a_reason(client: TestClient) -> None:
    rejected = {unit["name"]: unit["reason_code"] for unit in nearest(client, k=50)["rejected"]}
    assert rejected == {
        "W002": "busy",
        "W003": "off-duty",
        "W004": "stale-position",
        "力量1": "assigned",
        "力量3": "in-maintenance",
    }


def test_only_nearer_ones_are_reported_as_passed_over(client: TestClient) -> None:
    body = nearest(client, k=1)
    limit = body["units"][0]["travel_time_s"]
    assert all(unit["travel_time_s"] <= limit for unit in body["rejected"])


def test_kinds_narrow_the_search(client: TestClient) -> None:
    body = nearest(client, kind="police_car,fire_engine")
    assert [unit["kind"] for unit in body["units"]] == ["police_car"]
    assert body["candidates"] == 2


def test_names_of_people_do_not_appear(client: TestClient) -> None:
    answer = client.get("/dispatch/nearest", params={"lon": LON, "lat": LAT, "k": 50})
    assert "机密" not in answer.text
    assert "139000" not in answer.text


def test_far_from_any_road_it_is_an_estimate_and_says_so(client: TestClient) -> None:
    answer = client.get("/dispatch/nearest", params={"lon": LON + 0.05, "lat": LAT})
    body = answer.json()
    assert body["method"] == "straight"
    assert all("直线估算" in unit["reason"] for unit in body["units"])


def test_a_position_that_was_sent_counts(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"), base_url=LOCAL)
    row = {"kind": "worker", "id": 5, "lon": LON, "lat": LAT, "at": NOW - 1000, "state": "on_duty"}
    assert client.post("/positions", json={"positions": [row]}).json()["accepted"] == 1
    first = nearest(client, k=1)["units"][0]
    assert (first["name"], first["position_age_s"]) == ("W004", 1.0)


def test_a_city_without_roads_estimates(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"), base_url=LOCAL)
    assert nearest(client)["method"] == "road"
    with own_city.store.write(SYSTEM, action="no roads") as work:
        work.replace_layer("road")
    own_city.refresh()
    own_city.roads.rebuild()
    assert nearest(client)["method"] == "straight"


def test_rings_count_what_lies_inside(client: TestClient) -> None:
    params = {"lon": LON, "lat": LAT, "rings": "100,1000,5000"}
    body = client.get("/dispatch/around", params=params).json()
    inner, middle, outer = body["rings"]
    assert [ring["radius_m"] for ring in body["rings"]] == [100, 1000, 5000]
    assert outer["buildings"] == 8
    assert outer["people"] == 24
    assert outer["households"] == 96
    assert outer["hydrants"] == 1
    assert outer["workers"] == 2
    assert inner["buildings"] <= middle["buildings"] <= outer["buildings"]
    assert body["chain"][-1]["level"] == "grid"
    assert body["kind"] == "exact"


def test_a_camera_sees_what_lies_in_its_sector(client: TestClient) -> None:
    body = client.get("/dispatch/around", params={"lon": LON, "lat": LAT}).json()
    sees = {camera["name"]: camera["sees"] for camera in body["cameras"]}
    assert sees == {"探头90": True, "探头270": False}
    assert [camera["sees"] for camera in body["cameras"]] == [True, False]
    assert np.isclose(body["cameras"][0]["bearing"], 90)


def test_a_look_at_exact_numbers_of_people_is_in_the_audit(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"), base_url=LOCAL)
    before = len(own_city.store.audit(scope=SYSTEM))
    client.get("/dispatch/around", params={"lon": LON, "lat": LAT})
    last = own_city.store.audit(scope=SYSTEM)[-1]
    assert len(own_city.store.audit(scope=SYSTEM)) == before + 1
    assert last.action == "count people: rings"


def test_stations_answer_when_asked_for_or_when_there_is_nobody_else(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"), base_url=LOCAL)
    assert {unit["layer"] for unit in nearest(client, k=50)["units"]} == {"worker", "resource"}
    asked = nearest(client, kind="hospital")["units"]
    assert [(unit["layer"], unit["name"]) for unit in asked] == [("facility", "医院")]
    assert asked[0]["reason"].startswith("驻点")
    with own_city.store.write(SYSTEM, action="nobody") as work:
        work.replace_layer("worker")
        work.replace_layer("resource")
    own_city.refresh()
    assert [unit["name"] for unit in nearest(client)["units"]] == ["医院"]
