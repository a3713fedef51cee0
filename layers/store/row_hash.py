"""Content hashes of rows, by which a bulk write leaves equal rows alone.

The hash of a row is the wrapping sum over its non-null values of a mixed 64-bit hash of value
and field name, so it depends neither on the order of columns nor on fields that are null: a field
added to the catalogue later leaves every hash as it was. It finds equal rows; it is not a
cryptographic digest (the audit keeps one).
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

__all__ = ["row_hashes"]

_U64 = np.uint64


@njit(nogil=True, cache=True)
def _mixed(h: np.uint64) -> np.uint64:  # finaliser of SplitMix64
    h ^= h >> _U64(30)
    h *= _U64(0xBF58476D1CE4E5B9)
    h ^= h >> _U64(27)
    h *= _U64(0x94D049BB133111EB)
    return h ^ (h >> _U64(31))


@njit(nogil=True, cache=True)
def _add_words(
    total: NDArray[np.uint64], words: NDArray[np.uint64], valid: NDArray[np.bool_], salt: np.uint64
) -> None:
    for i in range(total.size):
        if valid[i]:
            total[i] += _mixed(_mixed(words[i]) ^ salt)


@njit(nogil=True, cache=True)
def _add_bytes(
    total: NDArray[np.uint64],
    content: NDArray[np.uint8],
    ends: NDArray[np.int64],
    valid: NDArray[np.bool_],
    salt: np.uint64,
) -> None:
    for i in range(total.size):
        if valid[i]:
            h = _U64(0xCBF29CE484222325)  # FNV-1a
            for k in range(ends[i], ends[i + 1]):
                h = (h ^ _U64(content[k])) * _U64(0x100000001B3)
            total[i] += _mixed(_mixed(h) ^ salt)


def row_hashes(columns: Mapping[str, pa.Array]) -> NDArray[np.int64]:
    """Hash of every row.

    Parameters
    ----------
    columns
        By name, all of one length: int64, float64, bool, string and binary arrays. Negative
        zero counts as zero.

    Returns
    -------
    NDArray
        (n,) int64.

    Examples
    --------
    >>> one = row_hashes({"a": pa.array([1, 2]), "b": pa.array(["x", None])})
    >>> two = row_hashes({"a": pa.array([1, 2])})
    >>> (one == two).tolist()
    [False, True]
    """
    size = len(next(iter(columns.values())))
    total = np.zeros(size, np.uint64)
    for name, array in columns.items():
        if array.null_count == size:
            continue
        salt = _U64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()))
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
            ends, content = _buffers(array)
            _add_bytes(total, content, ends, valid, salt)
        else:
            _add_words(total, _words(array), valid, salt)
    return total.view(np.int64)


def _buffers(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    _, offsets, content = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    empty = np.zeros(0, np.uint8)
    return ends.astype(np.int64), empty if content is None else np.frombuffer(content, np.uint8)


def _words(array: pa.Array) -> NDArray[np.uint64]:
    if pa.types.is_boolean(array.type):
        values = array.fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003 - the value
        return np.asarray(values, np.uint64)
    values = array.fill_null(0).to_numpy(zero_copy_only=False)
    if values.dtype == np.float64:
        values = values + 0.0  # -0.0 becomes 0.0
    words: NDArray[np.uint64] = np.ascontiguousarray(values).view(np.uint64)
    return words
