"""What a file really is: its first bytes against its name, text encoding, delimiter."""

import csv
import zipfile
from pathlib import Path

from grids.errors import FileFormatError

__all__ = ["decoded_text", "delimiter", "format_of"]

MAX_UNPACKED_BYTES = 4_000_000_000
MAX_RATIO = 200
MAX_ENTRIES = 4096
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".gpkg": "vector",
    ".geojson": "vector",
    ".json": "vector",
    ".shp": "vector",
    ".zip": "vector",
    ".gdb": "vector",
    ".dxf": "vector",
    ".fgb": "vector",
    ".kml": "vector",
    ".gml": "vector",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
_MAGIC = {
    ".xlsx": (b"PK\x03\x04",),
    ".zip": (b"PK\x03\x04",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".fgb": (b"fgb",),
}
_TEXT_OPENINGS = {
    ".geojson": ("{",),
    ".json": ("{",),
    ".kml": ("<?xml", "<kml"),
    ".gml": ("<?xml", "<"),
}
_REFUSED_OPENINGS = ("<OGRVRT", "<VRTDataset", "<GDALG")


def format_of(path: Path) -> str:
    """Family of a file: ``csv``, ``xlsx``, ``vector`` or ``parquet``, checked by content.

    Raises
    ------
    FileFormatError
        If the file is missing or empty, its suffix is not one of those read here, or its first
        bytes are not those of its suffix.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise FileFormatError(f"there is no file {path}")
    if suffix not in _SUFFIXES:
        known = " ".join(sorted(_SUFFIXES))
        raise FileFormatError(f"{path.name} has a suffix that is not read here; known: {known}")
    if suffix == ".gdb":
        if not path.is_dir() or not any(path.glob("*.gdbtable")):
            raise FileFormatError(f"{path.name} is not a file geodatabase folder")
        return "vector"
    if path.is_dir():
        raise FileFormatError(f"{path.name} is a folder, not a file")
    _check_content(path, suffix)
    return _SUFFIXES[suffix]


def _check_content(path: Path, suffix: str) -> None:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise FileFormatError(f"{path.name} is empty")
    if suffix in _MAGIC and not head.startswith(_MAGIC[suffix]):
        raise FileFormatError(
            f"{path.name} is not what its name says: it does not open as {suffix}"
        )
    opening = head.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if suffix in _TEXT_OPENINGS and not opening.startswith(_TEXT_OPENINGS[suffix]):
        raise FileFormatError(
            f"{path.name} is not what its name says: it does not open as {suffix}"
        )
    if any(mark in opening for mark in _REFUSED_OPENINGS):
        raise FileFormatError(f"{path.name} refers to other files, which is not read here")
    if suffix in {".csv", ".tsv", ".txt"} and head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileFormatError(f"{path.name} is not text; is it a spreadsheet? save it as .xlsx")
    if suffix in {".zip", ".xlsx"}:
        _check_archive(path)


def _check_archive(path: Path) -> None:
    """Refuse archives that are cut short, or that unpack to more than they should."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError) as exc:
        raise FileFormatError(f"{path.name} is cut short or not an archive: {exc}") from exc
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or unpacked > packed * MAX_RATIO:
        raise FileFormatError(
            f"{path.name} unpacks to {unpacked} bytes in {len(entries)} files, which is refused"
        )


def decoded_text(path: Path, encoding: str | None) -> tuple[str, str]:
    """Text of a file and the encoding it was read with.

    Parameters
    ----------
    path
        A text file.
    encoding
        Declared encoding; None tries the byte order mark, UTF-8, then GB18030, strictly.

    Raises
    ------
    FileFormatError
        If the bytes are not text of the declared, or of any tried, encoding.
    """
    content = path.read_bytes()
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except LookupError as exc:
            raise FileFormatError(
                f"encoding {encoding!r} is unknown; try utf-8 or gb18030"
            ) from exc
        except UnicodeDecodeError as exc:
            raise FileFormatError(
                f"{path.name} is not {encoding} text: byte {exc.start} does not fit"
            ) from exc
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return decoded_text(path, "utf-16")
    for candidate in ("utf-8", "gb18030"):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.removeprefix("\ufeff"), candidate
    raise FileFormatError(f"{path.name} is neither UTF-8 nor GB18030 text; declare its encoding")


def delimiter(text: str) -> str:
    """Delimiter of a table in text: comma, semicolon, tab or bar, by its first lines."""
    sample = "\n".join(text[:65_536].splitlines()[:50])
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|").delimiter
    except csv.Error:
        first = sample.split("\n", 1)[0]
        return max(",;\t|", key=first.count)
