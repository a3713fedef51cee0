"""Layers as OGC collections."""

from itertools import pairwise

import pytest
from starlette.testclient import TestClient

from geoserver.services.item_query import instant_text
from tests.api.tiny_city import HOUR, NOW, at


def test_collections_have_items_links_and_fields(client: TestClient) -> None:
    body = client.get("/collections").json()
    by_name = {entry["id"]: entry for entry in body["collections"]}
    event = by_name["event"]
    assert event["title"] == "事件"
    assert event["properties"]["state"]["words"]["closed"] == "结案"
    assert {"self", "items", "tilejson"} <= {link["rel"] for link in event["links"]}
    assert event == client.get("/collections/event").json()


def test_pages_walk_every_item_once(client: TestClient) -> None:
    url, seen = "/collections/event/items?limit=4", []
    while url:
        page = client.get(url).json()
        assert page["numberMatched"] == 21
        assert page["numberReturned"] == len(page["features"]) <= 4
        seen += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(seen) == len(set(seen)) == 21
    assert all(a < b for a, b in pairwise(seen))


def test_a_page_keeps_its_filter_across_next_links(client: TestClient) -> None:
    first = client.get("/collections/event/items?limit=3&state=closed").json()
    link = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = client.get(link).json()
    assert {f["properties"]["state"] for f in second["features"]} == {"closed"}
    assert first["numberMatched"] == second["numberMatched"] == 7


def test_the_geometry_is_the_stored_one(client: TestClient) -> None:
    feature = client.get("/collections/event/items?limit=1").json()["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": list(at(0.75, 0.75))}


def test_a_box_takes_what_meets_it(client: TestClient) -> None:
    (w, s), (e, n) = at(0, 0), at(0.4, 0.4)
    page = client.get(f"/collections/event/items?bbox={w},{s},{e},{n}").json()
    assert [f["properties"]["code"] for f in page["features"]] == ["AJ0020"]
    high = client.get(f"/collections/event/items?bbox={w},{s},0,{e},{n},100").json()
    assert high["numberMatched"] == 1


def test_a_time_span_takes_what_lies_in_it(client: TestClient) -> None:
    start, end = instant_text(NOW - 4 * HOUR), instant_text(NOW)
    page = client.get("/collections/event/items", params={"datetime": f"{start}/{end}"}).json()
    assert {f["properties"]["code"] for f in page["features"]} == {"AJ0000", "AJ0001"}
    tail = client.get("/collections/event/items", params={"datetime": f"{start}/.."}).json()
    assert tail["numberMatched"] == 2


def test_ids_and_fields_narrow_together(client: TestClient) -> None:
    page = client.get("/collections/event/items?ids=1,2,3&state=closed").json()
    assert [f["id"] for f in page["features"]] == [2]


def test_a_limit_above_the_most_is_the_most(client: TestClient) -> None:
    assert client.get("/collections/event/items?limit=100000").status_code == 200


def test_instants_are_rfc_3339(client: TestClient) -> None:
    item = client.get("/collections/event/items/1").json()
    assert item["properties"]["reported_at"] == "2025-06-15T15:01:40Z"


def test_an_item_says_its_grid_and_links(client: TestClient) -> None:
    item = client.get("/collections/building/items/1").json()
    assert item["grid"].startswith("990101001001")
    assert {link["rel"] for link in item["links"]} == {"self", "collection"}


def test_grids_are_items_with_code_level_and_exact_outline(client: TestClient) -> None:
    page = client.get("/collections/grid/items?level=grid&limit=1").json()
    feature = page["features"][0]
    assert page["numberMatched"] == 36
    assert feature["properties"]["level"] == "grid"
    corners = {tuple(point) for point in feature["geometry"]["coordinates"][0]}
    assert tuple(round(v, 7) for v in at(0, 0)) in corners


def test_coordinates_come_in_the_system_asked_for(client: TestClient) -> None:
    plain = client.get("/collections/event/items/1").json()["geometry"]["coordinates"]
    answer = client.get("/collections/event/items/1?crs=GCJ-02")
    shifted = answer.json()["geometry"]["coordinates"]
    assert abs(shifted[0] - plain[0]) == pytest.approx(0.005, abs=0.002)
    assert answer.headers["content-crs"] == "<urn:wangge:crs:GCJ-02>"
    box = ",".join(f"{v:.6f}" for v in (*[c - 1e-5 for c in shifted], *[c + 1e-5 for c in shifted]))
    page = client.get(f"/collections/event/items?bbox={box}&bbox-crs=GCJ-02").json()
    assert page["numberMatched"] == 1


def test_restricted_values_are_masked_and_cannot_be_asked_for(client: TestClient) -> None:
    page = client.get("/collections/person/items?limit=3")
    assert "机密" not in page.text
    assert "geometry" in page.json()["features"][0]
    assert page.json()["features"][0]["geometry"] is None
    for name, value in (("name", "机密00"), ("focus", "key"), ("phone", "13800000000")):
        answer = client.get("/collections/person/items", params={name: value})
        assert answer.status_code == 400, name
        assert name in answer.json()["detail"]


def test_landing_and_conformance_lead_everywhere(client: TestClient) -> None:
    landing = client.get("/").json()
    rels = {link["rel"]: link["href"] for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= rels.keys()
    for rel in ("service-desc", "conformance", "data"):
        assert client.get(rels[rel]).status_code == 200, rel
    assert any(
        "ogcapi-features-1" in uri for uri in client.get("/conformance").json()["conformsTo"]
    )


def test_browsers_get_a_page_of_links(client: TestClient) -> None:
    page = client.get("/", headers={"accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/wall"' in page.text
    assert "<script" not in page.text
