"""Distance to the edge, doubt and alternates, against a plain search."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from grids.arcs import ArcTable
from grids.errors import CoordinateError
from grids.faces import leaf_polygons
from grids.geodesic import (
    area_under_m2,
    distance_m,
    line_length_m,
    metres_per_degree,
    polygon_area_m2,
)
from grids.hierarchy import Hierarchy, Unit
from grids.locate import PointLocator
from grids.noding import build_arcs
from grids.versions import GridVersion


def city(seed: int) -> tuple[ArcTable, Hierarchy]:
    rng = np.random.default_rng(seed)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(rng.uniform((120, 30), (120.2, 30.2), (80, 2))))
    )
    keep = rng.random(len(cells)) < 0.9
    arcs = build_arcs(cells[keep], np.arange(keep.sum()) + 1, repair=True).arcs
    return arcs, Hierarchy(
        [Unit(int(k), f"{k:04d}", "", "grid") for k in np.unique(arcs.face_unit)]
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_distances_and_alternates_match_a_plain_search(seed: int) -> None:
    arcs, tree = city(seed)
    rng = np.random.default_rng(seed)
    edges = arcs.edges()
    on_edges = (edges.a + arcs.origin)[:40] / 1e7 + rng.normal(0, 2e-4, (min(40, len(edges)), 2))
    points = np.concatenate((on_edges, rng.uniform((119.9, 29.9), (120.3, 30.3), (40, 2))))
    located = PointLocator(arcs, tree).locate(points, accuracy_m=60.0)
    scale = np.column_stack(metres_per_degree(points[:, 1]))
    polygons = leaf_polygons(arcs, tree)
    for i, point in enumerate(points):
        local = shapely.transform(polygons, lambda xy: (xy - point) * scale[i])  # noqa: B023
        origin = shapely.Point(0, 0)
        to_edge = shapely.distance(shapely.boundary(local), origin)
        assert located.distance_m[i] == pytest.approx(to_edge.min(), rel=1e-6, abs=1e-6)
        assert located.ambiguous[i] == (located.distance_m[i] < 60)
        near = np.flatnonzero(to_edge < 60)
        expected = [k for k in near[np.argsort(to_edge[near])] if k != located.leaf[i]]
        low, high = located.alternate_starts[i : i + 2]
        assert set(located.alternates[low:high].tolist()) == set(expected)


def test_the_local_plane_is_close_to_the_geodesic() -> None:
    arcs = build_arcs([shapely.box(120, 30, 120.4, 30.4)], [1]).arcs
    tree = Hierarchy([Unit(1, "1", "", "grid")])
    points = np.array([[120.01, 30.2], [120.0, 30.2], [120.2, 30.383], [120.2, 29.99]])
    feet = np.array([[120.0, 30.2], [120.0, 30.2], [120.2, 30.4], [120.2, 30.0]])
    found = PointLocator(arcs, tree).distance_m(points)
    np.testing.assert_allclose(found, distance_m(points, feet), rtol=3e-4)


def test_accuracy_widens_the_doubt_but_never_below_ten_metres() -> None:
    halves = [shapely.box(120, 30, 120.1, 30.1), shapely.box(120.1, 30, 120.2, 30.1)]
    arcs = build_arcs(halves, [1, 2]).arcs
    version = GridVersion(
        1, 0, arcs, Hierarchy([Unit(1, "1", "", "grid"), Unit(2, "2", "", "grid")])
    )
    assert version.locator is version.locator
    near = np.array([[120.1 + 5e-5, 30.05], [120.1 + 3e-4, 30.05]])
    plain = version.locator.locate(near, accuracy_m=0.0)
    assert plain.ambiguous.tolist() == [True, False]
    assert plain.alternates.tolist() == [0]
    wide = version.locator.locate(near, accuracy_m=np.array([1.0, 50.0]))
    assert wide.ambiguous.tolist() == [True, True]
    assert wide.alternates.tolist() == [0, 0]
    nowhere = version.locator.locate(np.array([[np.nan, 30.0]]))
    assert np.isnan(nowhere.distance_m).all()
    assert not nowhere.ambiguous.any()


def test_areas_and_lengths_agree_with_geodesics_on_grs80() -> None:
    geod = Geod(ellps="GRS80")
    shape = shapely.Polygon(
        [(120, 30), (120.3, 30.1), (120.2, 30.4), (119.9, 30.2)],
        [[(120.1, 30.15), (120.15, 30.2), (120.12, 30.25)]],
    )
    both = shapely.MultiPolygon([shape, shapely.box(121, 30, 121.1, 30.1)])
    fine = shapely.segmentize(shapely.orient_polygons(both), 1e-4)
    area, _ = geod.geometry_area_perimeter(fine)
    found = polygon_area_m2(np.array([both, shapely.Polygon()], dtype=object))
    assert found[0] == pytest.approx(abs(area), rel=1e-9)
    assert found[1] == 0
    assert polygon_area_m2(np.empty(0, dtype=object)).shape == (0,)
    lines = np.array(
        [both, shapely.LineString([(0, 0), (1, 1)]), shapely.Point(1, 1)], dtype=object
    )
    expected = [geod.geometry_length(g) for g in (*(p.boundary for p in both.geoms),)]
    np.testing.assert_allclose(
        line_length_m(lines), [sum(expected), geod.geometry_length(lines[1]), 0.0]
    )
    assert area_under_m2(np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]]), base_lat=0)[0] > 0


def test_distances_need_pairs() -> None:
    assert distance_m(np.empty((0, 2)), np.empty((0, 2))).shape == (0,)
    with pytest.raises(CoordinateError):
        distance_m(np.zeros((2, 2)), np.zeros((3, 2)))
