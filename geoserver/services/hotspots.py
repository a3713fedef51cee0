"""Hot and cold spots of a layer over the cells of one level of the grid."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.hotspots import CLASSES, HotSpots, hot_spots
from analysis.permutation import TestPlan
from analysis.weights import SpatialWeights, shared_vertex_contiguity
from geoserver.city import City
from geoserver.services.columns import ViewColumns
from geoserver.services.counting import count_kind
from grids.errors import ForbiddenError, ParameterError, RefusedError
from grids.hierarchy import Hierarchy
from grids.versions import GridVersion
from layers.model import GeometryKind
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["HotspotQuestion", "HotspotService", "cell_contiguity"]

DAY_MS = 86_400_000
_KEPT = 32


@dataclass(frozen=True, slots=True)
class HotspotQuestion:
    """What is asked.

    Parameters
    ----------
    layer
        Layer whose rows are counted.
    level
        Level whose units are the cells; None takes the lowest that is there.
    days
        Rows of the last so many days, by the time field of the layer; None takes all rows.
    tail
        ``two-sided``, ``hot`` or ``cold``.
    """

    layer: str
    level: str | None
    days: float | None
    tail: Literal["two-sided", "hot", "cold"]


@dataclass(slots=True)
class HotspotService:
    """Counts per cell out of the snapshot, tested against chance.

    Parameters
    ----------
    city
        The city.
    pool
        Threads that share the cells.
    seed
        Seed of the permutations, given back with every answer.
    """

    city: City
    pool: Executor
    seed: int
    _kept: OrderedDict[tuple[object, ...], dict[str, object]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hotspots(self, question: HotspotQuestion, scope: Scope) -> dict[str, object]:
        """Every cell with its count, z, p-value and class, and how they were found.

        Raises
        ------
        UnknownLayerError, ParameterError
            If the layer, level or days make no sense.
        RefusedError
            If no truthful answer exists: no grid, too few cells, all counts equal.
        ForbiddenError
            If the layer tells of people and the reader may not count them exactly.
        """
        snapshot = self.city.snapshot
        version = snapshot.grid_version
        if version is None:
            raise RefusedError("no grid is published yet: there are no cells to count in")
        spec = self.city.catalog.readable(question.layer, scope)
        if spec.geometry is GeometryKind.NONE or spec.name == "grid":
            raise ParameterError(f"layer {spec.name!r} has no places to count")
        if spec.people and count_kind(scope) == "protected":
            raise ForbiddenError(f"layer {spec.name!r} tells of people: exact counts are needed")
        if question.days is not None and spec.time_field is None:
            raise ParameterError(f"days needs a time field, and layer {spec.name!r} has none")
        until = self.city.now() // 60_000 * 60_000
        key = (question, scope.key, snapshot.seq, version.number, until)
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            known = self._computed(question, snapshot, scope, until)
            with self._lock:
                self._kept[key] = known
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return known

    def _computed(
        self, question: HotspotQuestion, snapshot: Snapshot, scope: Scope, until: int
    ) -> dict[str, object]:
        """The answer, worked out."""
        version = snapshot.grid_version
        if version is None:
            raise RefusedError("no grid is published yet: there are no cells to count in")
        tree = version.hierarchy
        level = question.level or lowest_level(tree)
        cell_of_leaf = tree.ancestor_index(level)
        units = tree.units_at(level)
        columns = ViewColumns.of(snapshot.layer(question.layer, scope))
        since = None if question.days is None else until - int(question.days * DAY_MS)
        time_field = snapshot.catalog[question.layer].time_field
        leaf = columns.leaf[_window(columns, time_field, since, until)]
        cell = cell_of_leaf[leaf[leaf >= 0]]
        counts = np.bincount(cell[cell >= 0], minlength=len(units)).astype(np.float64)
        weights = cell_contiguity(version, cell_of_leaf, len(units))
        plan = TestPlan(seed=self.seed, alternative=question.tail)
        found = hot_spots(counts, weights, plan, pool=self.pool)
        cells = [
            {"code": unit.code, "name": unit.name, "count": int(count), **judged}
            for unit, count, judged in zip(units, counts, _judged(found), strict=True)
        ]
        return {
            "layer": question.layer,
            "level": level,
            "days": question.days,
            "from": since,
            "to": until,
            "cells": cells,
            "counted": int(counts.sum()),
            "left_out": {
                "outside_grid": int((leaf < 0).sum()),
                "without_level": int((cell < 0).sum()),
                "cells_without_neighbour": int(weights.islands.size),
            },
            "contiguity": "queen",
            "seed": plan.seed,
            "p_min": found.test.p_min,
            "draws": found.test.max_draws,
            "draws_made": int(found.test.draws.sum()),
            "family": found.test.family,
            "alpha": plan.alpha,
            "alternative": plan.alternative,
            "correction": plan.correction,
            "null_model": found.null_model,
            "kind": "exact",
            "seq": snapshot.seq,
            "grid_version": version.number,
        }


def _window(
    columns: ViewColumns, time_field: str | None, since: int | None, until: int
) -> NDArray[np.bool_] | slice:
    """Rows whose time lies in the window; all rows if it has no start."""
    if since is None or time_field is None:
        return slice(None)
    at = columns.numbers(time_field)
    return (at >= since) & (at < until)


def lowest_level(tree: Hierarchy) -> str:
    """The lowest level that has units."""
    for level in reversed(tree.levels):
        if tree.units_at(level):
            return level
    raise RefusedError("the grid has no units")


def cell_contiguity(
    version: GridVersion, cell_of_leaf: NDArray[np.int32], count: int
) -> SpatialWeights:
    """Which cells touch, a shared corner included (queen), from the arcs of the version.

    Parameters
    ----------
    version
        Grid version.
    cell_of_leaf
        (L,) int32 cell of each leaf, -1 for none.
    count
        Number of cells.
    """
    arcs = version.arcs
    leaf = version.hierarchy.leaf_of_unit(arcs.face_unit)
    cell = np.append(np.where(leaf >= 0, cell_of_leaf[leaf], -1), -1)  # [-1] is outside
    left, right = cell[arcs.left], cell[arcs.right]
    return shared_vertex_contiguity(
        np.concatenate((left, right, left, right)),
        np.concatenate((arcs.n0, arcs.n0, arcs.n1, arcs.n1)),
        count=count,
    )


def _judged(found: HotSpots) -> list[Mapping[str, object]]:
    """z, p-value and class of every cell; None where a cell could not be tested."""
    z = [None if np.isnan(value) else round(float(value), 4) for value in found.z]
    p = [None if np.isnan(value) else float(f"{value:.6g}") for value in found.test.p]
    kind = [CLASSES[int(value)] for value in found.classes]
    return [{"z": a, "p_value": b, "class": c} for a, b, c in zip(z, p, kind, strict=True)]
