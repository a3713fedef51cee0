"""Every refusal is a problem document that names what was wrong."""

import pytest
from starlette.testclient import TestClient

from geoserver.city import City
from geoserver.errors import STATUS
from geoserver.services.locating import LocatingService
from grids import errors
from tests.api.conftest import LOCAL, app_for

BAD = [
    ("/locate?lon=nan&lat=32", 400, "lon"),
    ("/locate?lon=118&lat=inf", 400, "lat"),
    ("/locate?lon=32.01&lat=118.71", 400, "swapped"),
    ("/locate?lon=181&lat=32", 400, "lon"),
    ("/locate?lon=abc&lat=32", 400, "lon"),
    ("/locate?lat=32", 400, "lon"),
    ("/locate?lon=118.7&lat=32&crs=9999", 400, "crs"),
    ("/locate?lon=118.7&lat=32&at=yesterday", 400, "at"),
    ("/locate?lon=118.7&lat=32&lng=1", 400, "lng"),
    ("/locate?lon=118.7&lon=118.8&lat=32", 400, "lon"),
    ("/locate?lon=118.7&lat=32&crs=%00", 400, "crs"),
    ("/collections/nosuch", 404, "nosuch"),
    ("/collections/nosuch/items", 404, "nosuch"),
    ("/collections/event/items?limit=0", 400, "limit"),
    ("/collections/event/items?bbox=1,2,3", 400, "bbox"),
    ("/collections/event/items?bbox=1,2,nan,4", 400, "bbox"),
    ("/collections/event/items?bbox=1,9,2,4", 400, "bbox"),
    ("/collections/event/items?datetime=yes", 400, "datetime"),
    ("/collections/event/items?ids=a", 400, "ids"),
    ("/collections/event/items?after=zzz", 400, "after"),
    ("/collections/event/items?nosuch=1", 400, "nosuch"),
    ("/collections/event/items?address=x", 400, "address"),
    ("/collections/event/items?severity=high", 400, "severity"),
    ("/collections/event/items/999999", 404, "999999"),
    ("/collections/event/items/abc", 400, "item_id"),
    ("/grids/000/summary", 404, "000"),
    ("/buildings/99999/summary", 404, "99999"),
    ("/dispatch/nearest?lon=118.7&lat=32&k=0", 400, "k"),
    ("/dispatch/nearest?lon=118.7&lat=32&kind=ufo", 400, "ufo"),
    ("/dispatch/around?lon=118.7&lat=32&rings=a", 400, "rings"),
    ("/dispatch/around?lon=118.7&lat=32&rings=0", 400, "rings"),
    ("/analysis/hotspots?layer=nosuch", 404, "nosuch"),
    ("/analysis/hotspots?level=planet", 400, "level"),
    ("/analysis/hotspots?layer=building&days=3", 400, "days"),
    ("/analysis/hotspots?days=-1", 400, "days"),
    ("/health?verbose=1", 400, "verbose"),
    ("/nowhere", 404, "/nowhere"),
    ("/static/wall/../../app.py", 404, ""),
    ("/static/package.json", 404, "package.json"),
]


@pytest.mark.parametrize(("path", "status", "named"), BAD, ids=[row[0] for row in BAD])
def test_bad_input_is_a_problem_that_names_it(
    client: TestClient, path: str, status: int, named: str
) -> None:
    answer = client.get(path)
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status), body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"].startswith("urn:wangge:problem:")
    assert body["title"]
    assert named in body["detail"]


def test_a_wrong_method_says_which_are_allowed(client: TestClient) -> None:
    answer = client.delete("/health")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["code"] == "method-not-allowed"


def test_a_body_that_does_not_fit_is_422_with_pointers(client: TestClient) -> None:
    answer = client.post("/locate", json={"points": [[1, 2], [1, "x"]], "more": 1})
    body = answer.json()
    assert answer.status_code == 422
    assert {entry["pointer"] for entry in body["errors"]} == {"#/points/1/1", "#/more"}


def test_a_body_beyond_the_limit_is_413(city: City) -> None:
    small = TestClient(app_for(city, "demo", max_body_bytes=1024), base_url=LOCAL)
    answer = small.post("/locate", json={"points": [[118.7, 32.0]] * 1000})
    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"


def test_an_unforeseen_error_tells_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret path /srv/city.sqlite")

    monkeypatch.setattr(LocatingService, "locate", broken)
    answer = client.get("/locate?lon=118.7&lat=32")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["code"] == "internal"


def test_every_error_class_is_in_the_table_or_our_own_fault() -> None:
    faults = {"WanggeError", "StoreError", "SchemaVersionError", "SnapshotFileError"}
    for name in errors.__all__:
        kind = getattr(errors, name)
        has_row = any(parent in STATUS for parent in kind.__mro__)
        assert has_row == (name not in faults), name


def test_a_head_request_has_the_headers_and_no_body(client: TestClient) -> None:
    answer = client.head("/city.json")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 100


def test_a_foreign_host_does_not_read_as_demo_staff(city: City) -> None:
    stranger = TestClient(app_for(city, "demo"), base_url="http://rebound.example")
    assert stranger.get("/city.json").status_code == 421


def test_pages_may_load_nothing_from_outside(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
