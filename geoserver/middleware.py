"""What every answer gets: security headers, a count, one log line without the query."""

import logging
import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoserver.errors import PROBLEM_TYPE, problem
from geoserver.metrics import Metrics

__all__ = ["LOOPBACK", "Edge"]

_LOG = logging.getLogger("wangge.access")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Edge:
    """Bare ASGI layer around the application.

    Parameters
    ----------
    app
        What answers.
    headers
        Headers added to every HTTP answer that does not set them itself.
    metrics
        Where requests are counted.
    loopback_only
        True to refuse any Host but this machine's own names: a page elsewhere whose name is
        made to point here must not read as demo staff.
    access_log
        True to log one line per request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        headers: Mapping[str, str],
        metrics: Metrics,
        loopback_only: bool,
        access_log: bool,
    ) -> None:
        self._app = app
        self._headers = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        self._metrics = metrics
        self._loopback_only = loopback_only
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "websocket" and self._loopback_only and not _is_own_host(scope):
            await receive()  # the request to open
            await send({"type": "websocket.close", "code": 1008, "reason": "local names only"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, self._headers, is_head=scope["method"] == "HEAD")
        if answer.is_head:
            scope["method"] = "GET"  # the same route answers, its body is dropped
        started = time.perf_counter()
        try:
            if self._loopback_only and not _is_own_host(scope):
                refusal = problem(421, code="host", detail="this demo answers local names only")
                await refusal(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        finally:
            self._note(scope, answer, time.perf_counter() - started)

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        """Count and log one answered request."""
        method = "HEAD" if answer.is_head else scope["method"]
        route = getattr(scope.get("route"), "path", "") or "(none)"
        self._metrics.observe(method=method, route=route, status=answer.status, seconds=seconds)
        if self._access_log:
            client = (scope.get("client") or ("-",))[0]
            _LOG.info(
                "%s %s %s %d %.1f ms", client, method, scope["path"], answer.status, seconds * 1e3
            )


class _Answer:
    """Send function that adds headers, remembers the status and drops the body of HEAD."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]], *, is_head: bool) -> None:
        self._send = send
        self._headers = headers
        self.is_head = is_head
        self.status = 500
        self._is_replaced = False

    async def __call__(self, message: Message) -> None:
        """Pass one message on; the framework's bare 413 becomes a problem document."""
        if self._is_replaced:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if (
                self.status == 413
                and (b"content-type", PROBLEM_TYPE.encode()) not in message["headers"]
            ):
                await self._too_large()
                return
            own = list(message.get("headers", ()))
            names = {name for name, _ in own}
            own.extend(entry for entry in self._headers if entry[0] not in names)
            message = {**message, "headers": own}
        elif self.is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    async def _too_large(self) -> None:
        """Answer with the problem, and nothing that follows."""
        refusal = problem(413, code="body-too-large", detail="the body is beyond the limit")
        headers = [*refusal.raw_headers, *self._headers]
        await self._send({"type": "http.response.start", "status": 413, "headers": headers})
        await self._send({"type": "http.response.body", "body": refusal.body})
        self._is_replaced = True


def _is_own_host(scope: Scope) -> bool:
    """True if the Host header names this machine."""
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "")
    name = host[: host.index("]") + 1] if "]" in host else host.partition(":")[0]
    return name in LOOPBACK
