"""Rows that a filter is evaluated on: some rows of one segment, seen through one scope."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.columns import Column, NumberColumn
from layers.model import FieldSpec, FieldType, GeometryKind, LayerSpec
from layers.segment import Segment, taken_column

__all__ = ["GEOMETRY_NAMES", "FilterRows"]

GEOMETRY_NAMES = frozenset({"geometry", "geom"})
"""Names under which a filter may call the geometry of a row."""

_ID = FieldSpec("id", FieldType.INTEGER, "标识", "Id")


@dataclass(frozen=True, slots=True, eq=False)
class FilterRows:
    """Rows of one segment.

    Parameters
    ----------
    segment
        Where the rows lie.
    rows
        (k,) int64 rows wanted; None for all.
    spec
        What the scope sees of the layer: a property that is not here does not exist.
    geometries
        Stored geometries by id, (k,) int64 to (k,) shapely objects, None where there is none.
    """

    segment: Segment
    rows: NDArray[np.int64] | None
    spec: LayerSpec
    geometries: Callable[[NDArray[np.int64]], NDArray[np.object_]]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.segment) if self.rows is None else self.rows.size

    @property
    def ids(self) -> NDArray[np.int64]:
        """(k,) int64 ids."""
        ids = self.segment.table.ids
        return ids if self.rows is None else ids[self.rows]

    @property
    def bounds(self) -> NDArray[np.int32] | None:
        """(k, 4) int32 world bounds; None without geometry."""
        geometry = self.segment.table.geometry
        if geometry is None:
            return None
        return geometry.bounds if self.rows is None else geometry.bounds[self.rows]

    @property
    def has_geometry(self) -> bool:
        """True if the scope may ask for the place of rows."""
        return self.spec.geometry is not GeometryKind.NONE

    def column(self, name: str) -> tuple[FieldSpec, Column]:
        """Declaration and values of a property.

        Raises
        ------
        QueryError
            If the scope sees no such field, or it is not held in the snapshot.
        """
        if name == _ID.name:
            return _ID, NumberColumn(self.ids)
        field = next((f for f in self.spec.fields if f.name == name), None)
        if field is None:
            known = ", ".join(["id", *(f.name for f in self.spec.fields if f.held)])
            raise QueryError(f"layer {self.spec.name!r} has no property {name!r}; it has {known}")
        column = self.segment.table.columns.get(name)
        if not field.held or column is None:
            raise QueryError(f"property {name!r} cannot be filtered on: it is only stored")
        return field, column if self.rows is None else taken_column(column, self.rows)
