"""``wangge init``: make the folder of a city."""

from pathlib import Path

import click

from geoserver.profile import LEVELS

__all__ = ["command"]


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", required=True, help="Name of the city, such as 南京.")
@click.option("--code", required=True, help="Statistical code of the city, such as 3201.")
@click.option("--name-en", default="", help="Name in Latin letters.")
@click.option(
    "--levels",
    default="city,district,street,community,grid",
    show_default=True,
    help=f"Levels of the grid from the top, out of {', '.join(LEVELS)}.",
)
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="IANA time zone.")
@click.option("--map-approval", default="", help="Approval number of the base map (审图号).")
@click.option("--attribution", default="", help="Whose data is shown.")
def command(folder: Path, name: str, code: str, levels: str, **rest: str) -> None:
    """Make FOLDER a city, ready for imports."""
    from geoserver.city import City  # noqa: PLC0415 (the store is only loaded when needed)
    from geoserver.profile import CityProfile  # noqa: PLC0415

    chosen = tuple(word.strip() for word in levels.split(",") if word.strip())
    profile = CityProfile(name=name, code=code, levels=chosen, **rest)  # type: ignore[arg-type]
    City.create(folder, profile).close()
    click.echo(
        f"{folder} is the city {name} ({code}); next: wangge import osm --city {folder} FILE"
    )
