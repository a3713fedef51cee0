import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from layers.spatial_index import BoxIndex, hilbert_keys, hilbert_order

SEEDS = st.integers(0, 2**32 - 1)
EMPTY = [2**31 - 1, 2**31 - 1, -(2**31), -(2**31)]


def _boxes(rng: np.random.Generator, n: int) -> NDArray[np.int32]:
    low = rng.integers(-(2**31), 2**31 - 2**20, (n, 2))
    high = low + rng.integers(0, 2 ** int(rng.integers(1, 20)), (n, 2))
    boxes = np.hstack((low, high)).astype(np.int32)
    boxes[rng.random(n) < 0.1] = EMPTY
    return boxes


def _brute(boxes: NDArray[np.int32], window: tuple[int, int, int, int]) -> NDArray[np.int64]:
    xmin, ymin, xmax, ymax = window
    meets = (boxes[:, 0] <= xmax) & (boxes[:, 2] >= xmin)
    meets &= (boxes[:, 1] <= ymax) & (boxes[:, 3] >= ymin)
    return np.flatnonzero(meets & (boxes[:, 0] <= boxes[:, 2]))


@given(SEEDS, st.sampled_from([0, 1, 15, 16, 17, 255, 256, 257, 1500]))
def test_a_window_finds_what_a_scan_finds(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    boxes = _boxes(rng, n)
    index = BoxIndex.build(boxes[hilbert_order(boxes)])
    for size in (1, 2**16, 2**28, 2**33):
        x, y = rng.integers(-(2**31) - 2**20, 2**31 + 2**20, 2).tolist()
        window = (x, y, x + size, y + size)
        np.testing.assert_array_equal(index.window(window), _brute(index.bounds, window))


def test_borders_are_inside_and_an_upturned_window_finds_nothing() -> None:
    index = BoxIndex.build(np.array([[0, 0, 10, 10]], dtype=np.int32))
    assert index.window((10, 10, 20, 20)).tolist() == [0]
    assert index.window((11, 0, 20, 20)).size == 0
    assert index.window((5, 5, 4, 4)).size == 0


@given(SEEDS)
def test_the_order_is_a_permutation_with_empty_boxes_last(seed: int) -> None:
    boxes = _boxes(np.random.default_rng(seed), 200)
    order = hilbert_order(boxes)
    assert sorted(order.tolist()) == list(range(200))
    empty = boxes[order, 0] > boxes[order, 2]
    assert not (np.diff(empty.astype(int)) < 0).any()


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_neighbours_on_the_curve_are_neighbours_on_the_ground(bits: int) -> None:
    step = 2 ** (32 - bits)
    axis = np.arange(2**bits) * step - 2**31
    x, y = np.meshgrid(axis, axis)
    cells = np.column_stack([x.ravel(), y.ravel()])
    cells = cells[np.argsort(hilbert_keys(np.hstack((cells, cells)).astype(np.int32)))]
    assert (np.abs(np.diff(cells, axis=0)).sum(axis=1) == step).all()
