"""Sizes of the demo city: how large, how finely divided, how full."""

from dataclasses import dataclass

from grids.errors import ParameterError

__all__ = ["DEFAULT_SEED", "PRESETS", "Preset", "preset_named"]

DEFAULT_SEED = 7
"""Seed of the demo city unless another is given."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One size of the demo city.

    Parameters
    ----------
    name
        Word used on the command line.
    radius_m
        Mean radius of the administrative boundary.
    districts, streets, communities
        Number of units wanted at each level, the city itself not counted.
    households
        Number of households wanted in the whole city.
    unit_level
        True if the leaves are `unit` grids of about a hectare below the basic grids.
    cases
        Number of cases wanted in 90 days.
    """

    name: str
    radius_m: float
    districts: int
    streets: int
    communities: int
    households: int
    unit_level: bool
    cases: int


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("small", 1150.0, 1, 2, 5, 7_400, unit_level=False, cases=1_800),
        Preset("demo", 4050.0, 3, 11, 44, 120_000, unit_level=False, cases=26_000),
        Preset("city", 8800.0, 8, 48, 190, 485_000, unit_level=True, cases=220_000),
    )
}


def preset_named(name: str) -> Preset:
    """The preset called `name`.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name not in PRESETS:
        raise ParameterError(f"preset: wanted one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]
