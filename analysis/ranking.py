"""The best units found so far, kept in order of time and then of unit id."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Ranking", "empty_ranking", "offer", "time_bound"]


class Ranking(NamedTuple):
    """Best entries so far, ascending by (time, id): `held[0]` of them."""

    time: NDArray[np.float64]
    row: NDArray[np.int32]
    edge: NDArray[np.int32]
    part: NDArray[np.float64]
    direct: NDArray[np.bool_]
    held: NDArray[np.int64]


def empty_ranking(size: int) -> Ranking:
    """Ranking with room for so many units, holding none."""
    return Ranking(
        time=np.full(size, np.inf),
        row=np.full(size, -1, dtype=np.int32),
        edge=np.full(size, -1, dtype=np.int32),
        part=np.zeros(size),
        direct=np.zeros(size, dtype=np.bool_),
        held=np.zeros(1, dtype=np.int64),
    )


@njit(nogil=True, cache=True)
def _is_before(ids: NDArray[np.int64], a: tuple[float, int], b: tuple[float, int]) -> bool:
    """Whether (time, row) a ranks before b."""
    return a[0] < b[0] or (a[0] == b[0] and ids[a[1]] < ids[b[1]])


@njit(nogil=True, cache=True)
def offer(
    ranking: Ranking, ids: NDArray[np.int64], time: float, entry: tuple[int, int, float, bool]
) -> None:
    """Put a unit (row, edge, part, direct) in the ranking if it is better than what is there."""
    row, edge, part, direct = entry
    count = ranking.held[0]
    size = len(ranking.time)
    hole = count
    for at in range(count):
        if ranking.row[at] == row:
            hole = at
            break
    if hole < count:
        if ranking.time[hole] <= time:
            return
    elif count < size:
        ranking.held[0] = count + 1
    else:
        hole = size - 1
        if size == 0 or not _is_before(ids, (time, row), (ranking.time[hole], ranking.row[hole])):
            return
    while hole > 0 and _is_before(
        ids, (time, row), (ranking.time[hole - 1], ranking.row[hole - 1])
    ):
        ranking.time[hole] = ranking.time[hole - 1]
        ranking.row[hole] = ranking.row[hole - 1]
        ranking.edge[hole] = ranking.edge[hole - 1]
        ranking.part[hole] = ranking.part[hole - 1]
        ranking.direct[hole] = ranking.direct[hole - 1]
        hole -= 1
    ranking.time[hole] = time
    ranking.row[hole] = row
    ranking.edge[hole] = edge
    ranking.part[hole] = part
    ranking.direct[hole] = direct


@njit(nogil=True, cache=True)
def time_bound(ranking: Ranking, limit_s: float) -> float:
    """Time above which nothing can enter the ranking."""
    size = len(ranking.time)
    bound: float = limit_s
    if ranking.held[0] == size:
        bound = min(ranking.time[size - 1], limit_s)
    return bound
