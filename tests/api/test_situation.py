"""Figures of the day, grids, buildings, hot spots."""

import pytest
from starlette.testclient import TestClient

from tests.api.tiny_city import HOUR, NOW


def test_figures_of_the_day_are_those_of_the_cases(client: TestClient) -> None:
    body = client.get("/overview").json()
    # one case every three hours, the last at 23:01 Shanghai time; closed after an hour, due after 4
    assert body["as_of"] == NOW
    assert body["reported_today"] == 8
    assert body["reported_same_day_last_week"] == 0
    assert (body["due"], body["closed_on_time"]) == (19, 6)
    assert body["overdue"] == 13
    assert body["open"] == 14
    assert (body["on_duty"], body["on_duty_expected"]) == (3, 4)
    assert body["response"] == {"median_accept_s": 120.0, "median_arrive_s": 600.0}
    assert body["kind"] == "exact"


def test_the_histogram_adds_up_to_today(client: TestClient) -> None:
    body = client.get("/overview").json()
    assert sum(part["n"] for part in body["histogram"]) == body["reported_today"]
    steps = {
        b["t"] - a["t"] for a, b in zip(body["histogram"], body["histogram"][1:], strict=False)
    }
    assert steps == {600_000}
    assert body["histogram"][-1]["t"] <= NOW < body["histogram"][-1]["t"] + 600_000


def test_streets_have_their_rate(client: TestClient) -> None:
    assert client.get("/overview").json()["by_street"] == [
        {
            "code": "990101001",
            "name": "河东街道",
            "due": 19,
            "closed_on_time": 6,
            "rate": pytest.approx(6 / 19, abs=1e-4),
        }
    ]


def test_recent_cases_are_open_late_ones_then_the_newest(client: TestClient) -> None:
    recent = client.get("/overview").json()["recent"]
    colours = [row["colour"] for row in recent]
    reds = colours.index(next(colour for colour in colours if colour != "red"))
    late, newest = recent[:reds], recent[reds:]
    assert [row["deadline_at"] for row in late] == sorted(row["deadline_at"] for row in late)
    assert [row["code"] for row in newest[:2]] == ["AJ0000", "AJ0001"]
    assert newest[0]["address"] == "河东路0号旁"
    assert newest[0]["grid"] == "第29网格"
    assert newest[0]["reported_at"] == NOW - 300_000
    assert newest[0]["deadline_at"] == NOW - 300_000 + 4 * HOUR


def test_feeds_say_how_old_they_are(client: TestClient) -> None:
    feeds = {feed["name"]: feed for feed in client.get("/overview").json()["feeds"]}
    assert feeds["positions"]["age_s"] == 20.0
    assert not feeds["positions"]["stale"]
    assert feeds["event"]["age_s"] == 300.0


def test_a_grid_tells_what_it_holds_at_every_level(client: TestClient) -> None:
    city = client.get("/grids/9901/summary").json()
    assert city["level"] == "city"
    assert city["counts"]["building"] == 8
    assert city["counts"]["person"] == 24
    assert city["counts"]["event"] == 21
    assert city["counts"]["event_open"] == 14
    assert city["counts"]["event_red"] == 7
    parts = [
        client.get(f"/grids/{unit['code']}/summary").json()
        for unit in client.get("/grids/990101001/summary").json()["children"]
    ]
    for layer in ("building", "person", "event", "event_open"):
        assert sum(part["counts"][layer] for part in parts) == city["counts"][layer], layer


def test_a_building_tells_what_it_is(client: TestClient) -> None:
    body = client.get("/buildings/1/summary").json()
    assert (body["name"], body["floors"], body["households"], body["people"]) == ("1号楼", 6, 12, 3)
    assert body["address"] == "河东路1号"
    assert body["chain"][-1]["level"] == "grid"


def test_the_city_at_a_glance(client: TestClient) -> None:
    body = client.get("/city.json").json()
    assert (body["name"], body["code"], body["timezone"]) == ("小城", "9901", "Asia/Shanghai")
    assert body["center"] == pytest.approx([118.71, 32.01], abs=1e-6)
    assert {row["level"]: row["count"] for row in body["levels"]}["grid"] == 36
    layers = {row["name"]: row for row in body["layers"]}
    assert layers["event"]["count"] == 21
    assert layers["person"]["count"] == 24
    assert layers["event"]["words"]["colour"]["green"] == "已办结"
    assert body["map_approval"] == "测试审图号"


def test_the_planted_hot_spot_is_found_and_explained(client: TestClient) -> None:
    body = client.get("/analysis/hotspots?days=30&tail=hot").json()
    assert len(body["cells"]) == 36
    assert body["counted"] == 21
    hot = [cell for cell in body["cells"] if cell["class"] == "hot"]
    assert all(cell["code"].startswith("990101001004") for cell in hot)
    assert all(cell["z"] > 0 for cell in hot)
    for key in ("seed", "p_min", "draws", "family", "null_model", "alpha", "correction"):
        assert body[key], key
    assert body["contiguity"] == "queen"


def test_the_same_question_has_the_same_answer(client: TestClient) -> None:
    url = "/analysis/hotspots?level=grid"
    assert client.get(url).json() == client.get(url).json()


def test_a_level_with_too_few_cells_is_refused_with_the_reason(client: TestClient) -> None:
    answer = client.get("/analysis/hotspots?level=community")
    assert answer.status_code == 422
    assert "too few" in answer.json()["detail"]


def test_health_says_what_is_ready(client: TestClient) -> None:
    body = client.get("/health").json()
    assert body["status"] == "ready"
    assert body["parts"]["grid"]["reason"] == "version 1"
    assert set(body["parts"]) == {"store", "snapshot", "grid", "network", "positions"}


def test_metrics_count_requests_by_route(client: TestClient) -> None:
    client.get("/locate?lon=118.71&lat=32.01")
    text = client.get("/metrics").text
    assert 'wangge_requests_total{method="GET",route="/locate",status="200"}' in text
    assert "wangge_snapshot_seq 11.0" in text


def test_openapi_names_every_route(client: TestClient) -> None:
    paths = client.get("/api").json()["paths"]
    assert {"/locate", "/collections/{layer}/items", "/dispatch/nearest", "/positions"} <= set(
        paths
    )
