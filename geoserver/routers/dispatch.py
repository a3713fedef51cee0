"""War-time questions: who is nearest, what is around."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.parameters import PlaceDep, parse_numbers
from geoserver.responses import json_response
from geoserver.services.dispatching import NearestQuestion

router = APIRouter(prefix="/dispatch", tags=["dispatch"])


@router.get("/nearest")
def get_nearest(
    place: PlaceDep,
    state: StateDep,
    scope: ScopeDep,
    k: Annotated[int, Query(ge=1, le=100, description="How many units.")] = 10,
    kind: Annotated[
        str | None, Query(description="Kinds of units, separated by commas; all if absent.")
    ] = None,
) -> Response:
    """Units that can be there soonest by road, and the nearer ones that were passed over."""
    kinds = frozenset(word.strip() for word in (kind or "").split(",") if word.strip())
    question = NearestQuestion(place.lonlat, k, kinds, place.crs)
    answer = state.dispatching.nearest(question, scope)
    return json_response(place.document() | answer)


@router.get("/around")
def get_around(
    place: PlaceDep,
    state: StateDep,
    scope: ScopeDep,
    rings: Annotated[
        str, Query(description="Radii in metres, separated by commas.")
    ] = "300,500,1000",
) -> Response:
    """Counts within rings around a place, and the cameras that may see it."""
    radii = parse_numbers(rings, name="rings")
    answer = state.situation.around(place.lonlat, radii, crs=place.crs, scope=scope)
    return json_response(place.document() | answer)
