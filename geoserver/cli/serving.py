"""Opening a city and serving it: shared by ``wangge serve`` and ``wangge demo``."""

from __future__ import annotations

import logging.config
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoserver.cli.progress import Progress
from geoserver.kernels import ensure_kernels
from grids.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoserver.city import City
    from geoserver.settings import Settings

__all__ = ["serve_city"]


def serve_city(
    settings: Settings,
    *,
    beside: Callable[[City], AbstractContextManager[object]] | None = None,
) -> None:
    """Open the city of the settings and serve it until interrupted.

    Parameters
    ----------
    settings
        Where the city lies and how it is served.
    beside
        What runs while the city is served, such as the life of the demo city.

    Raises
    ------
    ParameterError
        If no city is named, the address cannot be had, or the settings are unsafe.
    """
    from geoserver.app import create_app  # noqa: PLC0415 (after numba's cache is chosen)
    from geoserver.city import City  # noqa: PLC0415
    from geoserver.security import check_exposure  # noqa: PLC0415
    from geoserver.server import bound_socket, log_config, run_server  # noqa: PLC0415

    if settings.city is None:
        raise ParameterError("no city named: give --city FOLDER or set WANGGE_CITY")
    check_exposure(settings)
    logging.config.dictConfig(log_config(settings.log_level))
    listening = bound_socket(settings.host, settings.port)
    try:
        with Progress() as progress:
            ensure_kernels(progress.show)
            city = City.open(
                Path(settings.city),
                threads=settings.threads,
                on_layer=lambda _, done, total: progress.show("loading layers", done, total),
            )
        try:
            with beside(city) if beside else nullcontext():
                run_server(
                    create_app(settings, city),
                    settings,
                    listening,
                    on_ready=lambda url: click.echo(f"{city.profile.name} is served on {url}/wall"),
                )
        finally:
            city.close()
    finally:
        listening.close()
