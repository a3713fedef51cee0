"""Arcs from polygons: exact topology, faults found, repairs that are accounted for."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from grids.errors import CoordinateError, GeometryError, LatticeError, ParameterError, TopologyError
from grids.faces import face_areas_m2, face_polygons, group_polygons
from grids.geodesic import polygon_area_m2
from grids.noding import ArcBuild, build_arcs

UNIT = 1e-7


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Box in thousandths of a degree from (120, 30)."""
    return shapely.box(120 + x0 / 1e3, 30 + y0 / 1e3, 120 + x1 / 1e3, 30 + y1 / 1e3)


def codes(build: ArcBuild) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in build.report.findings]


def check_consistent(build: ArcBuild) -> None:
    """Polygons of the faces form a valid coverage and arcs meet only at nodes."""
    polygons = face_polygons(build.arcs)
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    np.testing.assert_allclose(
        polygon_area_m2(polygons), face_areas_m2(build.arcs), rtol=1e-6, atol=1e-4
    )
    assert (build.arcs.left != build.arcs.right).all()
    ends = build.arcs.coords[
        np.concatenate((build.arcs.arc_starts[:-1], build.arcs.arc_starts[1:] - 1))
    ]
    nodes = np.concatenate((build.arcs.n0, build.arcs.n1))
    pairs = np.unique(np.column_stack((nodes, ends)), axis=0)
    assert len(pairs) == len(np.unique(nodes)) == len(np.unique(ends, axis=0))


def test_two_halves_share_one_arc() -> None:
    build = build_arcs([box(0, 0, 1, 1), box(1, 0, 2, 1)], [7, 8])
    assert len(build.arcs) == 3
    assert sorted(zip(build.arcs.left, build.arcs.right, strict=True)) == [(-1, 0), (0, 1), (1, -1)]
    assert codes(build) == []
    check_consistent(build)


def test_a_junction_without_a_vertex_is_noded_and_reported() -> None:
    build = build_arcs([box(0, 0, 1, 2), box(1, 0, 2, 0.7), box(1, 0.7, 2, 2)], [1, 2, 3])
    assert codes(build) == [("G06", "info")]
    np.testing.assert_allclose(build.report.unmatched, [[120.001, 30.0007]])
    assert build.report.displaced == ()
    check_consistent(build)


def test_a_junction_off_a_slanted_side_by_rounding_leaves_no_sliver() -> None:
    big = shapely.Polygon([(120, 30), (120.0017, 30.0011), (120.0017, 29.999), (120, 29.999)])
    t = 0.37
    middle = (round(120 + 0.0017 * t, 7), round(30 + 0.0011 * t, 7))
    first = shapely.Polygon([(120, 30), middle, (120, 30.002)])
    second = shapely.Polygon([middle, (120.0017, 30.0011), (120.0017, 30.002), (120, 30.002)])
    build = build_arcs([big, first, second], [1, 2, 3])
    assert {code for code, _ in codes(build)} == {"G06"}
    assert build.arcs.face_count == 3
    check_consistent(build)


def test_an_overlap_is_refused_with_its_place_and_given_to_the_smaller_on_request() -> None:
    polygons = [box(0, 0, 10, 10), box(9, 4, 12, 6)]
    with pytest.raises(
        TopologyError, match=r"G02 overlap of \d+\.\d m2 at \(120\.00.*unit 1, unit 2"
    ):
        build_arcs(polygons, [1, 2])
    build = build_arcs(polygons, [1, 2], repair=True)
    (finding,) = build.report.errors
    area = polygon_area_m2(np.array([box(9, 4, 10, 6)]))[0]
    assert finding.area_m2 == pytest.approx(area)
    assert finding.given_to == (2,)
    (moved,) = build.report.displaced
    assert (moved.unit_id, moved.gained_m2) == (1, 0.0)
    assert moved.lost_m2 == pytest.approx(area)
    check_consistent(build)


def test_an_enclave_drawn_over_its_surroundings_survives() -> None:
    build = build_arcs([box(0, 0, 10, 10), box(4, 4, 6, 6)], [1, 2], repair=True)
    assert build.arcs.face_unit.tolist() == [1, 2]
    assert len(face_polygons(build.arcs)[0].interiors) == 1
    check_consistent(build)


