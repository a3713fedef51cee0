"""What one application holds: settings, city, services, figures."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geoserver.city import City
from geoserver.live import LiveHub, LiveOptions
from geoserver.metrics import Metrics
from geoserver.pages import PageFiles
from geoserver.services.announcing import Announcer
from geoserver.services.collections import CollectionService
from geoserver.services.counting import CountingService
from geoserver.services.dispatching import DispatchLimits, DispatchService
from geoserver.services.glance import GlanceService
from geoserver.services.hotspots import HotspotService
from geoserver.services.intake import PositionIntake
from geoserver.services.locating import LocatingService
from geoserver.services.overview import OverviewService
from geoserver.services.situation import SituationService
from geoserver.services.units import UnitService
from geoserver.settings import Settings
from tiles.tileset import Tileset

if TYPE_CHECKING:
    from geoserver.dependencies import DeclaredParameters

__all__ = ["State", "build_state"]


@dataclass(slots=True)
class State:
    """Everything a route may need, made once by `build_state`."""

    settings: Settings
    city: City
    metrics: Metrics
    pages: PageFiles
    tileset: Tileset
    tile_pool: ThreadPoolExecutor
    live: LiveHub
    announcer: Announcer
    units: UnitService
    intake: PositionIntake
    locating: LocatingService
    collections: CollectionService
    glance: GlanceService
    dispatching: DispatchService
    situation: SituationService
    overview: OverviewService
    hotspots: HotspotService
    parameters: Mapping[object, "DeclaredParameters"] = field(default_factory=dict)


def build_state(settings: Settings, city: City, pages: PageFiles) -> State:
    """Services over one city, with the options that the settings give them."""
    metrics = Metrics()
    units = UnitService(city, settings.position_fresh_s)
    limits = DispatchLimits(
        limit_s=settings.dispatch_limit_s,
        snap_m=settings.snap_limit_m,
        straight_kmh=settings.straight_speed_kmh,
    )
    counting = CountingService(city, settings.count_k)
    options = LiveOptions(
        queue=settings.live_queue,
        ping_s=settings.live_ping_s,
        clients_max=settings.live_clients_max,
    )
    live = LiveHub(options, metrics)
    return State(
        settings=settings,
        city=city,
        metrics=metrics,
        pages=pages,
        tileset=Tileset(settings.tile_cache_bytes),
        tile_pool=ThreadPoolExecutor(settings.threads, thread_name_prefix="wangge-tiles"),
        live=live,
        announcer=Announcer(city, live),
        units=units,
        intake=PositionIntake(city, settings.batch_points_max),
        locating=LocatingService(city),
        collections=CollectionService(city),
        glance=GlanceService(city, counting),
        dispatching=DispatchService(city, units, limits),
        situation=SituationService(city, counting, units),
        overview=OverviewService(city, units),
        hotspots=HotspotService(city, city.pool, settings.hotspot_seed),
    )
