"""``wangge import``: bring data into a city; a failure leaves the city as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoserver.cli.place import CITY_OPTION, city_folder
from geoserver.cli.progress import Progress
from grids.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.ingest.report import ImportReport
    from layers.policy import Scope
    from layers.store.sqlite import SqliteStore

__all__ = ["command"]

_FILE = click.Path(exists=True, path_type=Path)
_REJECTS = click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File for rows that were not taken. [default: FILE.rejects.csv here]",
)


@click.group("import")
def command() -> None:
    """Bring data into the city, whole or not at all."""


@command.command("osm")
@CITY_OPTION
@click.argument("file", type=_FILE)
@_REJECTS
def osm_command(city: str | None, file: Path, rejects: Path | None) -> None:
    """Take roads, buildings, water, land use, places and addresses out of an extract."""
    from geoserver.profile import name_source  # noqa: PLC0415 (readers are slow to import)
    from layers.ingest.osm import import_osm  # noqa: PLC0415

    _, store = _opened(city)
    with closing(store), Progress() as progress:
        report = import_osm(file, store, scope=_scope(file), on_progress=progress.show)
    name_source(city_folder(city), "© OpenStreetMap contributors")
    _tell(report, rejects or Path(f"{file.name}.rejects.csv"))


@command.command("boundaries")
@CITY_OPTION
@click.argument("file", type=_FILE)
@click.option("--level", default=None, help="Level of the units, if no column tells.")
@click.option("--crs", default=None, help="Reference system: EPSG code, GCJ-02, BD-09.")
@click.option("--layer", "source_layer", default=None, help="Layer of the file.")
@click.option("--code", default=None, help="Column with the code. [default: detected]")
@click.option("--name", default=None, help="Column with the name. [default: detected]")
@click.option("--within", default=None, help="Only units under this code. [default: the city's]")
@click.option("--repair", is_flag=True, help="Accept the repair of overlaps and gaps.")
@_REJECTS
def boundaries_command(
    city: str | None,
    file: Path,
    code: str | None,
    name: str | None,
    rejects: Path | None,
    *,
    repair: bool,
    **options: str | None,
) -> None:
    """Make the polygons of FILE leaves of the grid and publish the next version."""
    from geoserver.opening import now_ms, open_store  # noqa: PLC0415
    from layers.ingest.boundaries import BoundaryOptions, import_boundaries  # noqa: PLC0415
    from layers.registry.registry import Registry  # noqa: PLC0415

    profile, store = open_store(city_folder(city))
    columns = {key: value for key, value in (("code", code), ("name", name)) if value}
    chosen = BoundaryOptions(
        city=(profile.code, profile.name),
        effective_from=now_ms(),
        columns=columns,
        repair=repair,
        **options,
    )
    with closing(store), Progress() as progress:
        done = import_boundaries(
            file, Registry(store), scope=_scope(file), options=chosen, on_progress=progress.show
        )
    _tell(done.report, rejects or Path(f"{file.name}.rejects.csv"))
    click.echo(f"published grid version {done.version.number}")


@command.command("table")
@CITY_OPTION
@click.argument("layer")
@click.argument("file", type=_FILE)
@click.option("--crs", default=None, help="Reference system: EPSG code, GCJ-02, BD-09.")
@click.option("--encoding", default=None, help="Text encoding. [default: detected]")
@click.option("--sheet", "source_layer", default=None, help="Layer or sheet of the file.")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of a field; also uid=, lon=, lat=, wkt=. May be repeated. [default: by name]",
)
@_REJECTS
def table_command(
    city: str | None,
    layer: str,
    file: Path,
    pairs: Sequence[str],
    rejects: Path | None,
    **options: str | None,
) -> None:
    """Insert or update the rows of FILE in LAYER by their key."""
    from layers.ingest.tabular import TableOptions, import_table  # noqa: PLC0415

    columns = dict(_pair(text) for text in pairs)
    zone, store = _opened(city)
    chosen = TableOptions(columns=columns, zone=zone, **options)
    with closing(store), Progress() as progress:
        report = import_table(
            file, layer, store, scope=_scope(file), options=chosen, on_progress=progress.show
        )
    _tell(report, rejects or Path(f"{file.name}.rejects.csv"))


def _opened(city: str | None) -> tuple[str, SqliteStore]:
    """Time zone and store of the city."""
    from geoserver.opening import open_store  # noqa: PLC0415

    profile, store = open_store(city_folder(city))
    return profile.timezone, store


def _scope(file: Path) -> Scope:
    """Who imports, for the audit."""
    from layers.policy import Scope  # noqa: PLC0415

    return Scope.system(f"import of {file.name}")


def _pair(text: str) -> tuple[str, str]:
    """``field=column`` as a pair."""
    name, sign, column = text.partition("=")
    if not (name and sign and column):
        raise ParameterError(f"--map takes FIELD=COLUMN, got {text!r}")
    return name, column


def _tell(report: ImportReport, rejects: Path) -> None:
    """Print what was done; write the rejects, if there are any."""
    from layers.ingest.report import write_rejects  # noqa: PLC0415

    layers = sorted({*report.inserted, *report.updated, *report.unchanged})
    for layer in layers:
        click.echo(
            f"{layer}: {report.inserted[layer]:,} new, {report.updated[layer]:,} changed, "
            f"{report.unchanged[layer]:,} as before"
        )
    for note in report.notes:
        click.echo(f"note: {note}")
    if report.rejects:
        write_rejects(report, rejects)
        reasons = ", ".join(f"{code} {count:,}" for code, count in report.reasons())
        click.echo(f"{len(report.rejects):,} rows were not taken ({reasons}): see {rejects}")
