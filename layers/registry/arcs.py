"""Arc tables as one value of bytes: an Arrow stream, compressed, checked on the way back."""

import hashlib

import numpy as np
import pyarrow as pa

from grids.arcs import ArcTable
from grids.errors import StoreError, WanggeError

__all__ = ["arcs_sha256", "packed_arcs", "unpacked_arcs"]

_TYPES = {
    "origin": pa.int64(),
    "coords": pa.int32(),
    "arc_starts": pa.int64(),
    "left": pa.int32(),
    "right": pa.int32(),
    "n0": pa.int32(),
    "n1": pa.int32(),
    "kind": pa.int8(),
    "road_id": pa.int64(),
    "locked": pa.bool_(),
    "face_unit": pa.int64(),
}
_SCHEMA = pa.schema([(name, pa.large_list(kind)) for name, kind in _TYPES.items()])


def packed_arcs(arcs: ArcTable) -> bytes:
    """Arc table as bytes: one row whose columns are the flat arrays.

    The position of an arc in the table is its name within the version, so a draft can be stored
    as a log of operations on the arcs of the version it starts from.
    """
    columns = []
    for name, kind in _TYPES.items():
        flat = pa.array(np.ascontiguousarray(getattr(arcs, name)).ravel(), kind)
        offsets = pa.array([0, len(flat)], pa.int64())
        columns.append(pa.LargeListArray.from_arrays(offsets, flat))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, _SCHEMA, options=options) as stream:
        stream.write_batch(pa.record_batch(columns, schema=_SCHEMA))
    return bytes(sink.getvalue())


def arcs_sha256(packed: bytes) -> bytes:
    """Checksum of packed arcs, 32 bytes."""
    return hashlib.sha256(packed).digest()


def unpacked_arcs(packed: bytes, sha256: bytes) -> ArcTable:
    """Arc table from bytes.

    Parameters
    ----------
    packed
        What `packed_arcs` gave.
    sha256
        Its checksum.

    Raises
    ------
    StoreError
        If the bytes are not those that were stored, or hold no arc table.
    """
    if arcs_sha256(packed) != sha256:
        raise StoreError("the stored arcs of a grid version are damaged: restore a backup")
    try:
        with pa.ipc.open_stream(packed) as stream:
            batch = stream.read_next_batch()
        arrays = {name: batch[name].values.to_numpy(zero_copy_only=False).copy() for name in _TYPES}
        arrays["coords"] = arrays["coords"].reshape(-1, 2)
        return ArcTable(**arrays)
    except (pa.ArrowException, KeyError, WanggeError) as exc:
        raise StoreError(f"the stored arcs of a grid version cannot be read: {exc}") from exc
