"""Protocol-buffer bytes written inside kernels: variable-length integers, growing buffers.

References
----------
Protocol Buffers, "Encoding" (base-128 varints, zigzag, tag = field number << 3 | wire type).
"""

import numpy as np
from numpy.typing import NDArray

from tiles.block_copy import copy_bytes
from tiles.kernels import borrowing, kernel

__all__ = ["copied", "roomy", "varint_size", "write_varint", "write_varint64", "write_zigzag"]

_LOW = np.uint64(0x7F)
_SEVEN = np.uint64(7)


@borrowing
def write_varint(out: NDArray[np.uint8], at: int, value: int) -> int:
    """Position after a non-negative int64 written as a varint at `at`."""
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@borrowing
def write_varint64(out: NDArray[np.uint8], at: int, value: np.uint64) -> int:
    """Position after any uint64 written as a varint at `at`; the value must be np.uint64."""
    while value > _LOW:
        out[at] = np.uint8(value & _LOW) | np.uint8(128)
        value >>= _SEVEN
        at += 1
    out[at] = np.uint8(value)
    return at + 1


@borrowing
def write_zigzag(out: NDArray[np.uint8], at: int, value: int) -> int:
    """Position after a signed integer, |value| < 2**62, written zigzag at `at`.

    One byte beyond the position may be overwritten.
    """
    value = (value << 1) ^ (value >> 63)
    if value < 16384:  # one or two bytes without a branch that is hard to predict
        more = int(value > 127)
        out[at] = (value & 127) | (more << 7)
        out[at + 1] = value >> 7
        return at + 1 + more
    return write_varint(out, at, value)


@borrowing
def varint_size(value: int) -> int:
    """Bytes a non-negative int64 takes as a varint."""
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@kernel
def roomy(buffer: NDArray[np.uint8], need: int) -> NDArray[np.uint8]:
    """The buffer itself if it holds `need` bytes, otherwise a copy at least twice as large."""
    if need <= buffer.size:
        return buffer
    grown = np.empty(max(need, 2 * buffer.size), dtype=np.uint8)
    grown[: buffer.size] = buffer
    return grown


@borrowing
def copied(
    source: NDArray[np.uint8], first: int, last: int, out: NDArray[np.uint8], at: int
) -> int:
    """Position after the bytes `first` to `last` of `source` copied to `at`."""
    copy_bytes(out, at, source, first, last - first)
    return at + last - first
