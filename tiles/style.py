"""The map style of a city: sources by TileJSON, a dark base map, Chinese names, own fonts."""

from collections.abc import Mapping, Sequence
from typing import Any

from grids.bounds import BoundingBox
from tiles.style_parts import (
    building_layers,
    grid_layers,
    ground_layers,
    label_layers,
    road_layers,
)

__all__ = ["BASE_LAYERS", "base_style"]

BASE_LAYERS = ("building", "grid", "landuse", "road", "water")
"""Tile layers that the base map draws."""

_SOURCE = "base"


def base_style(
    *,
    name: str,
    layers: Sequence[str],
    base_url: str,
    fonts: Mapping[str, Any],
    bounds: BoundingBox | None,
) -> dict[str, Any]:
    """MapLibre style of the dark base map: what overlays are drawn on.

    No glyph server is named: names are drawn from the font files in `fonts`, so Chinese text
    never depends on a font of the viewer's machine.

    Parameters
    ----------
    name
        Name of the city.
    layers
        Tile layers that the reader may see; others of `BASE_LAYERS` are left out.
    base_url
        What addresses begin with; empty for addresses from the root of the server.
    fonts
        ``font-faces`` of the style: font name to files with their unicode ranges.
    bounds
        Box of the city in degrees, for the first view; None where nothing is drawn.
    """
    drawn = [layer for layer in BASE_LAYERS if layer in layers]
    every = (
        *ground_layers(_SOURCE),
        *road_layers(_SOURCE),
        *building_layers(_SOURCE),
        *grid_layers(_SOURCE),
        *label_layers(_SOURCE),
    )
    style: dict[str, Any] = {
        "version": 8,
        "name": name,
        "sources": {_SOURCE: {"type": "vector", "url": f"{base_url}/tiles/{','.join(drawn)}.json"}},
        "font-faces": dict(fonts),
        "light": {"anchor": "viewport", "color": "#9fb8e0", "intensity": 0.25},
        "transition": {"duration": 200, "delay": 0},
        "layers": [part for part in every if part.get("source-layer") in {None, *drawn}],
    }
    if not drawn:
        style["sources"], style["layers"] = {}, [every[0]]
    if bounds is not None:
        style["center"] = [(bounds.xmin + bounds.xmax) / 2, (bounds.ymin + bounds.ymax) / 2]
        style["zoom"] = 12
    return style
