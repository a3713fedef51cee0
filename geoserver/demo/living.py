"""The life of the demo city in a thread: real positions, real writes, like any other source."""

import logging
import threading
from types import TracebackType
from typing import Self

from geoserver.city import City
from geoserver.demo.live import DemoLife
from grids.errors import WanggeError

__all__ = ["Living"]

_LOG = logging.getLogger("wangge.demo")
_TICK_S = 1.0


class Living:
    """Ticks the simulator once a second between entering and leaving.

    Parameters
    ----------
    city
        The opened demo city.
    seed
        Seed of all chance.
    """

    def __init__(self, city: City, *, seed: int) -> None:
        self._city = city
        self._seed = seed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wangge-demo-life", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and wait for the write under way."""
        self._stop.set()
        self._thread.join(timeout=30.0)

    def _run(self) -> None:
        """Tick until stopped; a failed tick is logged and the next one tried."""
        life = DemoLife(self._city.store, seed=self._seed, now_ms=self._city.now())
        while not self._stop.wait(_TICK_S):
            now = self._city.now()
            try:
                batch = life.tick(now)
                self._city.positions.push(batch.positions, received=now)
                if batch.write(self._city.store):
                    self._city.follower.wake()
            except WanggeError as exc:
                _LOG.warning("a tick of the demo city was left out: %s", exc)
            except Exception:
                _LOG.exception("the demo city stands still")
                return
