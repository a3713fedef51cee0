"""Messages of the live line about moving units, for one client."""

import threading

import numpy as np

from geoserver.services.units import LAYERS, UnitService, unit_keys
from grids.bounds import BoundingBox
from layers.policy import Scope
from layers.positions.columns import Positions
from layers.positions.stream import PositionReader
from layers.positions.table import PositionTable

__all__ = ["MovingUnits"]


class MovingUnits:
    """What one client shows of the moving units.

    Parameters
    ----------
    positions
        Last positions.
    units
        What is known of the units.
    scope
        Who looks; without the right to see positions `has_news` never asks for a message.
    """

    def __init__(self, positions: PositionTable, units: UnitService, scope: Scope) -> None:
        self._positions = positions
        self._units = units
        self._scope = scope
        self._reader = PositionReader(positions, scope)
        self._lock = threading.Lock()
        self._seq = -1
        self._is_first = True

    def look_at(self, box: BoundingBox | None) -> None:
        """Show another box from the next message on."""
        with self._lock:
            self._reader.look_at(box)
            self._seq = -1

    @property
    def has_news(self) -> bool:
        """True if something moved since the last message, or the box did."""
        return self._seq != self._positions.seq

    def message(self) -> dict[str, object] | None:
        """What to add, update and remove since the last message; None if nothing."""
        with self._lock:
            frame = self._reader.frame()
            self._seq = frame.seq
            if frame.is_empty and not self._is_first:
                return None
            body: dict[str, object] = {
                "topic": "positions",
                "seq": frame.seq,
                "add": self._rows(frame.add),
                "update": self._rows(frame.update),
                "remove": [LAYERS.index(k) + i * len(LAYERS) for k, i in frame.remove],
            }
            if self._is_first:
                body["reset"] = True
                self._is_first = False
            return body

    def _rows(self, positions: Positions) -> list[dict[str, object]]:
        """Units as the page draws them; `id` is unique over people and vehicles."""
        if not len(positions):
            return []
        register = self._units.register(self._scope)
        keys = unit_keys(positions.kinds, positions.ids)
        found = register.rows_of(keys)
        rows = zip(
            keys.tolist(),
            found.tolist(),
            positions.kinds.tolist(),
            positions.ids.tolist(),
            np.round(positions.lonlat, 7).tolist(),
            positions.states.tolist(),
            positions.stale.tolist(),
            strict=True,
        )
        return [
            {
                "id": key,
                "layer": layer,
                "item": item,
                "lon": lon,
                "lat": lat,
                "kind": register.kind[row] if row >= 0 else layer,
                "state": state or (register.state[row] if row >= 0 else ""),
                "stale": stale,
            }
            for key, row, layer, item, (lon, lat), state, stale in rows
        ]
