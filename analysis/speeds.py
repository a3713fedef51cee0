"""Travel seconds of road edges by mode, from class and posted speed."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.network import RoadNetwork
from grids.errors import ParameterError

__all__ = ["CAR_KMH", "MODES", "POSTED_FACTOR", "Mode", "travel_seconds"]

Mode = Literal["car", "foot", "emergency"]
MODES: Final[tuple[Mode, ...]] = ("car", "foot", "emergency")

# Travel speeds in a built-up area in order of ROAD_CLASSES; 0 means the mode may not pass.
CAR_KMH: Final = (80.0, 55.0, 40.0, 33.0, 28.0, 18.0, 12.0, 0.0)
FOOT_KMH: Final = (0.0, 4.8, 4.8, 4.8, 4.8, 4.8, 4.8, 4.8)
POSTED_FACTOR: Final = 0.75  # share of a posted limit that traffic reaches between junctions
EMERGENCY_FACTOR: Final = 1.3  # blue light against ordinary traffic


def travel_seconds(network: RoadNetwork, *, mode: Mode = "car") -> NDArray[np.float64]:
    """Free travel time of every directed edge in a mode, before closures.

    Cars and emergency vehicles keep to one-way rules; people on foot do not. A posted speed
    replaces the speed of the class, times `POSTED_FACTOR`.

    Parameters
    ----------
    network
        Road network of m directed edges.
    mode
        `car`, `foot` or `emergency`.

    Returns
    -------
    NDArray
        (m,) float64, seconds; inf where the mode may not pass.

    Raises
    ------
    ParameterError
        If the mode is unknown.
    """
    if mode not in MODES:
        raise ParameterError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    line = network.segment_line[network.segment]
    road_class = network.lines.road_class[line]
    if mode == "foot":
        speed_kmh = np.array(FOOT_KMH)[road_class]
        allowed = speed_kmh > 0
    else:
        speed_kmh = np.array(CAR_KMH)[road_class]
        oneway = network.lines.oneway[line]
        allowed = (speed_kmh > 0) & np.where(network.along, oneway >= 0, oneway <= 0)
        posted = network.lines.speed_kmh[line] * POSTED_FACTOR
        speed_kmh = np.where(np.isfinite(posted), posted, speed_kmh)
        if mode == "emergency":
            speed_kmh = speed_kmh * EMERGENCY_FACTOR
    seconds = np.full(network.edge_count, np.inf)
    np.divide(network.length_m * 3.6, speed_kmh, out=seconds, where=allowed)
    return seconds
