"""What a scope gets from stored rows: columns in bulk, items by id, and which looks are audited."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import shapely

from grids.errors import ForbiddenError
from layers.catalog import Catalog
from layers.masking import masked_values
from layers.model import Access, FieldSpec, FieldType, GeometryKind, LayerSpec, Mask
from layers.policy import Role, Scope
from layers.store.protocol import Item
from layers.store.rows import ARROW_TYPES

__all__ = ["Reading", "bulk_reading", "item_of", "item_reading", "row_batch", "scoped_item"]

_HEAD = {"id": pa.int64(), "uid": pa.string(), "version": pa.int32(), "updated_at": pa.int64()}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one scope reads of one layer.

    Parameters
    ----------
    spec
        The layer.
    fields
        Fields that are read.
    geometry
        True if the location is given.
    uid
        True if the key of the source is given.
    look
        True if something restricted is given whole, so that the look belongs in the audit.
    """

    spec: LayerSpec
    fields: tuple[FieldSpec, ...]
    geometry: bool
    uid: bool
    look: bool

    @property
    def columns(self) -> list[str]:
        """Columns of the layer table to select."""
        columns = [*_HEAD, *(field.name for field in self.fields)]
        return [*columns, "geom"] if self.geometry else columns

    @property
    def schema(self) -> pa.Schema:
        """Schema of the tables of a bulk reading, in the order of `columns`."""
        types = {**_HEAD, **{field.name: ARROW_TYPES[field.type] for field in self.fields}}
        if self.geometry:
            types["geom"] = pa.binary()
        return pa.schema(list(types.items()))


def _reading(spec: LayerSpec, scope: Scope, fields: Sequence[FieldSpec]) -> Reading:
    geometry = spec.geometry is not GeometryKind.NONE and scope.allows(spec.geometry_access)
    restricted = [f for f in fields if f.access is Access.RESTRICTED and scope.can_read(f)]
    look = bool(restricted) or (geometry and spec.geometry_access is Access.RESTRICTED)
    if scope.role is Role.SYSTEM:  # the server filling its snapshot is no look
        look = any(not field.held for field in restricted)
    uid = not spec.people or scope.allows(Access.RESTRICTED)
    return Reading(spec, tuple(fields), geometry, uid, look)


def bulk_reading(
    catalog: Catalog, layer: str, scope: Scope, fields: Sequence[str] | None
) -> Reading:
    """What a scan gives; restricted values come whole or not at all.

    Raises
    ------
    UnknownLayerError
        If the scope may not see the layer.
    FieldError
        If a named field does not exist.
    ForbiddenError
        If a named field is not readable plain, or the scope has a jurisdiction, which a scan
        cannot apply.
    """
    spec = catalog.readable(layer, scope)
    if scope.units is not None:
        raise ForbiddenError(f"a jurisdiction of grid units cannot scan layer {layer!r} whole")
    if fields is None:
        return _reading(spec, scope, [f for f in spec.held_fields if scope.can_read(f)])
    wanted = [spec.field(name) for name in dict.fromkeys(fields)]
    for field in wanted:
        if not scope.can_read(field):
            raise ForbiddenError(f"field {field.name!r} of layer {layer!r} is restricted")
    return _reading(spec, scope, wanted)


def item_reading(
    catalog: Catalog, layer: str, scope: Scope, fields: Sequence[str] | None
) -> Reading:
    """What a fetch by id gives; staff without the right to unmask get masked values.

    Raises
    ------
    UnknownLayerError
        If the scope may not see the layer.
    FieldError
        If a named field does not exist.
    """
    spec = catalog.readable(layer, scope)
    wanted = spec.fields if fields is None else [spec.field(n) for n in dict.fromkeys(fields)]
    shown = [f for f in wanted if scope.can_read(f) or (scope.is_staff and f.mask is not Mask.HIDE)]
    return _reading(spec, scope, shown)


def row_batch(reading: Reading, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Stored rows as a table of `Reading.schema`."""
    arrays = []
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(reading.schema)
    for field, column in zip(reading.schema, columns, strict=True):
        values = [""] * len(rows) if field.name == "uid" and not reading.uid else column
        if pa.types.is_boolean(field.type):
            arrays.append(pa.array(values, pa.int8()).cast(pa.bool_()))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=reading.schema)


def item_of(spec: LayerSpec, row: Mapping[str, Any], *, uid: bool = True) -> Item:
    """One stored row as an item, nothing masked.

    Parameters
    ----------
    row
        Stored values by column name; what is not a column is left out.
    uid
        False leaves the key of the source empty.
    """
    values = {f.name: _value(f, row[f.name]) for f in spec.fields if f.name in row}
    wkb = row.get("geom")
    return Item(
        row["id"],
        row["uid"] if uid else "",
        row["version"],
        row["updated_at"],
        values,
        None if wkb is None else cast("shapely.Geometry", shapely.from_wkb(wkb)),
    )


def scoped_item(reading: Reading, row: Sequence[Any], scope: Scope) -> Item:
    """One stored row, in the order of `Reading.columns`, as the scope may see it."""
    item = item_of(reading.spec, dict(zip(reading.columns, row, strict=True)), uid=reading.uid)
    values = masked_values(reading.spec, item.values, scope)
    return Item(item.id, item.uid, item.version, item.updated_at, values, item.geometry)


def _value(field: FieldSpec, stored: Any) -> object:  # noqa: ANN401 - what a row holds
    if stored is None:
        return None
    if field.type is FieldType.BOOLEAN:
        return bool(stored)
    return json.loads(stored) if field.type is FieldType.JSON else stored
