"""Protocol-buffer messages read field by field, strictly.

References
----------
Protocol Buffers, "Encoding".
"""

from collections.abc import Iterator

from grids.errors import FileFormatError

__all__ = ["FIXED32", "FIXED64", "LENGTH", "VARINT", "fields", "packed", "signed64", "unzigzag"]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Value and position after the varint at `at`."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> 64:
                break
            return value, at
        shift += 7
        if shift > 63:
            break
    raise FileFormatError(f"varint that ends nowhere before byte {at}")


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Field number, wire type and raw value of each field of a message, in order.

    Raises
    ------
    FileFormatError
        If the message is cut short or a wire type is unknown.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == LENGTH:
            size, at = _varint(data, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise FileFormatError(f"unknown wire type {wire} in field {number}")
        if at + size > len(data):
            raise FileFormatError(f"field {number} needs {size} bytes, {len(data) - at} are left")
        yield number, wire, data[at : at + size]
        at += size


def packed(data: bytes) -> list[int]:
    """Varints of a packed repeated field."""
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def unzigzag(value: int) -> int:
    """Signed integer of its zigzag form."""
    return (value >> 1) ^ -(value & 1)


def signed64(value: int) -> int:
    """Signed integer of a varint that holds two's complement."""
    return value - (1 << 64) if value >> 63 else value
