"""Colours and steps of the dark map: one place, so that page and map agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["GREEN_KINDS", "GROUND_KINDS", "INK", "LEVELS", "ROADS", "Level", "Road", "zoomed"]

INK: Mapping[str, str] = {
    "background": "#0B1320",
    "water": "#0d2c47",
    "shore": "#143a5a",
    "green": "#0e2623",
    "farmland": "#0d1d20",
    "ground": "#0e1829",
    "building_low": "#18263e",
    "building_high": "#2e4468",
    "building_edge": "#22365a",
    "casing": "#0a111d",
    "grid": "#59d8cf",
    "text": "#dbe6f5",
    "quiet": "#93a7c4",
    "halo": "#0B1320",
    "water_text": "#5c8fbd",
    "green_text": "#5f9a86",
}
"""Colour by what it is for."""

GREEN_KINDS = ("park", "grass", "forest")
"""Land use drawn as green."""

GROUND_KINDS = (
    "residential",
    "commercial",
    "industrial",
    "school",
    "hospital",
    "square",
    "construction",
)
"""Land use drawn as a slightly lighter ground."""


@dataclass(frozen=True, slots=True)
class Road:
    """How a class of roads is drawn.

    Parameters
    ----------
    classes
        Values of the field ``class``.
    from_zoom
        Zoom level from which it is drawn.
    colour
        Of the road; its casing is darker.
    widths
        Zoom level and width in pixels of a 512-pixel tile.
    name_zoom
        Zoom level from which names are written along it.
    """

    classes: tuple[str, ...]
    from_zoom: int
    colour: str
    widths: Sequence[tuple[float, float]]
    name_zoom: float


ROADS: Mapping[str, Road] = {
    "path": Road(("path",), 15, "#16233a", ((15, 0.5), (17, 1.2), (20, 4)), 17),
    "service": Road(("service",), 14, "#16233a", ((14, 0.5), (16, 1.6), (18, 5), (20, 12)), 17),
    "street": Road(
        ("residential",), 12, "#1c2c48", ((12, 0.4), (14, 1.3), (16, 4), (18, 11), (20, 26)), 15
    ),
    "tertiary": Road(
        ("tertiary",), 11, "#213556", ((11, 0.5), (13, 1.3), (16, 5.5), (18, 14), (20, 32)), 14
    ),
    "secondary": Road(
        ("secondary",),
        9,
        "#274063",
        ((9, 0.4), (12, 1.3), (14, 2.8), (16, 7), (18, 17), (20, 38)),
        13,
    ),
    "primary": Road(
        ("primary",), 8, "#2d4870", ((8, 0.5), (12, 2), (14, 4), (16, 9), (18, 21), (20, 44)), 12.5
    ),
    "trunk": Road(
        ("trunk", "motorway"),
        8,
        "#34507c",
        ((8, 0.8), (12, 2.4), (14, 4.6), (16, 10), (18, 24), (20, 50)),
        12,
    ),
}
"""Groups of road classes from least to most important, in drawing order."""


@dataclass(frozen=True, slots=True)
class Level:
    """How the borders of one level of the grid are drawn.

    Parameters
    ----------
    levels
        Values of the field ``level``.
    from_zoom
        Zoom level from which borders and names are drawn.
    name_until
        Zoom level from which names give way to the next level; None for never.
    width, opacity
        Of the border at its first zoom level.
    text_px
        Size of names, pixels.
    """

    levels: tuple[str, ...]
    from_zoom: float
    name_until: float | None
    width: float
    opacity: float
    text_px: float


LEVELS: Mapping[str, Level] = {
    "unit": Level(("unit",), 16.5, None, 0.7, 0.45, 11),
    "grid": Level(("grid",), 13.5, 16.5, 1.0, 0.7, 12),
    "community": Level(("community",), 12, 13.5, 1.2, 0.6, 12),
    "street": Level(("street",), 10.5, 12, 1.6, 0.7, 14),
    "district": Level(("city", "district"), 4, 10.5, 2.0, 0.8, 16),
}
"""Groups of grid levels from narrow to wide, in drawing order."""


def zoomed(steps: Sequence[tuple[float, float]], *, plus: float = 0.0) -> list[object]:
    """Style expression of a width that grows with the zoom level.

    Examples
    --------
    >>> zoomed([(10, 1), (12, 4)], plus=2.0)
    ['interpolate', ['exponential', 1.5], ['zoom'], 10, 3.0, 12, 6.0]
    """
    found: list[object] = ["interpolate", ["exponential", 1.5], ["zoom"]]
    for zoom, width in steps:
        found += [zoom, round(width + plus, 3)]
    return found
