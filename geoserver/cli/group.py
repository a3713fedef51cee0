"""The command group: finds subcommands by name, makes one sentence of every error."""

import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version

import click

from geoserver.cli.place import CITY_OPTION
from geoserver.kernels import use_kernel_cache
from grids.errors import WanggeError

__all__ = ["main"]

_COMMANDS: Mapping[str, str] = {
    "bench": "geoserver.cli.bench",
    "demo": "geoserver.cli.demo",
    "grids": "geoserver.cli.grids",
    "import": "geoserver.cli.importing",
    "init": "geoserver.cli.init",
    "kernels": "geoserver.cli.kernels",
    "locate": "geoserver.cli.locate",
    "serve": "geoserver.cli.serve",
}
"""Subcommand to the module whose ``command`` it is; a module is imported only when named."""


class _Group(click.Group):
    """Group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Names in order."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run, with errors of ours as one sentence and exit code 1."""
        try:
            return super().invoke(ctx)
        except WanggeError as exc:
            if os.environ.get("WANGGE_LOG_LEVEL") == "debug":
                logging.getLogger("wangge").exception("the whole story:")
            click.echo(f"wangge: {exc} [{exc.code}]", err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("wangge"), prog_name="wangge")
@CITY_OPTION
@click.pass_context
def main(ctx: click.Context, city: str | None) -> None:
    """Command-map server for grid-based city governance."""
    ctx.obj = city
    use_kernel_cache()
