"""Cache of built tiles: a budget in bytes, least recently used first, each built once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["BuildAbandonedError", "TileCache"]

Value = TypeVar("Value")
_OVERHEAD = 400  # of an entry: key, dictionary slot, object


class BuildAbandonedError(Exception):
    """Nobody waited for a value any more; it was not built to its end."""


class TileCache(Generic[Value]):
    """Values by key, thread-safe.

    The version of the data is part of the key, so nothing is ever removed because it is stale:
    old entries are not asked for again and age out.

    Parameters
    ----------
    max_bytes
        Budget; 0 keeps nothing, but still builds each key once at a time.
    size_of
        Bytes a value takes.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[Value], int]) -> None:
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._building: dict[Hashable, Future[Value]] = {}
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """Number of values held."""
        return len(self._entries)

    @property
    def used_bytes(self) -> int:
        """Bytes taken by the values held."""
        return self._bytes

    def get(self, key: Hashable) -> Value | None:
        """Value of a key, None if it is not held."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Value) -> None:
        """Hold a value; the least recently used leave until it fits."""
        size = self._size_of(value) + _OVERHEAD
        if size > self._max_bytes:
            return
        with self._lock:
            before = self._entries.pop(key, None)
            if before is not None:
                self._bytes -= before[1]
            self._entries[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self._bytes -= freed

    def get_or_build(self, key: Hashable, build: Callable[[], Value]) -> Value:
        """Value of a key, built by the first caller while the others wait for it.

        An error of `build` reaches every caller that waited; the next call builds again. Only
        `BuildAbandonedError` is the first caller's own affair: one of the others builds then.
        """
        while True:
            with self._lock:
                entry = self._entries.get(key)
                if entry is not None:
                    self._entries.move_to_end(key)
                    return entry[0]
                flight = self._building.get(key)
                if flight is None:
                    mine = self._building[key] = Future()
                    break
            try:
                return flight.result()
            except BuildAbandonedError:
                continue
        return self._flown(key, build, mine)

    def _flown(self, key: Hashable, build: Callable[[], Value], flight: Future[Value]) -> Value:
        """Value built by this caller for itself and those who wait."""
        try:
            value = build()
        except BaseException as exc:
            self._landed(key)
            flight.set_exception(exc)
            raise
        self.put(key, value)
        self._landed(key)
        flight.set_result(value)
        return value

    def _landed(self, key: Hashable) -> None:
        """Forget a build that is over."""
        with self._lock:
            self._building.pop(key, None)
