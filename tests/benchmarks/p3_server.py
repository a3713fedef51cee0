"""The server side of P3: the hot path over a layer of cases, one uvicorn process.

Run as ``python p3_server.py PORT`` by `p3_hot`.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.types import Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geoserver.hotpath import HotPath, HotPathOptions
from geoserver.metrics import Metrics
from layers.cell_versions import CellVersions
from layers.model import LayerSpec
from layers.policy import Scope as ReaderScope
from tests.benchmarks.tile_city import Sample, cases
from tiles.mvt import Part
from tiles.source import World
from tiles.tileset import Tileset


@dataclass(frozen=True)
class View:
    """The one layer, with its index and its change stamps."""

    sample: Sample
    versions: CellVersions

    @property
    def spec(self) -> LayerSpec:
        """Declaration."""
        return self.sample.table.spec

    def window(self, window: World) -> list[Part]:
        """Rows of a window."""
        boxes = self.sample.segment.boxes
        return [] if boxes is None else [(self.sample.table, boxes.window(window))]

    def version_key(self, window: World) -> int:
        """Stamp of a window."""
        return self.versions.key(window)


class Moment:
    """What stands for the snapshot."""

    def __init__(self) -> None:
        self._view = View(cases(), CellVersions(7))

    def layer(self, name: str, scope: ReaderScope) -> View:  # noqa: ARG002 - one layer for all
        """The layer."""
        return self._view


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """The application behind: nothing but 404."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve until killed."""
    moment = cast("Any", Moment())
    metrics = Metrics()
    staff = ReaderScope.demo_staff()
    options = HotPathOptions(
        scope_of=lambda _authorization, _cookie: staff,
        headers={"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"},
        observe=metrics.observe,
        allowed_hosts=frozenset({"127.0.0.1"}),
    )
    app = HotPath(
        nothing, Tileset(), snapshot=lambda: moment, pool=ThreadPoolExecutor(2), options=options
    )
    config = uvicorn.Config(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
