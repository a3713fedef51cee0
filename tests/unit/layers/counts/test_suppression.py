"""What can be worked out from shown counts, by linear programming over all that is hidden."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from grids.hierarchy import Hierarchy, Unit
from layers.suppression import shown_cells

SEEDS = st.integers(0, 2**32 - 1)
K = 10


def _tree(rng: np.random.Generator) -> Hierarchy:
    """Ragged tree of up to 4 levels."""
    units = [Unit(1, "0", "0", "city")]
    levels = ("city", "district", "street", "community")
    frontier = [units[0]]
    for level in levels[1:]:
        below = []
        for parent in frontier:
            for i in range(int(rng.integers(0, 4))):
                unit = Unit(len(units) + 1, f"{parent.code}{i}", "", level, parent.id)
                units.append(unit)
                below.append(unit)
        frontier = below
    return Hierarchy(units)


def _counts(rng: np.random.Generator, tree: Hierarchy) -> NDArray[np.int64]:
    sizes = rng.choice([0, 1, 3, 9, 10, 11, 40], tree.leaf_count)
    return tree.rollup(sizes.astype(np.int64))


def _remainders(tree: Hierarchy, counts: NDArray[np.int64], shown: NDArray[np.bool_]) -> list[int]:
    """Of every shown unit: its count less the counts of the nearest shown units below."""
    out = []
    for i, unit in enumerate(tree.units):
        if not shown[i]:
            continue
        rest, pending, whole = int(counts[i]), [c.id for c in tree.children(unit.id)], True
        while pending:
            at = tree.position(pending.pop())
            if shown[at]:
                rest -= int(counts[at])
            else:
                whole = False
                pending += [c.id for c in tree.children(tree.units[at].id)]
        if not whole:
            out.append(rest)
    return out


@settings(max_examples=300)
@given(SEEDS)
def test_no_shown_number_and_no_difference_tells_of_fewer_than_k(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = _tree(rng)
    counts = _counts(rng, tree)
    shown = shown_cells(tree, counts, k=K)
    small = (counts > 0) & (counts < K)
    assert not (shown & small).any()
    assert shown[counts == 0].all()
    for rest in _remainders(tree, counts, shown):
        assert rest == 0 or rest >= K


@settings(max_examples=60)
@given(SEEDS)
def test_a_small_hidden_cell_cannot_be_worked_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = _tree(rng)
    counts = _counts(rng, tree)
    shown = shown_cells(tree, counts, k=K)
    low, high = tree.intervals_of_units.T
    known = np.zeros((int(shown.sum()), tree.leaf_count))
    for row, i in enumerate(np.flatnonzero(shown)):
        known[row, low[i] : high[i]] = 1
    for i in np.flatnonzero((counts > 0) & (counts < K)):
        cell = np.zeros(tree.leaf_count)
        cell[low[i] : high[i]] = 1
        ends = [
            linprog(sign * cell, A_eq=known, b_eq=counts[shown], method="highs")
            if known.size
            else None
            for sign in (1, -1)
        ]
        if None in ends:
            continue
        if ends[1].status == 3:  # without bound
            continue
        spread = -ends[1].fun - ends[0].fun
        assert spread >= K - 1e-6


@settings(max_examples=100)
@given(SEEDS)
def test_nothing_is_hidden_where_nothing_is_small(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = _tree(rng)
    counts = tree.rollup(rng.choice([0, 10, 25], tree.leaf_count).astype(np.int64))
    assert shown_cells(tree, counts, k=K).all()


def test_a_small_city_shows_nothing() -> None:
    tree = Hierarchy([Unit(1, "0", "", "city"), Unit(2, "01", "", "district", 1)])
    assert not shown_cells(tree, np.array([9, 9]), k=K).any()


def test_a_suppressed_cell_takes_its_smallest_neighbour_with_it() -> None:
    units = [Unit(1, "0", "", "city")]
    units += [Unit(2 + i, f"0{i}", "", "district", 1) for i in range(4)]
    shown = shown_cells(Hierarchy(units), np.array([103, 3, 40, 20, 40]), k=K)
    assert shown.tolist() == [True, False, True, False, True]
