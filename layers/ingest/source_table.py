"""Rows of a file as Arrow columns, before any of them is understood."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import shapely
from numpy.typing import NDArray

from grids.errors import CrsError, FileFormatError
from layers.ingest.sniff import decoded_text, delimiter, format_of

__all__ = ["SourceTable", "read_source"]

# Formats that follow references to other files or hosts are never wanted from an upload.
INDIRECT_DRIVERS = (
    "OGR_VRT,HTTP,WFS,CSW,OAPIF,OGCAPI,GDALG,ADBC,MVT,PMTiles,EEDA,AmigoCloud,Carto,PLScenes,"
    "NGW,GPSBabel,PDS4,VICAR,S57,SQLite"
)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table as read.

    Parameters
    ----------
    name
        Name of the file, with the layer or sheet where there are several.
    columns
        Arrow table without geometry; text stays text.
    geometry
        (n,) shapely objects in the file's own coordinates; None without geometry.
    crs
        Reference system that the file states, as text for `grids.crs.parse_crs`; None if it
        states none.
    first_row
        Number of the first data row for people (2 for a sheet with a heading).
    encoding
        Text encoding used, empty for binary formats.
    """

    name: str
    columns: pa.Table
    geometry: NDArray[np.object_] | None
    crs: str | None
    first_row: int = 1
    encoding: str = ""


def read_source(
    path: Path, *, layer: str | None = None, encoding: str | None = None
) -> SourceTable:
    """Rows of a CSV, XLSX, Parquet or OGR vector file.

    Parameters
    ----------
    path
        File (or ``.gdb`` folder).
    layer
        Layer or sheet to read where the file has several; None reads the only or first one.
    encoding
        Text encoding of CSV; None detects UTF-8 or GB18030.

    Raises
    ------
    FileFormatError
        If the file is not what its name says, truncated, wrongly encoded, or has no such layer.
    """
    family = format_of(path)
    if family == "csv":
        return _read_csv(path, encoding)
    if family == "xlsx":
        return _read_xlsx(path, layer)
    if family == "parquet":
        return _read_parquet(path)
    return _read_vector(path, layer)


def _read_csv(path: Path, encoding: str | None) -> SourceTable:
    text, used = decoded_text(path, encoding)
    heading = pa.csv.ParseOptions(delimiter=delimiter(text), newlines_in_values=True)
    try:
        names = pa.csv.read_csv(
            io.BytesIO(text.split("\n", 1)[0].encode() + b"\n"), parse_options=heading
        ).column_names
        table = pa.csv.read_csv(
            io.BytesIO(text.encode()),
            parse_options=heading,
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as exc:
        raise FileFormatError(f"{path.name} is not a readable table: {exc}") from exc
    return SourceTable(path.name, table, None, None, first_row=2, encoding=used)


def _read_xlsx(path: Path, sheet: str | None) -> SourceTable:
    import openpyxl  # noqa: PLC0415 - loaded only for spreadsheets: half a second

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as exc:  # the library raises whatever its XML parser does
        raise FileFormatError(f"{path.name} is not a readable spreadsheet: {exc}") from exc
    if sheet is not None and sheet not in book.sheetnames:
        raise FileFormatError(f"{path.name} has no sheet {sheet!r}; it has {book.sheetnames}")
    rows = book[sheet or book.sheetnames[0]].iter_rows(values_only=True)
    heading = next(rows, None)
    if heading is None or all(cell is None for cell in heading):
        raise FileFormatError(f"{path.name} has no heading row")
    names = [
        str(cell).strip() if cell is not None else f"column {i}"
        for i, cell in enumerate(heading, 1)
    ]
    cells = [row for row in rows if any(cell is not None for cell in row)]
    columns = [
        [_cell_text(row[i]) if i < len(row) else None for row in cells] for i in range(len(names))
    ]
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=names)
    return SourceTable(path.name, table, None, None, first_row=2)


def _cell_text(cell: Any) -> str | None:  # noqa: ANN401 - what a spreadsheet cell may hold
    """Text of a cell; whole floats lose the decimal point that spreadsheets add."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(sep=" ") if hasattr(cell, "hour") else str(cell)


def _read_parquet(path: Path) -> SourceTable:
    try:
        table = pa.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as exc:
        raise FileFormatError(f"{path.name} is not a readable Parquet file: {exc}") from exc
    if "geometry" not in table.column_names:
        return SourceTable(path.name, table, None, None)
    geometry = _from_wkb(table["geometry"], path)
    return SourceTable(path.name, table.drop_columns(["geometry"]), geometry, "EPSG:4326")


def _from_wkb(column: Any, path: Path) -> NDArray[np.object_]:  # noqa: ANN401 - an Arrow column
    values = column.to_numpy(zero_copy_only=False)
    try:
        return np.asarray(shapely.from_wkb(values), dtype=object)
    except (shapely.errors.GEOSException, TypeError) as exc:
        raise FileFormatError(f"{path.name} holds a geometry that cannot be read: {exc}") from exc


def _read_vector(path: Path, layer: str | None) -> SourceTable:
    os.environ.setdefault("OGR_SKIP", INDIRECT_DRIVERS)  # read by GDAL when it is first loaded
    import pyogrio  # noqa: PLC0415 - must follow the line above

    source = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(source)]
        if layer is not None and layer not in names:
            raise FileFormatError(f"{path.name} has no layer {layer!r}; it has {', '.join(names)}")
        meta, table = pyogrio.read_arrow(source, layer=layer or names[0])
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        OSError,
        pa.ArrowInvalid,
    ) as exc:
        raise FileFormatError(f"{path.name} is not readable, or is cut short: {exc}") from exc
    column = meta["geometry_name"] or "wkb_geometry"
    if column not in table.column_names:
        return SourceTable(path.name, table, None, None)
    geometry = _from_wkb(table[column], path)
    chosen = layer or names[0]
    name = path.name if len(names) == 1 else f"{path.name}:{chosen}"
    return SourceTable(name, table.drop_columns([column]), geometry, meta["crs"])


def declared_crs(source: SourceTable, declared: str | None) -> str:
    """The CRS to use: the declared one, else the one the file states.

    Raises
    ------
    CrsError
        If neither is there.
    """
    crs = declared or source.crs
    if crs is None:
        raise CrsError(
            f"{source.name} does not state its coordinate reference system; declare it, for "
            "example --crs 4490, --crs EPSG:4549, --crs GCJ-02 or --crs BD-09"
        )
    return crs
