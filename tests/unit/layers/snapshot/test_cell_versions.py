import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grids.tile import Tile, tile_bounds_world
from layers.cell_versions import CellVersions

SEEDS = st.integers(0, 2**32 - 1)
WORLD = 2**31


def _boxes(rng: np.random.Generator, n: int) -> NDArray[np.int32]:
    low = rng.integers(-WORLD, WORLD - 2**22, (n, 2))
    size = rng.integers(0, 2 ** int(rng.integers(1, 21)), (n, 2))
    return np.hstack((low, low + size)).astype(np.int32)


def _near(rng: np.random.Generator, box: list[int]) -> tuple[int, int, int, int]:
    """Window that meets a box."""
    x = int(rng.integers(box[0], int(box[2]) + 1))
    y = int(rng.integers(box[1], int(box[3]) + 1))
    w, h = rng.integers(0, 2 ** int(rng.integers(1, 33)), 2).tolist()
    return (x - w // 2, y - h // 3, x + w, y + h)


@given(SEEDS)
def test_a_change_that_meets_a_window_changes_its_key(seed: int) -> None:
    rng = np.random.default_rng(seed)
    versions, stamp = CellVersions(5), 5
    for _ in range(8):
        boxes = _boxes(rng, 3)
        windows = [_near(rng, box) for box in boxes.tolist()]
        before = [versions.key(window) for window in windows]
        stamp += 1
        versions = versions.bumped(boxes, stamp)
        assert all(key < stamp for key in before)
        assert [versions.key(window) for window in windows] == [stamp] * 3


@given(SEEDS, st.integers(0, 20))
def test_a_change_more_than_a_tile_away_leaves_the_key_of_a_tile(seed: int, z: int) -> None:
    rng = np.random.default_rng(seed)
    box = _boxes(rng, 1)
    versions = CellVersions().bumped(box, 9)
    x, y = rng.integers(0, 1 << z, 2).tolist()
    window = tile_bounds_world(Tile(z=z, x=x, y=y), buffer=64 / 4096)
    side = max(1 << (32 - z), 1 << 16)
    xmin, ymin, xmax, ymax = window
    near = (
        xmin - side <= box[0, 2] and xmax + side >= box[0, 0]
        and ymin - side <= box[0, 3] and ymax + side >= box[0, 1]
    )  # fmt: skip
    assert near or versions.key(window) == 0


def test_empty_boxes_change_nothing_and_huge_ones_change_everything() -> None:
    empty = np.array([[2**31 - 1, 2**31 - 1, -(2**31), -(2**31)]], dtype=np.int32)
    assert CellVersions(3).bumped(empty, 4) == CellVersions(3)
    huge = np.array([[-WORLD, -WORLD, WORLD - 1, WORLD - 1]], dtype=np.int32)
    assert CellVersions(3).bumped(huge, 4) == CellVersions(4)


def test_a_window_outside_the_world_has_the_key_of_its_edge() -> None:
    versions = CellVersions(2)
    assert versions.key((-(2**40), -(2**40), 2**40, 2**40)) == 2
    assert versions.key((2**40, 2**40, 2**41, 2**41)) == 2
