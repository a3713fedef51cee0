"""First leaf grids of a city from its roads: one grid per block inside a boundary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grids.blocks import reading_order, road_blocks
from grids.errors import ImportFailedError
from grids.versions import GridVersion
from layers.ingest.leaves import NewLeaf, draft_leaves, publish_leaves
from layers.ingest.unit_codes import code_stem
from layers.policy import Scope
from layers.registry.registry import Registry
from layers.store.protocol import Store

__all__ = ["CUTTING_CLASSES", "BlockOptions", "publish_blocks"]

CUTTING_CLASSES = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "residential",
)
"""Road classes that bound blocks by default: inner roads and footways do not."""

_BAND_M = 200.0


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """How blocks are cut.

    Parameters
    ----------
    city
        Code and name of the city.
    effective_from
        Milliseconds since 1970-01-01 UTC from which the version is in force.
    boundary
        Polygon, lon/lat in EPSG:4490, to cut; None takes the box of the buildings (else roads).
    under
        Code of the unit that the blocks belong to; None takes the city.
    least_area_m2
        Smaller faces (medians, slip-road islands) go to the neighbour with the longest border.
    classes
        Road classes that cut.
    """

    city: tuple[str, str]
    effective_from: int
    boundary: BaseGeometry | None = None
    under: str | None = None
    least_area_m2: float = 5_000.0
    classes: Sequence[str] = CUTTING_CLASSES


def _rows(store: Store, layer: str, scope: Scope, fields: Sequence[str]) -> list[dict[str, object]]:
    return [
        row
        for table in store.scan(layer, scope=scope, fields=fields)
        for row in table.select(["geom", *fields]).to_pylist()
    ]


def _extract_box(store: Store, scope: Scope, roads: Sequence[BaseGeometry]) -> BaseGeometry:
    """Box of the buildings: roads often run on beyond the extract."""
    buildings = [shapely.from_wkb(row["geom"]) for row in _rows(store, "building", scope, [])]
    return shapely.box(*shapely.total_bounds(buildings or list(roads)))


def _codes(under: str, count: int) -> list[str]:
    """Codes of blocks: the parent's code filled up to 12 digits, and a serial number.

    Examples
    --------
    >>> _codes("3201", 2)
    ['320100000000001', '320100000000002']
    """
    stem = code_stem(under)
    prefix = stem.ljust(12, "0") if len(stem) <= 12 else stem
    digits = max(3, len(str(count)))
    return [f"{prefix}{serial:0{digits}d}" for serial in range(1, count + 1)]


def publish_blocks(
    store: Store, registry: Registry, *, options: BlockOptions, scope: Scope
) -> tuple[GridVersion, int]:
    """Cut a boundary by the roads of the city into leaf grids and publish the next version.

    Parameters
    ----------
    store
        Holds the layers ``road`` and ``building``.
    registry
        Published grid versions; on any error it is left as it was.
    options
        City, boundary, classes, least area.
    scope
        Who does this.

    Returns
    -------
    tuple
        The version, and the number of small faces that were merged.

    Raises
    ------
    ImportFailedError
        If the city has no roads, or they cut out nothing.
    """
    rows = _rows(store, "road", scope, ["class", "tunnel"])
    roads = [
        shapely.from_wkb(row["geom"])
        for row in rows
        if row["class"] in options.classes and not row["tunnel"]
    ]
    if not roads:
        raise ImportFailedError("the city has no roads yet; import an extract first")
    boundary = options.boundary or _extract_box(store, scope, roads)
    blocks = road_blocks(
        np.array(roads, dtype=object), boundary, least_area_m2=options.least_area_m2
    )
    if blocks.polygons.size == 0:
        raise ImportFailedError("the roads cut no block out of the boundary")
    order = reading_order(blocks.polygons, band_m=_BAND_M)
    under = options.under or options.city[0]
    leaves = [
        NewLeaf(code, f"第{serial}网格", "grid", blocks.polygons[i])
        for serial, (code, i) in enumerate(
            zip(_codes(under, order.size), order, strict=True), start=1
        )
    ]
    draft = draft_leaves(registry, leaves, city=options.city, repair=False)
    published = publish_leaves(
        registry, draft, effective_from=options.effective_from, scope=scope, note="road blocks"
    )
    return published, blocks.merged
