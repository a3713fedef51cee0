"""Versions of tiles: an ETag from what a tile would be built of, before it is built."""

import hashlib
from collections.abc import Sequence

from layers.model import LayerSpec
from tiles.frame import MvtOptions
from tiles.mvt import ENCODER_VERSION
from tiles.request import TileRequest

__all__ = ["is_known", "tile_etag"]


def tile_etag(
    request: TileRequest,
    specs: Sequence[LayerSpec],
    versions: Sequence[int],
    *,
    scope_key: str,
    options: MvtOptions,
) -> str:
    """Opaque tag, without quotes, that is equal only for equal tiles.

    Parameters
    ----------
    request
        Layers, tile and query.
    specs
        Visible declaration of each layer.
    versions
        Version key of each layer over the tile and its buffer, in the order of the request.
    scope_key
        What the reader may see.
    options
        How layers are drawn.
    """
    tile = request.tile
    layers = ";".join(
        f"{spec.name}:{version}:{spec.max_zoom}:{','.join(spec.tile_fields)}"
        for spec, version in zip(specs, versions, strict=True)
    )
    drawing = f"{options.extent},{options.buffer},{options.snap},{options.min_area}"
    text = (
        f"{ENCODER_VERSION}|{layers}|{tile.z}/{tile.x}/{tile.y}|{request.query}"
        f"|{scope_key}|{drawing}"
    )
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def is_known(if_none_match: str, etag: str) -> bool:
    """True if the client already has the tile, by the weak comparison of RFC 9110, 8.8.3.2.

    Examples
    --------
    >>> is_known('W/"aa", "bb"', "bb"), is_known("*", "bb"), is_known('"b"', "bb")
    (True, True, False)
    """
    if if_none_match.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == f'"{etag}"' for tag in if_none_match.split(","))
