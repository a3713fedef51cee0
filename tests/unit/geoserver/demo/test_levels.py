"""Grid levels: exact coverage, codes, households."""

import numpy as np
import shapely

from geoserver.demo.city import DemoCity, DemoModel
from grids.errors import GeometryError, TopologyError
from grids.hierarchy import Hierarchy, Unit
from grids.noding import build_arcs

_DIGITS = {"city": 4, "district": 6, "street": 9, "community": 12, "grid": 15, "unit": 18}


def test_leaf_polygons_are_a_coverage_without_repair(small_city: DemoCity) -> None:
    build = build_arcs(small_city.grid_polygons, small_city.grid_units, repair=False)
    assert not build.report.findings
    assert set(build.arcs.face_unit.tolist()) == set(small_city.grid_units.tolist())


def test_every_grid_is_one_valid_piece_on_the_lattice(small_city: DemoCity) -> None:
    polygons = small_city.grid_polygons
    assert shapely.is_valid(polygons).all()
    assert (shapely.get_type_id(polygons) == 3).all()
    coords = shapely.get_coordinates(polygons)
    np.testing.assert_array_equal(np.rint(coords * 1e7) / 1e7, coords)


def test_units_form_a_tree_with_codes_that_begin_with_the_parent(small_city: DemoCity) -> None:
    units = small_city.units.units
    Hierarchy(
        Unit(k, unit.code, unit.name, unit.level, None if unit.parent < 0 else unit.parent)
        for k, unit in enumerate(units)
    )
    for unit in units[1:]:
        assert unit.code.startswith(units[unit.parent].code)
        assert len(unit.code) == _DIGITS[unit.level]
    assert len({unit.code for unit in units}) == len(units)
    assert units[0].code == "9901"


def test_every_upper_unit_is_contiguous(small_model: DemoModel) -> None:
    parcels, units = small_model.ground.parcels, small_model.units
    for level in ("district", "street", "community", "grid"):
        above = np.array([units.ancestor(int(k), level) for k in units.leaf])
        for number in np.unique(above):
            union = shapely.coverage_union_all(parcels[above == number])
            assert union.geom_type == "Polygon", units.units[number]


def test_only_planted_grids_leave_the_band_of_households(small_city: DemoCity) -> None:
    basic = {c: g for c, g in small_city.truth["grids"].items() if g["kind"] == "basic"}
    outside = [code for code, grid in basic.items() if not 300 <= grid["households"] <= 500]
    assert sorted(outside) == sorted(small_city.truth["warned_grids"])
    assert len(outside) < 0.03 * len(basic)
    assert 12 <= len(basic) <= 30


def test_planted_boundary_faults_are_noticed(small_city: DemoCity) -> None:
    code_of = [small_city.units.units[k].code for k in small_city.grid_units]
    noticed = {}
    for fault in small_city.truth["boundary_faults"]:
        polygons = small_city.grid_polygons.copy()
        polygons[code_of.index(fault["code"])] = shapely.from_wkt(fault["wkt"])
        try:
            build = build_arcs(polygons, small_city.grid_units, repair=False)
            noticed[fault["kind"]] = bool(build.report.findings)
        except (TopologyError, GeometryError):
            noticed[fault["kind"]] = True
    assert noticed == {"overlap": True, "gap": True, "hole": True, "bow tie": True}
