"""Versions of the grid: each has a number, a first day, its arcs and its tree."""

from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

from grids.arcs import ArcTable
from grids.hierarchy import Hierarchy
from grids.locate import PointLocator

__all__ = ["GridVersion"]


@dataclass(frozen=True)
class GridVersion:
    """One published state of the grid.

    Parameters
    ----------
    number
        1 for the first version, then counting up.
    effective_from
        Milliseconds UTC from which lookups use it.
    arcs
        Its coverage.
    hierarchy
        Its tree; leaf indices are those of this version only.
    pool
        Threads for point location; None uses the caller's.
    """

    number: int
    effective_from: int
    arcs: ArcTable
    hierarchy: Hierarchy
    pool: Executor | None = field(default=None, repr=False, compare=False)
    _locators: list[PointLocator] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @property
    def locator(self) -> PointLocator:
        """Point location on this version, built at the first use."""
        if not self._locators:
            with self._lock:
                if not self._locators:
                    self._locators.append(PointLocator(self.arcs, self.hierarchy, pool=self.pool))
        return self._locators[0]
