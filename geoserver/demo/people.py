"""Households and persons: sizes, ages, floating population, elderly who live alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoserver.demo.houses import Houses
from geoserver.demo.names import person_names

__all__ = ["People", "settle"]

_SIZE = np.array([0.23, 0.28, 0.28, 0.13, 0.06, 0.02])


@dataclass(frozen=True, slots=True)
class People:
    """Households in order of house, persons in order of household.

    Parameters
    ----------
    house, size
        (k,) int64 index of the house of each household, and its persons.
    household
        (n,) int64 index of the household of each person.
    is_head, female
        (n,) bool.
    age
        (n,) int64 years.
    kind
        (n,) ``registered``, ``floating`` or ``overseas``.
    focus
        (n,) ``none``, ``care``, ``watch`` or ``key``.
    name
        (n,) made-up names.
    """

    house: NDArray[np.int64]
    size: NDArray[np.int64]
    household: NDArray[np.int64]
    is_head: NDArray[np.bool_]
    female: NDArray[np.bool_]
    age: NDArray[np.int64]
    kind: NDArray[np.str_]
    focus: NDArray[np.str_]
    name: NDArray[np.str_]

    @property
    def alone_elderly(self) -> NDArray[np.bool_]:
        """(n,) bool: aged 70 or more and alone in the household."""
        return np.asarray((self.size[self.household] == 1) & (self.age >= 70))


def _ages(
    size: NDArray[np.int64],
    household: NDArray[np.int64],
    place: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Age by place in the household: head, spouse, then children or parents of the head."""
    head = np.clip(rng.normal(46.0, 14.0, size.size), 21, 92)
    single = size == 1
    old = single & (rng.random(size.size) < 0.36)
    head[single] = np.clip(rng.normal(33.0, 9.0, single.sum()), 20, 64)
    head[old] = np.clip(rng.normal(75.0, 7.0, old.sum()), 60, 97)
    couple = (size == 2) & (rng.random(size.size) < 0.4)
    head[couple] = np.clip(rng.normal(66.0, 8.0, couple.sum()), 50, 94)
    of_head = head[household]
    age = of_head.copy()
    noise = rng.normal(0.0, 3.0, household.size)
    spouse = place == 1
    age[spouse] = np.maximum(20, of_head[spouse] + noise[spouse] - 1.0)
    child = place >= 2
    born = of_head - np.clip(rng.normal(27.5, 3.5, household.size), 20, 42) - (place - 2) * 3
    parent = of_head + np.clip(rng.normal(26.0, 3.0, household.size), 20, 36)
    too_young = born < 0
    age[child] = np.where(too_young, parent, born)[child]
    return np.clip(np.rint(age), 0, 101).astype(np.int64)


def settle(houses: Houses, rng: np.random.Generator) -> People:
    """People for every occupied house."""
    house = np.flatnonzero(houses.occupied)
    size = rng.choice(np.arange(1, 7), house.size, p=_SIZE)
    household = np.repeat(np.arange(house.size), size)
    place = np.arange(household.size) - np.repeat(np.cumsum(size) - size, size)
    age = _ages(size, household, place, rng)
    head_female = rng.random(house.size) < 0.34
    female = rng.random(household.size) < 0.49
    female[place == 0] = head_female
    female[place == 1] = ~head_female[household[place == 1]]
    floating = rng.random(house.size) < np.where(houses.rented[house], 0.72, 0.06)
    kind = np.where(floating[household], "floating", "registered").astype("U10")
    kind[rng.random(household.size) < 0.002] = "overseas"
    focus = np.full(household.size, "none", dtype="U5")
    luck = rng.random(household.size)
    adult = (age >= 18) & (age < 75)
    focus[adult & (luck < 0.004)] = "watch"
    focus[adult & (luck < 0.0008)] = "key"
    alone = (size[household] == 1) & (age >= 70)
    focus[alone | ((age < 14) & (luck < 0.006))] = "care"
    return People(
        house,
        size,
        household,
        place == 0,
        female,
        age,
        kind,
        focus,
        person_names(female, rng),
    )
