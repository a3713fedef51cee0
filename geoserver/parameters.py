"""Query parameters that several routes share, with their descriptions."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import Depends, Query
from numpy.typing import NDArray

from geoserver.places import given_place, parse_edge_crs
from geoserver.services.item_query import instant_ms
from grids.crs import Crs
from grids.errors import ParameterError

__all__ = ["AtQuery", "CrsQuery", "Place", "PlaceDep", "parse_at", "parse_numbers"]

CrsQuery = Annotated[
    str,
    Query(description="Reference system of the coordinates: 4490, 4326, GCJ-02 or BD-09."),
]
AtQuery = Annotated[
    str | None, Query(description="Moment whose grid version is asked, RFC 3339; now if absent.")
]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a request names.

    Parameters
    ----------
    lon, lat
        Degrees, as given.
    crs
        Reference system they are given in, and answers are wanted in.
    lonlat
        (1, 2) float64 degrees, EPSG:4490.
    """

    lon: float
    lat: float
    crs: Crs
    lonlat: NDArray[np.float64]

    def document(self) -> dict[str, object]:
        """What answers repeat of the question."""
        return {"target": {"lon": self.lon, "lat": self.lat}, "crs": self.crs.name}


def _place(
    lon: Annotated[float, Query(description="Longitude, degrees.")],
    lat: Annotated[float, Query(description="Latitude, degrees.")],
    crs: CrsQuery = "4490",
) -> Place:
    """The place of a request, checked."""
    reference = parse_edge_crs(crs)
    return Place(lon, lat, reference, given_place(lon, lat, reference))


PlaceDep = Annotated[Place, Depends(_place)]


def parse_at(text: str | None) -> int | None:
    """Milliseconds UTC of `at`; None for now."""
    return None if text is None else instant_ms(text, name="at")


def parse_numbers(text: str, *, name: str) -> tuple[float, ...]:
    """Numbers of a comma-separated list.

    Raises
    ------
    ParameterError
        Naming the parameter, if one is no finite number.
    """
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as exc:
        raise ParameterError(f"{name} is a list of numbers, got {text[:80]!r}") from exc
    if not all(abs(value) < float("inf") for value in values):
        raise ParameterError(f"{name} is a list of finite numbers, got {text[:80]!r}")
    return values
