"""Boundaries and road blocks into the grid."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from grids.crs import parse_crs, to_lonlat
from grids.errors import (
    CrsError,
    FieldError,
    HierarchyError,
    ImportFailedError,
    TopologyError,
)
from layers.ingest.blocks import BlockOptions, publish_blocks
from layers.ingest.boundaries import BoundaryImport, BoundaryOptions, import_boundaries
from layers.ingest.osm import import_osm
from layers.policy import Scope
from layers.registry.registry import Registry
from layers.store.sqlite import SqliteStore

HANGZHOU = ("3301", "杭州市")
NOW = 1_795_000_000_000


@pytest.fixture
def registry(store: SqliteStore) -> Registry:
    return Registry(store, clock=lambda: NOW + 1)


def squares(codes: list[str], *, width: float = 0.01, x0: float = 120.0) -> geopandas.GeoDataFrame:
    boxes = [
        shapely.box(x0 + i * 0.01, 30.0, x0 + i * 0.01 + width, 30.01) for i in range(len(codes))
    ]
    columns = {"代码": codes, "名称": [f"单元{code}" for code in codes]}
    return geopandas.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326")


def imported(path: Path, registry: Registry, scope: Scope, **options: object) -> BoundaryImport:
    chosen = BoundaryOptions(city=HANGZHOU, effective_from=NOW, **options)  # type: ignore[arg-type]
    return import_boundaries(path, registry, scope=scope, options=chosen)


def chain_codes(registry: Registry, lon: float, lat: float) -> list[str]:
    version = registry.version()
    assert version is not None
    leaf = int(version.locator.leaf(np.array([[lon, lat]]))[0])
    return [unit.code for unit in version.hierarchy.chain(leaf)] if leaf >= 0 else []


def test_districts_become_leaves_under_the_city(
    tmp_path: Path, registry: Registry, importer: Scope
) -> None:
    path = tmp_path / "districts.gpkg"
    squares(["330102", "330105", "440101"]).to_file(path)
    done = imported(path, registry, importer, level="district")
    assert done.version.number == 1
    assert done.version.hierarchy.leaf_count == 2
    assert done.report.notes == ["1 rows lie outside 3301 and were left out"]
    assert chain_codes(registry, 120.015, 30.005) == ["3301", "330105"]


def test_finer_units_split_the_leaf_they_lie_in(
    tmp_path: Path, registry: Registry, importer: Scope
) -> None:
    squares(["330102", "330105"]).to_file(tmp_path / "d.gpkg")
    imported(tmp_path / "d.gpkg", registry, importer, level="district")
    streets = squares(["330105001000", "330105002000"], width=0.01)
    streets.geometry = [
        shapely.box(120.01, 30.0, 120.015, 30.01),
        shapely.box(120.015, 30.0, 120.02, 30.01),
    ]
    streets.to_file(tmp_path / "s.gpkg")
    done = imported(tmp_path / "s.gpkg", registry, importer, level="street")
    assert done.draft.split == ("330105",)
    assert chain_codes(registry, 120.017, 30.005) == ["3301", "330105", "330105002000"]
    assert chain_codes(registry, 120.005, 30.005) == ["3301", "330102"]


def test_a_known_code_is_redrawn_and_keeps_its_id(
    tmp_path: Path, registry: Registry, importer: Scope
) -> None:
    squares(["330102", "330105"]).to_file(tmp_path / "a.gpkg")
    first = imported(tmp_path / "a.gpkg", registry, importer, level="district").version
    moved = squares(["330102", "330105"])
    moved.geometry = [
        shapely.box(120.0, 30, 120.012, 30.01),
        shapely.box(120.012, 30, 120.02, 30.01),
    ]
    moved.to_file(tmp_path / "b.gpkg")
    second = imported(tmp_path / "b.gpkg", registry, importer, level="district").version
    assert second.hierarchy.unit_by_code("330105").id == first.hierarchy.unit_by_code("330105").id
    assert chain_codes(registry, 120.011, 30.005) == ["3301", "330102"]


def test_overlaps_are_refused_by_code_and_name_until_the_repair_is_accepted(
    tmp_path: Path, registry: Registry, importer: Scope, store: SqliteStore
) -> None:
    path = tmp_path / "overlap.gpkg"
    squares(["330102", "330105"], width=0.0101).to_file(path)
    with pytest.raises(TopologyError, match="330105 单元330105"):
        imported(path, registry, importer, level="district")
    assert store.head() == 0
    done = imported(path, registry, importer, level="district", repair=True)
    assert done.draft.build.report.findings


@pytest.mark.parametrize(
    ("codes", "options", "error", "says"),
    [
        (["330102"], {}, FieldError, "--level"),
        (["330102"], {"level": "planet"}, FieldError, "planet"),
        (["330102"], {"level": "city"}, HierarchyError, "330102"),
        (["440102"], {"level": "district"}, ImportFailedError, "under 3301"),
        (["甲"], {"level": "district"}, FieldError, "code"),
    ],
)
def test_what_cannot_be_understood_is_said(
    tmp_path: Path,
    registry: Registry,
    importer: Scope,
    codes: list[str],
    options: dict[str, object],
    error: type[Exception],
    says: str,
) -> None:
    path = tmp_path / "x.gpkg"
    squares(codes).to_file(path)
    with pytest.raises(error, match=says):
        imported(path, registry, importer, **options)
    assert registry.version() is None


def test_a_drawing_without_reference_system_asks_for_it(
    tmp_path: Path, registry: Registry, importer: Scope
) -> None:
    squares(["330102", "330105"]).to_file(tmp_path / "none.shp", encoding="utf-8")
    (tmp_path / "none.prj").unlink()
    with pytest.raises(CrsError, match="--crs"):
        imported(tmp_path / "none.shp", registry, importer, level="district")


@pytest.mark.parametrize(("name", "driver"), [("g.gdb", "OpenFileGDB"), ("g.dxf", "DXF")])
def test_geodatabases_and_drawings_are_read(
    tmp_path: Path, registry: Registry, importer: Scope, name: str, driver: str
) -> None:
    frame = squares(["330102", "330105"]).rename(columns={"代码": "Layer"})
    frame[["Layer", "geometry"]].to_file(tmp_path / name, driver=driver)
    options = {"level": "district", "crs": "4326", "columns": {"code": "Layer"}}
    assert imported(tmp_path / name, registry, importer, **options).version.number == 1
    assert chain_codes(registry, 120.015, 30.005) == ["3301", "330105"]


def test_hangzhou_comes_in_as_thirteen_leaves_and_a_gcj02_place_falls_into_its_district(
    registry: Registry, importer: Scope, shared_data: Path
) -> None:
    admin = shared_data / "admin"
    done = imported(
        admin / "china_admin_tianditu_wgs84.gpkg",
        registry,
        importer,
        level="district",
        source_layer="district",
    )
    assert done.version.hierarchy.leaf_count == 13
    assert not done.draft.build.report.errors
    fences = geopandas.read_file(admin / "zhejiang_shanghai_fences_gcj02.gpkg")
    now = {unit.code for unit in done.version.hierarchy.units}
    checked = 0
    for code, geometry in zip(fences["code"].astype(str), fences.geometry, strict=True):
        if code in now:
            inside = geometry.representative_point()
            lon, lat = to_lonlat(np.array([[inside.x, inside.y]]), parse_crs("GCJ-02"))[0]
            assert chain_codes(registry, lon, lat) == ["3301", code]
            checked += 1
    assert checked >= 10


def test_road_blocks_of_nanjing_become_first_grids(
    store: SqliteStore, registry: Registry, importer: Scope, shared_data: Path
) -> None:
    import_osm(shared_data / "osm" / "nanjing_centre.osm", store, scope=importer)
    options = BlockOptions(city=("3201", "南京市"), effective_from=NOW)
    version, merged = publish_blocks(store, registry, options=options, scope=importer)
    assert version.hierarchy.leaf_count > 60
    assert merged > 0
    buildings = [
        shapely.from_wkb(row["geom"]).point_on_surface()
        for table in store.scan("building", scope=importer)
        for row in table.to_pylist()
    ]
    leaves = version.locator.leaf(shapely.get_coordinates(buildings))
    assert (leaves >= 0).all()


def test_blocks_without_roads_say_so(
    store: SqliteStore, registry: Registry, importer: Scope
) -> None:
    options = BlockOptions(city=("3201", "南京市"), effective_from=NOW)
    with pytest.raises(ImportFailedError, match="no roads"):
        publish_blocks(store, registry, options=options, scope=importer)
