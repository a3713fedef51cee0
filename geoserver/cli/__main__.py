"""``python -m geoserver.cli``: the command without its installed script."""

from geoserver.cli.group import main

main(prog_name="wangge")
