"""Draws in stages over a family of cells, until each is settled, capped or proven a discovery."""

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from analysis.draws import DrawState, TailProblem, advance

__all__ = ["DrawRules", "draw_all"]

_FIRST_STAGE = 2000  # draws; later stages take four times as many
_PROOF_ERROR = 1e-3  # chance that any early acceptance of the whole run is wrong
_TASKS = 16


class DrawRules(NamedTuple):
    """When drawing ends.

    Attributes
    ----------
    stop_at
        Exceedances that settle a cell.
    max_draws
        Cap of draws per cell.
    tails
        Tails tested; probabilities are multiplied by it.
    limit
        Probability per rank below which the step-up procedure rejects.
    """

    stop_at: int
    max_draws: int
    tails: int
    limit: float


def draw_all(
    problem: TailProblem,
    state: DrawState,
    active: NDArray[np.int64],
    rules: DrawRules,
    pool: Executor | None,
) -> None:
    """Draw in stages until every cell is settled, at the cap, or proven a discovery."""
    stages = [min(_FIRST_STAGE * 4**stage, rules.max_draws) for stage in range(32)]
    stages = sorted(set(stages))
    bounds = np.full(len(state.draws), np.inf)
    error = _PROOF_ERROR / (len(stages) * max(len(active), 1))
    for target in stages:
        _advance_all(problem, state, active, (target, rules.stop_at), pool)
        active = active[state.exceedances[active] < rules.stop_at]
        hits, draws = state.exceedances[active], state.draws[active]
        bounds[active] = rules.tails * betaincinv(hits + 1, draws - hits, 1.0 - error)
        active = active[bounds[active] > _proven(bounds, rules.limit)]
        if len(active) == 0:
            break


def _proven(bounds: NDArray[np.float64], limit: float) -> float:
    """Largest upper bound that the step-up procedure accepts; below 0 if none."""
    ordered = np.sort(bounds[np.isfinite(bounds)])
    below = np.flatnonzero(ordered <= limit * np.arange(1, len(ordered) + 1))
    return float(ordered[below[-1]]) if len(below) else -1.0


def _advance_all(
    problem: TailProblem,
    state: DrawState,
    cells: NDArray[np.int64],
    rule: tuple[int, int],
    pool: Executor | None,
) -> None:
    """Advance all cells, dealt to the threads of the pool like cards."""
    if pool is None or len(cells) < 2:
        advance(problem, state, cells, *rule)
        return
    tasks = min(_TASKS, len(cells))
    hands = [np.ascontiguousarray(cells[task::tasks]) for task in range(tasks)]
    list(pool.map(lambda hand: advance(problem, state, hand, *rule), hands))
