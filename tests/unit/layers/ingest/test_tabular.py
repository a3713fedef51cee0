"""Tables into layers: keys, places, types, encodings, and nothing on failure."""

import gzip
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from grids.crs import from_lonlat, parse_crs
from grids.errors import CrsError, FieldError, FileFormatError, ImportFailedError
from layers.ingest.tabular import TableOptions, import_table
from layers.policy import Scope
from layers.store.sqlite import SqliteStore

HEADING = "编号,名称,状态,经度,纬度\n"
ROWS = "m-1,雨水井盖,完好,120.1551,30.2741\nm-2,路灯,破损,120.1560,30.2750\n"


def written(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "部件.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def components(store: SqliteStore, scope: Scope) -> dict[str, tuple[object, object]]:
    tables = [t.to_pylist() for t in store.scan("component", scope=scope)]
    return {
        row["uid"]: (row["state"], shapely.from_wkb(row["geom"]).coords[0])
        for rows in tables
        for row in rows
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_table_is_read_in_every_usual_encoding(
    tmp_path: Path, store: SqliteStore, importer: Scope, encoding: str
) -> None:
    path = written(tmp_path, HEADING + ROWS, encoding=encoding)
    report = import_table(
        path, "component", store, scope=importer, options=TableOptions(crs="4490")
    )
    assert report.inserted["component"] == 2
    assert not report.rejects
    assert components(store, importer) == {
        "m-1": ("good", (120.1551, 30.2741)),
        "m-2": ("damaged", (120.1560, 30.2750)),
    }


def test_a_second_import_updates_by_key_and_counts_what_did_not_change(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    options = TableOptions(crs="4490")
    import_table(
        written(tmp_path, HEADING + ROWS), "component", store, scope=importer, options=options
    )
    changed = written(tmp_path, HEADING + ROWS.replace("破损", "丢失"))
    report = import_table(changed, "component", store, scope=importer, options=options)
    assert (report.updated["component"], report.unchanged["component"]) == (1, 1)
    assert components(store, importer)["m-2"][0] == "lost"


def test_rows_that_cannot_be_taken_are_listed_with_their_reason(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    bad = "m-1,重复,完好,120.1,30.2\n,无编号,完好,120.1,30.2\nm-3,换,完好,30.2,120.1\n"
    bad += "m-4,坏,融化,120.1,30.2\nm-5,空,完好,,\n"
    path = written(tmp_path, HEADING + ROWS + bad)
    report = import_table(
        path, "component", store, scope=importer, options=TableOptions(crs="4490")
    )
    reasons = {r.where: r.reason for r in report.rejects}
    assert report.inserted["component"] == 2
    assert list(reasons) == ["row 4", "row 5", "row 6", "row 8", "row 7"]
    assert "swapped" in reasons["row 6"]
    assert "融化" in reasons["row 7"]
    assert "no coordinates" in reasons["row 8"]


def test_a_missing_reference_system_is_asked_for_and_nothing_is_written(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    with pytest.raises(CrsError, match="--crs"):
        import_table(
            written(tmp_path, HEADING + ROWS),
            "component",
            store,
            scope=importer,
            options=TableOptions(),
        )
    assert store.head() == 0


def test_a_missing_column_is_named(tmp_path: Path, store: SqliteStore, importer: Scope) -> None:
    path = written(tmp_path, "名称,经度,纬度\n甲,120,30\n")
    with pytest.raises(FieldError, match="uid"):
        import_table(path, "component", store, scope=importer, options=TableOptions(crs="4490"))
    options = TableOptions(crs="4490", columns={"uid": "ID"})
    with pytest.raises(FieldError, match="there is no column 'ID'"):
        import_table(path, "component", store, scope=importer, options=options)


def test_a_file_without_any_usable_row_fails_and_changes_nothing(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    path = written(tmp_path, HEADING + "m-1,x,完好,ab,cd\n")
    with pytest.raises(ImportFailedError, match="no coordinates"):
        import_table(path, "component", store, scope=importer, options=TableOptions(crs="4490"))
    assert store.head() == 0


def test_offset_coordinates_are_converted_back(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    lon, lat = from_lonlat(np.array([[120.1551, 30.2741]]), parse_crs("GCJ-02"))[0].tolist()
    path = written(tmp_path, HEADING + f"m-1,井盖,完好,{lon!r},{lat!r}\n")
    import_table(path, "component", store, scope=importer, options=TableOptions(crs="GCJ-02"))
    np.testing.assert_allclose(
        components(store, importer)["m-1"][1], (120.1551, 30.2741), atol=1e-8
    )


def frame() -> geopandas.GeoDataFrame:
    points = shapely.points([[120.1551, 30.2741], [120.156, 30.275]])
    columns = {"uid": ["m-1", "m-2"], "state": ["good", "damaged"]}
    return geopandas.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "parquet", "fgb", "xlsx"])
def test_every_format_gives_the_same_rows(
    tmp_path: Path, store: SqliteStore, importer: Scope, suffix: str
) -> None:
    path = tmp_path / f"components.{suffix}"
    options = TableOptions()
    if suffix == "xlsx":
        book = openpyxl.Workbook()
        for row in [["uid", "state", "lon", "lat"], ["m-1", "good", 120.1551, 30.2741],
                    ["m-2", "damaged", 120.156, 30.275]]:  # fmt: skip
            book.active.append(row)
        book.save(path)
        options = TableOptions(crs="4326")
    elif suffix == "parquet":
        frame().to_parquet(path)
    else:
        frame().to_file(path)
    import_table(path, "component", store, scope=importer, options=options)
    rows = components(store, importer)
    assert {uid: state for uid, (state, _) in rows.items()} == {"m-1": "good", "m-2": "damaged"}
    np.testing.assert_allclose(rows["m-1"][1], (120.1551, 30.2741))
    np.testing.assert_allclose(rows["m-2"][1], (120.156, 30.275))


def test_a_projected_file_is_converted(tmp_path: Path, store: SqliteStore, importer: Scope) -> None:
    path = tmp_path / "projected.gpkg"
    frame().to_crs("EPSG:4549").to_file(path)
    import_table(path, "component", store, scope=importer, options=TableOptions())
    np.testing.assert_allclose(
        components(store, importer)["m-1"][1], (120.1551, 30.2741), atol=1e-8
    )


def test_real_incidents_come_in_with_their_five_duplicates_rejected(
    tmp_path: Path, store: SqliteStore, importer: Scope, shared_data: Path
) -> None:
    path = tmp_path / "incidents.csv"
    packed = shared_data / "events" / "calgary_traffic_incidents.csv.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    columns = {"uid": "*", "title": "incident_info", "reported_at": "start_dt"}
    options = TableOptions(crs="4326", columns=columns, zone="America/Edmonton")
    report = import_table(path, "event", store, scope=importer, options=options)
    assert report.inserted["event"] == 62342
    assert report.reasons() == [("key", 5)]
    first = pd.read_csv(path, nrows=1)["start_dt"][0]
    instant = pd.Timestamp(first).tz_localize("America/Edmonton").value // 10**6
    table = next(store.scan("event", scope=importer))
    assert instant in set(table["reported_at"].to_pylist())


def test_a_damaged_file_changes_nothing(
    tmp_path: Path, store: SqliteStore, importer: Scope
) -> None:
    path = written(tmp_path, "not a database", name="x.gpkg")
    with pytest.raises(FileFormatError):
        import_table(path, "component", store, scope=importer, options=TableOptions())
    assert store.head() == 0
