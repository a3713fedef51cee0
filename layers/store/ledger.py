"""What one unit of work did, gathered until its commit: change rows, counts, ids and digest."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from layers.changes import IDS_PER_CHANGE, Box, Operation, box_of

__all__ = ["Ledger", "Piece"]

_NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A change row without its numbers."""

    layer: str
    op: Operation
    ids: NDArray[np.int64]
    box_old: Box | None
    box_new: Box | None


@dataclass(slots=True)
class _Touched:
    """Rows of one layer: ids with the bounds before and after, in the order they were written."""

    put: list[NDArray[np.int64]] = field(default_factory=list)
    put_old: list[NDArray[np.float64]] = field(default_factory=list)
    put_new: list[NDArray[np.float64]] = field(default_factory=list)
    same: list[NDArray[np.int64]] = field(default_factory=list)
    deleted: list[NDArray[np.int64]] = field(default_factory=list)
    deleted_old: list[NDArray[np.float64]] = field(default_factory=list)
    inserted_count: int = 0
    updated_count: int = 0


class Ledger:
    """Account of a unit of work, by layer."""

    __slots__ = ("_digest", "_layers")

    def __init__(self) -> None:
        self._layers: dict[str, _Touched] = {}
        self._digest = hashlib.blake2b(digest_size=32)

    def _layer(self, layer: str) -> _Touched:
        return self._layers.setdefault(layer, _Touched())

    def inserted(
        self, layer: str, ids: NDArray[np.int64], new: NDArray[np.float64], content: pa.RecordBatch
    ) -> None:
        """Note new rows.

        Parameters
        ----------
        ids
            (n,) int64.
        new
            (n, 4) float64 bounds in degrees, NaN without geometry.
        content
            What was written, for the digest.
        """
        self._put(layer, ids, np.full_like(new, np.nan), new, content)
        self._layer(layer).inserted_count += ids.size

    def updated(
        self,
        layer: str,
        ids: NDArray[np.int64],
        bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
        content: pa.RecordBatch,
    ) -> None:
        """Note changed rows with their bounds before and after, each (n, 4)."""
        self._put(layer, ids, *bounds, content)
        self._layer(layer).updated_count += ids.size

    def _put(
        self,
        layer: str,
        ids: NDArray[np.int64],
        old: NDArray[np.float64],
        new: NDArray[np.float64],
        content: pa.RecordBatch,
    ) -> None:
        touched = self._layer(layer)
        touched.put.append(ids)
        touched.put_old.append(old)
        touched.put_new.append(new)
        self._add(layer, Operation.PUT, ids.tobytes(), content.serialize())

    def unchanged(self, layer: str, ids: NDArray[np.int64]) -> None:
        """Note rows that were given and already stood so."""
        self._layer(layer).same.append(ids)

    def deleted(self, layer: str, ids: NDArray[np.int64], old: NDArray[np.float64]) -> None:
        """Note rows that went away."""
        touched = self._layer(layer)
        touched.deleted.append(ids)
        touched.deleted_old.append(old)
        self._add(layer, Operation.DELETE, ids.tobytes(), b"")

    def _add(self, layer: str, op: Operation, ids: bytes, content: pa.Buffer | bytes) -> None:
        self._digest.update(f"{layer}\0{op}\0{len(ids)}\0".encode())
        self._digest.update(ids)
        self._digest.update(content)

    def kept(self, layer: str) -> NDArray[np.int64]:
        """Ids of the rows of a layer that were put, changed or not."""
        touched = self._layer(layer)
        return np.concatenate([*touched.put, *touched.same, _NO_IDS])

    @property
    def is_empty(self) -> bool:
        """True if nothing was put or deleted, not even rows left as they were."""
        return not self._layers

    @property
    def digest(self) -> bytes:
        """BLAKE2b, 32 bytes, of all that was written, in order."""
        return self._digest.digest()

    def ids(self) -> dict[str, NDArray[np.int64]]:
        """Ids written or deleted, by layer."""
        return {
            layer: np.concatenate([*touched.put, *touched.deleted])
            for layer, touched in self._layers.items()
            if touched.put or touched.deleted
        }

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows inserted, updated and deleted, by layer."""
        return {
            layer: {
                "inserted": touched.inserted_count,
                "updated": touched.updated_count,
                "deleted": sum(ids.size for ids in touched.deleted),
            }
            for layer, touched in self._layers.items()
        }

    def pieces(self) -> Iterator[Piece]:
        """Change rows: per layer first what was put and still stands, then what was deleted."""
        for layer, touched in self._layers.items():
            gone = np.concatenate([*touched.deleted, _NO_IDS])
            if touched.put:
                ids = np.concatenate(touched.put)
                old, new = np.concatenate(touched.put_old), np.concatenate(touched.put_new)
                stands = ~np.isin(ids, gone)
                yield from _cut(layer, Operation.PUT, ids[stands], old[stands], new[stands])
            if touched.deleted:
                old = np.concatenate(touched.deleted_old)
                yield from _cut(layer, Operation.DELETE, gone, old, np.full_like(old, np.nan))


def _cut(
    layer: str,
    op: Operation,
    ids: NDArray[np.int64],
    old: NDArray[np.float64],
    new: NDArray[np.float64],
) -> Iterator[Piece]:
    order = np.argsort(ids, kind="stable")
    distinct, starts = np.unique(ids[order], return_index=True)
    starts = np.append(starts, ids.size)
    for low in range(0, distinct.size, IDS_PER_CHANGE):
        high = min(low + IDS_PER_CHANGE, distinct.size)
        rows = order[starts[low] : starts[high]]  # an id put twice gives both its boxes
        yield Piece(layer, op, distinct[low:high], box_of(old[rows]), box_of(new[rows]))
