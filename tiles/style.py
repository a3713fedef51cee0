"""MapLibre style of a city: the dark map.

References
----------
MapLibre, "Style Specification", version 8.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tiles.companions import BORDER, LABEL
from tiles.style_ground import ground_layers
from tiles.style_marks import ICONS, border_layers, name_layers, symbol_layers

__all__ = ["StyleOptions", "city_style"]

_SOURCES = {
    "base": (
        "building", "building_label", "landuse", "landuse_label", "road", "water", "water_label",
    ),
    "grid": ("grid", "grid_border", "grid_label"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOptions:
    """What differs from city to city.

    Parameters
    ----------
    base_url
        Address under which tiles are served, without a slash at its end.
    name
        Title of the map.
    center
        (lon, lat) in degrees where the map opens.
    zoom
        Zoom level at which it opens.
    font_faces
        Value of ``font-faces``: font name to its files; text is written in Noto Sans SC.
    has_symbols
        True to draw cases and things too; a page that draws its own leaves them out. The page
        adds the images named in `tiles.style_marks.ICONS`.
    """

    base_url: str
    name: str = ""
    center: tuple[float, float] | None = None
    zoom: float = 12.0
    font_faces: Mapping[str, object] = field(default_factory=dict)
    has_symbols: bool = False


def _sources(options: StyleOptions, layers: Collection[str]) -> dict[str, object]:
    """One source for the ground, one for the grid, one per layer of things, as far as visible."""
    groups: dict[str, Sequence[str]] = {
        source: [name for name in names if _is_visible(name, layers)]
        for source, names in _SOURCES.items()
    }
    if options.has_symbols:
        groups |= {layer: [layer] for layer in ICONS if layer in layers}
    return {
        source: {"type": "vector", "url": f"{options.base_url}/tiles/{','.join(names)}.json"}
        for source, names in groups.items()
        if names
    }


def _is_visible(tile_layer: str, layers: Collection[str]) -> bool:
    """True if the reader may see a layer, or the layer that a companion is derived from."""
    return tile_layer.removesuffix(LABEL).removesuffix(BORDER) in layers


def city_style(options: StyleOptions, layers: Collection[str]) -> dict[str, object]:
    """Style document of a city for a reader who may see some layers.

    Parameters
    ----------
    options
        What differs from city to city.
    layers
        Names of the layers the reader may see; the style draws no other.

    Returns
    -------
    dict
        A document that passes the validator of the style specification. It names no glyphs and
        no sprite: fonts come by ``font-faces`` and images from the page.
    """
    drawn = [*ground_layers(), *border_layers(), *name_layers()]
    if options.has_symbols:
        drawn += symbol_layers()
    document: dict[str, object] = {
        "version": 8,
        "name": options.name or "Wangge dark",
        "sources": _sources(options, layers),
        "light": {"anchor": "viewport", "color": "#cfe0ff", "intensity": 0.28},
        "layers": [
            layer
            for layer in drawn
            if "source" not in layer or _is_visible(str(layer["source-layer"]), layers)
        ],
    }
    if options.center is not None:
        document |= {"center": list(options.center), "zoom": options.zoom}
    if options.font_faces:
        document["font-faces"] = dict(options.font_faces)
    return document
