"""Grid versions as rows: what the registry stores and reads back, without knowing topology."""

from dataclasses import dataclass

from grids.hierarchy import Unit
from layers.changes import Box

__all__ = ["GridRecord", "GridVersionRow", "LineageRow"]


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
    bounds
        xmin, ymin, xmax, ymax in degrees, of all arcs.
    arcs_sha256
        32 bytes: checksum of the stored arcs.
    """

    number: int
    effective_from: int
    published_at: int
    author: str
    note: str
    bounds: Box
    arcs_sha256: bytes


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
    units
        Units of the version with their stable ids; name, level and parent belong to the version,
        the code to the id.
    lineage
        How units of the version before became units of this one.
    """

    row: GridVersionRow
    arcs: bytes
    units: tuple[Unit, ...]
    lineage: tuple[LineageRow, ...]
