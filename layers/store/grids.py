"""Grid versions as rows: what the registry stores and reads back, without knowing topology."""

from dataclasses import dataclass

__all__ = ["GridRecord", "GridVersionRow", "LineageRow", "UnitRow"]


@dataclass(frozen=True, slots=True)
class GridVersionRow:
    """One published grid version.

    Parameters
    ----------
    number
        1, 2, 3, ...
    effective_from
        Milliseconds since 1970-01-01 UTC from which it holds.
    published_at
        Milliseconds since 1970-01-01 UTC of the publication.
    author, note
        Who and why.
    arcs_sha256
        32 bytes: checksum of the stored arcs.
    """

    number: int
    effective_from: int
    published_at: int
    author: str
    note: str
    arcs_sha256: bytes


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of a version; a name, a level and a parent belong to the version, a code to the id.

    Parameters
    ----------
    id
        Stable id of the unit, the same in every version that has it.
    code
        Never given to another unit.
    name, level
        Name, and one of the words city, district, street, community, grid, unit.
    parent_id
        Unit above it; None at the top.
    """

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class LineageRow:
    """One step from a unit of the version before to a unit of this version.

    Parameters
    ----------
    old_id, new_id
        Unit ids.
    kind
        ``split``, ``merge``, ``move`` (other parent) or ``renumber``.
    """

    old_id: int
    new_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class GridRecord:
    """A grid version whole.

    Parameters
    ----------
    row
        The version.
    arcs
        Arc table in the form of `layers.registry.arcs`.
    units, lineage
        Rows of the version.
    bounds
        xmin, ymin, xmax, ymax in degrees, of all arcs.
    """

    row: GridVersionRow
    arcs: bytes
    units: tuple[UnitRow, ...]
    lineage: tuple[LineageRow, ...]
    bounds: tuple[float, float, float, float]
