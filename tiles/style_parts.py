"""Layers of the dark map style, one function per subject; zoom curves and colours in one place.

References
----------
MapLibre Style Specification 8: https://maplibre.org/maplibre-style-spec/
"""

from typing import Any

__all__ = ["building_layers", "grid_layers", "ground_layers", "label_layers", "road_layers"]

Layer = dict[str, Any]

BACKGROUND = "#0b1320"
_GREEN = "#0e2623"
_WATER = "#0d2c47"
_GRID = "#59d8cf"
_TEXT = "#9fb3cf"
_HALO = "#0c1626"
_FONT = ["Noto Sans SC"]

# class, colour, casing colour, width in pixels at zooms 10, 14 and 18, first zoom
_ROADS = (
    ("path", "#16243c", None, (0.2, 0.5, 2.2), 15.0),
    ("service", "#182640", None, (0.2, 0.8, 5.0), 14.0),
    ("residential", "#1b2b48", "#0e192a", (0.3, 1.3, 9.0), 12.5),
    ("tertiary", "#21365a", "#0e192a", (0.5, 2.2, 14.0), 11.0),
    ("secondary", "#294168", "#0e192a", (0.7, 2.8, 18.0), 10.0),
    ("primary", "#31507f", "#0d1828", (1.0, 3.6, 22.0), 8.0),
    ("trunk", "#385a90", "#0d1828", (1.2, 4.2, 24.0), 8.0),
    ("motorway", "#3f66a2", "#0d1828", (1.4, 4.6, 26.0), 8.0),
)

# level, first zoom, last zoom (exclusive), width, opacity, dashes
_GRIDS = (
    ("city", 4.0, 24.0, 2.2, 0.7, None),
    ("district", 7.0, 24.0, 1.8, 0.65, None),
    ("street", 10.5, 24.0, 1.5, 0.55, None),
    ("community", 12.5, 24.0, 1.1, 0.5, (6, 2)),
    ("grid", 13.5, 24.0, 0.9, 0.42, (4, 2.5)),
    ("unit", 15.5, 24.0, 0.6, 0.3, (2, 2)),
)

# level, first and last zoom of its names
_GRID_NAMES = (
    ("district", 8.0, 11.5),
    ("street", 11.5, 13.2),
    ("community", 13.2, 14.8),
    ("grid", 14.8, 24.0),
)


def _of(layer: str, identity: str, kind: str, source: str) -> Layer:
    return {"id": identity, "type": kind, "source": source, "source-layer": layer}


def _is(field: str, *values: str) -> list[Any]:
    """Filter: a field is one of the values."""
    if len(values) == 1:
        return ["==", ["get", field], values[0]]
    return ["in", ["get", field], ["literal", list(values)]]


def _width(curve: tuple[float, float, float], extra: float = 0.0) -> list[Any]:
    """Width in pixels over zoom, with a casing added."""
    low, middle, high = (round(value + extra, 2) for value in curve)
    return ["interpolate", ["exponential", 1.5], ["zoom"], 10, low, 14, middle, 18, high]


def ground_layers(source: str) -> list[Layer]:
    """Background, green, water."""
    landuse = {
        **_of("landuse", "landuse", "fill", source),
        "filter": _is("kind", "park", "grass", "forest"),
        "paint": {"fill-color": _GREEN},
    }
    areas = {
        **_of("landuse", "landuse-built", "fill", source),
        "minzoom": 13,
        "filter": _is("kind", "school", "hospital", "industrial", "square", "construction"),
        "paint": {"fill-color": "#111d31", "fill-opacity": 0.8},
    }
    fields = {
        **_of("landuse", "landuse-fields", "fill", source),
        "filter": _is("kind", "farmland"),
        "paint": {"fill-color": "#0d1d1f"},
    }
    water = {**_of("water", "water", "fill", source), "paint": {"fill-color": _WATER}}
    return [
        {"id": "background", "type": "background", "paint": {"background-color": BACKGROUND}},
        fields,
        areas,
        landuse,
        water,
    ]


def _road(source: str, index: int, *, is_bridge: bool) -> list[Layer]:
    """Casing and surface of one class, tunnels fainter; bridges are drawn after the rest."""
    name, colour, casing, curve, first = _ROADS[index]
    suffix = "-bridge" if is_bridge else ""
    on_bridge = ["==", ["get", "bridge"], True]
    span = on_bridge if is_bridge else ["!", on_bridge]
    chosen = ["all", _is("class", name), span]
    round_ends = {"line-cap": "butt" if is_bridge else "round", "line-join": "round"}
    out: list[Layer] = []
    if casing is not None:
        out.append(
            {
                **_of("road", f"road-{name}-casing{suffix}", "line", source),
                "minzoom": max(first, 12.5),
                "filter": chosen,
                "layout": round_ends,
                "paint": {
                    "line-color": "#1d3050" if is_bridge else casing,
                    "line-width": _width(curve, 1.6),
                },
            }
        )
    faint = ["case", ["==", ["get", "tunnel"], True], 0.35, 1.0]
    out.append(
        {
            **_of("road", f"road-{name}{suffix}", "line", source),
            "minzoom": first,
            "filter": chosen,
            "layout": round_ends,
            "paint": {
                "line-color": colour,
                "line-width": _width(curve),
                **({} if is_bridge else {"line-opacity": faint}),
            },
        }
    )
    return out


