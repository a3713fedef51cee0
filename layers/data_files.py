"""Tables of the field: the `data/` folder of a checkout, `geoserver/data` of an installed wheel."""

from functools import cache
from pathlib import Path

from grids.errors import ParameterError

__all__ = ["data_folder", "data_text", "data_texts"]

_PACKAGES = Path(__file__).resolve().parents[1]


@cache
def data_folder() -> Path:
    """Folder of the tables that come with the program.

    Raises
    ------
    ParameterError
        If neither a checkout nor an installed wheel holds it.
    """
    for folder in (_PACKAGES / "data", _PACKAGES / "geoserver" / "data"):
        if (folder / "layers").is_dir():
            return folder
    raise ParameterError(f"no data folder beside {_PACKAGES}: the installation is not complete")


def data_text(*parts: str) -> str:
    """Text of one table, named by its path below the data folder.

    Raises
    ------
    ParameterError
        If there is no such table.
    """
    path = data_folder().joinpath(*parts)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise ParameterError(f"no table {'/'.join(parts)} in {data_folder()}") from exc


def data_texts(folder: str, *, suffix: str) -> dict[str, str]:
    """Texts of all tables in a folder with a suffix, by file name, in order of names."""
    paths = sorted((data_folder() / folder).glob(f"*{suffix}"))
    return {path.name: path.read_text(encoding="utf-8") for path in paths}
