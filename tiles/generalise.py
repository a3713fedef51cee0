"""Which rows of a layer are worth drawing at a zoom level: by class, before anything is encoded.

A row is left out below the zoom level from which its class shows on a map: alleys in a tile of
the whole city, leaf grids in a tile of the province. The style draws from the same levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from layers.columns import TextColumn
from tiles.mvt import Part

__all__ = ["RANKS", "Rank", "ranked"]


@dataclass(frozen=True, slots=True)
class Rank:
    """Zoom level from which each class of a layer is drawn.

    Parameters
    ----------
    field
        Category that decides.
    from_zoom
        First zoom level of each value; other values and missing ones are always drawn.
    """

    field: str
    from_zoom: Mapping[str, int]


RANKS: Mapping[str, Rank] = {
    "grid": Rank(
        "level",
        {"city": 0, "district": 0, "street": 9, "community": 11, "grid": 12, "unit": 15},
    ),
    "road": Rank(
        "class",
        {
            "motorway": 0,
            "trunk": 0,
            "primary": 0,
            "secondary": 9,
            "tertiary": 11,
            "residential": 12,
            "service": 14,
            "path": 14,
        },
    ),
}
"""Ranks of the layers that have them."""


def ranked(layer: str, parts: Sequence[Part], z: int) -> Sequence[Part]:
    """The rows of a layer that are drawn at a zoom level.

    Parameters
    ----------
    layer
        Name of the layer; one without a rank keeps every row.
    parts
        Tables and rows that may show.
    z
        Zoom level of the tile.
    """
    rank = RANKS.get(layer.removesuffix("_label").removesuffix("_border"))
    if rank is None or all(first <= z for first in rank.from_zoom.values()):
        return parts
    found: list[Part] = []
    for table, rows in parts:
        column = table.columns.get(rank.field)
        if not isinstance(column, TextColumn):
            found.append((table, rows))
            continue
        shown = [rank.from_zoom.get(value, 0) <= z for value in column.values.tolist()]
        keeps = np.array([*shown, True])  # code -1, a missing class, takes the last
        found.append((table, rows[keeps[column.codes[rows]]]))
    return found
