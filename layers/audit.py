"""The audit: append-only records, each holding the hash of the one before it."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "GENESIS",
    "AuditFault",
    "AuditRecord",
    "chained",
    "first_fault",
    "packed_ids",
    "unpacked_ids",
]

GENESIS = bytes(32)
"""What the first record names as the hash before it."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, why, to how much, and when.

    Parameters
    ----------
    seq
        Number of the record, 1, 2, 3, ... without holes.
    at
        Milliseconds since 1970-01-01 UTC. Order is by `seq`, whatever the clock did.
    subject, role, purpose
        Of the scope that acted.
    action
        What was done: ``import osm``, ``fetch person``.
    count
        Rows written or seen.
    detail
        Counts per layer and other facts; values of fields are never written here.
    ids
        Packed ids by layer, see `packed_ids`.
    digest
        32 bytes: BLAKE2b of what was written (ids, values, geometry); empty for a look.
    change_seq
        Sequence number of the last change of the same unit of work; 0 for a look.
    previous, hash
        32 bytes: hash of the record before, and of this one.
    """

    seq: int
    at: int
    subject: str
    role: str
    purpose: str
    action: str
    count: int
    detail: Mapping[str, object]
    ids: bytes
    digest: bytes
    change_seq: int
    previous: bytes = GENESIS
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first place where the chain does not hold."""

    seq: int
    reason: str


def _record_hash(record: AuditRecord) -> bytes:
    fields = [
        record.seq,
        record.at,
        record.subject,
        record.role,
        record.purpose,
        record.action,
        record.count,
        record.detail,
        record.ids.hex(),
        record.digest.hex(),
        record.change_seq,
    ]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(record.previous + text.encode()).digest()


def chained(record: AuditRecord, previous: bytes) -> AuditRecord:
    """The record with its place in the chain: the hash before it, and its own.

    Parameters
    ----------
    record
        A record without hashes.
    previous
        `AuditRecord.hash` of the record before it, `GENESIS` for the first.
    """
    linked = replace(record, previous=previous)
    return replace(linked, hash=_record_hash(linked))


def first_fault(
    records: Iterable[AuditRecord], *, previous: bytes = GENESIS, first_seq: int = 1
) -> AuditFault | None:
    """The first record that was edited, removed or put in later; None if the chain holds.

    Parameters
    ----------
    records
        In order of `AuditRecord.seq`.
    previous
        Hash before the first of them.
    first_seq
        Number the first of them must have.

    Notes
    -----
    Cutting records off the end cannot be seen from the chain itself; compare with a hash that
    was exported before.
    """
    expected = first_seq
    for record in records:
        if record.seq != expected:
            return AuditFault(expected, "the record is missing")
        if record.previous != previous:
            return AuditFault(record.seq, "it does not follow the record before it")
        if _record_hash(record) != record.hash:
            return AuditFault(record.seq, "its content does not agree with its hash")
        previous, expected = record.hash, record.seq + 1
    return None


def packed_ids(ids: Mapping[str, NDArray[np.int64]]) -> bytes:
    """Ids of each layer as runs of consecutive ids, compressed.

    Parameters
    ----------
    ids
        By layer: (n,) int64, in any order, with repeats.

    Examples
    --------
    >>> unpacked_ids(packed_ids({"road": np.array([7, 1, 2, 3, 2])}))
    {'road': [(1, 3), (7, 7)]}
    """
    runs = {}
    for layer, values in sorted(ids.items()):
        ordered = np.unique(values)
        breaks = np.flatnonzero(np.diff(ordered) != 1)
        low = ordered[np.r_[0, breaks + 1]] if ordered.size else ordered
        high = ordered[np.r_[breaks, ordered.size - 1]] if ordered.size else ordered
        runs[layer] = np.column_stack([low, high]).tolist()
    text = json.dumps(runs, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpacked_ids(packed: bytes) -> dict[str, list[tuple[int, int]]]:
    """First and last id of every run, by layer."""
    if not packed:
        return {}
    runs = cast("dict[str, list[list[int]]]", json.loads(zlib.decompress(packed)))
    return {layer: [(low, high) for low, high in pairs] for layer, pairs in runs.items()}
