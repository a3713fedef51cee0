"""Rings of groups: dissolved like GEOS does it, in the layout that drawing expects."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grids.arcs import ArcTable, lattice_from_lonlat, lattice_origin, lonlat_from_lattice
from grids.errors import CoordinateError, LatticeError, ParameterError, TopologyError
from grids.faces import (
    face_areas_m2,
    face_polygons,
    group_polygons,
    group_rings,
    leaf_areas_m2,
    leaf_polygons,
    level_groups,
    rings,
    unit_polygons,
    world_rings,
)
from grids.geodesic import polygon_area_m2
from grids.hierarchy import Hierarchy, Unit
from grids.noding import build_arcs
from grids.tile import world_from_lonlat


def squares(size: int) -> ArcTable:
    """Chessboard of small squares, unit ids row by row from 1."""
    boxes = [
        shapely.box(120 + x / 1e3, 30 + y / 1e3, 120 + (x + 1) / 1e3, 30 + (y + 1) / 1e3)
        for y in range(size)
        for x in range(size)
    ]
    return build_arcs(boxes, np.arange(size * size) + 1).arcs


BOARD = squares(6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 3), min_size=36, max_size=36))
def test_groups_dissolve_as_geos_unions_them(labels: list[int]) -> None:
    """Any pattern: holes, islands in holes, parts that touch at corners."""
    groups = np.array(labels)
    cells = face_polygons(BOARD)
    found = group_polygons(BOARD, groups, count=4)
    assert shapely.is_valid(found).all()
    for group in range(4):
        expected = shapely.union_all(cells[groups == group])
        assert shapely.equals(found[group], expected) or expected.is_empty == found[group].is_empty
        assert shapely.symmetric_difference(found[group], expected).area < 1e-18


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-1, 2), min_size=36, max_size=36))
def test_world_rings_follow_the_drawing_layout(labels: list[int]) -> None:
    found = group_rings(BOARD, np.array(labels), count=3)
    world = world_rings(BOARD, found)
    assert world.coords.dtype == world.bounds.dtype == np.int32
    assert world.feature_starts.tolist() == found.group_starts.tolist()
    for group in range(3):
        first, last = world.feature_starts[group : group + 2]
        if first == last:
            assert world.bounds[group, 0] > world.bounds[group, 2]
            continue
        assert not found.is_hole[first]
        points = world.coords[world.ring_starts[first] : world.ring_starts[last]]
        assert world.bounds[group].tolist() == [*points.min(axis=0), *points.max(axis=0)]
        for ring in range(first, last):
            x, y = (
                world.coords[world.ring_starts[ring] : world.ring_starts[ring + 1]].astype(float).T
            )
            area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
            assert (area < 0) == found.is_hole[ring]


def test_a_hole_follows_the_exterior_around_it() -> None:
    groups = np.full(36, -1)
    groups[:] = 0
    groups[[7, 28]] = -1  # two holes, one of them beside the border of nothing
    found = group_rings(BOARD, groups, count=1)
    assert found.is_hole.tolist() == [False, True, True]
    nested = np.zeros(36, dtype=int)
    nested[[7, 8, 9, 13, 15, 19, 20, 21]] = 1
    polygons = group_polygons(BOARD, nested, count=2)
    assert polygons[0].geom_type == "MultiPolygon"
    assert sorted(len(part.interiors) for part in polygons[0].geoms) == [0, 1]
    assert len(polygons[1].interiors) == 1


def test_levels_share_the_borders_of_their_leaves() -> None:
    units = [Unit(100, "99", "", "city")]
    units += [Unit(101 + k, f"99{k}", "", "street", 100) for k in range(3)]
    units += [Unit(k + 1, f"99{k % 3}{k:02d}", "", "grid", 101 + k % 3) for k in range(36)]
    tree = Hierarchy(units)
    (city,) = unit_polygons(BOARD, tree, "city")
    assert city.equals(shapely.box(120, 30, 120.006, 30.006))
    streets = unit_polygons(BOARD, tree, "street")
    assert shapely.coverage_is_valid(streets)
    leaves = leaf_polygons(BOARD, tree)
    for street, unit in zip(streets, tree.units_at("street"), strict=True):
        low, high = tree.interval(unit.id)
        assert shapely.equals(street, shapely.union_all(leaves[low:high]))
    np.testing.assert_allclose(leaf_areas_m2(BOARD, tree), polygon_area_m2(leaves), atol=1e-4)
    total = tree.rollup(leaf_areas_m2(BOARD, tree))[0]
    assert total == pytest.approx(polygon_area_m2(np.array([city]))[0])
    assert level_groups(BOARD, tree, "district").tolist() == [-1] * 36


def test_rings_of_one_face_and_wrong_groups() -> None:
    (ring,) = rings(BOARD, 0)
    lonlat = lonlat_from_lattice(ring, BOARD.origin)
    assert shapely.Polygon(lonlat).equals(face_polygons(BOARD)[0])
    assert world_from_lonlat(lonlat).shape == (4, 2)
    with pytest.raises(ParameterError, match="face"):
        rings(BOARD, 36)
    with pytest.raises(ParameterError, match="groups"):
        group_rings(BOARD, np.zeros(3, dtype=int), count=1)
    assert (face_areas_m2(BOARD) > 0).all()


def test_arc_tables_refuse_what_does_not_fit() -> None:
    fields = {name: getattr(BOARD, name) for name in BOARD.__slots__}
    with pytest.raises(TopologyError, match="left"):
        ArcTable(**{**fields, "left": BOARD.left[1:]})
    with pytest.raises(TopologyError, match="left and right"):
        ArcTable(**{**fields, "right": np.full_like(BOARD.right, 99)})
    starts = BOARD.arc_starts.copy()
    starts[1] = starts[0]
    with pytest.raises(TopologyError, match="two points"):
        ArcTable(**{**fields, "arc_starts": starts})
    with pytest.raises(LatticeError):
        ArcTable(**{**fields, "coords": BOARD.coords + np.int32(2**26)})
    box = BOARD.bounds()
    assert box is not None
    assert box == pytest.approx((120.0, 30.0, 120.006, 30.006))
    assert BOARD.nbytes > 0


def test_the_lattice_rounds_to_the_nearest_point_and_back_exactly() -> None:
    origin = lattice_origin(np.array([119.0, 29.0]), np.array([121.0, 31.0]))
    assert origin.tolist() == [1_200_000_000, 300_000_000]
    offsets = np.random.default_rng(0).integers(-(2**26) + 1, 2**26, (1000, 2)).astype(np.int32)
    lonlat = lonlat_from_lattice(offsets, origin)
    np.testing.assert_array_equal(lattice_from_lonlat(lonlat, origin), offsets)
    with pytest.raises(CoordinateError):
        lattice_from_lonlat(np.array([[np.nan, 30.0]]), origin)
    with pytest.raises(LatticeError, match=r"140.0000, 30.0000"):
        lattice_from_lonlat(np.array([[140.0, 30.0]]), origin)
    with pytest.raises(LatticeError, match=r"13\.4 degrees"):
        lattice_origin(np.array([100.0, 29.0]), np.array([121.0, 31.0]))
