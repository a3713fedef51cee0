"""OGC API Features: layers as collections, pages of items, one item."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as QueryParameter

from geoserver.dependencies import FREE_PARAMETERS, ScopeDep, StateDep
from geoserver.links import Links
from geoserver.parameters import CrsQuery
from geoserver.places import parse_bbox, parse_edge_crs
from geoserver.responses import GEOJSON, json_response
from geoserver.services.collections import cursor_text, parse_cursor
from geoserver.services.item_query import field_filter, instant_text, parse_datetime, parse_ids
from geoserver.state import State
from grids.errors import ParameterError
from layers.policy import Scope
from layers.query import Query

router = APIRouter(prefix="/collections", tags=["features"])

Layer = Annotated[str, Path(max_length=60)]
_PARAMETERS = ("bbox", "bbox-crs", "crs", "datetime", "id", "ids", "limit", "after")


@router.get("")
def get_collections(request: Request, state: StateDep, scope: ScopeDep) -> Response:
    """Layers that the caller may see."""
    links = Links(request, state.settings)
    found = [_linked(entry, links) for entry in state.collections.collections(scope)]
    return json_response({"links": [links.to("self", "/collections")], "collections": found})


@router.get("/{layer}")
def get_collection(layer: Layer, request: Request, state: StateDep, scope: ScopeDep) -> Response:
    """One layer: extent, fields with titles and words."""
    found = state.collections.collection(layer, scope)
    return json_response(_linked(found, Links(request, state.settings)))


@router.get("/{layer}/items", openapi_extra=FREE_PARAMETERS)
def get_items(
    layer: Layer,
    request: Request,
    state: StateDep,
    scope: ScopeDep,
    limit: Annotated[int | None, QueryParameter(ge=1, description="Most items.")] = None,
    crs: CrsQuery = "4490",
) -> Response:
    """A page of items in order of id.

    Parameters besides those declared: `bbox` (`xmin,ymin,xmax,ymax`, in `bbox-crs`), `datetime`,
    `ids` (or `id`), `after` (from a `next` link), and any field that the snapshot holds, for
    equality.
    """
    reference = parse_edge_crs(crs)
    query = _query(request, state, layer, scope, limit)
    page = state.collections.items(layer, query, crs=reference, scope=scope)
    after = page.pop("next_after")
    link = Links(request, state.settings).to
    links = [link("self", request.url.path, GEOJSON, request.url.query)]
    if after is not None:
        rest = [(k, v) for k, v in request.query_params.multi_items() if k != "after"]
        text = urlencode([*rest, ("after", cursor_text(after))])
        links.append(link("next", request.url.path, GEOJSON, text))
    links.append(link("collection", f"/collections/{layer}"))
    page |= {"timeStamp": instant_text(state.city.now()), "crs": reference.name, "links": links}
    response = json_response(page, media=GEOJSON)
    response.headers["Content-Crs"] = _crs_header(reference.name)
    return response


@router.get("/{layer}/items/{item_id}")
def get_item(
    layer: Layer,
    item_id: Annotated[int, Path(ge=0, lt=2**63)],
    request: Request,
    state: StateDep,
    scope: ScopeDep,
    crs: CrsQuery = "4490",
) -> Response:
    """One item as GeoJSON."""
    reference = parse_edge_crs(crs)
    item = state.collections.item(layer, item_id, crs=reference, scope=scope)
    path = f"/collections/{layer}"
    link = Links(request, state.settings).to
    item["links"] = [link("self", f"{path}/items/{item_id}", GEOJSON), link("collection", path)]
    item["crs"] = reference.name
    response = json_response(item, media=GEOJSON)
    response.headers["Content-Crs"] = _crs_header(reference.name)
    return response


def _query(request: Request, state: State, layer: str, scope: Scope, limit: int | None) -> Query:
    """Query value of the parameters."""
    given = dict(request.query_params)
    spec = state.city.snapshot.layer(layer, scope).spec
    fields = {name: text for name, text in given.items() if name not in _PARAMETERS}
    if "id" in given and "ids" in given:
        raise ParameterError("id and ids are the same parameter: give one of them")
    ids = given.get("ids", given.get("id"))
    bbox_crs = parse_edge_crs(given.get("bbox-crs", "4490"), name="bbox-crs")
    return Query(
        filter=field_filter(fields, spec, _PARAMETERS),
        bbox=parse_bbox(given["bbox"], bbox_crs) if "bbox" in given else None,
        ids=parse_ids(ids) if ids is not None else None,
        datetime=parse_datetime(given["datetime"]) if "datetime" in given else None,
        limit=min(limit or state.settings.page_items, state.settings.page_items_max),
        after=parse_cursor(given["after"]) if "after" in given else None,
    )


def _linked(entry: dict[str, Any], links: Links) -> dict[str, Any]:
    """A collection with its links."""
    path = f"/collections/{entry['id']}"
    found = [links.to("self", path), links.to("items", f"{path}/items", GEOJSON)]
    if entry["geometry"] != "none":
        found.append(links.to("tilejson", f"/tiles/{entry['id']}.json"))
    return entry | {"links": found}


def _crs_header(name: str) -> str:
    """Value of Content-Crs."""
    if name.startswith("EPSG:"):
        return "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    return f"<urn:wangge:crs:{name}>"
