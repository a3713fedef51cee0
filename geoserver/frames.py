"""A city in a notebook: GeoDataFrames out of the services that the server answers with."""

import warnings
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoserver.answer_frames import hotspot_frame, located_frame, nearest_frame
from geoserver.city_reading import CityReading, open_reading, published
from geoserver.conditions import Where, recent_query, where_filter
from geoserver.places import given_place, parse_edge_crs
from geoserver.points import point_lonlat
from geoserver.row_frames import row_frame
from geoserver.services.dispatching import NearestQuestion
from geoserver.services.hotspots import HotspotQuestion
from grids.crs import LONLAT
from grids.errors import ForbiddenError, ParameterError, RefusedError
from layers.counts import unit_counts
from layers.policy import Scope
from layers.query import Query

__all__ = ["CityFrames", "open_city"]

Box = tuple[float, float, float, float]


def open_city(
    folder: Path | str,
    *,
    scope: Scope | None = None,
    now: datetime | str | None = None,
    threads: int | None = None,
) -> "CityFrames":
    """Open the city in a folder for reading, also beside the server that writes to it.

    Parameters
    ----------
    folder
        Folder with ``city.toml``.
    scope
        Who reads; None is an analyst of the whole city.
    now
        Moment that counts as now, with a time zone: it ends the last days, tells how old a
        position is, and picks the grid version. None is the clock. What was written after it is
        seen all the same.
    threads
        Threads that work is split over; None takes one per core.

    Raises
    ------
    ParameterError
        If the folder is not a city's, or `now` is no moment.
    ForbiddenError
        If the scope may unmask, or count people exactly: such looks are audited, and a city that
        is only read cannot write its audit.

    Notes
    -----
    Positions that units send live in the memory of the server; a notebook sees the last ones
    that were stored.
    """
    city, reader, settings = open_reading(Path(folder), scope, now, threads)
    return CityFrames(city, reader, settings)


