"""What a layer declares: geometry kind, fields with type, titles, who may read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grids.errors import FieldError

__all__ = ["Access", "FieldSpec", "FieldType", "GeometryKind", "LayerSpec", "Mask"]


class GeometryKind(StrEnum):
    """Kind of geometry a layer holds; a layer never mixes kinds (multi-parts are allowed)."""

    NONE = "none"
    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


class FieldType(StrEnum):
    """Type of a field, the same in both stores, the snapshot, queries and tiles."""

    INTEGER = "integer"  # int64
    NUMBER = "number"  # float64
    TEXT = "text"
    CATEGORY = "category"  # text out of a short list; dictionary column in the snapshot
    BOOLEAN = "boolean"
    INSTANT = "instant"  # int64 milliseconds since 1970-01-01 UTC
    JSON = "json"  # stored only: never in the snapshot


class Access(StrEnum):
    """Who may read a layer or field, from widest to narrowest."""

    PUBLIC = "public"
    STAFF = "staff"
    RESTRICTED = "restricted"


class Mask(StrEnum):
    """How a restricted value is shown to readers without the right to see it whole."""

    HIDE = "hide"
    NAME = "name"
    IDENTITY = "identity"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a layer.

    Parameters
    ----------
    name
        Lower-case identifier, the same in the store, the snapshot, tiles and HTTP.
    type
        One of `FieldType`.
    title_zh, title_en
        Titles for people.
    access
        Narrowest class of reader that sees the plain value.
    mask
        How a `RESTRICTED` value is shown to staff without the right to unmask.
    unit
        Unit of a number, as shown (``m``, ``floors``); None for none.
    held
        True if the value is a column of the snapshot; otherwise it is fetched by id.
    domain
        For `CATEGORY`: value to (title_zh, title_en); empty means any text.
    """

    name: str
    type: FieldType
    title_zh: str
    title_en: str
    access: Access = Access.STAFF
    mask: Mask = Mask.HIDE
    unit: str | None = None
    held: bool = True
    domain: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One layer of the city model.

    Parameters
    ----------
    name
        Lower-case singular noun, used in paths, tiles and table names.
    fields
        Declared fields. Every row also has ``id`` (int64, stable), ``uid`` (text key of the
        source, unique in the layer), ``version`` (int, starts at 1) and ``updated_at``.
    time_field
        Name of the `INSTANT` field that ``datetime=`` filters, or None.
    min_zoom, max_zoom
        Zoom range of its tiles; above `max_zoom` clients overzoom.
    tile_fields
        Names of the fields written into tiles, all of them held.
    geometry_access
        Narrowest class of reader that gets the plain location of a row. A `RESTRICTED` location
        is never drawn in tiles and never given as a coordinate without the right to unmask:
        it only serves to count rows per grid.
    people
        True if the rows tell of people: counts are exact only with the person-count right,
        protected otherwise.
    stored
        False for the layer ``grid``, whose rows come from the register of grid versions.
    """

    name: str
    title_zh: str
    title_en: str
    geometry: GeometryKind
    fields: tuple[FieldSpec, ...]
    access: Access = Access.STAFF
    time_field: str | None = None
    min_zoom: int = 0
    max_zoom: int = 16
    tile_fields: tuple[str, ...] = ()
    geometry_access: Access = Access.PUBLIC
    people: bool = False
    stored: bool = True

    def field(self, name: str) -> FieldSpec:
        """The declared field called `name`.

        Raises
        ------
        FieldError
            If the layer declares no such field.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        known = ", ".join(f.name for f in self.fields)
        raise FieldError(f"layer {self.name!r} has no field {name!r}; it has {known}")

    @property
    def held_fields(self) -> tuple[FieldSpec, ...]:
        """Fields that are columns of the snapshot."""
        return tuple(f for f in self.fields if f.held)

    @property
    def is_tiled(self) -> bool:
        """True if the layer may be drawn: it has a geometry that is not restricted."""
        return (
            self.geometry is not GeometryKind.NONE and self.geometry_access is not Access.RESTRICTED
        )
