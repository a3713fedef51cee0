"""Character of each place in the city: which kind of quarter a block belongs to."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.noise import Noise
from geoserver.demo.water import Terrain

__all__ = ["QUARTERS", "Quarter", "Quarters"]


@dataclass(frozen=True, slots=True)
class Quarter:
    """How one kind of quarter is divided and used.

    Parameters
    ----------
    street_ha
        Largest area between streets; above it a street is put through.
    parcel_ha
        Largest area of a parcel inside the streets.
    uses
        Use of a compound to its share.
    """

    street_ha: float
    parcel_ha: float
    uses: dict[str, float]


QUARTERS: dict[str, Quarter] = {
    "old": Quarter(2.0, 0.85, {
        "courtyards": 0.46, "walkups": 0.20, "shops": 0.10, "mall": 0.05, "office": 0.05,
        "school": 0.04, "hospital": 0.02, "park": 0.04, "square": 0.02, "market": 0.02,
    }),
    "core": Quarter(2.4, 1.1, {
        "mall": 0.20, "office": 0.26, "towers": 0.10, "walkups": 0.24, "shops": 0.05, "park": 0.05,
        "hospital": 0.03, "school": 0.04, "square": 0.03,
    }),
    "inner": Quarter(3.4, 1.2, {
        "walkups": 0.60, "towers": 0.05, "slabs": 0.03, "school": 0.07, "shops": 0.06, "mall": 0.03,
        "office": 0.04, "hospital": 0.02, "park": 0.05, "market": 0.03, "institute": 0.02,
    }),
    "new": Quarter(5.0, 1.7, {
        "towers": 0.16, "slabs": 0.12, "walkups": 0.29, "villas": 0.09, "school": 0.08,
        "mall": 0.04, "office": 0.05, "park": 0.06, "construction": 0.04, "shops": 0.03,
        "institute": 0.04,
    }),
    "industrial": Quarter(7.0, 3.2, {
        "halls": 0.66, "logistics": 0.10, "office": 0.06, "walkups": 0.08, "construction": 0.04,
        "green": 0.06,
    }),
    "fringe": Quarter(11.0, 3.8, {
        "village": 0.26, "farmland": 0.30, "halls": 0.09, "green": 0.12, "slabs": 0.06,
        "villas": 0.04, "construction": 0.05, "forest": 0.08,
    }),
    "rural": Quarter(18.0, 4.6, {
        "farmland": 0.58, "village": 0.14, "forest": 0.16, "green": 0.12,
    }),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quarters:
    """Assigns a kind of quarter to places."""

    radius_m: float
    old_town: shapely.Geometry
    core: tuple[tuple[float, float], ...]
    works: tuple[tuple[float, float], ...]
    growth: Noise
    detail: Noise

    @classmethod
    def seeded(cls, terrain: Terrain, radius_m: float, rng: np.random.Generator) -> "Quarters":
        """The quarters of a city: second centre across the river, works downstream."""
        line = terrain.courses[0].centre_line
        bank = line[int(np.argmin(np.abs(line[:, 0] - 0.30 * radius_m)))]
        down = line[int(np.argmin(np.abs(line[:, 0] - 0.72 * radius_m)))]
        second = (float(bank[0]), float(bank[1] - 0.17 * radius_m))
        works = (
            (float(down[0]), float(down[1] - 0.22 * radius_m)),
            (-0.56 * radius_m, 0.50 * radius_m),
        )
        return cls(
            radius_m,
            terrain.old_town,
            ((0.0, -0.02 * radius_m), second),
            works,
            Noise.seeded(rng, 0.45 * radius_m),
            Noise.seeded(rng, 0.12 * radius_m),
        )

    def _nearness(
        self, xy: NDArray[np.float64], places: tuple[tuple[float, float], ...], reach: float
    ) -> NDArray[np.float64]:
        distance = np.min([np.hypot(*(xy - np.array(place)).T) for place in places], axis=0)
        return np.asarray(np.exp(-((distance / (reach * self.radius_m)) ** 2)))

    def kinds(self, xy: NDArray[np.float64]) -> NDArray[np.str_]:
        """(n,) names in `QUARTERS` at (n, 2) metres."""
        r = np.hypot(xy[:, 0], xy[:, 1]) / self.radius_m
        built = 1.0 - r + 0.085 * self.growth(xy) + 0.03 * self.detail(xy)
        result = np.full(len(xy), "rural", dtype="U12")
        result[built > 0.10] = "fringe"
        result[built > 0.20] = "new"
        result[built > 0.53] = "inner"
        wobble = 0.05 * self.detail(xy)
        works = self._nearness(xy, self.works, 0.17) + wobble > 0.42
        result[works & (built > 0.02)] = "industrial"
        result[self._nearness(xy, self.core[1:], 0.12) + wobble > 0.45] = "core"
        if self.radius_m > 2000:
            inside = shapely.contains_xy(self.old_town, xy[:, 0], xy[:, 1])
            result[inside] = "old"
        core = self._nearness(xy, self.core[:1], 0.10 if self.radius_m > 2000 else 0.3)
        result[core + wobble > 0.55] = "core"
        return result
