"""``wangge kernels``: compile ahead of time."""

import click

from geoserver.cli.progress import Progress
from geoserver.kernels import ensure_kernels, use_kernel_cache

__all__ = ["command"]


@click.command("kernels")
def command() -> None:
    """Compile the kernels, so that the first request does not wait for it."""
    folder = use_kernel_cache()
    with Progress() as progress:
        ensure_kernels(progress.show)
    click.echo(f"kernels are ready in {folder}")
