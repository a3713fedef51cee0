"""``wangge kernels``: compile ahead of time."""

import click

from geoserver.cli.progress import Progress
from geoserver.kernels import use_kernel_cache, warm_kernels

__all__ = ["command"]


@click.command("kernels")
def command() -> None:
    """Compile the kernels, so that the first request does not wait for it."""
    folder = use_kernel_cache()
    with Progress() as progress:
        count = warm_kernels(progress.show)
    click.echo(f"{count} groups of kernels are ready in {folder}")
