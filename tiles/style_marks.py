"""Style layers of what is written and marked: grid borders, names, cases and things as symbols."""

from collections.abc import Mapping

from tiles.palette import GREEN_KINDS, INK, LEVELS, ROADS, Level, Road

__all__ = ["ICONS", "border_layers", "name_layers", "symbol_layers"]

Layer = dict[str, object]
_FONT = ["Noto Sans SC"]
_NAME = ["coalesce", ["get", "name"], ""]

ICONS: Mapping[str, object] = {
    "event": ["match", ["get", "colour"], "green", "done", "red", "late", "progress"],
    "worker": "worker",
    "resource": "vehicle",
    "camera": "camera",
    "facility": "facility",
    "component": "component",
    "organisation": "organisation",
    "sensor": "sensor",
    "hazard": "hazard",
}
"""Image name of each layer drawn as symbols; the page draws the images."""


def _halo(colour: str, width: float = 1.4) -> dict[str, object]:
    """Text colour with a halo of the background."""
    return {"text-color": colour, "text-halo-color": INK["halo"], "text-halo-width": width}


def _of_level(level: Level, tile_layer: str) -> dict[str, object]:
    """Source and filter of one group of levels."""
    return {
        "source": "grid",
        "source-layer": tile_layer,
        "minzoom": level.from_zoom,
        "filter": ["in", ["get", "level"], ["literal", list(level.levels)]],
    }


def _border(name: str, level: Level) -> Layer:
    """Border of one group of levels, heavier as the map comes nearer."""
    nearer = level.from_zoom + 4
    return {
        "id": f"grid-{name}",
        "type": "line",
        **_of_level(level, "grid_border"),
        "layout": {"line-join": "round"},
        "paint": {
            "line-color": INK["grid"],
            "line-opacity": level.opacity,
            "line-width": [
                "interpolate", ["linear"], ["zoom"],
                level.from_zoom, level.width * 0.7, nearer, level.width * 1.4,
            ],
            "line-dasharray": [4, 2],
        },
    }  # fmt: skip


def border_layers() -> list[Layer]:
    """Units as areas that are not seen (a page finds and marks them), borders on top."""
    area: Layer = {
        "id": "grid-area",
        "type": "fill",
        "source": "grid",
        "source-layer": "grid",
        "paint": {"fill-opacity": 0},
    }
    return [area, *(_border(name, level) for name, level in LEVELS.items())]


def _level_name(name: str, level: Level) -> Layer:
    """Names of the units of one group of levels."""
    ends = {} if level.name_until is None else {"maxzoom": level.name_until}
    return {
        "id": f"grid-{name}-name",
        "type": "symbol",
        **_of_level(level, "grid_label"),
        **ends,
        "layout": {
            "text-field": _NAME,
            "text-font": _FONT,
            "text-size": level.text_px,
            "text-max-width": 8,
            "text-padding": 12,
        },
        "paint": _halo(INK["grid"]) | {"text-opacity": 0.85},
    }


def _road_name(name: str, road: Road) -> Layer:
    """Names along one group of roads."""
    wanted: list[object] = ["in", ["get", "class"], ["literal", list(road.classes)]]
    return {
        "id": f"road-{name}-name",
        "type": "symbol",
        "source": "base",
        "source-layer": "road",
        "minzoom": road.name_zoom,
        "filter": ["all", wanted, ["has", "name"]],
        "layout": {
            "symbol-placement": "line",
            "symbol-spacing": 320,
            "text-field": _NAME,
            "text-font": _FONT,
            "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 17, 14],
            "text-letter-spacing": 0.08,
            "text-max-angle": 38,
            "text-padding": 8,
        },
        "paint": _halo(INK["quiet"]),
    }


def _place_name(id_: str, layer: str, *, minzoom: float, colour: str, kinds: object) -> Layer:
    """Names of areas."""
    found: Layer = {
        "id": id_,
        "type": "symbol",
        "source": "base",
        "source-layer": layer,
        "minzoom": minzoom,
        "filter": ["has", "name"] if kinds is None else ["all", ["has", "name"], kinds],
        "layout": {
            "text-field": _NAME,
            "text-font": _FONT,
            "text-size": 12,
            "text-max-width": 7,
            "text-padding": 10,
        },
        "paint": _halo(colour),
    }
    return found


def name_layers() -> list[Layer]:
    """Names of roads, waters, parks, buildings and units; the last are placed first."""
    green = ["in", ["get", "kind"], ["literal", list(GREEN_KINDS)]]
    quiet, park, wet = INK["quiet"], INK["green_text"], INK["water_text"]
    return [
        _place_name("building-name", "building_label", minzoom=16.5, colour=quiet, kinds=None),
        _place_name("landuse-name", "landuse_label", minzoom=14.5, colour=park, kinds=green),
        _place_name("water-name", "water_label", minzoom=13, colour=wet, kinds=None),
        *(_road_name(name, road) for name, road in ROADS.items()),
        *(_level_name(name, level) for name, level in LEVELS.items()),
    ]


def symbol_layers() -> list[Layer]:
    """One layer of symbols per layer of things; cases on top, the late ones above the others."""
    found: list[Layer] = []
    for layer, icon in reversed(list(ICONS.items())):
        layout: dict[str, object] = {
            "icon-image": icon,
            "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.36, 15, 0.72],
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        }
        if layer == "event":
            order = ["match", ["get", "colour"], "green", 0, "red", 2, 1]
            layout["symbol-sort-key"] = order
        found.append(
            {"id": f"{layer}-symbol", "type": "symbol", "source": layer, "source-layer": layer,
             "layout": layout}
        )  # fmt: skip
    return found
