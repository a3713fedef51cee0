"""Builds in threads that several clients wait for, given up when the last of them leaves."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from starlette.types import Receive

__all__ = ["Flights"]

Value_co = TypeVar("Value_co", covariant=True)
Value = TypeVar("Value")


class _Build(Protocol[Value_co]):
    """Function that builds a value and asks now and then whether it is still wanted."""

    def __call__(self, *, is_wanted: "_Wish") -> Value_co:
        """The value."""
        ...


@dataclass(slots=True)
class _Wish:
    """Whether anybody waits."""

    holds: bool = True

    def __call__(self) -> bool:
        """True while somebody waits."""
        return self.holds


@dataclass(slots=True)
class _Flight(Generic[Value]):
    """One build and the number of clients that wait for it."""

    future: "asyncio.Future[Value]"
    wish: _Wish = field(default_factory=_Wish)
    waiting: int = 0


class Flights(Generic[Value]):
    """Builds under way by key, for one event loop.

    Parameters
    ----------
    pool
        Threads that build.
    """

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._flights: dict[str, _Flight[Value]] = {}

    def __len__(self) -> int:
        """Number of builds under way."""
        return len(self._flights)

    async def landed(self, key: str, build: _Build[Value], receive: Receive) -> Value | None:
        """The value, built by a thread once for all who wait; None if this client left.

        An error of the build is raised to every client that waits.

        Parameters
        ----------
        key
            What is built; equal keys at the same time share one build.
        build
            Builds it, given the keyword ``is_wanted``.
        receive
            The client's channel, which tells when it leaves.
        """
        flight = self._flights.get(key)
        if flight is None or not flight.wish.holds:
            flight = self._start(key, build)
        flight.waiting += 1
        leaving: asyncio.Future[None] = asyncio.ensure_future(_disconnected(receive))
        either: set[asyncio.Future[Any]] = {flight.future, leaving}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return flight.future.result() if flight.future.done() else None
        finally:
            leaving.cancel()
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.future.done():
                flight.wish.holds = False
                flight.future.cancel()

    def _start(self, key: str, build: _Build[Value]) -> _Flight[Value]:
        """Hand a build to the threads."""
        wish = _Wish()
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, lambda: build(is_wanted=wish))
        flight = self._flights[key] = _Flight(future, wish)

        def forget(done: "asyncio.Future[Value]") -> None:
            if self._flights.get(key) is flight:
                del self._flights[key]
            if not done.cancelled():
                done.exception()  # read, so that the error of a build nobody waits for is quiet

        future.add_done_callback(forget)
        return flight


async def _disconnected(receive: Receive) -> None:
    """Return once the client has left."""
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()