class CityFrames(CityReading):
    """Answers about one city as frames, each read through a scope; made by `open_city`.

    ``.attrs`` of every answer has ``seq`` (last change it shows), ``grid_version`` and what the
    answer says of itself.

    Parameters
    ----------
    city
        The city, open for reading.
    scope
        Who reads.
    settings
        Options, the same as the server's.
    """

    def layer(
        self,
        name: str,
        *,
        bbox: Box | None = None,
        columns: Sequence[str] | None = None,
        where: Where = None,
    ) -> gpd.GeoDataFrame:
        """Rows of a layer; see `geoserver.row_frames.row_frame` for their form.

        Parameters
        ----------
        name
            Layer.
        bbox
            xmin, ymin, xmax, ymax in degrees, EPSG:4490: only rows whose geometry meets it.
        columns
            Fields wanted; None takes all that the snapshot holds.
        where
            CQL2 in its JSON form, or field to the value (or list of values) it must have.

        Raises
        ------
        UnknownLayerError, FieldError, QueryError
            If a name is not there for the reader.
        ForbiddenError
            If the rows tell of people: a table of them is an exact count. See `counts`.

        Notes
        -----
        Rows are those of ``seq``; geometry and fields that the snapshot lacks are read from the
        store now, so beside a busy server a row may show a newer place, or none.
        """
        snapshot = self.city.snapshot
        view = snapshot.layer(name, self.scope)
        if view.spec.people:
            raise ForbiddenError(
                f"rows of layer {name!r} tell of people; `counts` gives protected numbers"
            )
        found = view.rows(Query(filter=where_filter(where), bbox=bbox))
        frame = row_frame(
            snapshot, view, found, columns=columns, scope=self.scope, store=self.city.store
        )
        return self.told(frame, snapshot, layer=name, kind="exact")

    def locate(
        self,
        points: gpd.GeoSeries | tuple[Any, Any] | NDArray[np.float64],
        *,
        crs: str | int | None = None,
        at: datetime | None = None,
    ) -> pd.DataFrame:
        """Which units hold each place, on every level.

        Parameters
        ----------
        points
            GeoSeries of points, a pair of arrays (lon, lat or east, north), or (n, 2).
        crs
            Reference system: an EPSG code, WKT, ``GCJ-02`` or ``BD-09``. None takes that of the
            GeoSeries, and EPSG:4490 for arrays.
        at
            Moment whose grid version counts; None is now.

        Returns
        -------
        DataFrame
            Index of the GeoSeries or 0 to n - 1. ``code`` of the lowest unit (NA outside), for
            each level its ``<level>`` code and ``<level>_name``, ``distance_to_edge_m``, and
            ``ambiguous`` within 10 m of an edge. ``.attrs["hint"]`` names the reference system
            that would bring places outside into the city, if there is one; where most places lie
            outside it is warned of.

        Raises
        ------
        CrsError
            If the reference system is unknown, or a GeoSeries has none.
        GeometryError
            If a geometry is not a point.
        """
        snapshot = self.city.snapshot
        lonlat, index, declared = point_lonlat(points, crs)
        moment = None if at is None else int(pd.Timestamp(at).timestamp() * 1000)
        answer = self.locating.locate_many(lonlat, at=moment)
        if answer["version"] is None:
            raise RefusedError("no grid is published yet: places have no unit")
        frame = located_frame(answer, index, self.city.profile.levels)
        more: dict[str, Any] = {"crs": declared, "located": answer["located"]}
        if "hint" in answer:
            more["hint"] = answer["hint"]
            if 2 * int(frame["code"].notna().sum()) < len(frame):  # not for a few strays
                warnings.warn(str(answer["hint"]), UserWarning, stacklevel=2)
        frame = self.told(frame, snapshot, **more)
        frame.attrs["grid_version"] = answer["version"]
        return frame

    def counts(
        self, layer: str, level: str, days: float | None = None, *, where: Where = None
    ) -> pd.Series:
        """Rows of a layer per unit of a level, by code; NA where the reader may not know.

        Parameters
        ----------
        layer, level
            What is counted, and in which units.
        days
            Only rows of the last so many days by the time field of the layer.
        where
            As for `layer`.

        Returns
        -------
        Series
            Whole numbers; ``.attrs["kind"]`` is ``exact`` or ``protected`` (then ``k`` is the
            smallest number of people a count tells of).

        Raises
        ------
        ParameterError
            If the layer has no time field to take days of, or there is no such level.
        RefusedError
            If no grid is published.
        """
        snapshot = self.city.snapshot
        tree = published(snapshot).hierarchy
        window: dict[str, int] = {}
        if days is None and not where:
            found = self.counting.units(snapshot, layer, self.scope)
        else:
            spec = snapshot.layer(layer, self.scope).spec
            query, window = recent_query(spec, days, where, now_ms=self.city.now())
            found = unit_counts(snapshot, layer, self.scope, query=query)
        units = tree.units_at(level)
        values = found.counts[[tree.position(unit.id) for unit in units]]
        codes = pd.Index([unit.code for unit in units], name="code", dtype="str")
        series = pd.Series(pd.arrays.IntegerArray(values, values < 0), index=codes, name=layer)
        told = {"layer": layer, "level": level, "kind": found.kind.value, "k": found.k}
        return self.told(series, snapshot, **told, days=days, **window)

    def hotspots(
        self,
        layer: str,
        level: str = "grid",
        days: float | None = None,
        *,
        tail: Literal["two-sided", "hot", "cold"] = "two-sided",
    ) -> gpd.GeoDataFrame:
        """Hot and cold units by local G*, false discoveries controlled.

        Returns
        -------
        GeoDataFrame
            Outlines by code with ``count``, ``z``, ``p_value`` and ``class`` (hot, cold, none);
            ``.attrs`` has the null model, draws, seed, family and smallest attainable p.

        Raises
        ------
        RefusedError
            If no truthful answer exists, with the reason.
        ForbiddenError
            If the layer tells of people.
        """
        snapshot = self.city.snapshot
        question = HotspotQuestion(layer, level, days, tail)
        answer = dict(self.hotspot_tests.hotspots(question, self.scope))
        frame = hotspot_frame(cast("list[dict[str, Any]]", answer.pop("cells")), self.grids(level))
        return self.told(frame, snapshot, **answer)

    def nearest(
        self,
        lon: float,
        lat: float,
        k: int = 10,
        kind: str | Iterable[str] | None = None,
        *,
        crs: str = "4490",
    ) -> gpd.GeoDataFrame:
        """Units that are soonest at a place, by road.

        Parameters
        ----------
        lon, lat
            Degrees in `crs`: 4490, 4326, GCJ-02 or BD-09.
        k
            How many.
        kind
            Kind or kinds of unit; None takes all.

        Returns
        -------
        GeoDataFrame
            Soonest first; geometry is the whole way there, ``travel_time_s`` the time it takes,
            ``distance_m`` its length on roads, without the stretches beside them, ``straight_m``
            the straight line. ``.attrs["rejected"]`` lists units passed over, with the reason.

        Raises
        ------
        ParameterError
            If `k` is below 1 or a kind is unknown.
        """
        if k < 1:
            raise ParameterError(f"k must be 1 or more, got {k}")
        snapshot = self.city.snapshot
        place = given_place(lon, lat, parse_edge_crs(crs))
        kinds = frozenset({kind} if isinstance(kind, str) else kind or ())
        answer = self.dispatching.nearest(NearestQuestion(place, k, kinds, LONLAT), self.scope)
        frame = nearest_frame(cast("list[dict[str, Any]]", answer.pop("units")), place)
        return self.told(frame, snapshot, target=place[0].tolist(), **answer)
