"""``wangge serve``: serve a city."""

import click

from geoserver.cli.place import CITY_OPTION, city_folder
from geoserver.cli.serving import serve_city

__all__ = ["command"]


@click.command("serve")
@CITY_OPTION
@click.option("--host", default=None, help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="[default: 8000]")
@click.option(
    "--anonymous",
    type=click.Choice(["demo", "public", "none"]),
    default=None,
    help="What a request without sign-in may see; demo only on loopback. "
    "[default: demo on loopback, none elsewhere]",
)
def command(city: str | None, host: str | None, port: int | None, anonymous: str | None) -> None:
    """Serve the city until interrupted."""
    from geoserver.security import is_loopback  # noqa: PLC0415 (--help stays fast)
    from geoserver.settings import load_settings  # noqa: PLC0415

    folder = city_folder(city)
    settings = load_settings(city=folder, host=host, port=port, anonymous=anonymous)
    if "anonymous" not in settings.model_fields_set and is_loopback(settings.host):
        settings = settings.model_copy(update={"anonymous": "demo"})
        click.echo(
            "everyone on this machine reads as duty staff (narrower: --anonymous public or none)",
            err=True,
        )
    serve_city(settings)
