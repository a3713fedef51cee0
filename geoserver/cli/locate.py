"""``wangge locate``: which grid a place lies in."""

import json

import click

from geoserver.cli.place import CITY_OPTION, open_city_folder

__all__ = ["command"]


@click.command("locate")
@CITY_OPTION
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option("--crs", default="4490", show_default=True, help="4490, 4326, GCJ-02 or BD-09.")
@click.option("--at", default=None, help="Moment whose grid version is asked, RFC 3339.")
def command(city: str | None, lon: float, lat: float, crs: str, at: str | None) -> None:
    """Print the chain of grid units at LON LAT as JSON."""
    from geoserver.parameters import parse_at  # noqa: PLC0415 (after numba's cache is chosen)
    from geoserver.places import given_place, parse_edge_crs  # noqa: PLC0415
    from geoserver.services.locating import LocatingService  # noqa: PLC0415

    lonlat = given_place(lon, lat, parse_edge_crs(crs))
    moment = parse_at(at)
    opened = open_city_folder(city)
    try:
        answer = LocatingService(opened).locate(lonlat, at=moment)
    finally:
        opened.close()
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
