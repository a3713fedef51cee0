"""The layer of grids: every unit once, outlines that dissolve exactly."""

import numpy as np
import pytest
import shapely

from grids.faces import unit_polygons
from grids.geodesic import polygon_area_m2
from grids.hierarchy import LEVELS
from grids.tile import lonlat_from_world
from layers.catalog import default_catalog
from layers.columns import TextColumn
from layers.policy import Scope
from layers.registry.registry import Registry
from tests.unit.layers.registry.conftest import city

SPEC = default_catalog()["grid"]


@pytest.fixture
def version(registry: Registry):  # type: ignore[no-untyped-def] # noqa: ANN201
    return registry.publish(*city(4), effective_from=1, scope=Scope.system("test"))


def test_every_unit_is_a_row_with_its_fields(registry: Registry, version) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    table = registry.table(version, SPEC)
    tree = version.hierarchy
    assert sorted(table.ids.tolist()) == sorted(tree.unit_ids.tolist())
    assert {field.name for field in SPEC.fields} <= set(table.columns)
    for row, unit_id in enumerate(table.ids.tolist()):
        unit = tree.unit(unit_id)
        for name in ("code", "name", "level"):
            column = table.columns[name]
            assert isinstance(column, TextColumn)
            assert column.values[column.codes[row]] == getattr(unit, name)
        interval = tuple(int(table.columns[n].values[row]) for n in ("leaf_lo", "leaf_hi"))
        assert interval == tree.interval(unit_id)
        parent = table.columns["parent_id"]
        assert (parent.values[row] if parent.valid[row] else None) == unit.parent_id
    assert (table.versions == version.number).all()


def test_outlines_are_those_of_the_dissolved_polygons(registry: Registry, version) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    table = registry.table(version, SPEC)
    geometry, tree = table.geometry, version.hierarchy
    assert geometry is not None
    polygons = {
        unit.id: polygon
        for level in LEVELS
        for unit, polygon in zip(
            tree.units_at(level), unit_polygons(version.arcs, tree, level), strict=True
        )
    }
    for row, unit_id in enumerate(table.ids.tolist()):
        low, high = geometry.feature_starts[row : row + 2]
        assert high - low == 1
        start, end = geometry.ring_starts[low : low + 2]
        ring = shapely.Polygon(lonlat_from_world(geometry.coords[start:end]))
        assert ring.symmetric_difference(polygons[unit_id]).area < 1e-8
        area = float(table.columns["area_m2"].values[row])
        assert area == pytest.approx(polygon_area_m2(np.array([polygons[unit_id]]))[0], rel=1e-9)


def test_items_have_the_exact_outline_in_the_order_asked(registry: Registry, version) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    tree = version.hierarchy
    district, grid = tree.unit_by_code("9902"), tree.unit_by_code("9901003")
    items = registry.items(version, [grid.id, 10**9, district.id])
    assert [item.uid for item in items] == ["9901003", "9902"]
    one, two = (item.geometry for item in items)
    assert one is not None
    assert two is not None
    assert one.bounds == pytest.approx((120.01, 30.03, 120.02, 30.04), abs=1e-12)
    assert two.bounds == pytest.approx((120.02, 30.0, 120.03, 30.04), abs=1e-12)
    assert items[1].values["parent_id"] == tree.unit_by_code("99").id
    assert items[1].values["area_m2"] == pytest.approx(
        sum(
            float(i.values["area_m2"])
            for i in registry.items(version, [u.id for u in tree.children(district.id)])
        )  # type: ignore[arg-type]
    )
    assert registry.items(version, []) == []
