"""Silence of moving units: a thread that marks them stale and forgets them."""

import logging
import threading

from geoserver.city import City

__all__ = ["Sweeper"]

_LOG = logging.getLogger("wangge.sweeping")
_EVERY_S = 5.0
_STALE_MS = 300_000
_GONE_MS = 12 * 3_600_000


class Sweeper:
    """Looks at the position table every few seconds until stopped."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wangge-sweep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(timeout=10.0)

    def _run(self) -> None:
        """Sweep until stopped."""
        while not self._stop.wait(_EVERY_S):
            try:
                self._city.positions.sweep(self._city.now(), stale_ms=_STALE_MS, gone_ms=_GONE_MS)
            except Exception:  # a thread of its own: nobody else would hear of it
                _LOG.exception("sweeping the positions failed; trying again")
