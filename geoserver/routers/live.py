"""The live line: one websocket with topics."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from geoserver.live import LiveClient, parse_cursor, parse_topics
from geoserver.security import anonymous_scope, is_allowed_origin
from geoserver.services.moving import MovingUnits
from geoserver.state import State
from grids.bounds import bounding_box
from grids.errors import ParameterError, SignInRequiredError, WanggeError

router = APIRouter(tags=["live"])

_POSITIONS_EVERY_S = 0.25
_POLICY, _TRY_LATER, _TOO_SLOW = 1008, 1013, 4008
_LOW_MESSAGE_BYTES = 4096
_T = TypeVar("_T")


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Topics `changes`, `positions` and `tiles`; the client says which box it shows.

    Messages to the server: ``{"box": [west, south, east, north]}`` and ``{"since": cursor}``.
    """
    state: State = socket.app.state.wangge
    settings = state.settings
    headers = socket.headers
    if not is_allowed_origin(
        headers.get("origin"), host=headers.get("host"), extra=settings.live_origins
    ):
        await socket.close(_POLICY, "origin not allowed")
        return
    try:
        scope = anonymous_scope(settings)
        topics = parse_topics(socket.query_params.get("topics"))
    except (SignInRequiredError, ParameterError) as exc:
        await socket.close(_POLICY, str(exc)[:120])
        return
    if not scope.is_staff:
        topics -= {"positions"}
    client = state.live.open(scope, topics)
    if client is None:
        await socket.close(_TRY_LATER, "too many live clients")
        return
    try:
        await socket.accept()
        await _serve(socket, state, client)
    finally:
        state.live.close(client)


async def _serve(socket: WebSocket, state: State, client: LiveClient) -> None:
    """Run the parts of one connection until one of them ends."""
    moving = MovingUnits(state.city.positions, state.units, client.scope)
    parts = [
        partial(_receive, socket, state, client, moving),
        partial(_send, socket, state, client),
    ]
    if "positions" in client.topics:
        parts.append(partial(_positions, state, client, moving))
    async with anyio.create_task_group() as group:

        async def run(part: Callable[[], Awaitable[None]]) -> None:
            """One part; its end is the end of all."""
            await part()
            group.cancel_scope.cancel()

        for part in parts:
            group.start_soon(run, part)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        code, reason = (_TOO_SLOW, "too slow") if client.is_dropped else (1000, "")
        await socket.close(code, reason)


async def _receive(
    socket: WebSocket, state: State, client: LiveClient, moving: MovingUnits
) -> None:
    """Take what the client says."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            text = await socket.receive_text()
            try:
                await _heed(text, state, client, moving)
            except WanggeError as exc:
                client.offer({"topic": "problem", "code": exc.code, "detail": str(exc)})


async def _heed(text: str, state: State, client: LiveClient, moving: MovingUnits) -> None:
    """One message of the client.

    Raises
    ------
    ParameterError
        If it is not one of those that there are.
    """
    said = _parsed(text)
    if "box" in said:
        box = said["box"]
        if not (isinstance(box, list) and len(box) == 4 and all(_is_number(v) for v in box)):
            raise ParameterError("box is [west, south, east, north] in degrees")
        client.box = bounding_box([float(value) for value in box])
        moving.look_at(client.box)
    if "since" in said:
        since = _since(said["since"])
        if since is not None:
            for message in await _in_thread(state, partial(state.announcer.replay, client, since)):
                client.offer(message)


def _parsed(text: str) -> dict[str, object]:
    """A message as an object with known members."""
    if len(text) > _LOW_MESSAGE_BYTES:
        raise ParameterError(f"messages are at most {_LOW_MESSAGE_BYTES} characters")
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise ParameterError("messages are JSON objects") from exc
    if not isinstance(said, dict) or not said or said.keys() - {"box", "since"}:
        raise ParameterError("messages have the members box and since")
    return said


def _is_number(value: object) -> bool:
    """True for finite numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _since(value: object) -> int | None:
    """Sequence number to resume at: a cursor, or a table of topic to cursor; None for no news."""
    if isinstance(value, dict):
        value = value.get("changes", value.get("tiles"))
        if value is None:
            return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        return parse_cursor(value)
    raise ParameterError("since is a cursor")


async def _send(socket: WebSocket, state: State, client: LiveClient) -> None:
    """Send what waits; a ping when nothing does."""
    ping_s = state.live.options.ping_s
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while not client.is_dropped:
            try:
                message = await asyncio.wait_for(client.queue.get(), ping_s)
            except TimeoutError:
                seq = state.city.snapshot.seq
                message = orjson.dumps({"topic": "ping", "seq": seq, "at": int(time.time() * 1e3)})
            await asyncio.wait_for(socket.send_text(message.decode()), ping_s)


async def _positions(state: State, client: LiveClient, moving: MovingUnits) -> None:
    """Send moves as they come, several at once; first wait for the box that is shown."""
    while not client.is_dropped:
        await asyncio.sleep(_POSITIONS_EVERY_S)
        if moving.has_news and client.queue.empty():
            message = await _in_thread(state, moving.message)
            if message is not None:
                client.offer(message)


async def _in_thread(state: State, work: Callable[[], _T]) -> _T:
    """Run in one of the few threads that the live line may take from requests."""
    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=state.live.threads)
