"""The snapshot: all layers of a city at one moment, immutable, read through a scope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from grids.errors import UnknownLayerError, UnknownUnitError
from grids.hierarchy import Hierarchy
from grids.versions import GridVersion
from layers.catalog import Catalog
from layers.delta import LayerState
from layers.model import LayerSpec
from layers.policy import Scope
from layers.views import LayerView, Part, is_open, visible_spec

__all__ = ["Geometries", "LayerView", "Part", "Snapshot", "jurisdiction"]

Geometries = Callable[[str, NDArray[np.int64]], NDArray[np.object_]]
"""Stored geometries of a layer by id: (k,) shapely objects in degrees, None where there is none."""

_MOST_VIEWS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All layers at one moment; a newer one never changes it.

    Parameters
    ----------
    seq
        Sequence number of the last change it shows.
    grid_version
        Grid version whose leaves the rows are counted at; None before the first is published.
    catalog
        Layers of the city.
    states
        Rows by layer name.
    geometries
        Where exact geometry comes from when a filter needs it.
    """

    seq: int
    grid_version: GridVersion | None
    catalog: Catalog
    states: Mapping[str, LayerState]
    geometries: Geometries
    _views: dict[tuple[str, str], LayerView] = field(default_factory=dict, repr=False)

    @property
    def hierarchy(self) -> Hierarchy | None:
        """Unit tree of the grid version."""
        return None if self.grid_version is None else self.grid_version.hierarchy

    def layer(self, name: str, scope: Scope) -> LayerView:
        """One layer as the scope may see it.

        Raises
        ------
        UnknownLayerError
            If there is no such layer, or the scope may not see it: the answer is the same.
        """
        key = (name, scope.key)
        view = self._views.get(key)
        if view is None:
            spec = self.catalog.readable(name, scope)
            if name not in self.states:
                raise UnknownLayerError(f"layer {name!r} is not in the snapshot")
            view = self._view(spec, visible_spec(spec, scope), scope)
            if len(self._views) >= _MOST_VIEWS:
                self._views.clear()
            self._views[key] = view
        return view

    def layers(self, scope: Scope) -> tuple[str, ...]:
        """Names of the layers that the scope may see, in the order of the catalogue."""
        return tuple(
            name
            for name, spec in self.catalog.items()
            if name in self.states and scope.can_read(spec)
        )

    def placed_layer(self, name: str, scope: Scope) -> LayerView:
        """One layer whose place may be asked about even if it may not be shown.

        For counts inside an area by `layers.counts`; rows must not be given out from it.

        Raises
        ------
        UnknownLayerError
            As `layer`.
        """
        spec = self.catalog.readable(name, scope)
        return self._view(spec, replace(visible_spec(spec, scope), geometry=spec.geometry), scope)

    def _view(self, spec: LayerSpec, shown: LayerSpec, scope: Scope) -> LayerView:
        return LayerView(
            shown,
            self.states[spec.name],
            inside=None if is_open(shown) else jurisdiction(self.hierarchy, scope),
            geometries=lambda ids: self.geometries(spec.name, ids),
        )


def jurisdiction(hierarchy: Hierarchy | None, scope: Scope) -> NDArray[np.bool_] | None:
    """Which leaves a scope may see.

    Parameters
    ----------
    hierarchy
        Unit tree of the current version; None sees nothing, unless the scope is city-wide.

    Returns
    -------
    NDArray | None
        (L + 1,) bool by leaf index; the last entry, False, is for rows outside every leaf
        (index -1). None for the whole city. A unit that the version does not have adds nothing.
    """
    if scope.units is None:
        return None
    inside = np.zeros(1 + (hierarchy.leaf_count if hierarchy else 0), dtype=np.bool_)
    for unit_id in scope.units if hierarchy else ():
        try:
            low, high = hierarchy.interval(unit_id) if hierarchy else (0, 0)
        except UnknownUnitError:
            continue
        inside[low:high] = True
    return inside
