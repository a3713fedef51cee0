"""Maps of frames as one SVG text: they need no network, no tiles and no script.

Ready-made web maps load their scripts and background tiles from elsewhere, which a command
network without internet does not have; a drawing is the same in a notebook, a report and print.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.reports.legend import MapLayer, around
from geoserver.reports.page import FOOT_PX, HEAD_PX, MARGIN_PX, Box, page_of
from grids.errors import CrsError, FieldError, ParameterError

__all__ = ["MapLayer", "SvgMap", "city_map"]

_FONT = "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
_LINE_TYPES = frozenset({1, 2, 5})
_POINT_TYPES = frozenset({0, 4})


@dataclass(frozen=True, slots=True)
class SvgMap:
    """A drawn map; a notebook shows it by itself."""

    text: str

    def _repr_svg_(self) -> str:
        return self.text

    def write(self, path: Path | str) -> None:
        """Write it as an SVG file."""
        Path(path).write_text(self.text, encoding="utf-8")


def city_map(
    layers: Iterable[MapLayer],
    *,
    title: str,
    note: str = "",
    width_px: int = 760,
    box: Box | None = None,
) -> SvgMap:
    """A map of some layers with title, legend, scale bar and note.

    Parameters
    ----------
    layers
        From the bottom up.
    title
        Heading.
    note
        Foot: whose data it is, and the approval number of the map.
    width_px
        Width of the drawing, 200 or more.
    box
        xmin, ymin, xmax, ymax in degrees, EPSG:4490; None takes the extent of all layers.

    Raises
    ------
    ParameterError
        If nothing has a place and no box is given, or a size is out of range.
    CrsError
        If a frame declares no reference system.
    FieldError
        If a column is not there.
    """
    chosen = list(layers)
    shapes = [_lonlat_shapes(layer.frame) for layer in chosen]
    page = page_of(box or _extent(shapes), width_px)
    body: list[str] = []
    for layer, geometries in zip(chosen, shapes, strict=True):
        body += _drawn(layer, shapely.transform(geometries, page.pixels))
    body += around(page, chosen, title, note)
    width, height = page.size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{_FONT}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<defs><clipPath id="m"><rect x="{MARGIN_PX}" y="{HEAD_PX}" '
        f'width="{width - 2 * MARGIN_PX}" height="{height - HEAD_PX - FOOT_PX}"/>'
        '</clipPath></defs><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    return SvgMap(head + "".join(body) + "</svg>")


def _lonlat_shapes(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Geometries in EPSG:4490."""
    if frame.crs is None:
        raise CrsError("a frame of the map declares no reference system")
    geometry = frame.geometry
    if frame.crs.to_epsg() not in {4490, 4326}:
        geometry = geometry.to_crs("EPSG:4490")
    return np.asarray(geometry.array, dtype=object)


def _extent(shapes: Sequence[NDArray[np.object_]]) -> Box:
    """Box around all geometries."""
    boxes = [shapely.total_bounds(part) for part in shapes if len(part)]
    known = np.array([box for box in boxes if np.isfinite(box).all()])
    if not known.size:
        raise ParameterError("the map is empty: no layer has a place, and no box is given")
    west, south = known[:, :2].min(axis=0).tolist()
    east, north = known[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _drawn(layer: MapLayer, shapes: NDArray[np.object_]) -> list[str]:
    """Elements of one layer, one path per colour."""
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out = ['<g clip-path="url(#m)">']
    for colour, rows in _colours(layer):
        out += _coloured(layer, colour, shapes[rows & there])
    if layer.label:
        out += _labels(_column(layer, layer.label)[there], shapes[there])
    return [*out, "</g>"]


def _column(layer: MapLayer, name: str) -> NDArray[np.object_]:
    """Values of a column."""
    if name not in layer.frame.columns and name != layer.frame.index.name:
        raise FieldError(f"the frame has no column {name!r} to draw by")
    values = layer.frame[name] if name in layer.frame.columns else layer.frame.index
    return np.asarray(values.astype(object), dtype=object)


def _colours(layer: MapLayer) -> list[tuple[str, NDArray[np.bool_]]]:
    """Colours with the rows of each."""
    if isinstance(layer.fill, str):
        return [(layer.fill, np.ones(len(layer.frame), dtype=np.bool_))]
    if not layer.by:
        raise ParameterError("fill by value needs the column `by`")
    values = _column(layer, layer.by)
    return [
        (colour, np.array([found == value for found in values], dtype=np.bool_))
        for value, colour in layer.fill.items()
    ]


def _coloured(layer: MapLayer, colour: str, shapes: NDArray[np.object_]) -> list[str]:
    """Points, lines and areas of one colour."""
    kinds = shapely.get_type_id(shapes)
    points = shapely.get_coordinates(shapes[np.isin(kinds, list(_POINT_TYPES))])
    stroke = f'stroke="{escape(layer.stroke)}" stroke-width="{layer.stroke_px:g}"'
    out = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{layer.radius_px:g}" '
        f'fill="{escape(colour)}" {stroke}/>'
        for x, y in points.tolist()
    ]
    for wanted, fill in ((True, "none"), (False, colour)):
        rest = ~np.isin(kinds, list(_POINT_TYPES))
        chosen = shapes[rest & (np.isin(kinds, list(_LINE_TYPES)) == wanted)]
        path = "".join(_path(one) for one in _rings(chosen))
        line = stroke if not wanted or colour == "none" else stroke.replace(layer.stroke, colour)
        if path:
            out.append(
                f'<path d="{path}" fill="{escape(fill)}" fill-rule="evenodd" '
                f'stroke-linejoin="round" {line}/>'
            )
    return out


def _rings(shapes: NDArray[np.object_]) -> list[tuple[NDArray[np.float64], bool]]:
    """Lines and rings in pixels, thinned to a third of a pixel; True for a ring."""
    found = []
    for part in shapely.get_parts(shapely.simplify(shapes, 0.3, preserve_topology=True)):
        if shapely.get_type_id(part) == 3:
            found += [(shapely.get_coordinates(ring), True) for ring in shapely.get_rings(part)]
        else:
            found.append((shapely.get_coordinates(part), False))
    return found


def _path(line: tuple[NDArray[np.float64], bool]) -> str:
    """Path commands of a line or ring."""
    coords, is_ring = line
    pairs = [f"{x:.1f} {y:.1f}" for x, y in (coords[:-1] if is_ring else coords).tolist()]
    return "M" + "L".join(pairs) + ("Z" if is_ring else "") if pairs else ""


def _labels(texts: NDArray[np.object_], shapes: NDArray[np.object_]) -> list[str]:
    """Texts in the middle of geometries."""
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return [
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="middle" fill="#222" '
        f'stroke="#fff" stroke-width="2.5" paint-order="stroke">{escape(str(text))}</text>'
        for text, (x, y) in zip(texts, middle.tolist(), strict=True)
        if text is not None
    ]
