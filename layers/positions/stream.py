"""What one connected reader is shown: exact additions, updates and removals for its box."""

from dataclasses import dataclass

import numpy as np

from layers.policy import Scope
from layers.positions.columns import Positions
from layers.positions.table import PositionTable

__all__ = ["Frame", "PositionReader"]

Box = tuple[float, float, float, float]
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One step of what a reader shows; keys in `add` are new to it, others it has."""

    seq: int
    add: Positions
    update: Positions
    remove: tuple[Key, ...]

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to send."""
        return not (len(self.add) or len(self.update) or self.remove)


class PositionReader:
    """State of one reader; used by one task at a time.

    Parameters
    ----------
    table
        What is read.
    scope
        Who reads.
    """

    def __init__(self, table: PositionTable, scope: Scope) -> None:
        self._table = table
        self._scope = scope
        self._box: Box | None = None
        self._shown: set[Key] = set()
        self._cursor = 0
        self._sent = 0

    def look_at(self, box: Box | None) -> None:
        """Show another box from the next frame on; None for everything.

        Parameters
        ----------
        box
            xmin, ymin, xmax, ymax in degrees; xmin > xmax crosses the antimeridian.
        """
        self._box = box
        self._cursor = 0

    def frame(self) -> Frame:
        """Difference from what the reader shows to what it should; afterwards it does.

        Raises
        ------
        ForbiddenError
            If the scope may not see positions.
        """
        diff = self._table.since(self._cursor, self._box, self._scope)
        self._cursor = diff.seq
        here = diff.add if diff.reset else _joined(diff.add, diff.update)
        keys = here.keys()
        known = [key in self._shown for key in keys]
        changed = (here.changed > self._sent).tolist()
        old = [i for i, has in enumerate(known) if has and changed[i]]
        new = [i for i, has in enumerate(known) if not has]
        gone = self._shown - set(keys) if diff.reset else self._shown.intersection(diff.remove)
        gone -= set(keys)  # gone and back again since the last frame
        self._shown = (self._shown - gone) | set(keys)
        self._sent = diff.seq
        return Frame(diff.seq, _rows(here, new), _rows(here, old), tuple(sorted(gone)))


def _rows(positions: Positions, rows: list[int]) -> Positions:
    return positions.taken(np.array(rows, dtype=np.int64))


def _joined(first: Positions, second: Positions) -> Positions:
    arrays = {
        name: np.concatenate((getattr(first, name), getattr(second, name)))
        for name in Positions.__slots__
        if name != "seq"
    }
    return Positions(first.seq, **arrays)
