"""Values of a vector-tile layer: each distinct value once, found by hash, in order of first use.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1, section 4.4 (feature attributes).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiles.kernels import borrowing, kernel
from tiles.wire import copied, roomy, varint_size, write_varint, write_varint64

__all__ = [
    "BOOLEAN",
    "DOUBLE",
    "INTEGER",
    "NULL",
    "TEXT",
    "Cells",
    "Values",
    "collect",
    "no_values",
]

TEXT, INTEGER, DOUBLE, BOOLEAN = 0, 1, 2, 3
NULL = np.iinfo(np.int64).min
"""Cell of a missing value; no number has these bits, as -0.0 is stored as 0.0."""

_MIX = -7046029254386353131  # 2**64 divided by the golden ratio, odd
_PRIME = 1099511628211  # FNV-1a
_CHUNK = 512  # rows between looks at the room left
_SMALL = 1024  # integers below it are found without hashing
_NUMBER_ROOM = 14  # tag, length, tag, ten bytes of varint, spare


class Cells(NamedTuple):
    """Attributes of the features of one table that show in a tile.

    Parameters
    ----------
    bits
        (k, c) int64, one row per feature: code of a text, integer, bits of a double, 0 or 1;
        `NULL` is missing. `collect` replaces them by value indices, -1 for missing.
    kinds
        (c,) int8, `TEXT`, `INTEGER`, `DOUBLE` or `BOOLEAN`.
    bases
        (c,) int64, where the texts of a text column begin in `text_starts`.
    text
        uint8, all texts as encoded entries of ``Layer.values`` after each other.
    text_starts
        (t + 1,) int64 offsets into `text`.
    text_keys
        (t,) int64 hashes of the entries.
    longest
        Bytes of the longest entry.
    """

    bits: NDArray[np.int64]
    kinds: NDArray[np.int8]
    bases: NDArray[np.int64]
    text: NDArray[np.uint8]
    text_starts: NDArray[np.int64]
    text_keys: NDArray[np.int64]
    longest: int


class Values(NamedTuple):
    """Distinct values so far, as encoded entries of ``Layer.values``.

    `data` holds `starts[entries]` bytes in `entries` entries; `slots` is an open-addressing table
    of entry numbers plus one, with the key of each entry in `keys` and its kind in `kinds`.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    keys: NDArray[np.int64]
    kinds: NDArray[np.int8]
    slots: NDArray[np.int32]
    entries: int


@kernel
def no_values(rows: int) -> Values:
    """Empty set of values, sized for the features of so many rows."""
    size = 4096
    while size < rows + 4 * _CHUNK:
        size *= 2
    return Values(
        np.empty(16 * size, dtype=np.uint8),
        np.zeros(size + 1, dtype=np.int64),
        np.empty(size, dtype=np.int64),
        np.empty(size, dtype=np.int8),
        np.zeros(2 * size, dtype=np.int32),
        0,
    )


@borrowing
def _slot(key: int, size: int) -> int:
    """First slot of a key in a table of `size`, a power of two."""
    mixed: int = (key ^ (key >> 33)) * _MIX
    mixed = (mixed ^ (mixed >> 29)) * _MIX
    return (mixed ^ (mixed >> 32)) & (size - 1)


@kernel
def _roomy(values: Values, more: int, room: int) -> Values:
    """The same values with room for more entries and bytes."""
    data = roomy(values.data, values.starts[values.entries] + room)
    if values.entries + more <= values.keys.size:
        return Values(data, values.starts, values.keys, values.kinds, values.slots, values.entries)
    size = values.keys.size
    while size < values.entries + more:
        size *= 2
    starts = np.zeros(size + 1, dtype=np.int64)
    keys = np.empty(size, dtype=np.int64)
    kinds = np.empty(size, dtype=np.int8)
    slots = np.zeros(2 * size, dtype=np.int32)
    starts[: values.entries + 1] = values.starts[: values.entries + 1]
    keys[: values.entries] = values.keys[: values.entries]
    kinds[: values.entries] = values.kinds[: values.entries]
    for entry in range(values.entries):
        s = _slot(keys[entry], slots.size)
        while slots[s]:
            s = (s + 1) & (slots.size - 1)
        slots[s] = entry + 1
    return Values(data, starts, keys, kinds, slots, values.entries)


@borrowing
def _same(data: NDArray[np.uint8], a: int, b: int, size: int) -> int:
    """1 if two runs of bytes are equal."""
    for i in range(size):
        if data[a + i] != data[b + i]:
            return 0
    return 1


@borrowing
def _number_written(values: Values, kind: int, bits: int) -> int:
    """End of a number written after the last entry."""
    at: int = values.starts[values.entries]
    data = values.data
    data[at] = 0x22
    at += 2  # the length is known after the value
    begin = at
    if kind == DOUBLE:
        data[at] = 0x19
        for i in range(8):
            data[at + 1 + i] = (bits >> (8 * i)) & 0xFF
        at += 9
    elif kind == BOOLEAN:
        data[at], data[at + 1] = 0x38, bits
        at += 2
    elif bits >= 0:
        data[at] = 0x28
        at = write_varint(data, at + 1, bits)
    else:
        data[at] = 0x30
        at = write_varint64(data, at + 1, np.uint64((bits << 1) ^ (bits >> 63)))
    data[begin - 1] = at - begin
    return at


