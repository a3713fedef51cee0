"""``wangge demo``: make or open the demo city and serve it, alive."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoserver.cli.place import CITY_OPTION, named_city
from geoserver.cli.progress import Progress
from geoserver.cli.serving import serve_city
from geoserver.profile import FILE_NAME, LEVELS, CityProfile, read_profile
from grids.errors import ConflictError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from geoserver.city import City

__all__ = ["command", "make_demo_city"]

_SEED = 20_240
_FOLDER = "yunlan"


@click.command("demo")
@CITY_OPTION
@click.option(
    "--preset",
    type=click.Choice(["small", "demo", "city"]),
    default="demo",
    show_default=True,
    help="Size of the city, if it is not made yet.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="[default: 8000]")
@click.option("--no-serve", is_flag=True, help="Only make the city.")
def command(city: str | None, preset: str, port: int | None, *, no_serve: bool) -> None:
    """Make or open the fictional city of Yunlan and serve it on 127.0.0.1, alive."""
    from geoserver.settings import load_settings  # noqa: PLC0415 (--help stays fast)

    folder = named_city(city) or Path(_FOLDER)
    if not (folder / FILE_NAME).is_file():
        make_demo_city(folder, preset)
    elif not read_profile(folder).is_demo:
        raise ConflictError(f"{folder} is a city of its own: serve it with `wangge serve`")
    if no_serve:
        click.echo(f"the demo city is in {folder}")
        return
    serve_city(
        load_settings(city=folder, host="127.0.0.1", port=port, anonymous="demo"), beside=_alive
    )


def make_demo_city(folder: Path, preset: str) -> None:
    """Make the demo city in a folder; it appears there whole or not at all.

    Raises
    ------
    ConflictError
        If the folder holds other files.
    """
    from geoserver.demo.load import load_demo  # noqa: PLC0415 (generator and kernels)
    from geoserver.opening import now_ms, open_store  # noqa: PLC0415
    from geoserver.profile import write_profile  # noqa: PLC0415
    from layers.registry.registry import Registry  # noqa: PLC0415

    if folder.is_dir() and any(folder.iterdir()):
        raise ConflictError(f"{folder} holds other files; name a new or empty folder")
    aside = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    profile = CityProfile(
        name="云澜市",
        name_en="Yunlan",
        code="9901",
        levels=LEVELS if preset == "city" else LEVELS[:-1],
        attribution="虚构城市，数据由程序生成",
        map_approval="虚构城市示意图，无需审图号",
        is_demo=True,
    )
    write_profile(aside, profile)
    _, store = open_store(aside)
    with closing(store), Progress() as progress:
        load_demo(
            store,
            Registry(store),
            preset,
            seed=_SEED,
            now_ms=now_ms(),
            truth_folder=aside / "truth",
            on_progress=progress.show,
        )
    if folder.is_dir():
        folder.rmdir()
    aside.rename(folder)


def _alive(city: City) -> AbstractContextManager[object]:
    """The life of the demo city, while it is served."""
    from geoserver.demo.living import Living  # noqa: PLC0415

    return Living(city, seed=_SEED)
