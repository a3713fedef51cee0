"""How many dwellings each building holds."""

import numpy as np
from numpy.typing import NDArray

from geoserver.demo.built_city import BuiltCity
from geoserver.demo.styles import STYLES

__all__ = ["Dwellings", "count_dwellings"]


class Dwellings:
    """Stairways and dwellings of buildings.

    Parameters
    ----------
    stairs
        (n,) int64 stairways (单元), 0 where nobody lives.
    flats
        (n,) int64 dwellings per stairway and floor.
    total
        (n,) int64 dwellings.
    """

    __slots__ = ("flats", "stairs", "total")

    def __init__(
        self, stairs: NDArray[np.int64], flats: NDArray[np.int64], total: NDArray[np.int64]
    ) -> None:
        self.stairs = stairs
        self.flats = flats
        self.total = total


def count_dwellings(built: BuiltCity, rng: np.random.Generator) -> Dwellings:
    """Dwellings by kind of building, length and floors.

    Courtyards hold one to four families, village houses and villas one, now and then two.
    """
    count = len(built.outline)
    stairs = np.zeros(count, dtype=np.int64)
    flats = np.zeros(count, dtype=np.int64)
    total = np.zeros(count, dtype=np.int64)
    for kind, style in STYLES.items():
        chosen = built.kind == kind
        if style.stair_m == 0.0:
            continue
        stairs[chosen] = np.maximum(1, np.rint(built.width_m[chosen] / style.stair_m))
        if style.flats:
            flats[chosen] = style.flats
            total[chosen] = stairs[chosen] * style.flats * built.floors[chosen]
            continue
        most = 4 if kind == "courtyards" else 2
        share = [0.30, 0.40, 0.20, 0.10] if kind == "courtyards" else [0.9, 0.1]
        total[chosen] = rng.choice(np.arange(1, most + 1), chosen.sum(), p=share)
        flats[chosen] = np.ceil(total[chosen] / built.floors[chosen])
    return Dwellings(stairs, flats, total)
