"""Mapbox Vector Tile layers from columns: commands, values and messages joined to bytes.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grids.tile import Tile
from layers.columns import LayerTable, RaggedGeometry
from layers.model import GeometryKind
from tiles.commands import Commands
from tiles.frame import Frame, MvtOptions, Ragged, mercator_frame
from tiles.mvt_attributes import TextBlobs, cells
from tiles.mvt_features import feature_messages
from tiles.mvt_lines import line_commands, point_commands
from tiles.mvt_polygons import polygon_commands
from tiles.values import collect, no_values

__all__ = ["ENCODER_VERSION", "Part", "encode_frame", "encode_layer"]

ENCODER_VERSION = 1
"""Goes into every ETag; raised when the same data would give other bytes."""

Part = tuple[LayerTable, NDArray[np.int64]]
"""A table, and the rows of it that may show, ascending."""

_KINDS = {GeometryKind.POINT: 1, GeometryKind.LINE: 2, GeometryKind.POLYGON: 3}


def _varint(value: int) -> bytes:
    """Bytes of a small non-negative integer."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text_field(tag: int, text: str) -> bytes:
    """Length-delimited text field."""
    encoded = text.encode()
    return bytes((tag,)) + _varint(len(encoded)) + encoded


def _commands(
    kind: GeometryKind, geometry: RaggedGeometry, rows: NDArray[np.int64], frame: Frame
) -> Commands:
    """Commands of the rows that show, by the kernel of the geometry kind."""
    column = Ragged(geometry.coords, geometry.ring_starts, geometry.feature_starts, geometry.bounds)
    if kind is GeometryKind.POINT:
        commands = point_commands(column, rows, frame)
    elif kind is GeometryKind.LINE:
        commands = line_commands(column, rows, frame)
    else:
        commands = polygon_commands(column, rows, frame)
    return Commands(*commands)


def encode_frame(
    name: str,
    parts: Sequence[Part],
    frame: Frame,
    *,
    fields: Sequence[str] = (),
    blobs: TextBlobs | None = None,
) -> bytes:
    """One layer of a tile over any integer column, placed by an affine.

    Parameters
    ----------
    name
        Name of the layer in the tile.
    parts
        Tables of one layer and the rows of each that may show; all have one geometry kind.
    frame
        Affine and limits of the tile.
    fields
        Names of the columns that become attributes, in this order; missing values are left out.
    blobs
        Texts already encoded; give one object to all calls over the same tables.

    Returns
    -------
    bytes
        ``Tile.layers`` field with tag and length; ``b""`` if nothing shows. Layers of one tile
        are joined by concatenation.

    Raises
    ------
    FieldError
        If a table does not hold a field.
    """
    blobs = TextBlobs() if blobs is None else blobs
    keys = np.arange(len(fields), dtype=np.int64)
    values = no_values(sum(rows.size for _, rows in parts))
    messages: list[memoryview] = []
    for table, rows in parts:
        if table.geometry is None or rows.size == 0:
            continue
        kind = table.spec.geometry
        commands = _commands(kind, table.geometry, rows, frame)
        kept = rows[commands.kept]
        attributes = cells(table, kept, fields, blobs)
        values = collect(attributes, values)
        message = feature_messages(table.ids[kept], attributes.bits, keys, commands, _KINDS[kind])
        messages.append(message.data)
    if not any(messages):
        return b""
    pieces: tuple[bytes | memoryview, ...] = (
        b"\x78\x02",
        _text_field(0x0A, name),
        *messages,
        *(_text_field(0x1A, key) for key in fields),
        values.data[: values.starts[values.entries]].data,
        b"\x28" + _varint(frame.extent),
    )
    size = sum(len(piece) for piece in pieces)
    return b"".join((b"\x1a", _varint(size), *pieces))


def encode_layer(
    name: str,
    parts: Sequence[Part],
    tile: Tile,
    *,
    fields: Sequence[str] = (),
    options: MvtOptions | None = None,
    blobs: TextBlobs | None = None,
) -> bytes:
    """One layer of a web-mercator tile over int32 world coordinates; see `encode_frame`."""
    frame = mercator_frame(tile, MvtOptions() if options is None else options)
    return encode_frame(name, parts, frame, fields=fields, blobs=blobs)
