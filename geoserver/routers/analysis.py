"""Statistics over the grid."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.responses import json_response
from geoserver.services.hotspots import HotspotQuestion

router = APIRouter(prefix="/analysis", tags=["analysis"])


@router.get("/hotspots")
def get_hotspots(
    state: StateDep,
    scope: ScopeDep,
    layer: Annotated[str, Query(description="Layer whose rows are counted.")] = "event",
    level: Annotated[
        str | None, Query(description="Level whose units are the cells; the lowest if absent.")
    ] = None,
    days: Annotated[
        float | None, Query(gt=0, le=36_500, description="Rows of the last so many days only.")
    ] = None,
    tail: Annotated[
        Literal["two-sided", "hot", "cold"], Query(description="Which deviations are looked for.")
    ] = "two-sided",
) -> Response:
    """Hot and cold cells by local G*, with all that is needed to judge and repeat the test."""
    question = HotspotQuestion(layer, level, days, tail)
    return json_response(state.hotspots.hotspots(question, scope))
