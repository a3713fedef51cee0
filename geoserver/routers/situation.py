"""Figures of the day, and what a grid or a building holds."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.responses import json_response

router = APIRouter(tags=["situation"])


@router.get("/overview")
def get_overview(state: StateDep, scope: ScopeDep) -> Response:
    """Cases of the day, closure by street, feeds and who is on duty."""
    return json_response(state.overview.overview(scope))


@router.get("/grids/{code}/summary")
def get_grid_summary(
    code: Annotated[str, Path(max_length=40)], state: StateDep, scope: ScopeDep
) -> Response:
    """What a unit of the grid holds, by layer."""
    return json_response(state.situation.grid(code, scope))


@router.get("/buildings/{item_id}/summary")
def get_building_summary(
    item_id: Annotated[int, Path(ge=0, lt=2**63)], state: StateDep, scope: ScopeDep
) -> Response:
    """What a building is and who lives in it, as numbers."""
    return json_response(state.situation.building(item_id, scope))
