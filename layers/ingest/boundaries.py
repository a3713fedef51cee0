"""Import of boundaries: polygons of any OGR vector file become leaves of the grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from grids.errors import FieldError, ImportFailedError
from grids.hierarchy import LEVELS
from grids.versions import GridVersion
from layers.ingest.boundary_columns import BoundaryColumns, boundary_columns, level_word
from layers.ingest.leaves import LeafDraft, NewLeaf, draft_leaves, publish_leaves
from layers.ingest.places import placed
from layers.ingest.report import ImportReport, Progress, no_progress
from layers.ingest.source_table import SourceTable, declared_crs, read_source
from layers.ingest.unit_codes import code_stem
from layers.model import GeometryKind
from layers.policy import Scope
from layers.registry.registry import Registry

__all__ = ["BoundaryImport", "BoundaryOptions", "import_boundaries"]


@dataclass(frozen=True, slots=True)
class BoundaryOptions:
    """How to read a boundary file, and for which city.

    Parameters
    ----------
    city
        Code and name of the city.
    effective_from
        Milliseconds since 1970-01-01 UTC from which the new version is in force.
    level
        Level of the units, in the words of `grids.hierarchy.LEVELS`; None if a column tells.
    crs
        Declared reference system; None takes the file's own, else asks.
    source_layer
        Layer of the file.
    columns
        ``code``, ``name``, ``level`` to column; the rest is detected.
    within
        Only units whose code begins like this one; None takes the code of the city.
    repair
        True to accept the repair of overlaps and gaps that is proposed.
    """

    city: tuple[str, str]
    effective_from: int
    level: str | None = None
    crs: str | None = None
    source_layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    within: str | None = None
    repair: bool = False


@dataclass(frozen=True, slots=True)
class BoundaryImport:
    """What an import of boundaries did.

    Parameters
    ----------
    report
        Counts, rejects, notes.
    draft
        Units, arcs and what noding found.
    version
        The version that was published.
    """

    report: ImportReport
    draft: LeafDraft
    version: GridVersion


def _texts(table: pa.Table, column: str | None) -> list[str]:
    if column is None:
        return [""] * table.num_rows
    text = pc.fill_null(pc.utf8_trim_whitespace(table[column].cast(pa.string())), "")
    return [str(value) for value in text.to_pylist()]


def _levels(source: SourceTable, columns: BoundaryColumns, level: str | None) -> list[str | None]:
    if level is not None:
        if level not in LEVELS:
            raise FieldError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
        return [level] * source.columns.num_rows
    if columns.level is None:
        raise FieldError("no column tells the level; declare it, for example --level district")
    return [level_word(text) for text in _texts(source.columns, columns.level)]


def _leaves(
    source: SourceTable, options: BoundaryOptions, within: str, report: ImportReport
) -> list[NewLeaf]:
    """Rows inside the city as new leaves; others are counted or rejected."""
    if source.geometry is None:
        raise ImportFailedError(f"{source.name} has no polygons")
    columns = boundary_columns(source.columns, level=options.level, declared=options.columns)
    codes, names = _texts(source.columns, columns.code), _texts(source.columns, columns.name)
    levels = _levels(source, columns, options.level)
    stem = code_stem(within)
    inside = np.array([code.startswith(stem) and code_stem(code) != stem for code in codes])
    if not inside.any():
        raise ImportFailedError(
            f"no row of {source.name} has a code under {within} (column {columns.code!r} holds "
            f"{codes[0] if codes else 'nothing'} and the like)"
        )
    rows = np.flatnonzero(inside)
    if rows.size < len(codes):
        report.notes.append(f"{len(codes) - rows.size} rows lie outside {within} and were left out")
    places = placed(
        source.geometry[rows], crs=declared_crs(source, options.crs), kind=GeometryKind.POLYGON
    )
    if places.repaired:
        report.notes.append(f"{len(places.repaired)} invalid polygons were made valid")
    leaves = []
    for place, row in enumerate(rows):
        where = f"row {source.first_row + int(row)}"
        level = levels[row]
        if place in places.problems:
            report.reject(where, places.problems[place], code="place")
        elif level is None:
            report.reject(where, f"its level is none of {', '.join(LEVELS)}", code="level")
        else:
            polygon = places.geometry[place]
            leaves.append(NewLeaf(codes[row], names[row] or codes[row], level, polygon))
    return leaves


def import_boundaries(
    path: Path,
    registry: Registry,
    *,
    scope: Scope,
    options: BoundaryOptions,
    on_progress: Progress = no_progress,
) -> BoundaryImport:
    """Make the polygons of a file leaves of the grid and publish the next version.

    A unit without a loaded child is itself a leaf, at whatever level. A finer unit splits the
    leaf whose code is a prefix of its own; a unit with a known code redraws it.

    Parameters
    ----------
    path
        Any OGR vector file: GeoPackage, Shapefile, GeoJSON, FileGDB, DXF, FlatGeobuf, KML.
    registry
        Published grid versions; on any error it is left as it was.
    scope
        Who imports.
    options
        City, level, CRS, columns, repair.
    on_progress
        Called with the stage.

    Raises
    ------
    FileFormatError, CrsError, FieldError
        See `read_source`, `declared_crs`, `boundary_columns`.
    TopologyError
        If the polygons overlap or gape, and the repair is not accepted.
    ImportFailedError
        If no polygon can be taken.
    """
    report = ImportReport(path.name)
    on_progress("read", 0, None)
    source = read_source(path, layer=options.source_layer)
    leaves = _leaves(source, options, options.within or options.city[0], report)
    if not leaves or report.rejects:
        first = report.rejects[0] if report.rejects else None
        why = f": {first.where}: {first.reason}" if first else ""
        raise ImportFailedError(f"not every boundary of {path.name} can be taken{why}")
    on_progress("node", len(leaves), None)
    draft = draft_leaves(registry, leaves, city=options.city, repair=options.repair)
    on_progress("publish", len(leaves), None)
    version = publish_leaves(
        registry,
        draft,
        effective_from=options.effective_from,
        scope=scope,
        note=f"import {path.name}",
    )
    report.inserted["grid"] += len(leaves) - len(draft.redrawn)
    report.updated["grid"] += len(draft.redrawn)
    area = shapely.total_bounds([leaf.polygon for leaf in leaves])
    report.bounds = (float(area[0]), float(area[1]), float(area[2]), float(area[3]))
    return BoundaryImport(report, draft, version)
