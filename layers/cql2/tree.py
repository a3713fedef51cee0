"""Tree of a CQL2 filter: frozen values, the same whatever text or JSON they came from.

References
----------
OGC 21-065r2, "Common Query Language (CQL2)", clauses 6 to 8.
"""

from dataclasses import dataclass
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

from grids.errors import QueryError

__all__ = [
    "And",
    "Between",
    "Comparison",
    "ComparisonOperator",
    "GeometryLiteral",
    "InList",
    "Instant",
    "Interval",
    "IsNull",
    "Like",
    "Literal",
    "Node",
    "Not",
    "Operand",
    "Or",
    "Property",
    "Spatial",
    "SpatialOperator",
    "Temporal",
    "TemporalOperator",
]

_MAX_POINTS = 10_000


class ComparisonOperator(StrEnum):
    """Binary comparisons."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    @property
    def mirrored(self) -> "ComparisonOperator":
        """The operator that says the same with its sides exchanged."""
        swaps = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return ComparisonOperator(swaps.get(self, self))


class SpatialOperator(StrEnum):
    """Relations of two geometries, as in OGC 06-103r4."""

    INTERSECTS = "s_intersects"
    WITHIN = "s_within"
    CONTAINS = "s_contains"
    DISJOINT = "s_disjoint"
    EQUALS = "s_equals"
    TOUCHES = "s_touches"
    CROSSES = "s_crosses"
    OVERLAPS = "s_overlaps"

    @property
    def mirrored(self) -> "SpatialOperator":
        """The relation with its sides exchanged."""
        swaps = {"s_within": "s_contains", "s_contains": "s_within"}
        return SpatialOperator(swaps.get(self, self))


class TemporalOperator(StrEnum):
    """Relations of an instant to an instant or an interval."""

    AFTER = "t_after"
    BEFORE = "t_before"
    DURING = "t_during"
    EQUALS = "t_equals"
    DISJOINT = "t_disjoint"
    INTERSECTS = "t_intersects"


@dataclass(frozen=True, slots=True)
class Property:
    """Value of a field of the row."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment: milliseconds since 1970-01-01 UTC."""

    at: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A span between two moments, both included; None is unbounded.

    Raises
    ------
    QueryError
        If it ends before it starts.
    """

    start: int | None
    end: int | None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise QueryError(f"an interval must not end before it starts: {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class GeometryLiteral:
    """A geometry in longitude and latitude, EPSG:4490.

    Raises
    ------
    QueryError
        If it is empty, invalid, out of range, or has more than 10,000 points.
    """

    geometry: BaseGeometry

    def __post_init__(self) -> None:
        shape = self.geometry
        if shape.is_empty:
            raise QueryError("a geometry of the filter is empty")
        points = int(shapely.get_num_coordinates(shape))
        if points > _MAX_POINTS:
            raise QueryError(
                f"a geometry of the filter has {points} points, {_MAX_POINTS} are allowed"
            )
        xmin, ymin, xmax, ymax = shape.bounds
        if not (-180 <= xmin <= xmax <= 180 and -90 <= ymin <= ymax <= 90):
            raise QueryError(f"a geometry of the filter is not longitude, latitude: {shape.bounds}")
        if not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            raise QueryError(f"a geometry of the filter is not valid: {reason}")


Operand = Property | Literal | Instant | Interval | GeometryLiteral


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left op right``."""

    op: ComparisonOperator
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """``low <= value <= high``."""

    value: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class InList:
    """`value` equals one of `items`."""

    value: Operand
    items: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Like:
    r"""`value` matches a pattern: ``%`` any run, ``_`` one character, ``\`` the next plainly."""

    value: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """`value` is null."""

    value: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """`term` is false."""

    term: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All terms are true."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """A term is true."""

    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Spatial:
    """Relation of two geometries; the property of the row's geometry is called ``geometry``."""

    op: SpatialOperator
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Temporal:
    """Relation in time."""

    op: TemporalOperator
    left: Operand
    right: Operand


Node = Comparison | Between | InList | Like | IsNull | Not | And | Or | Spatial | Temporal | Literal
"""A condition; a `Literal` stands as one only if its value is a bool."""
