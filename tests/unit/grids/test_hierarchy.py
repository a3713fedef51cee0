"""The unit tree: order, intervals, roll-ups, and refusals that name the unit."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.errors import HierarchyError, ParameterError, UnknownUnitError
from grids.hierarchy import LEVELS, Hierarchy, Unit


@st.composite
def trees(draw: st.DrawFn) -> list[Unit]:
    """Random forests with ragged chains, ids and codes in no order."""
    size = draw(st.integers(1, 25))
    ids = draw(st.permutations(range(100, 100 + size)))
    codes = draw(st.permutations(range(size)))
    units: list[Unit] = []
    for k in range(size):
        above = [u for u in units if u.level != LEVELS[-1]]
        parent = draw(st.sampled_from([None, *above])) if above else None
        lowest = 0 if parent is None else LEVELS.index(parent.level) + 1
        level = draw(st.sampled_from(LEVELS[lowest:]))
        units.append(
            Unit(ids[k], f"{codes[k]:02d}", "", level, None if parent is None else parent.id)
        )
    return list(draw(st.permutations(units)))


@given(trees())
def test_every_unit_is_one_range_of_leaves(units: list[Unit]) -> None:
    tree = Hierarchy(units)
    assert len(tree) == len(units)
    parents = {unit.parent_id for unit in units}
    assert sorted(tree.leaf_unit.tolist()) == sorted(u.id for u in units if u.id not in parents)
    for leaf in range(tree.leaf_count):
        chain = tree.chain(leaf)
        assert chain[0].parent_id is None
        assert chain[-1].id == tree.leaf_unit[leaf]
        holding = {u.id for u in units if tree.interval(u.id)[0] <= leaf < tree.interval(u.id)[1]}
        assert holding == {unit.id for unit in chain}
    for unit in tree.units:
        codes = [child.code for child in tree.children(unit.id)]
        assert codes == sorted(codes)
        assert {c.parent_id for c in tree.children(unit.id)} <= {unit.id}


@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(units: list[Unit], shuffler: object) -> None:
    again = list(units)
    shuffler.shuffle(again)  # type: ignore[attr-defined]
    assert Hierarchy(again).units == Hierarchy(units).units


@given(trees())
def test_roll_ups_are_sums_over_leaves(units: list[Unit]) -> None:
    tree = Hierarchy(units)
    counts = np.arange(tree.leaf_count) ** 2 + 1
    sums = tree.rollup(counts)
    floats = tree.rollup(np.column_stack((counts / 3, counts)))
    assert sums.dtype == np.int64
    for i, unit in enumerate(tree.units):
        low, high = tree.interval(unit.id)
        assert sums[i] == counts[low:high].sum()
        np.testing.assert_allclose(floats[i], (counts[low:high].sum() / 3, sums[i]))


@given(trees(), st.data())
def test_intervals_merge_to_the_leaves_of_their_units(
    units: list[Unit], data: st.DataObject
) -> None:
    tree = Hierarchy(units)
    chosen = data.draw(st.lists(st.sampled_from([unit.id for unit in units])))
    merged = tree.intervals(chosen)
    covered = {leaf for low, high in merged for leaf in range(low, high)}
    assert covered == {leaf for unit in chosen for leaf in range(*tree.interval(unit))}
    assert all(a[1] < b[0] for a, b in pairwise(merged))


@given(trees())
def test_ancestors_and_leaves_are_found_by_array(units: list[Unit]) -> None:
    tree = Hierarchy(units)
    for level in LEVELS:
        index = tree.ancestor_index(level)
        at_level = tree.units_at(level)
        for leaf in range(tree.leaf_count):
            above = [unit for unit in tree.chain(leaf) if unit.level == level]
            assert (at_level[index[leaf]] if index[leaf] >= 0 else None) == (above or [None])[0]
    ids = np.array([unit.id for unit in units] + [7])
    leaves = tree.leaf_of_unit(ids)
    for unit_id, leaf in zip(ids.tolist(), leaves.tolist(), strict=True):
        is_leaf = unit_id in tree.leaf_unit.tolist()
        assert (leaf >= 0) == is_leaf
        assert leaf < 0 or tree.leaf_unit[leaf] == unit_id


CITY = Unit(1, "99", "云澜", "city")


@pytest.mark.parametrize(
    ("units", "match"),
    [
        ([CITY, Unit(1, "98", "", "city")], "unit 98: id 1 occurs twice"),
        ([CITY, Unit(2, "99", "", "district", 1)], "unit 99: the code occurs twice"),
        ([CITY, Unit(2, "9901", "", "district", 5)], "unit 9901: parent id 5 is unknown"),
        ([CITY, Unit(2, "9901", "", "city", 1)], "unit 9901: level city is not below city"),
        ([Unit(2, "9901", "", "street", 2)], "unit 9901 is its own parent"),
        ([CITY, Unit(2, "9901", "", "hamlet", 1)], "unit 9901: level 'hamlet' is unknown"),
        (
            [Unit(2, "a", "", "street", 3), Unit(3, "b", "", "grid", 2)],
            "unit a: level street is not below grid",
        ),
    ],
)
def test_units_that_form_no_tree_are_refused_by_name(units: list[Unit], match: str) -> None:
    with pytest.raises(HierarchyError, match=match):
        Hierarchy(units)


def test_unknown_units_levels_and_sizes_are_refused() -> None:
    tree = Hierarchy([CITY])
    for ask in (tree.unit, tree.interval, tree.children, tree.chain):
        with pytest.raises(UnknownUnitError, match="77"):
            ask(77)
    with pytest.raises(UnknownUnitError, match="'9977'"):
        tree.unit_by_code("9977")
    assert tree.unit_by_code("99") is CITY
    with pytest.raises(ParameterError, match="level"):
        tree.units_at("hamlet")
    with pytest.raises(ParameterError, match="1 rows"):
        tree.rollup(np.zeros(2))


def test_no_units_are_a_tree_too() -> None:
    tree = Hierarchy([])
    assert (len(tree), tree.leaf_count) == (0, 0)
    assert tree.rollup(np.zeros(0)).shape == (0,)
    assert tree.rollup(np.zeros(0, dtype=int)).shape == (0,)
    assert tree.leaf_of_unit(np.array([1])).tolist() == [-1]
