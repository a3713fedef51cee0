"""Tiles on the hot path: a bare ASGI layer in front of the application.

Not-modified answers and cached tiles are given on the event loop; only a tile that must be built
goes to a thread. Per snapshot and reader, what a path comes to is worked out once.
"""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from geoserver.errors import problem, status_of
from geoserver.flights import Flights
from geoserver.tile_path import accepts_gzip, check_query, is_tile_path, tile_request
from grids.errors import WanggeError
from layers.policy import Scope as ReaderScope
from layers.snapshot import Snapshot
from tiles.source import SnapshotSource
from tiles.tileset import TileAnswer, TilePlan, Tileset
from tiles.versions import is_known

__all__ = ["ROUTE", "HotPath", "HotPathOptions"]

ROUTE = "/tiles/{layers}/{z}/{x}/{y}.mvt"
"""Name of the route in figures."""

Headers = list[tuple[bytes, bytes]]
_MVT = b"application/vnd.mapbox-vector-tile"
_LOG = logging.getLogger("wangge.tiles")


@dataclass(frozen=True, slots=True, kw_only=True)
class HotPathOptions:
    """What the hot path is told about its surroundings.

    Parameters
    ----------
    scope_of
        Scope of a request from its Authorization and Cookie headers (empty if absent); raises
        `SignInRequiredError` for a stranger who may see nothing.
    scope_s
        Seconds for which the scope of a token is believed.
    headers
        Headers added to every answer.
    observe
        Called once per answer with the keywords method, route, status and seconds.
    allowed_hosts
        Names the Host header may have; None for any.
    count_tile
        Called once per tile sent, with True if it came from the cache.
    identity
        Identity of the store, so that tiles of a city made anew are not taken for the old ones.
    """

    scope_of: Callable[[bytes, bytes], ReaderScope]
    scope_s: float = 5.0
    headers: Mapping[str, str] = field(default_factory=dict)
    observe: Callable[..., None] | None = None
    allowed_hosts: frozenset[str] | None = None
    count_tile: Callable[[bool], None] | None = None
    identity: str = ""


@dataclass(slots=True)
class _Moment:
    """What paths come to in one snapshot, by path and scope key."""

    snapshot: Snapshot
    plans: dict[tuple[str, str], tuple[TilePlan, SnapshotSource]] = field(default_factory=dict)


