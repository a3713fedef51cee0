"""City components: lamps, manholes, hydrants, bins, trees along the roads, with 16-digit codes."""

import tomllib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoserver.demo.along import offset_points, spaced_places
from geoserver.demo.built_city import HALF_WIDTH_M
from geoserver.demo.network import RoadEdges
from layers.data_files import data_text

__all__ = ["Components", "place_components"]

_STATES = ["good", "damaged", "lost", "moved", "removed"]


@dataclass(frozen=True, slots=True)
class Components:
    """Components of the city.

    Parameters
    ----------
    point
        (n, 2) float64 metres.
    class4, name, state, authority, owner
        (n,) text.
    age_days
        (n,) float64 days since the survey.
    """

    point: NDArray[np.float64]
    class4: NDArray[np.str_]
    name: NDArray[np.str_]
    state: NDArray[np.str_]
    authority: NDArray[np.str_]
    owner: NDArray[np.str_]
    age_days: NDArray[np.float64]

    def codes(self, county: NDArray[np.str_]) -> NDArray[np.str_]:
        """(n,) codes: county 6, class 4, serial 6 within county and class."""
        key = np.char.add(county, self.class4)
        order = np.argsort(key, kind="stable")
        start = np.flatnonzero(np.concatenate([[True], key[order][1:] != key[order][:-1]]))
        rank = np.arange(key.size) - np.repeat(start, np.diff(np.append(start, key.size)))
        serial = np.empty(key.size, dtype=np.int64)
        serial[order] = rank + 1
        return np.char.add(key, np.char.zfill(serial.astype("U6"), 6))


def place_components(roads: RoadEdges, rng: np.random.Generator) -> Components:
    """Components of every kind in data/names/component_classes.toml."""
    kinds = tomllib.loads(data_text("names", "component_classes.toml"))["component"]
    half = np.array([HALF_WIDTH_M[name] for name in roads.road_class])
    points, numbers = [], []
    for number, kind in enumerate(kinds):
        on = np.flatnonzero(np.isin(roads.road_class, kind["roads"]) & ~roads.bridge)
        line, at = spaced_places(roads.line[on], kind["every_m"], rng)
        edge = on[line]
        side = rng.choice([-1.0, 1.0], edge.size) * (
            half[edge] - 2.2 + rng.uniform(-0.8, 0.8, edge.size)
        )
        if "井盖" in kind["title"]:
            side *= rng.uniform(0.0, 0.8, edge.size)
        points.append(offset_points(roads.line[edge], at, side)[0])
        numbers.append(np.full(edge.size, number))
    which = np.concatenate(numbers)
    values = [
        np.array([kind[key] for kind in kinds])[which]
        for key in ("code", "title", "authority", "owner")
    ]
    state = rng.choice(_STATES, which.size, p=[0.972, 0.015, 0.004, 0.005, 0.004])
    return Components(
        np.concatenate(points), values[0], values[1], state, values[2], values[3],
        rng.uniform(5.0, 700.0, which.size),
    )  # fmt: skip
