"""Tiles composed of compressed layers."""

import gzip
import shutil
import subprocess
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.components import missing_component
from tiles.compose import crc32_combined, deflated, gzip_member

contents = st.lists(st.binary(max_size=3000), max_size=6)


@given(contents=contents)
def test_a_member_decompresses_to_its_contents_in_order(contents: list[bytes]) -> None:
    member = gzip_member([deflated(content) for content in contents])
    assert gzip.decompress(member) == b"".join(contents)
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(member) == b"".join(contents)
    assert reader.eof
    assert reader.unused_data == b""  # one member, not several


@given(first=st.binary(max_size=500), second=st.binary(max_size=500))
def test_combined_checksums_are_those_of_the_whole(first: bytes, second: bytes) -> None:
    crcs = zlib.crc32(first), zlib.crc32(second)
    assert crc32_combined(*crcs, len(second)) == zlib.crc32(first + second)


def test_checksums_of_large_contents_combine() -> None:
    second = bytes(range(256)) * 40_000
    crc = crc32_combined(zlib.crc32(b"head"), zlib.crc32(second), len(second))
    assert crc == zlib.crc32(b"head" + second)


def test_the_same_contents_give_the_same_bytes() -> None:
    assert gzip_member([deflated(b"a"), deflated(b"b")]) == gzip_member(
        [deflated(b"a"), deflated(b"b")]
    )


def test_large_contents_are_compressed_too() -> None:
    content = b"0123456789abcdef" * 40_000
    fragment = deflated(content)
    assert len(fragment.data) < len(content) // 50
    assert gzip.decompress(gzip_member([fragment])) == content


@pytest.fixture
def served_member() -> object:
    """Address of a local server that gives a composed member, and its content."""
    content = [b"first layer " * 100, b"second layer " * 100, b"third"]
    member = gzip_member([deflated(part) for part in content])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(member)))
            self.end_headers()
            self.wfile.write(member)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", b"".join(content)
    server.shutdown()
    server.server_close()
    thread.join()


def test_curl_reads_a_composed_member(served_member: tuple[str, bytes]) -> None:
    curl = shutil.which("curl")
    if curl is None:
        missing_component("curl is not installed")
    url, content = served_member
    done = subprocess.run([curl, "-sS", "--compressed", url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == content


@pytest.mark.page
@pytest.mark.slow
def test_chromium_reads_a_composed_member(served_member: tuple[str, bytes]) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing_component("Chromium is not installed")
    url, content = served_member
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", url],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert content in done.stdout
