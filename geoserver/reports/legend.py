"""What stands on a map beside its layers: title, frame, scale bar, legend, note."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import geopandas as gpd

from geoserver.reports.page import FOOT_PX, HEAD_PX, MARGIN_PX, Page

__all__ = ["MapLayer", "around"]


@dataclass(frozen=True, slots=True, eq=False)
class MapLayer:
    """One frame and how it is drawn.

    Parameters
    ----------
    frame
        Any geometry, in a declared reference system; rows without geometry are not drawn.
    title
        What it is called in the legend; empty leaves it out.
    fill
        Colour of areas and points, or with `by` the colour of each value; others are not drawn.
    by
        Column whose values choose the colour.
    stroke, stroke_px
        Colour and width of lines and outlines.
    radius_px
        Radius of points.
    label
        Column that is written in the middle of each geometry.
    names
        With `by`, what a value is called in the legend.
    """

    frame: gpd.GeoDataFrame
    title: str = ""
    fill: str | Mapping[Any, str] = "none"
    by: str = ""
    stroke: str = "#8a8f98"
    stroke_px: float = 0.6
    radius_px: float = 2.5
    label: str = ""
    names: Mapping[Any, str] = field(default_factory=dict)


def around(page: Page, layers: Sequence[MapLayer], title: str, note: str) -> list[str]:
    """Title, frame, legend, scale bar and note."""
    width, height = page.size
    out = [
        f'<rect x="{MARGIN_PX}" y="{HEAD_PX}" width="{width - 2 * MARGIN_PX}" '
        f'height="{height - HEAD_PX - FOOT_PX}" fill="none" stroke="#444"/>',
        f'<text x="{MARGIN_PX}" y="23" font-size="16" fill="#111">{escape(title)}</text>',
        f'<text x="{MARGIN_PX}" y="{height - 9}" font-size="11" fill="#555">{escape(note)}</text>',
    ]
    return out + _scale_bar(page) + _legend(layers)


def _scale_bar(page: Page) -> list[str]:
    """Bar of a round length near a fifth of the width."""
    width, height = page.size
    wanted = width / 5 / page.px_per_m
    power = 10.0 ** math.floor(math.log10(wanted))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    text = f"{metres / 1000:g} 公里" if metres >= 1000 else f"{metres:g} 米"
    x1, y = width - MARGIN_PX - 2, height - 8
    x0 = x1 - metres * page.px_per_m
    return [
        f'<path d="M{x0:.1f} {y - 5}V{y}H{x1}V{y - 5}" fill="none" stroke="#111"/>',
        f'<text x="{x0 - 6:.1f}" y="{y}" font-size="11" text-anchor="end">{text}</text>',
    ]


def _legend(layers: Sequence[MapLayer]) -> list[str]:
    """What the colours mean, at the upper left."""
    rows: list[tuple[str, str]] = []
    for layer in layers:
        if isinstance(layer.fill, str):
            rows += [(layer.stroke if layer.fill == "none" else layer.fill, layer.title)]
        else:
            named = [(c, str(layer.names.get(v, v))) for v, c in layer.fill.items()]
            rows += [(c, f"{layer.title}：{text}") for c, text in named] if layer.title else []
    rows = [(colour, text) for colour, text in rows if text]
    if not rows:
        return []
    x, y, high = MARGIN_PX + 8, HEAD_PX + 8, 17
    wide = 34 + max(sum(11.5 if ord(c) > 255 else 6.5 for c in text) for _, text in rows)
    out = [
        f'<rect x="{x}" y="{y}" width="{wide:.0f}" height="{high * len(rows) + 8}" '
        'fill="#ffffff" fill-opacity="0.85" stroke="#999" stroke-width="0.5"/>'
    ]
    for k, (colour, text) in enumerate(rows):
        top = y + 5 + high * k
        out += [
            f'<rect x="{x + 6}" y="{top + 2}" width="14" height="10" fill="{escape(colour)}" '
            'stroke="#666" stroke-width="0.5"/>',
            f'<text x="{x + 26}" y="{top + 11}" font-size="11" fill="#222">{escape(text)}</text>',
        ]
    return out
