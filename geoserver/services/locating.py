"""Which grid a place lies in: chain, distance to the edge, doubt, and why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoserver.city import City
from geoserver.services.grid_names import chain_document
from grids.crs import crs_hint
from grids.errors import CoordinateError
from grids.locate import Located
from grids.versions import GridVersion

__all__ = ["LocatingService"]

_NO_GRID = "该城市还没有发布网格"
_OUTSIDE = "该位置不在城市网格范围内"


@dataclass(frozen=True, slots=True)
class LocatingService:
    """Point location on the grid version that holds at a moment."""

    city: City

    def locate(
        self, lonlat: NDArray[np.float64], *, at: int | None, accuracy_m: float = 10.0
    ) -> dict[str, object]:
        """Where one place lies.

        Parameters
        ----------
        lonlat
            (1, 2) float64 degrees, EPSG:4490; never rounded to the lattice.
        at
            Milliseconds UTC; None is now.
        accuracy_m
            Claimed accuracy of the place, metres; at least 10 is used.

        Raises
        ------
        CoordinateError
            If the place is outside the city and inside when lon and lat are swapped.
        """
        version = self.city.registry.version(at)
        if version is None:
            return {"chain": [], "version": None, "reason": _NO_GRID, "reason_code": "no-grid"}
        found = version.locator.locate(lonlat, accuracy_m=accuracy_m)
        if found.leaf[0] < 0:
            return self._outside(version, lonlat)
        tree = version.hierarchy
        alternates = _alternates(found, 0)
        return {
            "chain": chain_document(tree.chain(int(found.leaf[0]))),
            "distance_to_edge_m": round(float(found.distance_m[0]), 3),
            "ambiguous": bool(found.ambiguous[0]),
            "alternates": [chain_document(tree.chain(leaf))[-1] for leaf in alternates],
            "version": version.number,
            "seq": self.city.snapshot.seq,
        }

    def _outside(self, version: GridVersion, lonlat: NDArray[np.float64]) -> dict[str, object]:
        """An empty chain with the reason, and what would put the place inside."""

        def is_inside(points: NDArray[np.float64]) -> NDArray[np.bool_]:
            """Which points lie in the grid."""
            return version.locator.leaf(points) >= 0

        _refuse_swapped(lonlat, is_inside)
        answer: dict[str, object] = {
            "chain": [],
            "distance_to_edge_m": None,
            "ambiguous": False,
            "alternates": [],
            "version": version.number,
            "reason": _OUTSIDE,
            "reason_code": "outside",
        }
        hint = crs_hint(lonlat, is_inside)
        if hint:
            answer["hint"] = hint
        return answer

    def locate_many(self, lonlat: NDArray[np.float64], *, at: int | None) -> dict[str, object]:
        """Where many places lie, as columns: leaf code per place and the chain of each code.

        Parameters
        ----------
        lonlat
            (n, 2) float64 degrees, EPSG:4490.
        at
            Milliseconds UTC; None is now.
        """
        version = self.city.registry.version(at)
        count = len(lonlat)
        if version is None:
            return {
                "count": count,
                "located": 0,
                "codes": [None] * count,
                "chains": {},
                "version": None,
                "reason": _NO_GRID,
                "reason_code": "no-grid",
            }
        found = version.locator.locate(lonlat)
        tree = version.hierarchy
        chains = {leaf: tree.chain(leaf) for leaf in np.unique(found.leaf).tolist() if leaf >= 0}
        codes = {leaf: chain[-1].code for leaf, chain in chains.items()}
        answer: dict[str, object] = {
            "count": count,
            "located": int((found.leaf >= 0).sum()),
            "codes": [codes.get(leaf) for leaf in found.leaf.tolist()],
            "distance_to_edge_m": np.round(found.distance_m, 3),
            "ambiguous": np.flatnonzero(found.ambiguous),
            "chains": {codes[leaf]: chain_document(chain) for leaf, chain in chains.items()},
            "version": version.number,
        }
        outside = lonlat[found.leaf < 0]
        hint = crs_hint(outside, lambda p: version.locator.leaf(p) >= 0) if len(outside) else None
        if hint:
            answer["hint"] = hint
        return answer


def _alternates(found: Located, row: int) -> Sequence[int]:
    """Leaves that a place on a border touches besides its own."""
    start, end = found.alternate_starts[row : row + 2]
    return [int(leaf) for leaf in found.alternates[start:end]]


def _refuse_swapped(
    lonlat: NDArray[np.float64], is_inside: Callable[[NDArray[np.float64]], NDArray[np.bool_]]
) -> None:
    """Refusal of a place that only lies in the city with lon and lat swapped."""
    swapped = lonlat[:, ::-1].copy()
    if abs(swapped[0, 1]) <= 90 and is_inside(swapped)[0]:
        lon, lat = lonlat[0]
        raise CoordinateError(f"lon and lat look swapped: lon={lat}, lat={lon} lies in the city")
