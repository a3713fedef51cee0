"""The command `wangge`: one file per subcommand."""

from geoserver.cli.group import main

__all__ = ["main"]