@borrowing
def number_entry(values: Values, count: int, kind: int, bits: int) -> tuple[int, int]:
    """Entry of a number, and the number of entries, one more if it is new."""
    mask = values.slots.size - 1
    s = _slot(bits, values.slots.size)
    while values.slots[s]:
        entry = values.slots[s] - 1
        if values.keys[entry] == bits and values.kinds[entry] == kind:
            return entry, count
        s = (s + 1) & mask
    values.slots[s] = count + 1
    values.keys[count], values.kinds[count] = bits, kind
    now = Values(values.data, values.starts, values.keys, values.kinds, values.slots, count)
    values.starts[count + 1] = _number_written(now, kind, bits)
    return count, count + 1


@borrowing
def text_entry(values: Values, count: int, cells: Cells, text: int) -> tuple[int, int]:
    """Entry of a text, and the number of entries, one more if it is new."""
    first, last = cells.text_starts[text], cells.text_starts[text + 1]
    begin = values.starts[count]
    end = copied(cells.text, first, last, values.data, begin)
    key = cells.text_keys[text]
    mask = values.slots.size - 1
    s = _slot(key, values.slots.size)
    while values.slots[s]:
        entry = values.slots[s] - 1
        if values.keys[entry] == key and values.kinds[entry] == TEXT:
            start, size = values.starts[entry], values.starts[entry + 1] - values.starts[entry]
            if size == end - begin and _same(values.data, start, begin, size):
                return entry, count
        s = (s + 1) & mask
    values.slots[s] = count + 1
    values.keys[count], values.kinds[count] = key, TEXT
    values.starts[count + 1] = end
    return count, count + 1


@kernel
def text_entries(
    text: NDArray[np.uint8], starts: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Texts as entries of ``Layer.values``.

    Parameters
    ----------
    text, starts
        uint8 UTF-8 bytes and (t + 1,) int64 offsets.

    Returns
    -------
    tuple
        uint8 entries with tags and lengths, their (t + 1,) offsets, and (t,) hashes.
    """
    count = starts.size - 1
    out = np.empty(text.size + 22 * count, dtype=np.uint8)
    out_starts = np.zeros(count + 1, dtype=np.int64)
    keys = np.empty(count, dtype=np.int64)
    at = 0
    for t in range(count):
        size = starts[t + 1] - starts[t]
        out[at] = 0x22
        at = write_varint(out, at + 1, 1 + varint_size(size) + size)
        out[at] = 0x0A
        at = write_varint(out, at + 1, size)
        key = size
        for i in range(starts[t], starts[t + 1]):
            key = (key ^ np.int64(text[i])) * _PRIME
        at = copied(text, starts[t], starts[t + 1], out, at)
        keys[t] = key
        out_starts[t + 1] = at
    return out[:at].copy(), out_starts, keys


@borrowing
def _entry(cells: Cells, values: Values, count: int, kind: int, bits: int) -> tuple[int, int]:
    """Entry of a cell, and the number of entries, one more if it is new."""
    if kind == TEXT:
        return text_entry(values, count, cells, bits)
    return number_entry(values, count, kind, bits)


@borrowing
def _collected(
    cells: Cells, values: Values, known: NDArray[np.int32], rows: tuple[int, int]
) -> int:
    """Number of entries after some rows; there is room for all that they may add."""
    count = values.entries
    texts = cells.text_keys.size
    for c in range(cells.kinds.size):
        kind, base = cells.kinds[c], cells.bases[c]
        for r in range(rows[0], rows[1]):
            bits = cells.bits[r, c]
            if bits == NULL:
                cells.bits[r, c] = -1
                continue
            place = -1
            if kind == TEXT:
                place = bits = base + bits
            elif kind == INTEGER and 0 <= bits < _SMALL:
                place = texts + bits
            if place >= 0 and known[place] >= 0:
                cells.bits[r, c] = known[place]
                continue
            entry, count = _entry(cells, values, count, kind, bits)
            cells.bits[r, c] = entry
            if place >= 0:
                known[place] = entry
    return count


@kernel
def collect(cells: Cells, values: Values) -> Values:
    """Values after those of the cells are added; `cells.bits` becomes value indices."""
    rows, columns = cells.bits.shape
    room = _CHUNK * columns * (cells.longest + _NUMBER_ROOM)
    known = np.full(cells.text_keys.size + _SMALL, -1, dtype=np.int32)
    for first in range(0, rows, _CHUNK):
        values = _roomy(values, _CHUNK * columns, room)
        count = _collected(cells, values, known, (first, min(first + _CHUNK, rows)))
        values = Values(values.data, values.starts, values.keys, values.kinds, values.slots, count)
    return values
