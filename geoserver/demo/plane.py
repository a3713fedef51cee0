"""The local metric plane of the demo city, and its exact map to the lattice of 1e-7 degree."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["CENTRE_LATTICE", "Plane"]

# 117.02 E, 30.98 N: plain on the lower Yangtze in the 3-degree zone of 117 E, chosen as a
# plausible place for a city that does not exist.
CENTRE_LATTICE = (1_170_200_000, 309_800_000)
_GRS80_A = 6_378_137.0
_GRS80_E2 = 0.006694380022900788


def _metres_per_degree(latitude: float) -> tuple[float, float]:
    sine = math.sin(math.radians(latitude))
    w = 1.0 - _GRS80_E2 * sine * sine
    east = _GRS80_A / math.sqrt(w) * math.cos(math.radians(latitude))
    north = _GRS80_A * (1.0 - _GRS80_E2) / w**1.5
    return math.radians(east), math.radians(north)


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of the city centre, linear in longitude and latitude.

    The map is affine, so straight lines stay straight and a coverage noded on the lattice stays
    noded in metres; its scale error is below 0.2 % within 12 km of the centre.
    """

    @property
    def scale(self) -> NDArray[np.float64]:
        """(2,) float64, metres per lattice step east and north."""
        return np.asarray(np.array(_metres_per_degree(CENTRE_LATTICE[1] / 1e7)) / 1e7)

    def lattice(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) float64 lattice steps from the centre, not rounded, of (n, 2) metres."""
        return np.asarray(xy / self.scale)

    def metres(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) float64 metres of (n, 2) lattice steps from the centre."""
        return np.asarray(steps * self.scale)

    def lonlat(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) float64 degrees on the lattice (rounded to 1e-7) of (n, 2) metres."""
        return np.asarray((np.rint(self.lattice(xy)) + np.array(CENTRE_LATTICE)) / 1e7)

    def metres_from_lonlat(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) float64 metres of (n, 2) degrees."""
        return self.metres(lonlat * 1e7 - np.array(CENTRE_LATTICE))

    def geometries_lonlat(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Geometries in degrees on the lattice, of geometries in metres."""
        result: NDArray[np.object_] = shapely.transform(geometries, self.lonlat)
        return result
