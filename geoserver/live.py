"""Live messages: one hub, clients with topics and a box, a cursor to resume at.

The hub runs on the event loop; sources in other threads hand over by `LiveHub.announce`. A
client that does not read fast enough is dropped, not waited for.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import anyio
import orjson

from geoserver.metrics import Metrics
from grids.bounds import BoundingBox
from grids.errors import ParameterError
from layers.policy import Scope

__all__ = [
    "TOPICS",
    "LiveClient",
    "LiveHub",
    "LiveOptions",
    "cursor_text",
    "parse_cursor",
    "parse_topics",
]

TOPICS = ("changes", "positions", "tiles")
_LOG = logging.getLogger("wangge.live")
_THREADS = 4
Message = Mapping[str, object]


def cursor_text(seq: int) -> str:
    """Opaque form of a sequence number that clients send back."""
    return base64.urlsafe_b64encode(f"c{seq}".encode()).decode().rstrip("=")


def parse_cursor(text: str) -> int:
    """Sequence number of a cursor.

    Raises
    ------
    ParameterError
        If the text is not a cursor of this server.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as exc:
        raise ParameterError(f"since is not a cursor, got {text[:40]!r}") from exc
    if raw[:1] != "c" or not raw[1:].isdecimal():
        raise ParameterError(f"since is not a cursor, got {text[:40]!r}")
    return int(raw[1:])


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Limits of the hub.

    Parameters
    ----------
    queue
        Messages waiting for one client before it is dropped.
    ping_s
        Time between pings.
    clients_max
        Most clients at one time.
    """

    queue: int = 256
    ping_s: float = 20.0
    clients_max: int = 2000


def parse_topics(text: str | None) -> frozenset[str]:
    """Topics of a comma-separated list; all if it is not given.

    Raises
    ------
    ParameterError
        Naming a topic that does not exist.
    """
    if text is None:
        return frozenset(TOPICS)
    wanted = frozenset(word.strip() for word in text.split(",") if word.strip())
    if unknown := sorted(wanted - set(TOPICS)):
        raise ParameterError(f"topics has no {unknown[0]!r}; there are {', '.join(TOPICS)}")
    return wanted


@dataclass(eq=False)
class LiveClient:
    """One connection: what it wants and what waits for it."""

    scope: Scope
    topics: frozenset[str]
    queue: asyncio.Queue[bytes]
    box: BoundingBox | None = None
    is_dropped: bool = False

    def offer(self, message: Message) -> bool:
        """Queue a message; False, and dropped, if the client is too far behind."""
        if self.is_dropped:
            return False
        try:
            self.queue.put_nowait(orjson.dumps(message, option=orjson.OPT_SERIALIZE_NUMPY))
        except asyncio.QueueFull:
            self.is_dropped = True
        return not self.is_dropped


class LiveHub:
    """The open clients.

    Parameters
    ----------
    options
        Limits.
    metrics
        Where clients and drops are counted.
    """

    def __init__(self, options: LiveOptions, metrics: Metrics) -> None:
        self.options = options
        self._metrics = metrics
        self._clients: set[LiveClient] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: anyio.CapacityLimiter | None = None

    @property
    def threads(self) -> anyio.CapacityLimiter:
        """Limit of threads that work for live clients at one time."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_THREADS)
        return self._threads

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take messages from other threads from now on."""
        self._loop = loop

    def stop(self) -> None:
        """Let every client go."""
        self._loop = None
        for client in list(self._clients):
            client.is_dropped = True

    def open(self, scope: Scope, topics: frozenset[str]) -> LiveClient | None:
        """A new client; None if there are too many."""
        if len(self._clients) >= self.options.clients_max:
            return None
        client = LiveClient(scope, topics, asyncio.Queue(self.options.queue))
        self._clients.add(client)
        self._metrics.live_clients.set(len(self._clients))
        return client

    def close(self, client: LiveClient) -> None:
        """Forget a client."""
        if client in self._clients:
            self._clients.discard(client)
            if client.is_dropped and self._loop is not None:
                self._metrics.live_dropped.inc()
                _LOG.info("dropped a live client that read too slowly")
        self._metrics.live_clients.set(len(self._clients))

    def clients(self, topics: Iterable[str]) -> list[LiveClient]:
        """Clients that want any of some topics."""
        wanted = frozenset(topics)
        return [client for client in list(self._clients) if wanted & client.topics]

    def announce(self, work: Callable[[], None]) -> None:
        """Run `work` on the event loop; called from any thread, forgotten when stopped."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # closed in between
                loop.call_soon_threadsafe(work)
