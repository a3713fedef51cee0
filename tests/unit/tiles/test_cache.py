"""The cache of tiles: its budget, and one build per key at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tiles.cache import BuildAbandonedError, TileCache


def test_the_least_recently_used_leave_first() -> None:
    cache: TileCache[bytes] = TileCache(3 * 1400, len)
    for key in "abc":
        cache.put(key, b"x" * 1000)
    assert cache.get("a") is not None
    cache.put("d", b"x" * 1000)
    assert [cache.get(key) is not None for key in "abcd"] == [True, False, True, True]
    assert cache.used_bytes <= 3 * 1400


def test_what_is_larger_than_the_budget_is_not_held() -> None:
    cache: TileCache[bytes] = TileCache(1000, len)
    cache.put("a", b"x" * 2000)
    assert cache.get("a") is None
    assert TileCache(0, len).get_or_build("a", lambda: b"built") == b"built"


def test_replacing_a_value_counts_its_bytes_once() -> None:
    cache: TileCache[bytes] = TileCache(10_000, len)
    cache.put("a", b"x" * 100)
    used = cache.used_bytes
    cache.put("a", b"y" * 100)
    assert cache.used_bytes == used
    assert len(cache) == 1


def test_a_key_asked_for_by_many_is_built_once() -> None:
    cache: TileCache[bytes] = TileCache(10_000, len)
    built: list[int] = []
    gate = threading.Barrier(8)

    def build() -> bytes:
        built.append(1)
        time.sleep(0.05)
        return b"tile"

    def ask() -> bytes:
        gate.wait()
        return cache.get_or_build("a", build)

    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert found == [b"tile"] * 8
    assert built == [1]


def test_an_error_reaches_those_who_waited_and_is_not_kept() -> None:
    cache: TileCache[bytes] = TileCache(10_000, len)
    waiting = threading.Event()

    def fail() -> bytes:
        waiting.wait(5)
        time.sleep(0.05)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_build, "a", fail)
        while not cache._building:
            time.sleep(0.001)
        second = pool.submit(cache.get_or_build, "a", lambda: b"never")
        waiting.set()
        for future in (first, second):
            with pytest.raises(ValueError, match="broken"):
                future.result()
    assert cache.get_or_build("a", lambda: b"fine") == b"fine"


def test_who_waited_for_an_abandoned_build_builds_himself() -> None:
    cache: TileCache[bytes] = TileCache(10_000, len)
    waiting = threading.Event()

    def abandon() -> bytes:
        waiting.wait(5)
        time.sleep(0.05)
        raise BuildAbandonedError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_build, "a", abandon)
        while not cache._building:
            time.sleep(0.001)
        second = pool.submit(cache.get_or_build, "a", lambda: b"mine")
        waiting.set()
        with pytest.raises(BuildAbandonedError):
            first.result()
        assert second.result() == b"mine"
