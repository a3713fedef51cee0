"""The live line: topics, boxes, resuming, refusals."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import shapely
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from geoserver.city import City
from geoserver.live import LiveHub, LiveOptions, cursor_text
from geoserver.metrics import Metrics
from tests.api.conftest import LOCAL, app_for
from tests.api.tiny_city import NOW, SYSTEM, at

Message = dict[str, Any]


@pytest.fixture
def running(own_city: City) -> Iterator[TestClient]:
    """A served city, with what runs beside requests."""
    with TestClient(app_for(own_city, "demo"), base_url=LOCAL) as client:
        yield client


def until(line: WebSocketTestSession, wanted: Callable[[Message], bool]) -> Message:
    """The first message that is wanted; the test's own time limit ends a wait in vain."""
    while True:
        message: Message = line.receive_json()
        if wanted(message):
            return message


def topic(name: str) -> Callable[[Message], bool]:
    return lambda message: message["topic"] == name


def put_case(city: City, uid: str, u: float, v: float) -> None:
    table = pa.table(
        {
            "uid": [uid],
            "geom": pa.array([shapely.to_wkb(shapely.Point(at(u, v)))], pa.binary()),
            "state": ["handling"],
            "reported_at": [NOW],
        }
    )
    with city.store.write(SYSTEM, action="case") as work:
        work.put_table("event", table)
    city.follower.wake()


def test_a_write_reaches_the_line_as_change_and_tiles(running: TestClient, own_city: City) -> None:
    with running.websocket_connect("ws://127.0.0.1/live?topics=changes,tiles") as line:
        (west, south), (east, north) = at(0, 0), at(1, 1)
        line.send_json({"box": [west, south, east, north]})
        time.sleep(0.3)  # the box is heeded before the write; nothing tells when
        put_case(own_city, "new", 0.5, 0.5)
        change = until(line, topic("changes"))
        assert change["layers"] == ["event"]
        assert change["seq"] == 12
        tiles = until(line, topic("tiles"))["layers"]["event"]
        assert all(len(tile) == 3 for tile in tiles)
        assert {z for z, _, _ in tiles} >= {14, 15, 16}


def test_tiles_outside_the_box_are_not_told(running: TestClient, own_city: City) -> None:
    with running.websocket_connect("ws://127.0.0.1/live?topics=tiles") as line:
        line.send_json({"box": [10.0, 10.0, 10.01, 10.01]})
        time.sleep(0.3)
        put_case(own_city, "new", 0.5, 0.5)
        line.send_json({"nonsense": 1})
        first = until(line, lambda message: message["topic"] in {"tiles", "problem"})
        assert first["topic"] == "problem"


def test_positions_come_whole_then_as_differences(running: TestClient) -> None:
    lon, lat = at(0.5, 0.5)
    with running.websocket_connect("ws://127.0.0.1/live?topics=positions") as line:
        first = until(line, topic("positions"))
        assert (first["reset"], first["add"]) == (True, [])
        row = {"kind": "worker", "id": 1, "lon": lon, "lat": lat, "at": NOW - 500}
        running.post("/positions", json={"positions": [row]})
        added = until(line, topic("positions"))["add"][0]
        assert (added["layer"], added["item"], added["kind"]) == ("worker", 1, "grid_worker")
        assert (added["lon"], added["lat"]) == pytest.approx((lon, lat))
        running.post("/positions", json={"positions": [{**row, "at": NOW, "lon": lon + 0.001}]})
        moved = until(line, topic("positions"))
        assert moved["add"] == []
        assert moved["update"][0]["id"] == added["id"]
        line.send_json({"box": [0.0, 0.0, 1.0, 1.0]})
        assert until(line, topic("positions"))["remove"] == [added["id"]]


def test_a_client_resumes_at_its_cursor(running: TestClient, own_city: City) -> None:
    put_case(own_city, "new", 0.5, 0.5)
    while own_city.snapshot.seq < 12:
        time.sleep(0.01)
    with running.websocket_connect("ws://127.0.0.1/live?topics=changes,tiles") as line:
        line.send_json({"since": {"changes": cursor_text(11)}})
        change = until(line, topic("changes"))
        assert (change["layers"], change["seq"]) == (["event"], 12)
    with running.websocket_connect("ws://127.0.0.1/live?topics=changes") as line:
        line.send_json({"since": 99})
        assert until(line, topic("changes"))["reset"]


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        "[]",
        "{}",
        '{"box": [1, 2, 3]}',
        '{"box": [0, 5, 1, 2]}',
        '{"since": "?"}',
        '{"x": 1}',
    ],
)
def test_a_wrong_message_is_answered_and_survived(running: TestClient, said: str) -> None:
    with running.websocket_connect("ws://127.0.0.1/live?topics=changes") as line:
        line.send_text(said)
        assert until(line, topic("problem"))["detail"]
        line.send_text(said)
        assert until(line, topic("problem"))


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/live?topics=gossip", {}),
        ("/live", {"origin": "https://elsewhere.example"}),
    ],
)
def test_refused_before_it_opens(running: TestClient, path: str, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        running.websocket_connect(f"ws://127.0.0.1{path}", headers=headers),
    ):
        pass


def test_nobody_signed_in_has_no_line(own_city: City) -> None:
    client = TestClient(app_for(own_city, "none"), base_url=LOCAL)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/live"):
        pass


def test_the_public_hears_of_public_layers_only(own_city: City) -> None:
    served = TestClient(app_for(own_city, "public"), base_url=LOCAL)
    with served as client, client.websocket_connect("ws://127.0.0.1/live") as line:
        put_case(own_city, "new", 0.5, 0.5)
        with own_city.store.write(SYSTEM, action="water") as work:
            work.put("water", "w", {"kind": "lake"}, shapely.box(*at(0.4, 0.4), *at(0.6, 0.5)))
        own_city.follower.wake()
        assert until(line, topic("changes"))["layers"] == ["water"]


def test_a_slow_client_is_dropped() -> None:
    hub = LiveHub(LiveOptions(queue=8), Metrics())
    client = hub.open(SYSTEM, frozenset({"changes"}))
    assert client is not None
    taken = sum(client.offer({"topic": "changes", "seq": number}) for number in range(20))
    assert taken == 8
    assert client.is_dropped


def test_a_name_made_to_point_here_has_no_line(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"))
    url, headers = "ws://rebound.example/live", {"origin": "http://rebound.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(url, headers=headers):
        pass
