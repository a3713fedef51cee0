"""A city opened for reading: its services, its scope, and what every answer says of itself."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import geopandas as gpd
import pandas as pd

from analysis.weights import SpatialWeights
from geoserver.answer_frames import outline_frame
from geoserver.city import City
from geoserver.opening import now_ms, open_store
from geoserver.reports.maps import MapLayer, SvgMap, city_map
from geoserver.services.counting import CountingService
from geoserver.services.dispatching import DispatchLimits, DispatchService
from geoserver.services.hotspots import HotspotService, cell_contiguity
from geoserver.services.locating import LocatingService
from geoserver.services.units import UnitService
from geoserver.settings import Settings, load_settings
from grids.errors import ForbiddenError, ParameterError, RefusedError
from grids.versions import GridVersion
from layers.policy import Role, Scope
from layers.snapshot import Snapshot

__all__ = ["CityReading", "open_reading", "published"]


def open_reading(
    folder: Path, scope: Scope | None, now: datetime | str | None, threads: int | None
) -> tuple[City, Scope, Settings]:
    """City, reader and options of `geoserver.frames.open_city`, which says what may go wrong."""
    reader = scope or Scope(Role.ANALYST, "notebook", purpose="analysis in a notebook")
    if reader.unmask or reader.person_count:
        raise ForbiddenError(
            "scope must not unmask or count people exactly: such looks are audited, and a city "
            "open for reading cannot write its audit; ask the server"
        )
    settings = load_settings(city=folder)
    clock = now_ms if now is None else _fixed_clock(now)
    profile, store = open_store(folder, read_only=True, clock=clock)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="wangge-work")
    try:
        city = City(folder, profile, store, pool=pool, clock=clock)
        city.keeper.open()
    except BaseException:
        store.close()
        pool.shutdown(wait=False)
        raise
    return city, reader, settings


def _fixed_clock(now: datetime | str) -> Callable[[], int]:
    """Clock that always tells one moment."""
    try:
        moment = datetime.fromisoformat(now) if isinstance(now, str) else now
        at = moment.timestamp()
    except (ValueError, TypeError, AttributeError) as exc:
        raise ParameterError(f"now must be a moment, got {now!r}") from exc
    if moment.tzinfo is None:
        raise ParameterError(f"now must have a time zone, got {now!r}")
    return lambda: round(at * 1000)


_Frame = TypeVar("_Frame", pd.DataFrame, "pd.Series[Any]")


class CityReading:
    """A city that is only read, with the services that answer about it.

    Parameters
    ----------
    city
        The city, open for reading.
    scope
        Who reads.
    settings
        Options, the same as the server's.
    """

    def __init__(self, city: City, scope: Scope, settings: Settings) -> None:
        self.city = city
        self.scope = scope
        self.locating = LocatingService(city)
        self.counting = CountingService(city, settings.count_k)
        self.hotspot_tests = HotspotService(city, city.pool, settings.hotspot_seed)
        limits = DispatchLimits(
            limit_s=settings.dispatch_limit_s,
            snap_m=settings.snap_limit_m,
            straight_kmh=settings.straight_speed_kmh,
        )
        units = UnitService(city, settings.position_fresh_s)
        self.dispatching = DispatchService(city, units, limits)

    def __enter__(self) -> Self:
        """The city, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        version = self.city.snapshot.grid_version
        grid = f"grid version {version.number}" if version else "no grid"
        return f"<{self.city.profile.name}: change {self.city.snapshot.seq}, {grid}>"

    def close(self) -> None:
        """Give files and threads back; nothing is written."""
        self.city.store.close()
        self.city.pool.shutdown(wait=True, cancel_futures=True)

    def refresh(self) -> None:
        """See what was written since the city was opened."""
        self.city.refresh()

    @property
    def layers(self) -> pd.DataFrame:
        """Layers that may be read: titles, geometry, rows (NA where people are told of)."""
        snapshot = self.city.snapshot
        names = snapshot.layers(self.scope)
        specs = [snapshot.layer(name, self.scope).spec for name in names]
        data = {
            "title_zh": [spec.title_zh for spec in specs],
            "title_en": [spec.title_en for spec in specs],
            "geometry": [spec.geometry.value for spec in specs],
            "rows": pd.array(
                [self.counting.total(snapshot, name, self.scope) for name in names], dtype="Int64"
            ),
        }
        return self.told(pd.DataFrame(data, index=pd.Index(names, name="layer")), snapshot)

    def fields(self, layer: str) -> pd.DataFrame:
        """Fields of a layer that may be read whole, with titles and units."""
        snapshot = self.city.snapshot
        fields = snapshot.layer(layer, self.scope).spec.fields
        data = {
            "type": [field.type.value for field in fields],
            "title_zh": [field.title_zh for field in fields],
            "title_en": [field.title_en for field in fields],
            "unit": [field.unit or "" for field in fields],
            "in_snapshot": [field.held for field in fields],
        }
        names = pd.Index([field.name for field in fields], name="field")
        return self.told(pd.DataFrame(data, index=names), snapshot)

    def words(self, layer: str, field: str) -> dict[str, str]:
        """Values of a category with what they are called in Chinese; empty if any text goes.

        Raises
        ------
        FieldError
            If the reader knows of no such field.
        """
        spec = self.city.snapshot.layer(layer, self.scope).spec
        return {value: titles[0] for value, titles in spec.field(field).domain.items()}

    def grids(self, level: str = "grid") -> gpd.GeoDataFrame:
        """Outlines of the units of one level, indexed by code, with name, level and area in m².

        Raises
        ------
        RefusedError
            If no grid is published.
        ParameterError
            If there is no such level.
        """
        snapshot = self.city.snapshot
        units = published(snapshot).hierarchy.units_at(level)
        items = self.city.items("grid", [unit.id for unit in units], self.scope)
        return self.told(outline_frame(items), snapshot, level=level)

    def contiguity(self, level: str) -> SpatialWeights:
        """Which units of a level touch, corners included, in the order of `counts`."""
        version = published(self.city.snapshot)
        count = len(version.hierarchy.units_at(level))
        return cell_contiguity(version, version.hierarchy.ancestor_index(level), count)

    def map(
        self,
        layers: Iterable[MapLayer],
        *,
        title: str,
        width_px: int = 760,
        box: tuple[float, float, float, float] | None = None,
    ) -> SvgMap:
        """A map of frames that needs no network, with the attribution and map approval of the city.

        Parameters
        ----------
        layers
            From the bottom up.
        title
            Heading.
        width_px
            Width of the drawing.
        box
            xmin, ymin, xmax, ymax in degrees; None takes the extent of all layers.
        """
        profile = self.city.profile
        note = "　".join(text for text in (profile.attribution, profile.map_approval) if text)
        return city_map(layers, title=title, note=note, width_px=width_px, box=box)

    def stamp(self, snapshot: Snapshot) -> dict[str, Any]:
        """What every answer says: change and grid version."""
        version = snapshot.grid_version
        return {
            "city": self.city.profile.name,
            "seq": snapshot.seq,
            "grid_version": version.number if version else None,
        }

    def told(self, frame: _Frame, snapshot: Snapshot, **more: object) -> _Frame:
        """The frame with what it says of itself."""
        told: dict[Any, Any] = {**self.stamp(snapshot), **more}
        frame.attrs = told
        return frame


def published(snapshot: Snapshot) -> GridVersion:
    """Grid version of a snapshot.

    Raises
    ------
    RefusedError
        If there is none.
    """
    if snapshot.grid_version is None:
        raise RefusedError("no grid is published yet: there are no units")
    return snapshot.grid_version