def road_layers(source: str) -> list[Layer]:
    """Roads by class, small ones first, casings under all surfaces; then bridges."""
    plain = [part for i in range(len(_ROADS)) for part in _road(source, i, is_bridge=False)]
    bridges = [part for i in range(len(_ROADS)) for part in _road(source, i, is_bridge=True)]
    casings = [part for part in plain if part["id"].endswith("-casing")]
    surfaces = [part for part in plain if not part["id"].endswith("-casing")]
    return [*casings, *surfaces, *bridges]


def building_layers(source: str) -> list[Layer]:
    """Buildings: flat and coloured by height when far, raised when near."""
    height = ["coalesce", ["get", "height_m"], ["*", 3.2, ["coalesce", ["get", "floors"], 3]]]
    colour = ["interpolate", ["linear"], height, 3, "#18263e", 30, "#20345a", 100, "#2e4468"]
    flat = {
        **_of("building", "building", "fill", source),
        "minzoom": 12,
        "maxzoom": 16,
        "paint": {
            "fill-color": colour,
            "fill-outline-color": "#0f1a2c",
            "fill-opacity": ["interpolate", ["linear"], ["zoom"], 12, 0.55, 14, 1.0],
        },
    }
    raised = {
        **_of("building", "building-3d", "fill-extrusion", source),
        "minzoom": 16,
        "paint": {
            "fill-extrusion-color": colour,
            "fill-extrusion-height": [
                "interpolate", ["linear"], ["zoom"], 16, 0, 16.6, height
            ],
            "fill-extrusion-opacity": 0.88,
        },
    }  # fmt: skip
    return [flat, raised]


def grid_layers(source: str) -> list[Layer]:
    """Borders of the grid levels that suit the zoom, coarse ones stronger."""
    out: list[Layer] = []
    for level, first, last, width, opacity, dashes in reversed(_GRIDS):
        paint: Layer = {
            "line-color": _GRID,
            "line-opacity": ["interpolate", ["linear"], ["zoom"], first, 0, first + 0.6, opacity],
            "line-width": width,
        }
        if dashes is not None:
            paint["line-dasharray"] = list(dashes)
        out.append(
            {
                **_of("grid", f"grid-{level}", "line", source),
                "minzoom": first,
                "maxzoom": last,
                "filter": _is("level", level),
                "layout": {"line-join": "round"},
                "paint": paint,
            }
        )
    return out


def label_layers(source: str) -> list[Layer]:
    """Names of roads along their lines, of water and parks inside, of grids by zoom."""
    halo = {"text-color": _TEXT, "text-halo-color": _HALO, "text-halo-width": 1.6}
    out: list[Layer] = []
    for level, first, last in _GRID_NAMES:
        out.append(
            {
                **_of("grid", f"grid-{level}-label", "symbol", source),
                "minzoom": first,
                "maxzoom": last,
                "filter": _is("level", level),
                "layout": {
                    "text-field": ["get", "name"],
                    "text-font": _FONT,
                    "text-size": 13 if level != "grid" else 12,
                    "text-max-width": 8,
                    "text-padding": 16,
                },
                "paint": {**halo, "text-color": "#7fd9d2", "text-opacity": 0.75},
            }
        )
    areas = (
        ("water", "#5f93c4", ["has", "name"], 12),
        ("landuse", "#5fae9a", ["all", ["has", "name"], _is("kind", "park", "forest")], 13),
    )
    for layer, colour, chosen, first in areas:
        out.append(
            {
                **_of(layer, f"{layer}-label", "symbol", source),
                "minzoom": first,
                "filter": chosen,
                "layout": {
                    "text-field": ["get", "name"],
                    "text-font": _FONT,
                    "text-size": 12,
                    "text-padding": 40,
                },
                "paint": {**halo, "text-color": colour},
            }
        )
    for name, chosen, first, size in (
        ("main", _is("class", "motorway", "trunk", "primary", "secondary"), 12.5, 13),
        ("local", _is("class", "tertiary", "residential"), 15.0, 12),
    ):
        out.append(
            {
                **_of("road", f"road-{name}-label", "symbol", source),
                "minzoom": first,
                "filter": ["all", ["has", "name"], chosen],
                "layout": {
                    "symbol-placement": "line",
                    "symbol-spacing": 380,
                    "text-field": ["get", "name"],
                    "text-font": _FONT,
                    "text-size": size,
                    "text-letter-spacing": 0.05,
                },
                "paint": halo,
            }
        )
    return out
