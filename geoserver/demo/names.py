"""Made-up names: roads, places, estates, shops, persons; drawn from the lists in data/names."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from layers.data_files import data_text

__all__ = ["NameGiver", "person_names", "words"]


@cache
def words(list_name: str) -> tuple[str, ...]:
    """Words of one list in data/names, each once, in order."""
    return tuple(dict.fromkeys(data_text("names", f"{list_name}.txt").split()))


@cache
def _surnames() -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    rows = [line.split() for line in data_text("names", "surnames.txt").splitlines() if line]
    weight = np.array([float(row[1]) for row in rows])
    return np.array([row[0] for row in rows]), weight / weight.sum()


def person_names(female: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.str_]:
    """(n,) names of persons; `female` (n,) bool chooses the characters of the given name."""
    family, weight = _surnames()
    count = female.size
    surname = rng.choice(family, count, p=weight)
    given = np.empty(count, dtype="U2")
    for chosen, name in ((female, "given_female"), (~female, "given_male")):
        letters = np.array(words(name))
        first = rng.choice(letters, chosen.sum())
        second = np.where(rng.random(chosen.sum()) < 0.82, rng.choice(letters, chosen.sum()), "")
        given[chosen] = np.char.add(first, second)
    return np.asarray(np.char.add(surname, given))


class NameGiver:
    """Gives every thing of one kind a name no other thing of that kind has.

    Parameters
    ----------
    rng
        Source of chance.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: dict[str, set[str]] = {}
        stems = words("stems")
        self._stems = [stems[k] for k in rng.permutation(len(stems))]

    def unique(self, kind: str, endings: tuple[str, ...]) -> str:
        """A name made of a stem and one of `endings`, new among names of `kind`."""
        taken = self._taken.setdefault(kind, set())
        for attempt in range(60):
            stem = self._stems[int(self._rng.integers(len(self._stems)))]
            if attempt > 12:  # the plain stems are used up: two of them joined, or a number
                other = self._stems[int(self._rng.integers(len(self._stems)))]
                stem = stem[0] + other[1] if attempt < 40 else f"{stem}{'东西南北中'[attempt % 5]}"
            name = str(stem + endings[int(self._rng.integers(len(endings)))])
            if name not in taken:
                taken.add(name)
                return name
        number = len(taken)
        name = f"{self._stems[number % len(self._stems)]}{number}{endings[0]}"
        taken.add(name)
        return name

    def numbered(self, kind: str, stem: str, ending: str) -> str:
        """`stem` and `ending`, with a number between when that name is taken."""
        taken = self._taken.setdefault(kind, set())
        name, number = stem + ending, 1
        while name in taken:
            number += 1
            name = f"{stem}{'一二三四五六七八九十'[number - 1] if number <= 10 else number}{ending}"
        taken.add(name)
        return name