@pytest.mark.parametrize("second", [box(0, 0, 10, 10), box(-1, -1, 11, 11)])
def test_no_unit_may_vanish(second: shapely.Polygon) -> None:
    cover = [box(0, 0, 5, 10), box(5, 0, 10, 10)]
    with pytest.raises(TopologyError, match=r"unit 9 would vanish: it is covered by units? 1"):
        build_arcs([*cover, box(0, 0, 10, 10)], [1, 2, 9], repair=True)
    speck = shapely.box(120, 30, 120 + 0.2 * UNIT, 30 + 0.2 * UNIT)
    with pytest.raises(TopologyError, match="unit 3 would vanish: it has no area"):
        build_arcs([second, speck], [1, 3], repair=True)


def test_a_sliver_gap_goes_to_the_longest_border() -> None:
    ring = [box(0, 0, 4, 10), box(4.002, 0, 8, 10), box(0, 10, 8, 12), box(0, -2, 8, 0)]
    with pytest.raises(TopologyError, match="G03 sliver gap"):
        build_arcs(ring, [1, 2, 3, 4])
    build = build_arcs(ring, [1, 2, 3, 4], repair=True)
    (finding,) = build.report.errors
    assert finding.code == "G03"
    assert finding.width_m == pytest.approx(0.19, abs=0.01)
    assert finding.given_to == (1,)
    assert [moved.unit_id for moved in build.report.displaced] == [1]
    assert build.arcs.face_count == 4
    check_consistent(build)


def test_a_hole_is_reported_and_stays_a_hole() -> None:
    holed = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    with pytest.raises(TopologyError, match="G04 hole"):
        build_arcs([holed], [1])
    build = build_arcs([holed], [1], repair=True)
    assert codes(build) == [("G04", "error")]
    assert build.report.displaced == ()
    assert face_polygons(build.arcs)[0].equals(holed.normalize())
    check_consistent(build)


def test_parts_islands_and_nested_enclaves_keep_their_units() -> None:
    outer = box(0, 0, 10, 10).difference(box(2, 2, 8, 8))
    middle = box(2, 2, 8, 8).difference(box(4, 4, 6, 6))
    island = box(20, 0, 21, 1)
    build = build_arcs([shapely.MultiPolygon([outer, island, box(4, 4, 6, 6)]), middle], [5, 6])
    assert build.arcs.face_unit.tolist() == [5, 5, 5, 6]
    polygons = group_polygons(build.arcs, np.array([0, 0, 0, 1]), count=2)
    assert polygons[0].equals(shapely.MultiPolygon([outer, island, box(4, 4, 6, 6)]))
    assert polygons[1].equals(middle)
    check_consistent(build)


def test_neighbouring_parts_of_one_unit_are_joined() -> None:
    build = build_arcs([box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 2, 2)], [1, 1, 2])
    assert build.arcs.face_unit.tolist() == [1, 2]
    assert face_polygons(build.arcs)[0].equals(box(0, 0, 2, 1))


def test_faces_that_touch_at_a_point_give_valid_rings() -> None:
    corner = [box(0, 0, 1, 1), box(1, 1, 2, 2)]
    build = build_arcs([shapely.MultiPolygon(corner), box(1, 0, 2, 1), box(0, 1, 1, 2)], [1, 2, 3])
    both = group_polygons(build.arcs, (build.arcs.face_unit != 1).astype(int), count=2)
    assert shapely.is_valid(both).all()
    assert shapely.equals(both[0], shapely.MultiPolygon(corner))
    diamond = shapely.Polygon(
        [(120, 30), (120.01, 30), (120.01, 30.01), (120, 30.01)],
        [[(120, 30), (120.004, 30.002), (120.002, 30.004)]],
    )
    inner = shapely.Polygon([(120, 30), (120.004, 30.002), (120.002, 30.004)])
    build = build_arcs([diamond, inner], [1, 2])
    polygons = face_polygons(build.arcs)
    assert shapely.is_valid(polygons).all()
    assert len(polygons[0].interiors) == 1


