"""P3: tiles from the cache and tiles not modified, by one server process under wrk.

The server runs on one core with its scope check, security headers and figures on; the load
generator on another. There is no peer: the rates are set against the goals of the design.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geoserver.city import City
from geoserver.cli.demo import make_demo_city
from grids.tile import Tile, tiles_covering
from layers.policy import Scope
from tiles.request import TileRequest, layer_names
from tiles.source import SnapshotSource
from tiles.tileset import Tileset

LAYERS = "building,landuse,road,water"
WANTED_BYTES = 15_000
CONNECTIONS, SECONDS = 32, 8
GOALS = {"tiles": 20_000.0, "304s": 25_000.0}
REPOSITORY = Path(__file__).resolve().parents[2]


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark table."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return [
            _row("tiles", "wrk is not installed", None),
            _row("304s", "wrk is not installed", None),
        ]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "city"
        make_demo_city(place, "small")
        tile, size = _chosen_tile(place)
        with _served(place) as base:
            url = f"{base}/tiles/{LAYERS}/{tile.z}/{tile.x}/{tile.y}.mvt"
            request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                tag, body = answer.headers["etag"], answer.read()
            what = f"tile of {len(body):,} bytes from the cache, {CONNECTIONS} connections"
            cached = _rate(wrk, url, {"Accept-Encoding": "gzip"})
            known = _rate(wrk, url, {"Accept-Encoding": "gzip", "If-None-Match": tag})
    return [
        _row("tiles", what, cached, equal=len(body) == size),
        _row("304s", f"the same, not modified, {CONNECTIONS} connections", known, equal=True),
    ]


def _row(name: str, what: str, rate: float | None, *, equal: bool | None = None) -> dict[str, Any]:
    goal = GOALS[name]
    return {
        "id": "P3" if name == "tiles" else "P3-304",
        "what": what,
        "ours": "not run" if rate is None else rate,
        "unit": f"{name}/s",
        "peer": "goal of the design",
        "peer_value": goal,
        "ratio": None if rate is None else rate / goal,
        "equal": equal,
    }


def _chosen_tile(place: Path) -> tuple[Tile, int]:
    """The tile of the city whose compressed size comes nearest to the wanted one."""
    city = City.open(place)
    source, tileset = SnapshotSource(city.snapshot, Scope.demo_staff()), Tileset()
    box = city.bounds
    sizes = {}
    for zoom in range(13, 17):
        for tile in tiles_covering(box, zoom):
            body = tileset.tile(TileRequest(layer_names(LAYERS), tile), source).body
            sizes[tile] = len(body or b"")
    city.close()
    best = min(sizes, key=lambda tile: abs(sizes[tile] - WANTED_BYTES))
    return best, sizes[best]


@contextmanager
def _served(place: Path) -> Iterator[str]:
    """The city served on the first core; its address."""
    command = [
        *_on_core(0), sys.executable, "-m", "geoserver.cli", "--city", str(place),
        "serve", "--port", "0", "--anonymous", "demo",
    ]  # fmt: skip
    environment = os.environ | {"WANGGE_ACCESS_LOG": "false"}
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            found = None
            while found is None:
                found = re.search(r"(http://\S+)/wall", server.stdout.readline())
            yield found[1]
        finally:
            server.terminate()


def _on_core(number: int) -> list[str]:
    """Words that pin a command to a core, where there are several and the program for it."""
    if shutil.which("taskset") is None or (os.cpu_count() or 1) < 2:
        return []
    return ["taskset", "-c", str(number)]


def _rate(wrk: str, url: str, headers: dict[str, str]) -> float:
    """Answers per second, all of them successes; the best of three runs, after a short one."""
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    rates = []
    for seconds in (2, SECONDS, SECONDS, SECONDS):
        command = [*_on_core(1), wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *words, url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in text or "Socket errors" in text:
            raise RuntimeError(text)
        rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]))  # type: ignore[index]
    return max(rates[1:])
