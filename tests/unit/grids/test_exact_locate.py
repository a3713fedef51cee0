"""Point location against a slow twin in exact rational arithmetic, and against GEOS."""

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from grids.arcs import ArcTable
from grids.errors import CoordinateError, TopologyError
from grids.faces import leaf_polygons
from grids.hierarchy import Hierarchy, Unit
from grids.locate import PointLocator
from grids.noding import build_arcs

DEGREE = 10_000_000


def flat(ids: NDArray[np.int64]) -> Hierarchy:
    return Hierarchy([Unit(int(i), f"{int(i):06d}", "", "grid") for i in np.unique(ids)])


def twin(arcs: ArcTable, tree: Hierarchy, lon: float, lat: float) -> int:
    """Leaf by the rule itself: the lowest edge over (x + e, y + e**2), all in fractions."""
    x = Fraction(lon) * DEGREE - int(arcs.origin[0])
    y = Fraction(lat) * DEGREE - int(arcs.origin[1])
    edges = arcs.edges()
    leaf = [*tree.leaf_of_unit(arcs.face_unit).tolist(), -1]
    best: tuple[Fraction, Fraction] | None = None
    found, touching = -1, set()
    turned = [a > b for a, b in zip(edges.a.tolist(), edges.b.tolist(), strict=True)]
    west = np.where(np.array(turned)[:, None], edges.b, edges.a).tolist()
    east = np.where(np.array(turned)[:, None], edges.a, edges.b).tolist()
    lefts = np.where(turned, edges.right, edges.left).tolist()
    rights = np.where(turned, edges.left, edges.right).tolist()
    for a, b, left, right in zip(west, east, lefts, rights, strict=True):
        side = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
        low, high = sorted((a[1], b[1]))
        if side == 0 and a[0] <= x <= b[0] and low <= y <= high:
            touching |= {leaf[left], leaf[right]}
        if not a[0] <= x < b[0]:
            continue
        slope = Fraction(b[1] - a[1], b[0] - a[0])
        height = a[1] + slope * (x - a[0])
        if (height > y or (height == y and slope > 0)) and (best is None or (height, slope) < best):
            best, found = (height, slope), leaf[right]
    if found < 0 and touching - {-1}:
        return min(touching - {-1}, key=lambda k: int(tree.leaf_unit[k]))
    return found