def test_a_crossed_ring_keeps_both_lobes_and_is_reported() -> None:
    crossed = shapely.Polygon([(120, 30), (120.1, 30.1), (120.1, 30), (120, 30.1)])
    build = build_arcs([crossed], [1])
    assert codes(build) == [("G01", "info")]
    assert build.arcs.face_count == 2


@pytest.mark.parametrize(
    ("polygons", "ids", "error", "match"),
    [
        ([box(0, 0, 1, 1)], [1, 2], ParameterError, "one id per polygon"),
        ([shapely.Point(120, 30)], [4], GeometryError, "unit 4.*Point"),
        ([None], [4], GeometryError, "unit 4.*nothing"),
        ([shapely.Polygon()], [4], GeometryError, "unit 4.*empty"),
        ([shapely.box(100, 30, 114, 31)], [4], LatticeError, "100.0000 to 114.0000"),
        (
            [shapely.transform(box(0, 0, 1, 1), lambda xy: xy * np.inf)],
            [4],
            GeometryError,
            "unit 4.*finite",
        ),
    ],
)
def test_input_that_cannot_be_a_coverage_is_refused(
    polygons: list[shapely.Geometry], ids: list[int], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        build_arcs(polygons, ids)


def test_a_given_origin_too_far_away_is_refused() -> None:
    with pytest.raises(LatticeError, match="from the origin"):
        build_arcs([box(0, 0, 1, 1)], [1], origin=np.array([10, 10]))
    with pytest.raises((LatticeError, CoordinateError)):
        build_arcs([box(0, 0, 1, 1)], [1], origin=np.array([10**12, 10]))


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(
        st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=3, max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_any_polygons_on_a_tiny_lattice_become_a_coverage(
    corners: list[list[tuple[int, int]]],
) -> None:
    """Crossings, spikes, duplicates and nesting, a few lattice units in size."""
    polygons = np.array(
        [shapely.Polygon(np.array(ring) * UNIT + (120, 30)) for ring in corners], dtype=object
    )
    ids = np.arange(len(polygons)) + 1
    try:
        build = build_arcs(polygons, ids, repair=True)
    except TopologyError as refusal:
        assert "vanish" in str(refusal)  # noqa: PT017 - the message is the assertion
        return
    areas = face_areas_m2(build.arcs)
    assert (areas > 0).all()
    assert set(build.arcs.face_unit.tolist()) == set(ids.tolist())
    coords = shapely.transform(
        face_polygons(build.arcs), lambda xy: np.rint((xy - (120, 30)) / UNIT)
    )
    assert shapely.is_valid(coords).all()
    check_no_overlap(coords)


def check_no_overlap(polygons: NDArray[np.object_]) -> None:
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    common = shapely.area(shapely.intersection(polygons[a[a < b]], polygons[b[a < b]]))
    np.testing.assert_allclose(common, 0.0, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_union_is_kept_but_for_rounding(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 8, (8, 2))
    size = rng.uniform(0.5, 4, (8, 2))
    polygons = np.array(
        [
            shapely.affinity.rotate(box(x, y, x + w, y + h), float(rng.uniform(0, 90)))
            for (x, y), (w, h) in zip(low, size, strict=True)
        ],
        dtype=object,
    )
    try:
        build = build_arcs(polygons, np.arange(8), repair=True)
    except TopologyError:
        return
    check_consistent(build)
    union, faces = shapely.union_all(polygons), shapely.union_all(face_polygons(build.arcs))
    difference = shapely.symmetric_difference(union, faces)
    assert difference.area < union.length * 4 * UNIT


def test_the_order_of_polygons_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    polygons = np.array(
        [box(3 * x, 3 * y, 3 * x + 3.3, 3 * y + 3.3) for x in range(6) for y in range(6)],
        dtype=object,
    )
    ids = np.arange(36) + 1
    first = build_arcs(polygons, ids, repair=True)
    order = rng.permutation(36)
    second = build_arcs(polygons[order], ids[order], repair=True)
    np.testing.assert_array_equal(first.arcs.coords, second.arcs.coords)
    np.testing.assert_array_equal(first.arcs.left, second.arcs.left)
    assert first.report.displaced == second.report.displaced
