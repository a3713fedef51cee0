"""Tile paths and request headers read by hand, for the hot path."""

from functools import lru_cache
from urllib.parse import unquote_plus

from grids.errors import ParameterError
from grids.tile import Tile
from tiles.request import TileRequest, layer_names

__all__ = ["PREFIX", "accepts_gzip", "check_query", "is_tile_path", "tile_request"]

PREFIX = "/tiles/"
_SUFFIXES = (".mvt", ".pbf")
_DIGITS_MOST = 10


def is_tile_path(path: str) -> bool:
    """True for ``/tiles/{layers}/{z}/{x}/{y}.mvt`` and ``.pbf``, whatever the indices are."""
    return path.startswith(PREFIX) and path.endswith(_SUFFIXES) and path.count("/") == 5


def _index(name: str, text: str) -> int:
    """Index of a tile from its decimal digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST):
        raise ParameterError(f"{name} must be a whole number, got {text!r}")
    return int(text)


@lru_cache(maxsize=16384)
def tile_request(path: str) -> TileRequest:
    """Request of a tile path, in its canonical form.

    Raises
    ------
    ParameterError
        If an index is no number, a layer name is empty, or there are too many layers.
    TileIndexError
        If an index is outside its matrix.
    """
    layers, z, x, y = path.removeprefix(PREFIX)[: -len(_SUFFIXES[0])].split("/")
    tile = Tile(z=_index("z", z), x=_index("x", x), y=_index("y", y))
    return TileRequest(layer_names(layers), tile)


def check_query(query: bytes) -> None:
    """Refusal of any query parameter, naming the first.

    Raises
    ------
    ParameterError
        If the query is not empty.
    """
    if query:
        name = unquote_plus(query.decode("latin-1").partition("&")[0].partition("=")[0])
        raise ParameterError(f"unknown parameter {name!r}; a tile takes none")


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """True if the client takes gzip; a client that sends no header gets the plain bytes.

    Examples
    --------
    >>> accepts_gzip(b"br, gzip;q=0.5"), accepts_gzip(b"gzip;q=0, *"), accepts_gzip(b"")
    (True, False, False)
    """
    wanted: dict[str, bool] = {}
    for item in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, weight = item.partition(";")
        wanted[coding.strip()] = weight.replace(" ", "").removeprefix("q=") not in _NEVER
    return wanted.get("gzip", wanted.get("*", False))


_NEVER = frozenset({"0", "0.0", "0.00", "0.000"})
