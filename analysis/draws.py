"""Random draws of neighbours: one counter-based stream per cell, conditional permutation kernel.

The stream of a cell is a function of (seed, cell, position) alone, so results do not depend on how
cells are shared among threads or in which order they are worked.

References
----------
Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA, fig. 17
(mixing function of SplitMix64); Lemire (2019), "Fast random integer generation in an interval",
ACM Trans. Model. Comput. Simul. 29(1), algorithm 5 (unbiased bounded integers).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["DrawState", "TailProblem", "advance", "new_state"]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX2: Final = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_LOW32: Final = np.uint64(0xFFFFFFFF)
_ONE: Final = np.uint64(1)
_LAST6: Final = np.uint64(63)
_SMALL = 32  # neighbours up to which repeats are drawn again; more are shuffled


class TailProblem(NamedTuple):
    """Sums of neighbours whose tail probabilities are wanted.

    Attributes
    ----------
    values
        (n,) float64.
    starts, neighbours, weights
        Spatial weights as compressed rows.
    equal
        (n,) bool, whether all weights of the cell are equal (then they count as 1).
    sign
        (n,) float64: 1 for the upper tail, -1 for the lower.
    threshold
        (n,) float64: a draw counts where sign * sum >= threshold.
    """

    values: NDArray[np.float64]
    starts: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weights: NDArray[np.float64]
    equal: NDArray[np.bool_]
    sign: NDArray[np.float64]
    threshold: NDArray[np.float64]


class DrawState(NamedTuple):
    """How far each cell has come: stream key and position, draws and exceedances."""

    key: NDArray[np.uint64]
    position: NDArray[np.uint64]
    draws: NDArray[np.int64]
    exceedances: NDArray[np.int64]


@njit(nogil=True, cache=True)
def _mixed(z: np.uint64) -> np.uint64:
    """SplitMix64 output of a state."""
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@njit(nogil=True, cache=True)
def new_state(count: int, seed: np.uint64) -> DrawState:
    """State of `count` cells before their first draw, for a uint64 seed."""
    key = np.empty(count, dtype=np.uint64)
    base = _mixed(seed + _GOLDEN)
    for cell in range(count):
        key[cell] = _mixed(base ^ _mixed(np.uint64(cell) * _GOLDEN + _GOLDEN))
    zero = np.zeros(count, dtype=np.int64)
    return DrawState(key, np.zeros(count, dtype=np.uint64), zero, zero.copy())


@njit(nogil=True, cache=True)
def _below(key: np.uint64, position: np.uint64, bound: np.uint64) -> tuple[np.uint64, np.uint64]:
    """A uniform integer below the bound (< 2**32), and the next position of the stream."""
    while True:
        word = _mixed(key + position * _GOLDEN)
        position += _ONE
        product = (word >> _S32) * bound
        low = product & _LOW32
        if low >= bound or low >= (_LOW32 - bound + _ONE) % bound:
            return product >> _S32, position
        # One chance in 2**32 / bound: this word would favour some integers; take another.


@njit(nogil=True, cache=True)
def _is_held(picked: NDArray[np.uint64], taken: int, raw: np.uint64) -> bool:
    """Whether a number is among the first `taken` picked."""
    for i in range(taken):  # noqa: SIM110 - a kernel has no generators
        if picked[i] == raw:
            return True
    return False


@njit(nogil=True, cache=True)
def _draw_small(
    values: NDArray[np.float64],
    row_weights: NDArray[np.float64],
    cell: int,
    stream: tuple[np.uint64, np.uint64],
    picked: NDArray[np.uint64],
) -> tuple[float, np.uint64]:
    """Sum over distinct random other cells, repeats drawn again; and the next position.

    A word of the stream gives two numbers. Repeats are looked for only where a number shares its
    last six bits with an earlier one, as `mask` tells.
    """
    key, position = stream
    bound = np.uint64(len(values) - 1)
    favoured = (_LOW32 - bound + _ONE) % bound
    degree = len(row_weights)
    mask = np.uint64(0)
    total = 0.0
    taken = 0
    while taken < degree:
        word = _mixed(key + position * _GOLDEN)
        position += _ONE
        for _ in range(2):
            product = (word >> _S32) * bound
            word <<= _S32
            raw = product >> _S32
            bit = _ONE << (raw & _LAST6)
            is_biased = (product & _LOW32) < favoured
            if taken == degree or is_biased or (mask & bit and _is_held(picked, taken, raw)):
                continue
            mask |= bit
            picked[taken] = raw
            other = np.int64(raw)
            other += other >= cell
            total += row_weights[taken] * values[other]
            taken += 1
    return total, position


@njit(nogil=True, cache=True)
def _draw_large(
    values: NDArray[np.float64],
    row_weights: NDArray[np.float64],
    cell: int,
    stream: tuple[np.uint64, np.uint64],
    deck: NDArray[np.int64],
) -> tuple[float, np.uint64]:
    """The same by shuffling the start of a deck 0..n-2, which is put back in order."""
    key, position = stream
    degree, others = len(row_weights), len(values) - 1
    swaps = np.empty(degree, dtype=np.int64)
    total = 0.0
    for taken in range(degree):
        raw, position = _below(key, position, np.uint64(others - taken))
        at = taken + np.int64(raw)
        swaps[taken] = at
        other = deck[at]
        deck[at] = deck[taken]
        deck[taken] = other
        other += other >= cell
        total += row_weights[taken] * values[other]
    for taken in range(degree - 1, -1, -1):
        at = swaps[taken]
        other = deck[at]
        deck[at] = deck[taken]
        deck[taken] = other
    return total, position


@njit(nogil=True, cache=True)
def _advance_cell(
    values: NDArray[np.float64],
    row_weights: NDArray[np.float64],
    tail: tuple[float, float],
    rule: tuple[int, int, int],
    progress: tuple[np.uint64, np.uint64, int, int],
    buffers: tuple[NDArray[np.uint64], NDArray[np.int64]],
) -> tuple[np.uint64, int, int]:
    """Draw for one cell; next position of its stream, draws and exceedances."""
    sign, threshold = tail
    cell, target, stop_at = rule
    key, position, draws, hits = progress
    picked, deck = buffers
    while draws < target and hits < stop_at:
        if len(deck) == 0:
            total, position = _draw_small(values, row_weights, cell, (key, position), picked)
        else:
            total, position = _draw_large(values, row_weights, cell, (key, position), deck)
        draws += 1
        hits += sign * total >= threshold
    return position, draws, hits


@njit(nogil=True, cache=True)
def advance(
    problem: TailProblem,
    state: DrawState,
    cells: NDArray[np.int64],
    target: int,
    stop_at: int,
) -> None:
    """Draw for each cell until it has `target` draws or `stop_at` exceedances.

    Arrays are handed on one by one: taking them out of a tuple in the inner loop would count
    references with atomic writes, which threads then fight over.
    """
    picked = np.empty(_SMALL, dtype=np.uint64)
    deck, none = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    others = len(problem.values) - 1
    ones = np.ones(_SMALL)
    for cell in cells:
        first = problem.starts[cell]
        row_weights = problem.weights[first : problem.starts[cell + 1]]
        degree = len(row_weights)
        small = degree <= _SMALL and 4 * degree <= others
        if small and problem.equal[cell]:
            row_weights = ones[:degree]
        if not small and len(deck) == 0:
            deck = np.arange(others)
        state.position[cell], state.draws[cell], state.exceedances[cell] = _advance_cell(
            problem.values,
            row_weights,
            (problem.sign[cell], problem.threshold[cell]),
            (cell, target, stop_at),
            (state.key[cell], state.position[cell], state.draws[cell], state.exceedances[cell]),
            (picked, none if small else deck),
        )
