"""Preparation right after start: what the first question would otherwise wait for."""

import logging
import threading

import numpy as np

from geoserver.city import City
from grids.errors import WanggeError

__all__ = ["Preparation"]

_LOG = logging.getLogger("wangge.preparing")


class Preparation:
    """Builds the point locator and the road network in a thread of its own."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._thread = threading.Thread(target=self._run, name="wangge-prepare", daemon=True)

    def start(self) -> None:
        """Begin; requests are answered meanwhile and wait only for what they need."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join(timeout=60.0)

    def _run(self) -> None:
        """Ask once for everything that is built on first use."""
        try:
            version, box = self._city.snapshot.grid_version, self._city.bounds
            if version is not None and box is not None:
                version.locator.locate(np.array([box.centre], dtype=np.float64))
            self._city.roads.current()
        except WanggeError as exc:
            _LOG.warning("not everything could be prepared: %s", exc)
        except Exception:  # a thread of its own: nobody else would hear of it
            _LOG.exception("not everything could be prepared")
