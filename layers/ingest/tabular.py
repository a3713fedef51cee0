"""Import of a table into a layer: mapped, typed, placed, written in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from grids.errors import ImportFailedError
from layers.ingest.mapping import WHOLE_ROW, ColumnMapping, column_mapping
from layers.ingest.places import Places, placed, point_geometry
from layers.ingest.report import ImportReport, Progress, no_progress
from layers.ingest.source_table import SourceTable, declared_crs, read_source
from layers.ingest.values import Converted, converted
from layers.model import GeometryKind, LayerSpec
from layers.policy import Scope
from layers.store.protocol import Store

__all__ = ["TableOptions", "import_table", "typed_rows"]


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How to read a table.

    Parameters
    ----------
    crs
        Declared reference system; None takes the file's own, else asks.
    encoding
        Text encoding of CSV; None detects it.
    source_layer
        Layer or sheet of the file.
    columns
        Field name (or ``uid``, ``lon``, ``lat``, ``wkt``) to column.
    zone
        Time zone of times that name none.
    """

    crs: str | None = None
    encoding: str | None = None
    source_layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"


def _uids(source: SourceTable, mapping: ColumnMapping) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Row keys as text, and which rows have one that no earlier row has."""
    if mapping.uid == WHOLE_ROW:
        flat = _row_digests(source)
    else:
        text = pc.utf8_trim_whitespace(source.columns[mapping.uid].cast(pa.string()))
        flat = pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], pa.string())
    values = flat.to_pylist()
    seen: set[str] = set()
    good = np.zeros(len(values), dtype=bool)
    for i, value in enumerate(values):
        if value and value not in seen:
            seen.add(value)
            good[i] = True
    return flat, good


def _row_digests(source: SourceTable) -> pa.Array:
    """Key of each row from all that it holds, geometry included."""
    texts = [c.cast(pa.string()) for c in source.columns.itercolumns()]
    joined = pc.binary_join_element_wise(
        *texts, "\x1f", null_handling="replace", null_replacement="\x00"
    ).to_pylist()
    places = [b""] * len(joined) if source.geometry is None else shapely.to_wkb(source.geometry)
    digests = (
        blake2b(text.encode() + (place or b""), digest_size=12).hexdigest()
        for text, place in zip(joined, places, strict=True)
    )
    return pa.array([f"row:{digest}" for digest in digests], pa.string())


def _reject_rows(
    report: ImportReport, source: SourceTable, rows: Mapping[int, str], *, code: str
) -> None:
    for row, reason in sorted(rows.items()):
        report.reject(f"row {source.first_row + row}", reason, code=code)


def _place(source: SourceTable, mapping: ColumnMapping, spec: LayerSpec, crs: str | None) -> Places:
    if spec.geometry is GeometryKind.NONE:
        empty = np.full(source.columns.num_rows, None, dtype=object)
        return Places(empty, {}, [])
    declared = declared_crs(source, crs)
    return placed(point_geometry(source, mapping), crs=declared, kind=spec.geometry)


def _bad_values(
    source: SourceTable, mapping: ColumnMapping, columns: Mapping[str, Converted]
) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for name, column in columns.items():
        for row in np.flatnonzero(column.bad):
            value = source.columns[mapping.fields[name]][int(row)].as_py()
            reasons.setdefault(
                int(row), f"column {mapping.fields[name]!r} must be {column.wanted}, got {value!r}"
            )
    return reasons


def _missing_required(
    spec: LayerSpec, columns: Mapping[str, Converted], size: int
) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for one in spec.fields:
        if getattr(one, "required", False):
            column = columns.get(one.name)
            if column is None:
                raise ImportFailedError(f"layer {spec.name!r} needs a column for {one.name!r}")
            empty = np.asarray(pc.is_null(column.array).to_numpy(zero_copy_only=False), dtype=bool)
            reasons |= {
                int(i): f"{one.name!r} is empty" for i in np.flatnonzero(empty & ~column.bad)
            }
    return {row: reason for row, reason in reasons.items() if row < size}


def typed_rows(
    source: SourceTable, spec: LayerSpec, options: TableOptions, report: ImportReport
) -> pa.Table:
    """Rows of the source that fit the layer, as the store takes them; the others are rejected.

    Parameters
    ----------
    source
        The file as read.
    spec
        The layer to fill.
    options
        Mapping, CRS, zone.
    report
        Takes the rejects and notes.

    Returns
    -------
    pa.Table
        Columns ``uid``, ``geom`` (WKB, lon/lat in EPSG:4490) and the mapped fields.
    """
    names = source.columns.column_names
    mapping = column_mapping(
        names, spec, declared=options.columns, has_geometry=source.geometry is not None
    )
    fields = {name: spec.field(name) for name in mapping.fields}
    columns = {
        name: converted(source.columns[mapping.fields[name]], one, zone=options.zone)
        for name, one in fields.items()
    }
    uids, unique = _uids(source, mapping)
    places = _place(source, mapping, spec, options.crs)
    size = source.columns.num_rows
    duplicate = {
        int(i): f"column {mapping.uid!r} is empty or repeats an earlier row"
        for i in np.flatnonzero(~unique)
    }
    by_reason = {
        "key": duplicate,
        "place": places.problems,
        "value": _bad_values(source, mapping, columns),
        "missing": _missing_required(spec, columns, size),
    }
    keep = np.ones(size, dtype=bool)
    for code, rows in by_reason.items():
        _reject_rows(report, source, {r: t for r, t in rows.items() if keep[r]}, code=code)
        keep[list(rows)] = False
    if places.repaired:
        report.notes.append(f"{len(places.repaired)} invalid polygons were made valid")
    if mapping.unused:
        report.notes.append("columns not used: " + ", ".join(mapping.unused))
    if source.encoding:
        report.notes.append(f"text encoding: {source.encoding}")
    table = pa.table({"uid": uids} | {name: column.array for name, column in columns.items()})
    if spec.geometry is not GeometryKind.NONE:
        wkb = shapely.to_wkb(places.geometry)
        table = table.append_column("geom", pa.array(wkb, pa.binary()))
    return table.filter(pa.array(keep))


def import_table(
    path: Path,
    layer: str,
    store: Store,
    *,
    scope: Scope,
    options: TableOptions,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Upsert the rows of a table into a layer by their key, in one transaction.

    Parameters
    ----------
    path
        CSV, XLSX, GeoPackage, GeoJSON, Shapefile (also zipped), FileGDB, FlatGeobuf or Parquet.
    layer
        Name of the layer.
    store
        Where the rows go; on any error it is left as it was.
    scope
        Who imports, for the audit row.
    options
        Mapping, CRS, encoding.
    on_progress
        Called with the stage and the number of rows.

    Raises
    ------
    FileFormatError, CrsError, FieldError
        See `read_source`, `declared_crs`, `column_mapping`.
    ImportFailedError
        If no row can be taken.
    """
    report = ImportReport(path.name)
    spec = store.catalog[layer]
    on_progress("read", 0, None)
    source = read_source(path, layer=options.source_layer, encoding=options.encoding)
    on_progress("check", 0, source.columns.num_rows)
    rows = typed_rows(source, spec, options, report)
    if rows.num_rows == 0:
        first = f": {report.rejects[0].reason}" if report.rejects else ": the file has no rows"
        raise ImportFailedError(f"no row of {path.name} can be taken{first}")
    with store.write(scope, action=f"import table {path.name}") as work:
        done = work.put_table(
            layer, rows, on_progress=lambda n, total: on_progress("write", n, total)
        )
    report.inserted[layer] += done.inserted
    report.updated[layer] += done.updated
    report.unchanged[layer] += done.unchanged
    report.seq = work.seq
    return report
