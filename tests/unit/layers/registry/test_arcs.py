"""Packed arcs: the same arrays back, damage found."""

import numpy as np
import pytest

from grids.arcs import ArcTable
from grids.errors import StoreError
from layers.registry.arcs import arcs_sha256, packed_arcs, unpacked_arcs


def table(arcs: int, points: int) -> ArcTable:
    random = np.random.default_rng(3)
    faces = 7
    return ArcTable(
        origin=np.array([1_187_000_000, 320_000_000]),
        coords=random.integers(-(2**26) + 1, 2**26, (arcs * points, 2), np.int32),
        arc_starts=np.arange(arcs + 1, dtype=np.int64) * points,
        left=random.integers(-1, faces, arcs, np.int32),
        right=random.integers(-1, faces, arcs, np.int32),
        n0=random.integers(0, 9, arcs, np.int32),
        n1=random.integers(0, 9, arcs, np.int32),
        kind=random.integers(0, 5, arcs, np.int8),
        road_id=random.integers(-1, 2**40, arcs),
        locked=random.integers(0, 2, arcs).astype(bool),
        face_unit=random.integers(1, 2**50, faces),
    )


@pytest.mark.parametrize(("arcs", "points"), [(0, 2), (1, 2), (500, 9)])
def test_arcs_are_read_back_with_their_types(arcs: int, points: int) -> None:
    given = table(arcs, points)
    packed = packed_arcs(given)
    assert packed == packed_arcs(given)
    read = unpacked_arcs(packed, arcs_sha256(packed))
    for name in ArcTable.__slots__:
        np.testing.assert_array_equal(getattr(read, name), getattr(given, name))
        assert getattr(read, name).dtype == getattr(given, name).dtype
        assert getattr(read, name).flags.c_contiguous


def test_damage_is_found() -> None:
    packed = packed_arcs(table(5, 3))
    sha = arcs_sha256(packed)
    with pytest.raises(StoreError, match="damaged"):
        unpacked_arcs(packed[:-1] + bytes([packed[-1] ^ 1]), sha)
    for broken in (b"", b"no arrow", packed[: len(packed) // 2]):
        with pytest.raises(StoreError, match="cannot be read"):
            unpacked_arcs(broken, arcs_sha256(broken))
