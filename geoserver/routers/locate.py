"""Which grid a place lies in."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.parameters import AtQuery, PlaceDep, parse_at
from geoserver.places import given_lonlat, parse_edge_crs
from geoserver.responses import json_response

router = APIRouter(tags=["grid"])


class LocateBody(BaseModel):
    """Many places in one question."""

    model_config = ConfigDict(extra="forbid")

    points: list[tuple[float, float]] = Field(description="Pairs of lon and lat, degrees.")
    crs: str = Field("4490", description="4490, 4326, GCJ-02 or BD-09.")
    at: str | None = Field(None, description="Moment whose grid version is asked; now if absent.")


@router.get("/locate")
def get_locate(
    place: PlaceDep,
    state: StateDep,
    scope: ScopeDep,  # noqa: ARG001 (grids are public, but somebody must be allowed to ask)
    at: AtQuery = None,
    accuracy_m: Annotated[
        float, Query(ge=0, le=10_000, description="Claimed accuracy of the place, metres.")
    ] = 10.0,
) -> Response:
    """Chain of grid units that hold a place; outside the city, an empty chain with the reason."""
    answer = state.locating.locate(place.lonlat, at=parse_at(at), accuracy_m=accuracy_m)
    return json_response(place.document() | answer)


@router.post("/locate")
def post_locate(body: LocateBody, state: StateDep, scope: ScopeDep) -> Response:  # noqa: ARG001
    """Lowest grid unit of many places, with the chain of every unit that occurs."""
    reference = parse_edge_crs(body.crs)
    lonlat = given_lonlat(body.points, reference, most=state.settings.batch_points_max)
    answer = state.locating.locate_many(lonlat, at=parse_at(body.at))
    return json_response({"crs": reference.name} | answer)
