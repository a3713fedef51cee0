"""Cameras around a place, and which of them look at it."""

import numpy as np
from numpy.typing import NDArray

from geoserver.places import shown
from geoserver.services.columns import ViewColumns
from grids.crs import Crs
from grids.geodesic import distance_m, metres_per_degree
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["azimuth_deg", "cameras_around", "sees"]

_MOST = 100


def azimuth_deg(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Direction from places to places, degrees clockwise from north, 0 to 360.

    Parameters
    ----------
    start, end
        (n, 2) float64 degrees, a few kilometres apart at most: worked out in the plane.

    Examples
    --------
    >>> azimuth_deg(np.array([[118.0, 32.0]]), np.array([[118.01, 32.0]])).tolist()
    [90.0]
    """
    east, north = metres_per_degree((start[:, 1] + end[:, 1]) / 2)
    step = end - start
    return np.asarray(np.degrees(np.arctan2(step[:, 0] * east, step[:, 1] * north)) % 360)


def sees(
    bearing_deg: NDArray[np.float64],
    fov_deg: NDArray[np.float64],
    range_m: NDArray[np.float64],
    *,
    towards_deg: NDArray[np.float64],
    metres: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether a place lies in the sector of view; buildings in between are not looked at.

    Parameters
    ----------
    bearing_deg, fov_deg, range_m
        (n,) float64: middle of the view clockwise from north, its opening, its reach. NaN of the
        bearing or opening looks everywhere; NaN of the reach sees nothing.
    towards_deg, metres
        (n,) float64 direction and distance of the place from each camera.
    """
    turn = np.abs((towards_deg - bearing_deg + 180) % 360 - 180)
    in_sector = ~(turn > fov_deg / 2)  # NaN: no sector is known, the camera turns
    return np.asarray(in_sector & (metres <= range_m))


def cameras_around(
    snapshot: Snapshot,
    lonlat: NDArray[np.float64],
    radius_m: float,
    *,
    crs: Crs,
    scope: Scope,
) -> list[dict[str, object]]:
    """Cameras within a radius, those that see the place first, then by distance.

    Parameters
    ----------
    snapshot
        The city.
    lonlat
        (1, 2) float64 degrees.
    radius_m
        Metres.
    crs
        Reference system of coordinates in the answer.
    scope
        Reader; without the right to see cameras there is none.
    """
    if "camera" not in snapshot.layers(scope):
        return []
    columns = ViewColumns.around(snapshot.layer("camera", scope), lonlat, radius_m)
    places = columns.lonlat
    target = np.repeat(lonlat, len(columns), axis=0)
    metres = np.nan_to_num(distance_m(places, target), nan=np.inf)
    bearing, opening = columns.numbers("bearing_deg"), columns.numbers("fov_deg")
    towards = azimuth_deg(places, target)
    seen = sees(
        bearing, opening, columns.numbers("range_m"), towards_deg=towards, metres=metres
    ) & ~columns.is_word("state", "offline", "fault")
    rows = np.flatnonzero(metres <= radius_m)
    rows = rows[np.lexsort((metres[rows], ~seen[rows]))][:_MOST]
    names, states = columns.word_list("name"), columns.word_list("state")
    given = shown(places, crs)
    return [
        {
            "id": int(columns.ids[row]),
            "name": names[row],
            "state": states[row],
            "lon": float(given[row, 0]),
            "lat": float(given[row, 1]),
            "distance_m": round(float(metres[row]), 1),
            "bearing": None if np.isnan(bearing[row]) else float(bearing[row]),
            "fov_deg": None if np.isnan(opening[row]) else float(opening[row]),
            "towards": round(float(towards[row]), 1),
            "sees": bool(seen[row]),
        }
        for row in rows.tolist()
    ]
