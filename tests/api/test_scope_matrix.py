"""Every route, format and role: who may ask, and what never appears.

A route without a row here fails: nobody adds an answer without saying who may see what of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from geoserver.app import build_api
from geoserver.city import City
from geoserver.hotpath import ROUTE as TILE_ROUTE
from geoserver.pages import PageFiles
from geoserver.settings import Settings
from geoserver.state import build_state
from grids.tile import tile_at
from tests.api.conftest import LOCAL, app_for
from tests.api.tiny_city import NOW, at

LON, LAT = at(0.5, 0.51)
ROLES = ("demo", "public", "none")

NEVER = ("机密", "13800000", "13900000", "13911111", "13700000000", "110105194912", "rtsp://")
"""Restricted values of the tiny city, whole: nobody here may see them."""

STAFF_ONLY = ("AJ00", "事件1", "W00", "力量", "探头", "河东路0号旁", "grid_worker", "police_car")
"""Values of layers that only staff may see."""


@dataclass(frozen=True)
class Row:
    """What one route answers to each role.

    ``status`` is by role; ``public_hides`` is True where the public answer must not hold staff
    values; a row without a url is not HTTP.
    """

    urls: tuple[str, ...]
    status: tuple[int, int, int]
    body: dict[str, Any] | None = None
    public_hides: bool = True


OPEN, STAFF, PUBLIC = (200, 200, 200), (200, 404, 401), (200, 200, 401)
SAMPLE = {"kind": "worker", "id": 1, "lon": LON, "lat": LAT, "at": NOW - 60_000}

ROWS: dict[tuple[str, str], Row] = {
    ("GET", "/"): Row(("/",), OPEN),
    ("GET", "/api"): Row(("/api",), OPEN, public_hides=False),  # descriptions, no data
    ("GET", "/conformance"): Row(("/conformance",), OPEN),
    ("GET", "/health"): Row(("/health",), OPEN),
    ("GET", "/metrics"): Row(("/metrics",), OPEN),
    ("GET", "/wall"): Row(("/wall",), OPEN, public_hides=False),  # a file
    ("GET", "/static/{path:path}"): Row(("/static/wall/wall.mjs",), OPEN, public_hides=False),
    ("GET", "/city.json"): Row(("/city.json",), PUBLIC),
    ("GET", "/collections"): Row(("/collections",), PUBLIC),
    ("GET", "/collections/{layer}"): Row(
        ("/collections/event", "/collections/person", "/collections/worker", "/collections/camera"),
        STAFF,
    ),
    ("GET", "/collections/{layer}/items"): Row(
        (
            "/collections/event/items",
            "/collections/person/items",
            "/collections/household/items",
            "/collections/worker/items?crs=GCJ-02",
            "/collections/resource/items",
            "/collections/camera/items",
        ),
        STAFF,
    ),
    ("GET", "/collections/{layer}/items/{item_id}"): Row(
        (
            "/collections/event/items/1",
            "/collections/person/items/1",
            "/collections/worker/items/1",
        ),
        STAFF,
    ),
    ("GET", "/locate"): Row((f"/locate?lon={LON}&lat={LAT}",), PUBLIC),
    ("POST", "/locate"): Row(("/locate",), PUBLIC, {"points": [[LON, LAT]]}),
    ("GET", "/tiles/{layers}.json"): Row(("/tiles/event.json", "/tiles/camera.json"), STAFF),
    ("GET", TILE_ROUTE): Row(
        ("/tiles/event/{tile}.mvt", "/tiles/event,building/{tile}.mvt"), STAFF
    ),
    ("GET", "/styles/{name}.json"): Row(("/styles/wall.json", "/styles/map.json"), PUBLIC),
    ("GET", "/overview"): Row(("/overview",), STAFF),
    ("GET", "/grids/{code}/summary"): Row(("/grids/9901/summary",), PUBLIC),
    ("GET", "/buildings/{item_id}/summary"): Row(("/buildings/1/summary",), PUBLIC),
    ("GET", "/dispatch/nearest"): Row((f"/dispatch/nearest?lon={LON}&lat={LAT}",), (200, 403, 401)),
    ("GET", "/dispatch/around"): Row((f"/dispatch/around?lon={LON}&lat={LAT}",), PUBLIC),
    ("GET", "/analysis/hotspots"): Row(("/analysis/hotspots?layer=event",), STAFF),
    ("POST", "/positions"): Row(("/positions",), (200, 403, 401), {"positions": [SAMPLE]}),
    ("WEBSOCKET", "/live"): Row((), (101, 101, 403)),
}

PUBLIC_LAYERS = ("grid", "building", "road", "water", "facility")


def routes_of(city: City) -> set[tuple[str, str]]:
    """Every route that the application answers, the hot path included."""
    state = build_state(Settings(anonymous="demo"), city, PageFiles(Path("nowhere")))
    found = {("GET", TILE_ROUTE)}
    for context in iter_route_contexts(build_api(state).routes):
        if context.methods is None:
            found.add(("WEBSOCKET", str(context.path)))
        else:
            found |= {(method, str(context.path)) for method in context.methods - {"HEAD"}}
    state.tile_pool.shutdown()
    return found


def test_every_route_has_a_row_and_every_row_a_route(city: City) -> None:
    assert routes_of(city) == set(ROWS)


def cells() -> list[Any]:
    """Method, url, role, status and row of every cell."""
    tile = tile_at(*at(0.8, 0.8), 16)
    address = f"{tile.z}/{tile.x}/{tile.y}"
    return [
        pytest.param(method, url.replace("{tile}", address), role, status, row, id=f"{role} {url}")
        for (method, _), row in ROWS.items()
        for url in row.urls
        for role, status in zip(ROLES, row.status, strict=True)
    ]


@pytest.mark.parametrize(("method", "url", "role", "status", "row"), cells())
def test_who_may_ask_what(
    client_as: Callable[[str], TestClient], method: str, url: str, role: str, status: int, row: Row
) -> None:
    body = {"json": row.body} if row.body is not None else {}
    answer = client_as(role).request(method, url, **body)
    assert answer.status_code == status, answer.text[:300]
    for secret in NEVER:
        assert secret not in answer.text, secret
    if role != "demo" and row.public_hides:
        for value in STAFF_ONLY:
            assert value not in answer.text, value
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


@pytest.mark.parametrize("layer", PUBLIC_LAYERS)
def test_public_layers_are_public_in_every_channel(
    client_as: Callable[[str], TestClient], layer: str
) -> None:
    public = client_as("public")
    staff = client_as("demo")
    for url in (f"/collections/{layer}/items", f"/tiles/{layer}.json", f"/collections/{layer}"):
        assert public.get(url).status_code == 200, url
    items = public.get(f"/collections/{layer}/items").json()
    assert (
        items["numberMatched"] == staff.get(f"/collections/{layer}/items").json()["numberMatched"]
    )


def test_numbers_of_people_are_protected_for_the_public(
    client_as: Callable[[str], TestClient],
) -> None:
    public = client_as("public")
    assert public.get("/buildings/1/summary").json()["people"] is None
    around = public.get("/dispatch/around", params={"lon": LON, "lat": LAT, "rings": "5000"}).json()
    assert around["rings"][0]["people"] is None
    assert around["kind"] == "protected"
    grid = public.get("/grids/9901/summary").json()
    assert grid["kinds"]["person"] == "protected"
    parts = [
        public.get(f"/grids/{unit['code']}/summary").json()["counts"]["person"]
        for unit in public.get("/grids/990101001/summary").json()["children"]
    ]
    assert all(count is None or count == 0 or count >= 10 for count in parts)


def test_tags_of_tiles_differ_between_readers(client_as: Callable[[str], TestClient]) -> None:
    tile = tile_at(*at(0.1, 0.1), 15)
    url = f"/tiles/building/{tile.z}/{tile.x}/{tile.y}.mvt"
    tags = {client_as(role).get(url).headers["etag"] for role in ("demo", "public")}
    assert len(tags) == 2


@pytest.mark.parametrize("role", ROLES)
def test_the_live_line_is_for_those_who_may_ask(city: City, role: str) -> None:
    client = TestClient(app_for(city, role), base_url=LOCAL)
    if role == "none":
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://127.0.0.1/live"):
            pass
        return
    with client.websocket_connect("ws://127.0.0.1/live") as line:
        line.send_text("?")
        assert line.receive_json()["topic"] in {"problem", "positions"}
