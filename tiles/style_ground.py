"""Style layers of the ground: water, green, roads, bridges, buildings."""

from tiles.palette import GREEN_KINDS, GROUND_KINDS, INK, ROADS, Road, zoomed

__all__ = ["ground_layers"]

Layer = dict[str, object]
_BASE = "base"
_HEIGHT = ["coalesce", ["get", "height_m"], ["*", ["coalesce", ["get", "floors"], 3], 3]]
_EXTRUDED_FROM = 15.5


def _kind_fill(id_: str, kinds: tuple[str, ...], colour: str) -> Layer:
    """Fill of some kinds of land use."""
    return {
        "id": id_,
        "type": "fill",
        "source": _BASE,
        "source-layer": "landuse",
        "filter": ["in", ["get", "kind"], ["literal", list(kinds)]],
        "paint": {"fill-color": colour, "fill-antialias": False},
    }


def _landuse() -> list[Layer]:
    """Ground, farmland and green, in this order."""
    return [
        _kind_fill("landuse-ground", GROUND_KINDS, INK["ground"]),
        _kind_fill("landuse-farmland", ("farmland",), INK["farmland"]),
        _kind_fill("landuse-green", GREEN_KINDS, INK["green"]),
    ]


def _water() -> list[Layer]:
    """Water with its shore line."""
    shared = {"source": _BASE, "source-layer": "water"}
    return [
        {"id": "water", "type": "fill", **shared, "paint": {"fill-color": INK["water"]}},
        {
            "id": "water-shore",
            "type": "line",
            **shared,
            "minzoom": 13,
            "paint": {"line-color": INK["shore"], "line-width": 0.8},
        },
    ]


def _road(name: str, road: Road, part: str) -> Layer:
    """One pass over a group of roads: tunnel, casing, road, bridge-casing or bridge."""
    is_bridge = part.startswith("bridge")
    is_casing = part.endswith("casing")
    wanted: list[object] = ["==", ["get", "class"], road.classes[0]]
    if len(road.classes) > 1:
        wanted = ["in", ["get", "class"], ["literal", list(road.classes)]]
    tunnel: list[object] = ["to-boolean", ["get", "tunnel"]]
    bridge: list[object] = ["to-boolean", ["get", "bridge"]]
    where = tunnel if part == "tunnel" else ["!", tunnel]
    over: list[object] = [bridge] if is_bridge else []
    paint: dict[str, object] = {
        "line-color": INK["casing"] if is_casing else road.colour,
        "line-width": zoomed(road.widths, plus=1.6 if is_casing else 0.0),
    }
    if part == "tunnel":
        paint |= {"line-dasharray": [3, 2], "line-opacity": 0.55}
    return {
        "id": f"road-{name}-{part}",
        "type": "line",
        "source": _BASE,
        "source-layer": "road",
        "minzoom": max(road.from_zoom, 13) if is_casing or is_bridge else road.from_zoom,
        "filter": ["all", wanted, where, *over],
        "layout": {
            "line-cap": "butt" if is_casing or part == "tunnel" else "round",
            "line-join": "round",
        },
        "paint": paint,
    }


def _roads(*parts: str) -> list[Layer]:
    """Passes over all groups of roads, casings of all groups below the roads of any."""
    return [_road(name, road, part) for part in parts for name, road in ROADS.items()]


def _building_colour() -> list[object]:
    """Lighter with height, to 100 m."""
    low, high = INK["building_low"], INK["building_high"]
    return ["interpolate", ["linear"], _HEIGHT, 0, low, 24, "#1f304e", 60, "#273b5c", 100, high]


def _buildings() -> list[Layer]:
    """Flat buildings with an edge; they fade where the extruded ones rise."""
    shared = {"source": _BASE, "source-layer": "building"}
    fade = ["interpolate", ["linear"], ["zoom"], 12, 0.35, 13.5, 0.85, 15.5, 1, 16.5, 0.35]
    return [
        {
            "id": "building",
            "type": "fill",
            **shared,
            "minzoom": 12,
            "paint": {"fill-color": _building_colour(), "fill-opacity": fade},
        },
        {
            "id": "building-edge",
            "type": "line",
            **shared,
            "minzoom": 14.5,
            "paint": {
                "line-color": INK["building_edge"],
                "line-width": ["interpolate", ["linear"], ["zoom"], 14.5, 0.3, 17, 0.8],
            },
        },
    ]


def _extruded() -> Layer:
    """Buildings that rise between zoom 15.5 and 16.5."""
    grown = [
        "interpolate", ["linear"], ["zoom"], _EXTRUDED_FROM, 0, _EXTRUDED_FROM + 1, _HEIGHT,
    ]  # fmt: skip
    return {
        "id": "building-3d",
        "type": "fill-extrusion",
        "source": _BASE,
        "source-layer": "building",
        "minzoom": _EXTRUDED_FROM,
        "paint": {
            "fill-extrusion-color": _building_colour(),
            "fill-extrusion-height": grown,
            "fill-extrusion-base": 0,
            "fill-extrusion-opacity": 0.92,
            "fill-extrusion-vertical-gradient": True,
        },
    }


def ground_layers() -> list[Layer]:
    """Style layers from the background to the extruded buildings, in drawing order."""
    background: Layer = {
        "id": "background",
        "type": "background",
        "paint": {"background-color": INK["background"]},
    }
    return [
        background,
        *_landuse(),
        *_water(),
        *_roads("tunnel", "casing", "road"),
        *_buildings(),
        *_roads("bridge-casing", "bridge"),
        _extruded(),
    ]
