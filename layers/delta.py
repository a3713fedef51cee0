"""State of one layer: an immutable base, small newer segments over it, and what still counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from layers.cell_versions import CellVersions
from layers.changeset import LayerChange
from layers.merge import merged
from layers.model import LayerSpec
from layers.segment import LeafOf, Segment

__all__ = ["LayerState"]

_EMPTY_BOX = np.array([2**31 - 1, 2**31 - 1, -(2**31), -(2**31)], dtype=np.int32)
_RATIO = 4
_SMALL = 256
_LOOSE_ROWS = 20_000

Alive = NDArray[np.bool_] | None
"""(n,) bool, False where a row was replaced or deleted; None if all count."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerState:
    """Rows of one layer at one moment; every change gives a new state and keeps the old one.

    Parameters
    ----------
    spec
        Declaration, all fields.
    segments
        The base first, then newer ones, each several times smaller than the one before.
    alive
        One mask per segment; an id is alive in at most one.
    versions
        Change stamps by place.
    """

    spec: LayerSpec
    segments: tuple[Segment, ...]
    alive: tuple[Alive, ...]
    versions: CellVersions = field(default_factory=CellVersions)

    def __len__(self) -> int:
        """Number of rows that count."""
        return sum(
            len(segment) if alive is None else int(np.count_nonzero(alive))
            for segment, alive in self
        )

    def __iter__(self) -> Iterator[tuple[Segment, Alive]]:
        """Segments with their masks."""
        return zip(self.segments, self.alive, strict=True)

    @property
    def loose_rows(self) -> int:
        """Rows outside the base, and rows of the base that no longer count."""
        base = self.alive[0]
        dead = 0 if base is None else base.size - int(np.count_nonzero(base))
        return dead + sum(len(segment) for segment in self.segments[1:])

    @property
    def wants_compaction(self) -> bool:
        """True if so much has changed that one new base would serve readers better."""
        return self.loose_rows > max(_LOOSE_ROWS, len(self.segments[0]) // _RATIO)

    def rows_of(self, ids: NDArray[np.int64]) -> list[tuple[Segment, NDArray[np.int64]]]:
        """Per segment the (k,) int64 row of each id, -1 where it is not alive there."""
        found = []
        for segment, alive in self:
            rows = segment.rows_of(ids)
            if alive is not None and rows.size and alive.size:
                rows = np.where(alive[rows] & (rows >= 0), rows, -1)
            found.append((segment, rows))
        return found

    def bounds_of(self, ids: NDArray[np.int64]) -> NDArray[np.int32]:
        """(k, 4) int32 world bounds of each id; empty boxes where there is none."""
        bounds = np.tile(_EMPTY_BOX, (ids.size, 1))
        for segment, rows in self.rows_of(ids):
            if segment.table.geometry is not None:
                there = np.flatnonzero(rows >= 0)
                bounds[there] = segment.table.geometry.bounds[rows[there]]
        return bounds

    def changed(
        self, ids: NDArray[np.int64], put: Segment, stamp: int
    ) -> tuple["LayerState", LayerChange]:
        """State after rows were put or deleted.

        Parameters
        ----------
        ids
            (n,) int64 ids that changed, ascending, no repeats.
        put
            Rows of those ids that exist now; the others are deleted.
        stamp
            Change stamp, not smaller than any before.
        """
        old = self.bounds_of(ids)
        alive = tuple(
            _without(mask, rows, len(segment))
            for mask, (segment, rows) in zip(self.alive, self.rows_of(ids), strict=True)
        )
        segments = self.segments
        if len(put):
            segments, alive = (*segments, put), (*alive, None)
        segments, alive = _levelled(segments, alive)
        after = replace(self, segments=segments, alive=alive)
        new = after.bounds_of(ids)
        everywhere = self.segments[0].table.geometry is None
        versions = (
            self.versions.bumped_all(stamp)
            if everywhere
            else self.versions.bumped(np.concatenate((old, new)), stamp)
        )
        return replace(after, versions=versions), LayerChange(ids, old, new, everywhere)

    def relocated(self, leaf_of: LeafOf | None, stamp: int) -> "LayerState":
        """State with leaf indices of another grid version."""
        segments = tuple(segment.relocated(leaf_of) for segment in self.segments)
        return replace(self, segments=segments, versions=self.versions.bumped_all(stamp))

    def compacted(self) -> "LayerState":
        """State with one base and nothing over it; answers are the same."""
        return replace(self, segments=(_one(list(self)),), alive=(None,))

    def rebased(self, captured: "LayerState", base: Segment) -> "LayerState | None":
        """The state over a base that was made aside from an earlier one.

        Parameters
        ----------
        captured
            The earlier state, of which `self` is a later one.
        base
            ``captured.compacted().segments[0]``.

        Returns
        -------
        LayerState | None
            None if the segments of `captured` were merged since, so that the work is lost.
        """
        count = len(captured.segments)
        if len(self.segments) < count or any(
            mine is not theirs
            for mine, theirs in zip(self.segments, captured.segments, strict=False)
        ):
            return None
        died = [
            segment.table.ids[~mask & _mask(before, len(segment))]
            for (segment, mask), before in zip(
                list(self)[:count], captured.alive[:count], strict=True
            )
            if mask is not None
        ]
        gone = np.concatenate(died) if died else np.empty(0, dtype=np.int64)
        alive = _without(None, base.rows_of(gone), len(base))
        return replace(
            self,
            segments=(base, *self.segments[count:]),
            alive=(alive, *self.alive[count:]),
        )


def _mask(alive: Alive, size: int) -> NDArray[np.bool_]:
    return np.ones(size, dtype=np.bool_) if alive is None else alive


def _without(alive: Alive, rows: NDArray[np.int64], size: int) -> Alive:
    """Mask without some rows (-1 is none); the same object if nothing changes."""
    rows = rows[rows >= 0]
    if not rows.size:
        return alive
    mask = _mask(alive, size).copy()
    mask[rows] = False
    return mask


def _one(parts: Sequence[tuple[Segment, Alive]]) -> Segment:
    return merged(
        [
            (segment, np.arange(len(segment)) if alive is None else np.flatnonzero(alive))
            for segment, alive in parts
        ]
    )


def _levelled(
    segments: tuple[Segment, ...], alive: tuple[Alive, ...]
) -> tuple[tuple[Segment, ...], tuple[Alive, ...]]:
    """Newer segments merged until each is several times smaller than the one before.

    The base stays as it is, so a change costs in proportion to what changed lately.
    """
    while len(segments) > 2 and len(segments[-2]) < max(len(segments[-1]) * _RATIO, _SMALL):
        one = _one(list(zip(segments[-2:], alive[-2:], strict=True)))
        segments, alive = (*segments[:-2], one), (*alive[:-2], None)
    if len(segments) == 2 and not len(segments[-1]):
        return segments[:1], alive[:1]
    return segments, alive
