"""What a file is, against what its name says."""

import zipfile
from pathlib import Path

import pytest

from grids.errors import FileFormatError
from layers.ingest.osm_reader import read_osm
from layers.ingest.report import no_progress
from layers.ingest.sniff import decoded_text, delimiter, format_of
from layers.ingest.source_table import read_source


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.gpkg", b"hello, not a database", "not what its name says"),
        ("a.geojson", b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "not what its name"),
        ("a.geojson", b'{"x": "<OGRVRT"}', "refers to other files"),
        ("a.shp", b"PK\x03\x04", "not what its name says"),
        ("a.csv", b"PK\x03\x04rest", "spreadsheet"),
        ("a.csv", b"", "empty"),
        ("a.docx", b"x", "suffix"),
        ("a.zip", b"PK\x03\x04 cut off", "cut short"),
        ("a.parquet", b"PAR1 and nothing more", "not a readable Parquet"),
        ("a.xlsx", b"PK\x03\x04 cut off", "cut short"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_gets_one_sentence(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(FileFormatError, match=says) as caught:
        read_source(written(tmp_path, name, content))
    assert name in str(caught.value)


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 10_000_000)
    with pytest.raises(FileFormatError, match="refused"):
        format_of(path)


def test_gb18030_and_utf8_are_told_apart(tmp_path: Path) -> None:
    text = "编号,名称\n1,玄津街道\n"
    assert decoded_text(written(tmp_path, "g.csv", text.encode("gb18030")), None) == (
        text,
        "gb18030",
    )
    assert decoded_text(written(tmp_path, "u.csv", text.encode("utf-8-sig")), None) == (
        text,
        "utf-8",
    )


def test_a_wrong_declared_encoding_names_the_byte(tmp_path: Path) -> None:
    path = written(tmp_path, "g.csv", "编号".encode("gb18030"))
    with pytest.raises(FileFormatError, match="byte 0"):
        decoded_text(path, "utf-8")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(mark: str) -> None:
    assert (
        delimiter(f"编号{mark}名称{mark}经度\n1{mark}甲{mark}120.1\n2{mark}乙{mark}120.2\n") == mark
    )


def test_a_truncated_geopackage_is_refused(tmp_path: Path, shared_data: Path) -> None:
    whole = (shared_data / "admin" / "zhejiang_shanghai_districts_amap_wgs84.gpkg").read_bytes()
    with pytest.raises(FileFormatError, match=r"cut\.gpkg"):
        read_source(written(tmp_path, "cut.gpkg", whole[: len(whole) // 3]))


def test_a_truncated_extract_is_refused(tmp_path: Path, shared_data: Path) -> None:
    whole = (shared_data / "osm" / "monaco.osm.pbf").read_bytes()
    cut = written(tmp_path, "cut.osm.pbf", whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match=r"cut\.osm\.pbf"):
        read_osm(cut, wanted=frozenset({"highway"}), on_progress=no_progress)
