"""The hot path of tiles, driven as bare ASGI."""

import asyncio
import gzip
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Asgi

from geoserver.hotpath import HotPath, HotPathOptions
from geoserver.tile_path import accepts_gzip
from grids.errors import SignInRequiredError, UnknownLayerError
from layers.model import LayerSpec
from layers.policy import Scope
from tests.ragged import layer_table
from tests.tile_sources import TableSource
from tiles.decode import decode_tile
from tiles.mvt import Part
from tiles.source import World
from tiles.tileset import Tileset

TILE = "/tiles/things/0/0/0.mvt"


@dataclass
class View:
    """One layer, as `SnapshotSource` asks for it."""

    source: TableSource
    name: str
    gate: threading.Event | None

    @property
    def spec(self) -> LayerSpec:
        """Declaration."""
        return self.source.spec(self.name)

    def window(self, window: World) -> Sequence[Part]:
        """Rows, once the gate is open."""
        if self.gate is not None:
            self.gate.wait(10)
        return self.source.parts(self.name, window)

    def version_key(self, window: World) -> int:
        """Version."""
        return self.source.version_key(self.name, window)


@dataclass
class Town:
    """A snapshot with one layer of points, and the hot path in front of an application."""

    version: int = 1
    gate: threading.Event | None = None
    observed: list[dict[str, Any]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    resolved: list[bytes] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = [shapely.Point(k * 10**8, 0) for k in range(3)]
        self.source = TableSource({"things": layer_table(points, max_zoom=5)})
        self.pool = ThreadPoolExecutor(4)
        self.snapshot = self.moment()
        options = HotPathOptions(
            scope_of=self.scope_of,
            headers={"X-Content-Type-Options": "nosniff"},
            observe=lambda **figures: self.observed.append(figures),
            **self.options,
        )
        self.path = HotPath(
            self.application,
            Tileset(),
            snapshot=lambda: self.snapshot,  # type: ignore[arg-type, return-value]
            pool=self.pool,
            options=options,
        )

    def moment(self) -> object:
        """A new snapshot of the town."""
        town = self

        class Moment:
            def layer(self, name: str, scope: Scope) -> View:
                if name == "secret" and not scope.is_staff:
                    raise UnknownLayerError("no layer 'secret'")
                town.source.spec(name)
                return View(town.source, name, town.gate)

        return Moment()

    def scope_of(self, authorization: bytes, cookie: bytes) -> Scope:
        """Staff by token, the public without."""
        self.resolved.append(authorization + cookie)
        if authorization == b"Bearer bad":
            raise SignInRequiredError("sign in")
        return Scope.demo_staff() if authorization else Scope.public()

    async def application(self, scope: Asgi, _: Receive, send: Send) -> None:
        """What lies behind."""
        self.passed.append(scope["path"])
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Answer:
    """What the client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        return orjson.loads(self.body)


async def request(
    town: Town,
    path: str = TILE,
    *,
    method: str = "GET",
    query: bytes = b"",
    leaves: asyncio.Event | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer | None:
    """Answer to one request; None if none was sent."""
    sent: list[Message] = []
    never = asyncio.Event() if leaves is None else leaves

    async def receive() -> dict[str, Any]:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
    await town.path(scope, receive, send)
    if not sent:
        return None
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(m.get("body", b"") for m in sent[1:]))


def get(town: Town, path: str = TILE, **options: Any) -> Answer:  # noqa: ANN401 - passed on
    """Answer to one request on a loop of its own."""
    answer = asyncio.run(request(town, path, **options))
    assert answer is not None
    return answer


GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_tile_comes_with_every_header_it_needs() -> None:
    answer = get(Town(), headers=GZIP)
    assert answer.status == 200
    wanted = {
        "content-type": "application/vnd.mapbox-vector-tile",
        "content-encoding": "gzip",
        "cache-control": "private, no-cache",
        "vary": "Accept-Encoding, Authorization, Cookie",
        "content-length": str(len(answer.body)),
        "x-cache": "miss",
        "x-content-type-options": "nosniff",
    }
    assert wanted.items() <= answer.headers.items()
    assert answer.headers["server-timing"].startswith("build;dur=")
    assert len(decode_tile(gzip.decompress(answer.body))[0].features) == 3


def test_the_second_time_it_is_cached_and_then_not_modified() -> None:
    town = Town()
    first = get(town, headers=GZIP)
    second = get(town, headers=GZIP)
    assert second.headers["x-cache"] == "hit"
    assert second.body == first.body
    third = get(town, headers=GZIP | {"If-None-Match": first.headers["etag"]})
    assert (third.status, third.body) == (304, b"")
    assert third.headers["etag"] == first.headers["etag"]
    assert town.source.reads == ["things"]


def test_not_modified_is_answered_without_reading_a_feature() -> None:
    town = Town()
    etag = get(town, headers=GZIP).headers["etag"]
    again = Town()
    assert get(again, headers={"If-None-Match": f'"x", W/{etag}'}).status == 304
    assert again.source.reads == []


def test_a_client_that_takes_no_gzip_gets_plain_bytes_under_another_tag() -> None:
    town = Town()
    packed = get(town, headers=GZIP)
    plain = get(town)
    assert "content-encoding" not in plain.headers
    assert plain.body == gzip.decompress(packed.body)
    assert plain.headers["etag"] != packed.headers["etag"]
    assert get(town, headers={"If-None-Match": plain.headers["etag"]}).status == 304


@pytest.mark.parametrize(
    ("header", "takes"),
    [("gzip", True), ("", False), ("br", False), ("*", True), ("gzip;q=0", False),
     ("identity;q=1, *;q=0", False), ("GZIP; q=0.8", True)],
)  # fmt: skip
def test_accept_encoding_is_read(header: str, takes: bool) -> None:  # noqa: FBT001
    assert accepts_gzip(header.encode()) is takes


def test_head_gives_the_headers_alone() -> None:
    town = Town()
    full, head = get(town, headers=GZIP), get(town, method="HEAD", headers=GZIP)
    assert head.body == b""
    assert head.headers["content-length"] == full.headers["content-length"]


def test_pbf_is_the_same_tile() -> None:
    town = Town()
    assert get(town, "/tiles/things/0/0/0.pbf").headers["etag"] == get(town).headers["etag"]


def test_an_empty_tile_is_204_with_a_tag() -> None:
    town = Town()
    answer = get(town, "/tiles/things/5/0/0.mvt")
    assert (answer.status, answer.body) == (204, b"")
    assert (
        get(
            town, "/tiles/things/5/0/0.mvt", headers={"If-None-Match": answer.headers["etag"]}
        ).status
        == 304
    )


def test_a_new_snapshot_is_answered_from_at_once() -> None:
    town = Town()
    etag = get(town).headers["etag"]
    town.source.version = 2
    town.snapshot = town.moment()
    answer = get(town, headers={"If-None-Match": etag})
    assert answer.status == 200
    assert answer.headers["etag"] != etag


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/tiles/things/a/0/0.mvt", 400, "z must be a whole number, got 'a'"),
        ("/tiles/things/1/-1/0.mvt", 400, "x must be a whole number, got '-1'"),
        ("/tiles/things/1/0/٣.mvt", 400, "y must be a whole number"),
        ("/tiles/things/1/2/0.mvt", 400, "x must be 0 to 1 at zoom 1, got 2"),
        ("/tiles/things/31/0/0.mvt", 400, "z must be 0 to 30, got 31"),
        ("/tiles/things,/0/0/0.mvt", 400, "names joined by commas"),
        ("/tiles//0/0/0.mvt", 400, "names joined by commas"),
        (f"/tiles/{','.join(map(str, range(17)))}/0/0/0.mvt", 400, "at most 16, got 17"),
        ("/tiles/roads/0/0/0.mvt", 404, "no layer 'roads'; there are things"),
        ("/tiles/things/6/0/0.mvt", 404, "zoom 6 is outside the range of every layer: things"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(path: str, status: int, words: str) -> None:
    answer = get(Town(), path)
    assert answer.status == answer.problem["status"] == status
    assert words in answer.problem["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_query_parameter_is_refused_by_name() -> None:
    answer = get(Town(), query=b"buffer%5F=3&x=1")
    assert answer.status == 400
    assert answer.problem["detail"] == "unknown parameter 'buffer_'; a tile takes none"


def test_other_methods_are_refused() -> None:
    answer = get(Town(), method="POST")
    assert (answer.status, answer.headers["Allow".lower()]) == (405, "GET, HEAD")


def test_other_paths_go_to_the_application() -> None:
    town = Town()
    for path in ("/", "/tiles/things.json", "/tiles/q/abc/1/0/0.mvt", "/tiles/1/0/0.mvt"):
        assert get(town, path).status == 299
    assert len(town.passed) == 4


def test_an_unforeseen_error_is_500_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    town = Town()
    town.source.tables = None  # type: ignore[assignment]
    answer = get(town)
    assert answer.status == 500
    assert "detail" not in answer.problem
    assert "unforeseen error" in caplog.text


def test_a_token_is_resolved_once_and_strangers_are_asked_to_sign_in() -> None:
    town = Town()
    for _ in range(3):
        get(town, headers={"Authorization": "Bearer good"})
    assert town.resolved == [b"Bearer good"]
    town.path.forget_scopes()
    get(town, headers={"Authorization": "Bearer good"})
    assert len(town.resolved) == 2
    answer = get(town, headers={"Authorization": "Bearer bad"})
    assert (answer.status, answer.headers["WWW-Authenticate".lower()]) == (401, "Bearer")


def test_readers_of_different_scope_share_no_tag() -> None:
    town = Town()
    public, staff = get(town), get(town, headers={"Authorization": "Bearer good"})
    assert public.headers["etag"] != staff.headers["etag"]
    assert get(town, headers={"If-None-Match": staff.headers["etag"]}).status == 200


def test_only_own_host_names_are_answered() -> None:
    town = Town(options={"allowed_hosts": frozenset({"localhost", "[::1]"})})
    assert get(town, headers={"Host": "localhost:8000"}).status == 200
    assert get(town, headers={"Host": "[::1]:8000"}).status == 200
    assert get(town, headers={"Host": "evil.example"}).status == 421


def test_every_answer_is_observed() -> None:
    town = Town()
    get(town, headers=GZIP)
    get(town, "/tiles/roads/0/0/0.mvt")
    assert [(seen["status"], seen["method"]) for seen in town.observed] == [
        (200, "GET"),
        (404, "GET"),
    ]
    assert town.observed[0]["route"] == "/tiles/{layers}/{z}/{x}/{y}.mvt"


def test_clients_that_ask_at_the_same_time_share_one_build() -> None:
    town = Town(gate=threading.Event())

    async def ask() -> list[Answer | None]:
        asked = [asyncio.create_task(request(town, headers=GZIP)) for _ in range(20)]
        await asyncio.sleep(0.05)
        assert town.gate is not None
        town.gate.set()
        return await asyncio.gather(*asked)

    answers = asyncio.run(ask())
    assert {answer.body for answer in answers if answer} == {answers[0].body if answers[0] else b""}
    assert town.source.reads == ["things"]


def test_a_build_stops_when_the_last_client_has_left() -> None:
    town = Town(gate=threading.Event())
    town.pool = ThreadPoolExecutor(1)

    async def ask() -> list[Answer | None]:
        leaves = asyncio.Event()
        asked = [
            asyncio.create_task(request(town, leaves=leaves)),
            asyncio.create_task(request(town, "/tiles/things/1/0/0.mvt", leaves=leaves)),
        ]
        await asyncio.sleep(0.05)
        leaves.set()
        answers = await asyncio.gather(*asked)
        assert town.gate is not None
        town.gate.set()
        return answers

    assert asyncio.run(ask()) == [None, None]
    assert [seen["status"] for seen in town.observed] == [499, 499]
    assert wait_for(lambda: len(town.path._flights) == 0)
    assert get(town, headers=GZIP).status == 200


def test_a_client_that_stays_gets_the_tile_another_left() -> None:
    town = Town(gate=threading.Event())

    async def ask() -> list[Answer | None]:
        leaves = asyncio.Event()
        asked = [
            asyncio.create_task(request(town, leaves=leaves)),
            asyncio.create_task(request(town, headers=GZIP)),
        ]
        await asyncio.sleep(0.05)
        leaves.set()
        await asked[0]
        assert town.gate is not None
        town.gate.set()
        return await asyncio.gather(*asked)

    left, stayed = asyncio.run(ask())
    assert left is None
    assert stayed is not None
    assert stayed.status == 200


def wait_for(condition: Callable[[], bool]) -> bool:
    """True once a condition holds, False after five seconds."""
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def test_the_rows_of_a_tile_are_those_of_the_snapshot_its_tag_is_of() -> None:
    town = Town(gate=threading.Event())

    async def ask() -> Answer | None:
        asked = asyncio.create_task(request(town, headers=GZIP))
        await asyncio.sleep(0.05)
        town.snapshot = town.moment()  # swapped while the tile is being built
        assert town.gate is not None
        town.gate.set()
        return await asked

    answer = asyncio.run(ask())
    assert answer is not None
    assert np.size(answer.body) > 0
    assert len(decode_tile(gzip.decompress(answer.body))[0].features) == 3
