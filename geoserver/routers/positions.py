"""Positions of moving units, in batches."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.places import parse_edge_crs
from geoserver.responses import json_response

router = APIRouter(tags=["positions"])


class PositionsBody(BaseModel):
    """A batch of reports."""

    model_config = ConfigDict(extra="forbid")

    positions: list[dict[str, Any]] = Field(
        description="Rows with `kind` (worker or resource), `id`, `lon`, `lat`, `at` (ms UTC), "
        "and optionally `accuracy_m`, `speed_mps`, `heading_deg`, `state`."
    )
    crs: str = Field("4490", description="4490, 4326, GCJ-02 or BD-09.")


@router.post("/positions")
def post_positions(body: PositionsBody, state: StateDep, scope: ScopeDep) -> Response:
    """Take the good rows; every row that is not taken comes back with the reason."""
    reference = parse_edge_crs(body.crs)
    return json_response(state.intake.push(body.positions, crs=reference, scope=scope))
