"""Which city a command works on: ``--city``, ``WANGGE_CITY``, else the current folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoserver.profile import FILE_NAME
from grids.errors import ParameterError

if TYPE_CHECKING:
    from geoserver.city import City

__all__ = ["CITY_OPTION", "city_folder", "named_city", "open_city_folder"]

CITY_OPTION = click.option(
    "--city",
    type=click.Path(file_okay=False),
    default=None,
    help="Folder of the city. [default: $WANGGE_CITY, else this folder if it has city.toml]",
)


def named_city(chosen: str | None) -> Path | None:
    """Folder that the command, the group or the environment names; None if none does."""
    context = click.get_current_context(silent=True)
    named = chosen or (context.find_root().obj if context else None)
    named = named or os.environ.get("WANGGE_CITY")
    return Path(named) if named else None


def city_folder(chosen: str | None) -> Path:
    """Folder of the city a command works on.

    Parameters
    ----------
    chosen
        ``--city`` of the command; that of the group counts if the command has none.

    Raises
    ------
    ParameterError
        If none is named and the current folder is not a city's.
    """
    named = named_city(chosen)
    if named is not None:
        return named
    if Path(FILE_NAME).is_file():
        return Path()
    raise ParameterError(
        f"no city named: give --city FOLDER, set WANGGE_CITY, or run where {FILE_NAME} is"
    )


def open_city_folder(chosen: str | None) -> City:
    """The city a command works on, opened; the caller closes it."""
    from geoserver.city import City  # noqa: PLC0415 (commands that need no city start fast)

    return City.open(city_folder(chosen))
