"""Contiguous parts of nearly equal weight, cut along what is seen on the ground.

References
----------
DeFord, Duchin and Solomon (2021), "Recombination: a family of Markov chains for redistricting",
section 3: a random spanning tree is cut where both sides weigh what they should.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from geoserver.demo.adjacency import Adjacency

__all__ = ["parts"]

_TRIES = 24


@dataclass(frozen=True, slots=True)
class _Cut:
    score: float
    side: NDArray[np.bool_]
    share: int


def _tree(
    borders: Adjacency, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Breadth-first order and parents of a random tree that crosses plain borders last."""
    plain = borders.cost / borders.length_m
    key = (1.15 - plain) * rng.uniform(0.25, 1.0, plain.size) + 0.02 * rng.random(plain.size) + 1e-3
    graph = coo_matrix((key, (borders.first, borders.second)), shape=(count, count)).tocsr()
    tree = minimum_spanning_tree(graph)
    order, parent = breadth_first_order(tree, int(rng.integers(count)), directed=False)
    return order.astype(np.int64), parent.astype(np.int64)


def _subtree(order: NDArray[np.int64], parent: NDArray[np.int64], root: int) -> NDArray[np.bool_]:
    inside = np.zeros(parent.size, dtype=bool)
    inside[root] = True
    for node in order[1:]:
        if inside[parent[node]]:
            inside[node] = True
    return inside


def _best_cut(
    borders: Adjacency, weight: NDArray[np.float64], wanted: int, rng: np.random.Generator
) -> _Cut:
    """The best of several trees, each cut at its best edge, for shares wanted//2 and the rest."""
    count = weight.size
    small = wanted // 2
    each = weight.sum() / wanted
    best: _Cut | None = None
    for _ in range(_TRIES):
        order, parent = _tree(borders, count, rng)
        below = weight.copy()
        for node in order[:0:-1]:
            below[parent[node]] += below[node]
        for share in {small, wanted - small}:
            miss = np.abs(below - share * each) / each
            miss[order[0]] = np.inf
            node = int(np.argmin(miss))
            side = _subtree(order, parent, node)
            crossing = side[borders.first] != side[borders.second]
            score = 6.0 * miss[node] + borders.cost[crossing].sum() / 900.0
            if best is None or score < best.score:
                best = _Cut(score, side, share)
    assert best is not None  # noqa: S101 - there is always at least one try
    return best


def parts(
    borders: Adjacency, weight: NDArray[np.float64], wanted: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Number of the part of each area.

    Parameters
    ----------
    borders
        Adjacency of the areas; they must be connected.
    weight
        (n,) float64 weight of each area.
    wanted
        Number of parts.
    rng
        Source of chance.

    Returns
    -------
    NDArray
        (n,) int64 in [0, wanted), every part contiguous.
    """
    if wanted <= 1 or weight.size < 2:
        return np.zeros(weight.size, dtype=np.int64)
    cut = _best_cut(borders, weight, wanted, rng)
    result = np.zeros(weight.size, dtype=np.int64)
    inner, outer = np.flatnonzero(cut.side), np.flatnonzero(~cut.side)
    result[inner] = parts(borders.within(inner), weight[inner], cut.share, rng)
    result[outer] = cut.share + parts(borders.within(outer), weight[outer], wanted - cut.share, rng)
    return result
