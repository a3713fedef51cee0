"""P3: tiles from the cache and not-modified answers, one server process, 32 connections.

The client keeps one request under way per connection and reads every byte; it runs in this
process, on the other core. Scope check, host check and metrics are on.
"""

import gzip
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grids.tile import Tile
from tests.benchmarks.tile_city import Z12
from tiles.decode import decode_tile

__all__ = ["run"]

_CONNECTIONS = 32
_SECONDS = 4.0
_TILE = Tile(z=14, x=Z12.x * 4 + 1, y=Z12.y * 4 + 2)


def run() -> list[dict[str, Any]]:
    """Rows of the table: answers per second."""
    with _server() as (port, pid):
        path = f"/tiles/sample/{_TILE.z}/{_TILE.x}/{_TILE.y}.mvt"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
        plain = f"{head}\r\n".encode()
        first = _one(port, plain)
        header, _, body = first.partition(b"\r\n\r\n")
        etag = _header(header, b"etag")
        known = f"{head}If-None-Match: {etag}\r\n\r\n".encode()
        is_tile = len(decode_tile(gzip.decompress(body))[0].features) > 0
        is_known = _one(port, known).startswith(b"HTTP/1.1 304")
        rows = []
        for what, request, goal, holds in (
            (f"tile from the cache, {len(body) / 1000:.0f} kB", plain, 20_000, is_tile),
            ("tile not modified", known, 25_000, is_known),
        ):
            answer = _one(port, request)
            before = _cpu_seconds(pid)
            rate = _rate(port, request, len(answer))
            cpu_us = 1e6 * (_cpu_seconds(pid) - before) / (rate * _SECONDS)
            rows.append(
                {
                    "id": "P3",
                    "what": what,
                    "ours": rate,
                    "unit": "per s",
                    "peer": "goal",
                    "peer_value": goal,
                    "ratio": rate / goal,
                    "equal": holds,
                    "note": f"{_CONNECTIONS} connections; {cpu_us:.0f} us of the server each",
                }
            )
    return rows


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """Port and process id of a server that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    script = Path(__file__).with_name("p3_server.py")
    process = subprocess.Popen([sys.executable, script, str(port)])
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _header(head: bytes, name: bytes) -> str:
    """Value of a header."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip().decode()
    raise RuntimeError(f"no header {name!r} in {head!r}")


def _one(port: int, request: bytes) -> bytes:
    """Whole answer to one request, asked for twice so that it comes from the cache."""
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            connection.sendall(request)
            answer = connection.recv(1 << 20)
            head, _, body = answer.partition(b"\r\n\r\n")
            size = 0 if b" 304 " in head[:20] else int(_header(head, b"content-length"))
            while len(body) < size:
                body += connection.recv(1 << 20)
    return head + b"\r\n\r\n" + body


def _rate(port: int, request: bytes, size: int) -> float:
    """Answers per second over all connections; all answers have `size` bytes."""
    selector = selectors.DefaultSelector()
    left: dict[int, int] = {}
    connections = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(_CONNECTIONS)]
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        left[connection.fileno()] = size
        connection.sendall(request)
    room = bytearray(1 << 18)
    done = 0
    began = time.perf_counter()
    while time.perf_counter() - began < _SECONDS:
        for key, _ in selector.select(1.0):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            left[key.fd] -= connection.recv_into(room)
            if left[key.fd] == 0:
                done += 1
                left[key.fd] = size
                connection.sendall(request)
    taken = time.perf_counter() - began
    for connection in connections:
        connection.close()
    selector.close()
    return done / taken
