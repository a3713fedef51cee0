"""The application: the city behind routes, tiles on the hot path, one edge around both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from geoserver.city import City
from geoserver.dependencies import check_parameters, declared_parameters
from geoserver.errors import install_problem_handlers
from geoserver.metrics import Metrics
from geoserver.middleware import Edge
from geoserver.pages import PageFiles
from geoserver.routers import health, pages
from geoserver.security import check_exposure, security_headers
from geoserver.settings import Settings
from geoserver.state import State

__all__ = ["build_api", "create_app"]

_WEB = Path(__file__).parent / "web"
_ROUTERS = (health.router, pages.router)


def create_app(settings: Settings, city: City) -> ASGIApp:
    """The ASGI application that serves one city.

    Raises
    ------
    ParameterError
        If the settings would serve strangers as demo staff.
    """
    check_exposure(settings)
    metrics = Metrics()
    state = State(settings=settings, city=city, metrics=metrics, pages=PageFiles(_WEB))
    api = build_api(state)
    return Edge(
        api,
        headers=security_headers(settings),
        metrics=metrics,
        loopback_only=settings.anonymous == "demo",
        access_log=settings.access_log,
    )


def build_api(state: State) -> FastAPI:
    """The routes that are not on the hot path."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        """Start and stop of what runs beside requests."""
        yield

    api = FastAPI(
        title="Wangge",
        summary="Command-map server for grid-based city governance.",
        version="0.1.0",
        openapi_url="/api",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=state.settings.max_body_bytes,
        dependencies=[Depends(check_parameters)],
        lifespan=lifespan,
    )
    api.state.wangge = state
    install_problem_handlers(api)
    for router in _ROUTERS:
        api.include_router(router)
    state.parameters = declared_parameters(api)
    return api
