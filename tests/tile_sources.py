"""A tile source over tables in memory: the ten-line fake that tests of tiles use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from grids.bounds import BoundingBox
from grids.errors import UnknownLayerError
from layers.columns import LayerTable
from layers.model import LayerSpec
from tiles.mvt import Part
from tiles.source import World


@dataclass(slots=True)
class TableSource:
    """Layers by name; `version` is the version key of every layer, `reads` counts `parts`."""

    tables: Mapping[str, LayerTable]
    scope_key: str = "all"
    version: int = 1
    box: BoundingBox | None = None
    hidden: frozenset[str] = frozenset()
    reads: list[str] = field(default_factory=list)

    def spec(self, layer: str) -> LayerSpec:
        """Declaration with the hidden fields taken out."""
        if layer not in self.tables:
            raise UnknownLayerError(f"no layer {layer!r}; there are {', '.join(self.tables)}")
        spec = self.tables[layer].spec
        shown = tuple(name for name in spec.tile_fields if name not in self.hidden)
        return replace(spec, tile_fields=shown)

    def parts(self, layer: str, window: World) -> Sequence[Part]:
        """All rows whose bounds meet the window."""
        self.reads.append(layer)
        table = self.tables[layer]
        if table.geometry is None:
            return []
        xmin, ymin, xmax, ymax = table.geometry.bounds.T
        meets = (
            (xmin <= window[2]) & (xmax >= window[0]) & (ymin <= window[3]) & (ymax >= window[1])
        )
        return [(table, np.flatnonzero(meets).astype(np.int64))]

    def version_key(self, layer: str, window: World) -> int:  # noqa: ARG002 - one for all
        """The one version."""
        return self.version

    def bounds(self, layer: str) -> BoundingBox | None:  # noqa: ARG002 - one for all
        """The one box."""
        return self.box