class HotPath:
    """Tile requests answered here, everything else by the application behind.

    Parameters
    ----------
    app
        The application behind.
    tileset
        Tiles and their cache.
    snapshot
        Gives the current snapshot.
    pool
        Threads that build tiles.
    options
        Surroundings.
    """

    _MOST_PLANS = 20_000
    _MOST_SCOPES = 10_000

    def __init__(
        self,
        app: ASGIApp,
        tileset: Tileset,
        *,
        snapshot: Callable[[], Snapshot],
        pool: Executor,
        options: HotPathOptions,
    ) -> None:
        self._app = app
        self._tileset = tileset
        self._snapshot = snapshot
        self._options = options
        self._moment: _Moment | None = None
        self._scopes: dict[tuple[bytes, bytes], tuple[ReaderScope, float]] = {}
        self._flights: Flights[TileAnswer] = Flights(pool)
        extra = [(k.lower().encode(), v.encode()) for k, v in options.headers.items()]
        self._extra: Headers = [
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"Accept-Encoding, Authorization, Cookie"),
            *extra,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or not is_tile_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        try:
            status = await self._answer(scope, receive, send)
        except WanggeError as exc:
            status = await self._refused(exc, scope, receive, send)
        except Exception as exc:
            status = await self._refused(exc, scope, receive, send)
        finally:
            if self._options.observe is not None:
                self._options.observe(
                    method=scope["method"],
                    route=ROUTE,
                    status=status,
                    seconds=time.perf_counter() - started,
                )

    def forget_scopes(self) -> None:
        """Resolve every token anew, after rights have changed."""
        self._scopes.clear()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Status of the answer given."""
        if scope["method"] not in ("GET", "HEAD"):
            return await self._not_allowed(scope, receive, send)
        headers = dict(scope["headers"])
        if not self._is_own_host(headers):
            refusal = problem(421, code="host", detail="this server answers its own names only")
            return await self._problem(refusal, scope, receive, send)
        check_query(scope["query_string"])
        plan, source = self._plan(scope["path"], self._scope(headers))
        known = headers.get(b"if-none-match")
        if known is not None and self._has(known, plan.etag):
            await self._send(send, 304, [(b"etag", b'"%b"' % plan.etag.encode())])
            return 304
        answer = self._tileset.cached(plan)
        build_ms = None
        if answer is None:
            began = time.perf_counter()
            build = partial(self._tileset.build, plan, source)
            answer = await self._flights.landed(plan.etag, build, receive)
            build_ms = 1e3 * (time.perf_counter() - began)
        if answer is None:
            return 499  # the client left
        if self._options.count_tile is not None:
            self._options.count_tile(build_ms is None)
        is_head = scope["method"] == "HEAD"
        return await self._tile(answer, headers, send, is_head=is_head, build_ms=build_ms)

    @staticmethod
    def _has(known: bytes, etag: str) -> bool:
        """True if the client has the tile, plain or compressed."""
        text = known.decode("latin-1")
        return is_known(text, etag) or is_known(text, f"{etag}-identity")

    def _is_own_host(self, headers: Mapping[bytes, bytes]) -> bool:
        """True if the Host header is one of ours."""
        if self._options.allowed_hosts is None:
            return True
        host = headers.get(b"host", b"").decode("latin-1")
        name = host[: host.index("]") + 1] if "]" in host else host.partition(":")[0]
        return name in self._options.allowed_hosts

    def _scope(self, headers: Mapping[bytes, bytes]) -> ReaderScope:
        """Scope of the caller, resolved once per token and a few seconds."""
        token = headers.get(b"authorization", b""), headers.get(b"cookie", b"")
        found = self._scopes.get(token)
        now = time.monotonic()
        if found is not None and now < found[1]:
            return found[0]
        scope = self._options.scope_of(*token)
        if len(self._scopes) >= self._MOST_SCOPES:
            self._scopes.clear()
        self._scopes[token] = scope, now + self._options.scope_s
        return scope

    def _plan(self, path: str, scope: ReaderScope) -> tuple[TilePlan, SnapshotSource]:
        """What a path comes to now."""
        snapshot = self._snapshot()
        moment = self._moment
        if moment is None or moment.snapshot is not snapshot:
            moment = self._moment = _Moment(snapshot)
        key = path, scope.key
        found = moment.plans.get(key)
        if found is None:
            source = SnapshotSource(snapshot, scope, self._options.identity)
            found = self._tileset.plan(tile_request(path), source), source
            if len(moment.plans) >= self._MOST_PLANS:
                moment.plans.clear()
            moment.plans[key] = found
        return found

    async def _tile(
        self,
        answer: TileAnswer,
        headers: Mapping[bytes, bytes],
        send: Send,
        *,
        is_head: bool,
        build_ms: float | None,
    ) -> int:
        """Status of the tile sent, compressed if the client takes it."""
        etag = answer.etag.encode()
        common: Headers = [(b"x-cache", b"hit"), (b"server-timing", b"cache;desc=hit")]
        if build_ms is not None:
            common = [(b"x-cache", b"miss"), (b"server-timing", b"build;dur=%.1f" % build_ms)]
        if answer.body is None:
            await self._send(send, 204, [(b"etag", b'"%b"' % etag), *common])
            return 204
        if accepts_gzip(headers.get(b"accept-encoding", b"")):
            body = answer.body
            common += [(b"content-encoding", b"gzip"), (b"etag", b'"%b"' % etag)]
        else:
            body = answer.identity()
            common.append((b"etag", b'"%b-identity"' % etag))
        common += [(b"content-type", _MVT), (b"content-length", b"%d" % len(body))]
        await self._send(send, 200, common, b"" if is_head else body)
        return 200

    async def _send(self, send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
        """Send one answer."""
        await send(
            {"type": "http.response.start", "status": status, "headers": headers + self._extra}
        )
        await send({"type": "http.response.body", "body": body})

    async def _refused(self, exc: Exception, scope: Scope, receive: Receive, send: Send) -> int:
        """Status of the problem document of an error; only errors of ours are told."""
        path = scope["path"]
        status = status_of(exc) if isinstance(exc, WanggeError) else 500
        if not isinstance(exc, WanggeError) or status == 500:
            _LOG.error("unforeseen error at %s", path, exc_info=exc)
            refusal = problem(500, code="internal", instance=path)
        else:
            title = (type(exc).__doc__ or "").partition("\n")[0].rstrip(".")
            refusal = problem(status, code=exc.code, title=title, detail=str(exc), instance=path)
        return await self._problem(refusal, scope, receive, send)

    async def _not_allowed(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Refusal of a method other than GET and HEAD."""
        detail = f"{scope['method']} {scope['path']}: a tile is read with GET or HEAD"
        refusal = problem(405, code="method-not-allowed", detail=detail, instance=scope["path"])
        refusal.headers["Allow"] = "GET, HEAD"
        return await self._problem(refusal, scope, receive, send)

    async def _problem(self, refusal: Response, scope: Scope, receive: Receive, send: Send) -> int:
        """Status of a problem document sent with the headers of every answer."""
        for name, value in self._extra:
            if name not in {own for own, _ in refusal.raw_headers}:
                refusal.raw_headers.append((name, value))
        await refusal(scope, receive, send)
        return refusal.status_code
