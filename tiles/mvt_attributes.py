"""Attribute cells of a table's rows, ready for the kernels, and its texts as UTF-8."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grids.errors import FieldError
from layers.columns import Column, LayerTable, TextColumn
from tiles.values import BOOLEAN, DOUBLE, INTEGER, NULL, TEXT, Cells, text_entries

__all__ = ["TextBlob", "TextBlobs", "cells"]

_ENTRIES = 128


@dataclass(frozen=True, slots=True)
class TextBlob:
    """Dictionaries of some text columns as one run of encoded entries.

    Parameters
    ----------
    owners
        The dictionaries, held so that their identity stays theirs.
    bases
        Where the texts of each dictionary begin in `starts`.
    data, starts, keys
        Encoded entries, offsets and hashes; see `tiles.values.text_entries`.
    longest
        Bytes of the longest entry.
    """

    owners: tuple[NDArray[np.object_], ...]
    bases: tuple[int, ...]
    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    keys: NDArray[np.int64]
    longest: int


def _utf8(texts: NDArray[np.object_]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bytes and (t + 1,) offsets of texts."""
    array = pa.array(texts.tolist(), type=pa.large_string())
    if len(array) == 0:
        return np.empty(0, dtype=np.uint8), np.zeros(1, dtype=np.int64)
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64, count=len(array) + 1)
    encoded = np.empty(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return encoded[: starts[-1]], starts


def _joined(dictionaries: tuple[NDArray[np.object_], ...]) -> TextBlob:
    """One blob of several dictionaries."""
    parts = [_utf8(texts) for texts in dictionaries]
    bases, starts, data_size, text_count = [], [np.zeros(1, dtype=np.int64)], 0, 0
    for data, offsets in parts:
        bases.append(text_count)
        starts.append(offsets[1:] + data_size)
        data_size += data.size
        text_count += offsets.size - 1
    blob = np.concatenate([data for data, _ in parts]) if parts else np.empty(0, dtype=np.uint8)
    entries, entry_starts, hashes = text_entries(blob, np.concatenate(starts))
    longest = int(np.diff(entry_starts).max(initial=0))
    return TextBlob(dictionaries, tuple(bases), entries, entry_starts, hashes, longest)


@dataclass(slots=True)
class TextBlobs:
    """Blobs of the dictionaries last used, found by identity: dictionaries never change."""

    _blobs: OrderedDict[tuple[int, ...], TextBlob] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, dictionaries: tuple[NDArray[np.object_], ...]) -> TextBlob:
        """Blob of these dictionaries, made at most once while it stays among the last used."""
        key = tuple(id(texts) for texts in dictionaries)
        with self._lock:
            blob = self._blobs.get(key)
            if blob is not None:
                self._blobs.move_to_end(key)
                return blob
        blob = _joined(dictionaries)
        with self._lock:
            self._blobs[key] = blob
            while len(self._blobs) > _ENTRIES:
                self._blobs.popitem(last=False)
        return blob


def _number_bits(values: NDArray[np.generic]) -> tuple[NDArray[np.int64], int]:
    """Cells and kind of the numbers of a column; NaN and infinities are missing."""
    if values.dtype == np.bool_:
        return values.astype(np.int64), BOOLEAN
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.int64), INTEGER
    numbers = values.astype(np.float64) + 0.0  # -0.0 becomes 0.0
    bits = numbers.view(np.int64)
    bits[~np.isfinite(numbers)] = NULL
    return bits, DOUBLE


def _column_bits(column: Column, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Cells and kind of the rows of a column."""
    if isinstance(column, TextColumn):
        codes = column.codes[rows].astype(np.int64)
        codes[codes < 0] = NULL
        return codes, TEXT
    bits, kind = _number_bits(column.values[rows])
    if column.valid is not None:
        bits[~column.valid[rows]] = NULL
    return bits, kind


def cells(
    table: LayerTable, rows: NDArray[np.int64], fields: Sequence[str], blobs: TextBlobs
) -> Cells:
    """Attributes of some rows of a table, one column per field.

    Raises
    ------
    FieldError
        If the table does not hold a field.
    """
    bits = np.empty((rows.size, len(fields)), dtype=np.int64)
    kinds = np.empty(len(fields), dtype=np.int8)
    bases = np.zeros(len(fields), dtype=np.int64)
    dictionaries = []
    texts = []
    for c, name in enumerate(fields):
        column = table.columns.get(name)
        if column is None:
            raise FieldError(f"layer {table.spec.name!r} holds no column {name!r}")
        bits[:, c], kinds[c] = _column_bits(column, rows)
        if isinstance(column, TextColumn):
            texts.append(c)
            dictionaries.append(column.values)
    blob = blobs.of(tuple(dictionaries))
    bases[texts] = blob.bases
    return Cells(bits, kinds, bases, blob.data, blob.starts, blob.keys, blob.longest)
