"""What maps need beside the tiles themselves: TileJSON and styles."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.links import Links
from geoserver.responses import json_response
from grids.errors import NotFoundError
from tiles.source import SnapshotSource
from tiles.style import StyleOptions, city_style
from tiles.tilejson import tilejson

router = APIRouter(tags=["tiles"])

_STYLES = {"wall": False, "map": True}
"""Style to whether it draws cases and things itself; the wall page draws its own."""


@router.get("/tiles/{layers}.json")
def get_tilejson(
    layers: Annotated[str, Path(max_length=1024)],
    request: Request,
    state: StateDep,
    scope: ScopeDep,
) -> Response:
    """TileJSON 3 of some layers, joined by commas, with tight bounds."""
    source = SnapshotSource(state.city.snapshot, scope)
    profile = state.city.profile
    document = tilejson(
        layers,
        source,
        base_url=Links(request, state.settings).base,
        attribution=profile.attribution,
    )
    return json_response(document, cache="private, no-cache")


@router.get("/styles/{name}.json")
def get_style(name: str, request: Request, state: StateDep, scope: ScopeDep) -> Response:
    """MapLibre style of the city for what the caller may see."""
    if name not in _STYLES:
        raise NotFoundError(f"no style {name!r}; there are {', '.join(_STYLES)}")
    city = state.city
    box = city.bounds
    options = StyleOptions(
        base_url=Links(request, state.settings).base,
        name=city.profile.name,
        center=city.profile.centre or (box.centre if box else None),
        font_faces=_font_faces(state.pages.text("shared/font-faces.json")),
        has_symbols=_STYLES[name],
    )
    layers = city.snapshot.layers(scope)
    return json_response(city_style(options, layers), cache="private, no-cache")


def _font_faces(text: str | None) -> dict[str, object]:
    """Fonts of the pages; none where they are not installed."""
    return {} if text is None else dict(orjson.loads(text))
