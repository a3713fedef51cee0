"""Points along roads: spaced out, set off to the side."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["offset_points", "spaced_places"]


def spaced_places(
    lines: NDArray[np.object_], every_m: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places along lines, one per `every_m` on the average, evenly spaced on each line.

    Returns
    -------
    tuple
        (n,) int64 line and (n,) float64 metres from its start.
    """
    length = shapely.length(lines)
    count = np.floor(length / every_m + rng.random(len(lines))).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), count)
    rank = np.arange(line.size) - np.repeat(np.cumsum(count) - count, count)
    return line, (rank + 0.5) * length[line] / np.maximum(1, count[line])


def offset_points(
    lines: NDArray[np.object_], at_m: NDArray[np.float64], side_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points beside lines and the bearing of the line there.

    Parameters
    ----------
    lines
        (n,) LineStrings, metres.
    at_m
        (n,) float64 metres from the start.
    side_m
        (n,) float64 metres to the left (negative: right).

    Returns
    -------
    tuple
        (n, 2) float64 metres and (n,) float64 degrees clockwise from north.
    """
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, at_m))
    back = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(0, at_m - 1.0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, at_m + 1.0))
    way = ahead - back
    way /= np.hypot(way[:, 0], way[:, 1])[:, None] + 1e-12
    left = np.stack([-way[:, 1], way[:, 0]], axis=1)
    bearing = np.degrees(np.arctan2(way[:, 0], way[:, 1])) % 360.0
    return here + left * side_m[:, None], bearing
