"""Tiles, TileJSON and styles through the whole application."""

import gzip

import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

from geoserver.city import City
from grids.tile import tile_at
from tests.api.conftest import LOCAL, app_for
from tests.api.tiny_city import SYSTEM, at

GZIP = {"accept-encoding": "gzip"}


def address(u: float, v: float, z: int) -> str:
    tile = tile_at(*at(u, v), z)
    return f"{tile.z}/{tile.x}/{tile.y}.mvt"


def test_a_tile_holds_the_layers_asked_for(client: TestClient) -> None:
    answer = client.get(f"/tiles/building,road,grid/{address(0.1, 0.1, 14)}", headers=GZIP)
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    layers = mapbox_vector_tile.decode(answer.content)
    assert set(layers) == {"building", "road", "grid"}
    names = {feature["properties"]["name"] for feature in layers["building"]["features"]}
    assert "1号楼" in names


def test_a_client_that_takes_no_gzip_gets_the_same_plain(client: TestClient) -> None:
    url = f"/tiles/building/{address(0.1, 0.1, 15)}"
    plain = client.get(url, headers={"accept-encoding": "identity"})
    packed = client.get(url, headers=GZIP)
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content
    assert plain.headers["etag"] != packed.headers["etag"]


def test_a_tile_that_the_client_has_is_not_sent_again(client: TestClient) -> None:
    url = f"/tiles/building/{address(0.1, 0.1, 15)}"
    tag = client.get(url, headers=GZIP).headers["etag"]
    again = client.get(url, headers={**GZIP, "if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag


def test_a_write_changes_the_tag_of_its_tiles_only(own_city: City) -> None:
    client = TestClient(app_for(own_city, "demo"), base_url=LOCAL)
    near, far = (f"/tiles/building/{address(u, 0.1, 16)}" for u in (0.1, 0.85))
    before = [client.get(url, headers=GZIP).headers["etag"] for url in (near, far)]
    with own_city.store.write(SYSTEM, action="rename") as work:
        item = own_city.store.find_uid("building", ["b0"], scope=SYSTEM)
        work.patch("building", item["b0"], {"name": "新名"})
    own_city.refresh()
    after = [client.get(url, headers=GZIP).headers["etag"] for url in (near, far)]
    assert after[0] != before[0]
    assert after[1] == before[1]
    layers = mapbox_vector_tile.decode(client.get(near, headers=GZIP).content)
    assert "新名" in {f["properties"]["name"] for f in layers["building"]["features"]}


def test_an_empty_tile_is_204_and_an_undrawn_zoom_404(client: TestClient) -> None:
    assert client.get("/tiles/building/14/0/0.mvt").status_code == 204
    assert client.get("/tiles/building/3/0/0.mvt").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/tiles/building/99/0/0.mvt", 400, "z"),
        ("/tiles/building/14/99999/0.mvt", 400, "x"),
        ("/tiles/building/14/0/-1.mvt", 400, ""),
        ("/tiles/nosuch/14/0/0.mvt", 404, "nosuch"),
        ("/tiles/person/16/0/0.mvt", 404, "person"),
        ("/tiles/building,/14/0/0.mvt", 400, "layers"),
        ("/tiles/building/14/0/0.mvt?style=1", 400, "style"),
        ("/tiles/nosuch.json", 404, "nosuch"),
        ("/tiles/person.json", 404, "person"),
        ("/styles/nosuch.json", 404, "nosuch"),
    ],
)
def test_bad_tiles_are_problems(client: TestClient, path: str, status: int, named: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def test_tilejson_has_tight_bounds_and_fields(client: TestClient) -> None:
    body = client.get("/tiles/building.json").json()
    west, south = at(0.1, 0.1)
    assert body["bounds"][:2] == pytest.approx([west, south], abs=1e-6)
    assert body["tiles"] == ["http://127.0.0.1/tiles/building/{z}/{x}/{y}.mvt"]
    assert set(body["vector_layers"][0]["fields"]) == {"name", "floors", "height_m", "use"}


def test_the_style_names_only_what_the_reader_may_see(city: City) -> None:
    for role, has_cases in (("demo", True), ("public", False)):
        client = TestClient(app_for(city, role), base_url=LOCAL)
        style = client.get("/styles/map.json").json()
        drawn = {layer.get("source-layer") for layer in style["layers"]}
        assert ("event" in drawn) is has_cases
        assert style["version"] == 8


def test_figures_tell_hits_from_misses(city: City) -> None:
    client = TestClient(app_for(city, "demo"), base_url=LOCAL)
    url = f"/tiles/road/{address(0.5, 0.5, 15)}"
    bodies = {client.get(url, headers=GZIP).headers["x-cache"] for _ in range(3)}
    assert bodies == {"miss", "hit"}
    text = client.get("/metrics").text
    assert 'wangge_tiles_total{cache="hit"} 2.0' in text
    assert 'wangge_tiles_total{cache="miss"} 1.0' in text


def test_the_body_is_one_gzip_member(city: City) -> None:
    client = TestClient(app_for(city, "demo"), base_url=LOCAL)
    with client.stream("GET", f"/tiles/road,building/{address(0.1, 0.1, 14)}", headers=GZIP) as raw:
        packed = b"".join(raw.iter_raw())
    plain = gzip.decompress(packed)
    assert set(mapbox_vector_tile.decode(plain)) == {"road", "building"}