def random_coverage(seed: int, *, size: int, spread: int, lon: float, lat: float) -> ArcTable:
    """Voronoi cells of lattice points near a place, cut to a triangle, some left out."""
    rng = np.random.default_rng(seed)
    sites = rng.integers(-spread, spread, (size, 2))
    shape = shapely.Polygon([(-spread, -spread), (spread, -spread // 2), (0, spread)])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=shape))
    cells = shapely.intersection(cells, shape)
    cells = cells[(shapely.get_type_id(cells) == 3) & (shapely.area(cells) > spread)]
    moved = shapely.transform(
        cells, lambda xy: np.round(xy) / DEGREE + (round(lon, 6), round(lat, 6))
    )
    keep = rng.random(len(moved)) > 0.15
    ids = rng.permutation(len(moved))[keep] + 1
    return build_arcs(moved[keep], ids, repair=True).arcs


def adversarial(arcs: ArcTable, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Vertices, points on edges, and their float64 neighbours."""
    edges = arcs.edges()
    pick = rng.integers(0, len(edges), count)
    t = rng.choice([0.0, 1.0, 0.5, 0.25], (count, 1))
    offsets = edges.a[pick] * (1 - t) + edges.b[pick] * t
    points = (offsets + arcs.origin) / DEGREE
    steps = rng.integers(-2, 3, points.shape)
    for _ in range(2):
        points = np.where(steps > 0, np.nextafter(points, np.inf), points)
        points = np.where(steps < 0, np.nextafter(points, -np.inf), points)
        steps -= np.sign(steps)
    return points


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lon=st.sampled_from([120.15, -0.1278, 0.0, 1e-9, -179.9]),
    lat=st.sampled_from([30.27, 0.0, 51.5, -33.25]),
    spread=st.sampled_from([12, 300, 40_000]),
)
def test_every_float_gets_the_leaf_of_the_rule(
    seed: int, lon: float, lat: float, spread: int
) -> None:
    arcs = random_coverage(seed, size=12, spread=spread, lon=lon, lat=lat)
    if not len(arcs):
        return
    tree = flat(arcs.face_unit)
    rng = np.random.default_rng(seed)
    points = np.concatenate(
        (
            adversarial(arcs, rng, 60),
            (arcs.origin + rng.integers(-spread, spread, (20, 2))) / DEGREE,
            arcs.origin / DEGREE + rng.uniform(-spread, spread, (20, 2)) / DEGREE,
        )
    )
    for max_cells in (9, 400, None):
        locator = PointLocator(arcs, tree, max_cells=max_cells)
        expected = [twin(arcs, tree, *point) for point in points.tolist()]
        assert locator.leaf(points).tolist() == expected


def test_points_exactly_on_slanted_edges_follow_the_slope() -> None:
    """Binary fractions of a degree lie exactly on edges between lattice points."""
    square = [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)]
    rising = [
        shapely.Polygon([square[0], square[1], square[2]]),
        shapely.Polygon([square[0], square[2], square[3]]),
    ]
    falling = [
        shapely.Polygon([square[0], square[1], square[3]]),
        shapely.Polygon([square[1], square[2], square[3]]),
    ]
    middle = np.array([[0.25, 0.25], [0.125, 0.125], [0.125, 0.375]])
    for halves, expected in ((rising, [0, 0, 1]), (falling, [1, 0, 1])):
        arcs = build_arcs(halves, [1, 2]).arcs
        assert PointLocator(arcs, flat(arcs.face_unit)).leaf(middle).tolist() == expected


def test_a_border_point_moves_east_then_north_and_else_to_the_lowest_id() -> None:
    boxes = [shapely.box(x, y, x + 0.5, y + 0.5) for x in (0.0, 0.5) for y in (0.0, 0.5)]
    arcs = build_arcs(boxes, [4, 3, 2, 1]).arcs
    tree = flat(arcs.face_unit)
    corner_points = np.array(
        [[0.5, 0.5], [0.5, 0.25], [0.25, 0.5], [0.0, 0.0], [1.0, 0.5], [0.25, 1.0], [1.0, 1.0]]
    )
    units = tree.leaf_unit[PointLocator(arcs, tree).leaf(corner_points)]
    assert units.tolist() == [1, 2, 3, 4, 1, 3, 1]


@pytest.mark.parametrize("tiny", [5e-324, -5e-324, 1e-310, -1e-200, 1e-30])
def test_the_smallest_floats_are_told_from_zero(tiny: float) -> None:
    boxes = [shapely.box(-0.5, -0.5, 0.0, 0.5), shapely.box(0.0, -0.5, 0.5, 0.5)]
    arcs = build_arcs(boxes, [1, 2]).arcs
    tree = flat(arcs.face_unit)
    points = np.array([[tiny, 0.0], [tiny, tiny], [0.0, tiny], [0.5, tiny], [0.5 + tiny, 0.0]])
    expected = [twin(arcs, tree, *point) for point in points.tolist()]
    assert PointLocator(arcs, tree).leaf(points).tolist() == expected
    slanted = [
        shapely.Polygon([(-0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]),
        shapely.Polygon([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5)]),
    ]
    arcs = build_arcs(slanted, [1, 2]).arcs
    points = np.array([[tiny, 0.0], [tiny, tiny], [0.0, tiny], [tiny, -tiny], [tiny * 3, tiny]])
    expected = [twin(arcs, tree, *point) for point in points.tolist()]
    assert PointLocator(arcs, tree).leaf(points).tolist() == expected


def test_every_position_not_on_an_edge_agrees_with_geos() -> None:
    arcs = random_coverage(3, size=600, spread=400_000, lon=120.15, lat=30.27)
    tree = flat(arcs.face_unit)
    rng = np.random.default_rng(5)
    points = arcs.origin / DEGREE + rng.uniform(-0.05, 0.05, (50_000, 2))
    found = PointLocator(arcs, tree).leaf(points)
    polygons = shapely.STRtree(leaf_polygons(arcs, tree))
    at = polygons.query(shapely.points(points), predicate="within")
    expected = np.full(len(points), -1)
    expected[at[0]] = at[1]
    np.testing.assert_array_equal(found, expected)


def test_threads_and_chunks_do_not_change_answers() -> None:
    arcs = random_coverage(4, size=200, spread=400_000, lon=120.15, lat=30.27)
    tree = flat(arcs.face_unit)
    points = arcs.origin / DEGREE + np.random.default_rng(6).uniform(-0.05, 0.05, (200_001, 2))
    alone = PointLocator(arcs, tree).leaf(points)
    with ThreadPoolExecutor(3) as pool:
        shared = PointLocator(arcs, tree, pool=pool)
        np.testing.assert_array_equal(shared.leaf(points), alone)
        out = np.empty(len(points), dtype=np.int32)
        assert shared.leaf(points[::-1], out=out) is out
    np.testing.assert_array_equal(out[::-1], alone)


def test_positions_that_are_nowhere_are_outside() -> None:
    arcs = build_arcs([shapely.box(120.0, 30.0, 120.5, 30.5)], [1]).arcs
    locator = PointLocator(arcs, flat(arcs.face_unit))
    nowhere = [[math.nan, 30.1], [120.1, math.inf], [1e300, 30.1], [30.1, 120.1], [-240.0, 30.1]]
    assert locator.leaf(np.array(nowhere)).tolist() == [-1] * 5
    assert locator.leaf(np.empty((0, 2))).tolist() == []
    assert locator.nbytes > 0
    assert locator.build_s >= 0
    with pytest.raises(CoordinateError, match="lonlat"):
        locator.leaf(np.zeros(3))
    with pytest.raises(CoordinateError, match="out"):
        locator.leaf(np.zeros((3, 2)), out=np.zeros(2, dtype=np.int32))


def test_a_face_of_a_unit_that_is_no_leaf_is_refused() -> None:
    arcs = build_arcs([shapely.box(120.0, 30.0, 120.5, 30.5)], [1]).arcs
    with pytest.raises(TopologyError, match="unit 1"):
        PointLocator(arcs, Hierarchy([Unit(2, "2", "", "grid")]))


def test_a_version_without_arcs_answers_outside() -> None:
    empty = build_arcs([], []).arcs
    located = PointLocator(empty, Hierarchy([])).locate(np.array([[120.0, 30.0]]))
    assert located.leaf.tolist() == [-1]
    assert located.distance_m.tolist() == [math.inf]
    assert not located.ambiguous.any()
