"""What a tile request asks for, in its one canonical form."""

from dataclasses import dataclass

from grids.errors import ParameterError
from grids.tile import Tile

__all__ = ["MAX_LAYERS", "TileRequest", "layer_names"]

MAX_LAYERS = 16
"""Most layers in one tile."""

_MAX_TEXT = 1024


@dataclass(frozen=True, slots=True)
class TileRequest:
    """One tile of some layers.

    Parameters
    ----------
    layers
        Names, sorted, each once; see `layer_names`.
    tile
        Which tile.
    query
        Canonical text of a filter, "" for none.
    """

    layers: tuple[str, ...]
    tile: Tile
    query: str = ""


def layer_names(text: str) -> tuple[str, ...]:
    """Names in a comma-separated list, sorted, each once.

    Raises
    ------
    ParameterError
        If a name is empty or there are more than `MAX_LAYERS`.

    Examples
    --------
    >>> layer_names("road,event,road")
    ('event', 'road')
    """
    if len(text) > _MAX_TEXT:
        raise ParameterError(f"layers must have at most {_MAX_TEXT} characters, got {len(text)}")
    names = tuple(sorted(set(text.split(","))))
    if "" in names:
        raise ParameterError(f"layers must be names joined by commas, got {text!r}")
    if len(names) > MAX_LAYERS:
        raise ParameterError(f"layers must be at most {MAX_LAYERS}, got {len(names)}")
    return names
