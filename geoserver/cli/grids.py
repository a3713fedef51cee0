"""``wangge grids``: make and look at the grid of a city."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoserver.cli.place import CITY_OPTION, city_folder
from geoserver.cli.progress import Progress
from grids.errors import ImportFailedError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["command"]


@click.group("grids")
def command() -> None:
    """Make and look at the grid of the city."""


@command.command("blocks")
@CITY_OPTION
@click.option(
    "--within",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Vector file whose polygons bound the blocks. [default: the box of the buildings]",
)
@click.option("--crs", default=None, help="Reference system of that file.")
@click.option("--under", default=None, help="Code of the unit the blocks belong to. [the city]")
@click.option("--least-area", type=float, default=5000.0, show_default=True, help="Square metres.")
def blocks_command(
    city: str | None, within: Path | None, crs: str | None, under: str | None, least_area: float
) -> None:
    """Cut a boundary by the roads into first leaf grids and publish them."""
    from geoserver.opening import now_ms, open_store  # noqa: PLC0415 (readers import slowly)
    from layers.ingest.blocks import BlockOptions, publish_blocks  # noqa: PLC0415
    from layers.policy import Scope  # noqa: PLC0415
    from layers.registry.registry import Registry  # noqa: PLC0415

    boundary = None if within is None else _area(within, crs)
    profile, store = open_store(city_folder(city))
    options = BlockOptions(
        city=(profile.code, profile.name),
        effective_from=now_ms(),
        boundary=boundary,
        under=under,
        least_area_m2=least_area,
    )
    with closing(store), Progress() as progress:
        progress.show("cut blocks", 0, 1)
        version, merged = publish_blocks(
            store, Registry(store), options=options, scope=Scope.system("grids blocks")
        )
        progress.show("cut blocks", 1, 1)
    leaves = version.hierarchy.leaf_count
    click.echo(
        f"published grid version {version.number}: {leaves:,} grids; {merged:,} small faces merged"
    )


def _area(path: Path, crs: str | None) -> BaseGeometry:
    """All polygons of a file as one area, degrees, EPSG:4490."""
    import shapely  # noqa: PLC0415 (readers import slowly)

    from layers.ingest.places import placed  # noqa: PLC0415
    from layers.ingest.source_table import declared_crs, read_source  # noqa: PLC0415
    from layers.model import GeometryKind  # noqa: PLC0415

    source = read_source(path)
    if source.geometry is None:
        raise ImportFailedError(f"{path.name} has no polygons")
    places = placed(source.geometry, crs=declared_crs(source, crs), kind=GeometryKind.POLYGON)
    return shapely.union_all([g for g in places.geometry if g is not None])
