"""The application: the city behind routes, tiles on the hot path, one edge around both."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from geoserver.city import City
from geoserver.dependencies import check_parameters, declared_parameters
from geoserver.errors import install_problem_handlers
from geoserver.hotpath import HotPath, HotPathOptions
from geoserver.middleware import LOOPBACK, Edge
from geoserver.pages import PageFiles
from geoserver.preparing import Preparation
from geoserver.routers import (
    analysis,
    collections,
    dispatch,
    health,
    landing,
    live,
    locate,
    pages,
    positions,
    situation,
    tiles,
)
from geoserver.security import anonymous_scope, check_exposure, security_headers
from geoserver.settings import Settings
from geoserver.state import State, build_state
from geoserver.sweeping import Sweeper
from grids.errors import StoreError

__all__ = ["build_api", "create_app"]

_LOG = logging.getLogger("wangge.app")
_WEB = Path(__file__).parent / "web"
_ROUTERS = (
    landing.router,
    collections.router,
    locate.router,
    tiles.router,
    dispatch.router,
    analysis.router,
    situation.router,
    positions.router,
    live.router,
    health.router,
    pages.router,
)


def create_app(settings: Settings, city: City) -> ASGIApp:
    """The ASGI application that serves one city; it does not close the city.

    Raises
    ------
    ParameterError
        If the settings would serve strangers as demo staff.
    """
    check_exposure(settings)
    state = build_state(settings, city, PageFiles(_WEB))
    _add_readings(state)
    loopback_only = settings.anonymous == "demo"
    headers = security_headers(settings)
    edge = Edge(
        build_api(state),
        headers=headers,
        metrics=state.metrics,
        loopback_only=loopback_only,
        access_log=settings.access_log,
    )
    options = HotPathOptions(
        scope_of=lambda _authorization, _cookie: anonymous_scope(settings),
        headers=headers,
        observe=state.metrics.observe,
        count_tile=state.metrics.count_tile,
        allowed_hosts=LOOPBACK if loopback_only else None,
        identity=city.store.identity,
    )
    return HotPath(
        edge,
        state.tileset,
        snapshot=lambda: city.snapshot,
        pool=state.tile_pool,
        options=options,
    )


def build_api(state: State) -> FastAPI:
    """The routes that are not on the hot path."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        """Start and stop of what runs beside requests."""
        sweeper = Sweeper(state.city)
        state.live.start(asyncio.get_running_loop())
        state.announcer.follow()
        state.city.start()
        sweeper.start()
        preparation = Preparation(state.city)
        preparation.start()
        yield
        state.live.stop()
        sweeper.stop()
        await asyncio.to_thread(preparation.join)
        try:
            await asyncio.to_thread(state.intake.close)
        except StoreError:
            _LOG.exception("the audit of positions was not written")
        state.tile_pool.shutdown(wait=False, cancel_futures=True)

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


def _add_readings(state: State) -> None:
    """Figures that are read from the city when scraped."""
    city = state.city

    def gauges() -> dict[str, tuple[str, float]]:
        """What goes up and down."""
        snapshot, roads = city.snapshot, city.roads.built
        version = snapshot.grid_version
        return {
            "wangge_snapshot_seq": ("Change that the snapshot shows.", snapshot.seq),
            "wangge_grid_version": ("Grid version in force.", version.number if version else 0),
            "wangge_positions": ("Units with a last position.", len(city.positions)),
            "wangge_positions_seq": ("Sequence of the position table.", city.positions.seq),
            "wangge_tile_cache_bytes": ("Bytes of built tiles.", state.tileset.used_bytes),
            "wangge_road_edges": (
                "Edges of the network.",
                roads.network.edge_count if roads else 0,
            ),
        }

    state.metrics.add_readings(gauges)
