"""How a unit of the grid is shown: its chain from the city down, its names."""

from collections.abc import Iterable

from grids.hierarchy import Hierarchy, Unit

__all__ = ["chain_document", "level_title", "units_named"]

_TITLES = {
    "city": ("市", "City"),
    "district": ("区县", "District"),
    "street": ("街道", "Street"),
    "community": ("社区", "Community"),
    "grid": ("网格", "Grid"),
    "unit": ("单元网格", "Unit grid"),
}


def level_title(level: str) -> tuple[str, str]:
    """Chinese and English title of a level; the word itself for a level of the city's own."""
    return _TITLES.get(level, (level, level))


def chain_document(units: Iterable[Unit]) -> list[dict[str, str]]:
    """Units from the top down, as answers show them."""
    return [
        {
            "level": unit.level,
            "level_title": level_title(unit.level)[0],
            "code": unit.code,
            "name": unit.name,
        }
        for unit in units
    ]


def units_named(hierarchy: Hierarchy, leaves: Iterable[int]) -> dict[int, Unit]:
    """Leaf index to its unit, for the leaves asked; -1 is left out."""
    ids = hierarchy.leaf_unit
    return {leaf: hierarchy.unit(int(ids[leaf])) for leaf in set(leaves) if leaf >= 0}
