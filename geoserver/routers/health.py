"""Readiness with reasons, and figures for Prometheus."""

from fastapi import APIRouter, Response

from geoserver.dependencies import StateDep
from geoserver.responses import json_response

router = APIRouter(tags=["operation"])


@router.get("/health", responses={503: {"description": "Not ready, with reasons"}})
def get_health(state: StateDep) -> Response:
    """Whether the server is ready, each part with its state; 503 when it is not."""
    report = state.city.health()
    return json_response(report.document(), status=200 if report.is_ready else 503)


@router.get("/metrics", response_class=Response)
def get_metrics(state: StateDep) -> Response:
    """Figures in Prometheus' text format."""
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
