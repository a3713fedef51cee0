"""Feature messages of a vector-tile layer: id, tags, type and geometry put together."""

import numpy as np
from numpy.typing import NDArray

from tiles.commands import Commands
from tiles.kernels import kernel
from tiles.wire import copied, varint_size, write_varint

__all__ = ["feature_messages"]


@kernel
def feature_messages(
    ids: NDArray[np.int64],
    entries: NDArray[np.int64],
    keys: NDArray[np.int64],
    commands: Commands,
    kind: int,
) -> NDArray[np.uint8]:
    """``Layer.features`` fields, one per encoded geometry.

    Parameters
    ----------
    ids
        (k,) int64; a negative id is left out.
    entries
        (k, c) int64 value indices, -1 where the value is missing.
    keys
        (c,) int64 key index of each column.
    commands
        Geometries of the k features.
    kind
        1 points, 2 lines, 3 polygons.

    Returns
    -------
    NDArray
        uint8, the messages with tag and length.
    """
    rows, columns = entries.shape
    width = 40 + 10 * columns
    out = np.empty(commands.data.size + rows * width, dtype=np.uint8)
    tags = np.empty(10 * columns + 1, dtype=np.uint8)
    at = 0
    for r in range(rows):
        size = 0
        for c in range(columns):
            if entries[r, c] >= 0:
                size = write_varint(tags, size, keys[c])
                size = write_varint(tags, size, entries[r, c])
        first, last = commands.starts[r], commands.starts[r + 1]
        length = 3 + varint_size(last - first) + last - first
        if ids[r] >= 0:
            length += 1 + varint_size(ids[r])
        if size:
            length += 1 + varint_size(size) + size
        out[at] = 0x12
        at = write_varint(out, at + 1, length)
        if ids[r] >= 0:
            out[at] = 0x08
            at = write_varint(out, at + 1, ids[r])
        if size:
            out[at] = 0x12
            at = write_varint(out, at + 1, size)
            at = copied(tags, 0, size, out, at)
        out[at], out[at + 1], out[at + 2] = 0x18, kind, 0x22
        at = write_varint(out, at + 3, last - first)
        at = copied(commands.data, first, last, out, at)
    return out[:at]
