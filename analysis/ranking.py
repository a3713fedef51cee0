"""The best units found so far, kept in order of time and then of unit id.

A ranking is two arrays with a row per place: `measures` (k, 4) float64 with the columns below, and
`marks` (k, 3) int32 likewise.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "DIRECT",
    "EDGE",
    "END",
    "METRES",
    "PART",
    "ROW",
    "TIME",
    "empty_ranking",
    "offer",
    "place_of",
]

TIME: Final = 0  # seconds to the target
PART: Final = 1  # part of its own edge the unit has still to travel
END: Final = 2  # share of the last edge where the target is
METRES: Final = 3  # length of the route
ROW: Final = 0  # row of the unit
EDGE: Final = 1  # directed edge the unit leaves on
DIRECT: Final = 2  # 1 if it meets the target on that edge


def empty_ranking(size: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Measures and marks with room for so many units."""
    return np.empty((size, 4)), np.empty((size, 3), dtype=np.int32)


@njit(nogil=True, cache=True)
def place_of(
    measures: NDArray[np.float64],
    marks: NDArray[np.int32],
    count: int,
    ids: NDArray[np.int64],
    time: float,
    row: int,
) -> int:
    """Place before which all rank before (time, row): by time, then by unit id."""
    place = count
    while place > 0:
        above = measures[place - 1, TIME]
        if above < time or (above == time and ids[marks[place - 1, ROW]] < ids[row]):
            break
        place -= 1
    return place


@njit(nogil=True, cache=True)
def offer(
    measures: NDArray[np.float64],
    marks: NDArray[np.int32],
    count: int,
    ids: NDArray[np.int64],
    time: float,
    entry: tuple[int, int, float, int],
) -> int:
    """Number of units held after an offer of (row, edge, part, direct) at a time."""
    row, edge, part, direct = entry
    hole = count
    for place in range(count):
        if marks[place, ROW] == row:
            hole = place
            break
    if hole < count and measures[hole, TIME] <= time:
        return count
    goal = place_of(measures, marks, hole, ids, time, row)
    if goal == len(measures):
        return count
    held = max(count, min(hole + 1, len(measures)))
    for place in range(min(hole, len(measures) - 1), goal, -1):
        measures[place, TIME], measures[place, PART] = (
            measures[place - 1, TIME],
            measures[place - 1, PART],
        )
        for column in range(3):
            marks[place, column] = marks[place - 1, column]
    measures[goal, TIME], measures[goal, PART] = time, part
    marks[goal, ROW], marks[goal, EDGE], marks[goal, DIRECT] = row, edge, direct
    return held
