"""Rows of a layer as a GeoDataFrame: columns with their types, stored geometry, grid codes."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoserver.services.columns import ViewColumns
from grids.errors import ForbiddenError
from grids.hierarchy import Hierarchy
from layers.columns import LayerTable, NumberColumn
from layers.model import FieldSpec, FieldType, GeometryKind, LayerSpec, Mask
from layers.policy import Scope
from layers.snapshot import LayerView, Snapshot
from layers.store.protocol import Store

__all__ = ["CRS", "row_frame"]

CRS = "EPSG:4490"
Found = list[tuple[LayerTable, NDArray[np.int64]]]

_WORDS = frozenset({FieldType.TEXT, FieldType.CATEGORY})
_DTYPES: dict[FieldType, type[np.generic]] = {
    FieldType.INTEGER: np.int64,
    FieldType.NUMBER: np.float64,
    FieldType.BOOLEAN: np.bool_,
    FieldType.INSTANT: np.int64,
}


def row_frame(
    snapshot: Snapshot,
    view: LayerView,
    found: Found,
    *,
    columns: Sequence[str] | None,
    scope: Scope,
    store: Store,
) -> gpd.GeoDataFrame:
    """Rows of one layer as a table for analysts.

    Parameters
    ----------
    snapshot, view
        Where the rows were found.
    found
        Tables and the rows meant of each.
    columns
        Fields wanted; None takes all that are held in the snapshot and visible. A field that is
        only stored, or shown under a mask, is fetched by id.
    scope
        Reader.
    store
        Where such fields come from.

    Returns
    -------
    GeoDataFrame
        Indexed by id, ascending; EPSG:4490, with the geometry as stored, None where there is
        none to see. Whole numbers, truth values and text may be NA, instants are UTC. The column
        ``grid`` has the code of the lowest unit that holds the row; the layer ``grid`` lacks it.

    Raises
    ------
    FieldError
        If a column is not a field that the reader may know of.
    ForbiddenError
        If a column is hidden from the reader.
    """
    plain = {field.name for field in view.spec.held_fields}
    fields = _wanted(snapshot.catalog[view.spec.name], view.spec, columns, scope)
    rows = ViewColumns(found)
    ids = rows.ids
    data: dict[str, Any] = {
        field.name: _held(field, found, rows) for field in fields if field.name in plain
    }
    if apart := [field for field in fields if field.name not in plain]:
        data |= _fetched(view, ids, apart, scope=scope, store=store)
    if snapshot.hierarchy is not None and view.spec.name != "grid":
        data["grid"] = _codes(rows.leaf, snapshot.hierarchy)
    if view.spec.geometry is GeometryKind.NONE:
        geometry = np.full(ids.size, None, dtype=object)
    else:
        geometry = snapshot.geometries(view.spec.name, ids)
    order = [field.name for field in fields] + (["grid"] if "grid" in data else [])
    frame = gpd.GeoDataFrame(
        {name: data[name] for name in order},
        geometry=gpd.GeoSeries(geometry, crs=CRS),
        crs=CRS,
    )
    frame.index = pd.Index(ids, name="id")
    return frame.sort_index()


def _wanted(
    spec: LayerSpec, shown: LayerSpec, columns: Sequence[str] | None, scope: Scope
) -> list[FieldSpec]:
    """Fields asked for, after a look at the reader's rights."""
    if columns is None:
        return list(shown.held_fields)
    wanted = [(spec if scope.is_staff else shown).field(name) for name in dict.fromkeys(columns)]
    for field in wanted:
        if not scope.can_read(field) and field.mask is Mask.HIDE:
            raise ForbiddenError(f"field {field.name!r} of layer {spec.name!r} is restricted")
    return wanted


def _held(field: FieldSpec, found: Found, rows: ViewColumns) -> Any:  # noqa: ANN401 (pandas array)
    """One column of the snapshot."""
    if field.type in _WORDS:
        codes, words = rows.texts(field.name)
        return pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
    dtype = _DTYPES[field.type]
    values, missing = [np.empty(0, dtype=dtype)], [np.empty(0, dtype=np.bool_)]
    for table, taken in found:
        column = table.columns.get(field.name)
        if isinstance(column, NumberColumn):
            values.append(column.values[taken].astype(dtype))
            valid = None if column.valid is None else column.valid[taken]
        else:
            values.append(np.zeros(taken.size, dtype=dtype))
            valid = np.zeros(taken.size, dtype=np.bool_)
        missing.append(np.zeros(taken.size, dtype=np.bool_) if valid is None else ~valid)
    return _typed(field, np.concatenate(values), np.concatenate(missing))


def _typed(field: FieldSpec, values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:  # noqa: ANN401 (pandas array)
    """Numbers, truth values or instants with what is missing."""
    if field.type is FieldType.INSTANT:
        moments = values.astype("datetime64[ms]")
        moments[missing] = np.datetime64("NaT")
        return pd.DatetimeIndex(moments).tz_localize("UTC")
    if field.type is FieldType.NUMBER:
        values[missing] = np.nan
        return values
    if field.type is FieldType.BOOLEAN:
        return pd.arrays.BooleanArray(values, missing)
    return pd.arrays.IntegerArray(values, missing)


def _fetched(
    view: LayerView,
    ids: NDArray[np.int64],
    fields: Sequence[FieldSpec],
    *,
    scope: Scope,
    store: Store,
) -> dict[str, Any]:
    """Columns that only the store has, or that are shown under a mask."""
    names = [field.name for field in fields]
    visible = None if scope.units is None else view.visible
    items = store.fetch(view.spec.name, ids, scope=scope, fields=names, visible=visible)
    by_id = {item.id: item.values for item in items}
    data: dict[str, Any] = {}
    for field in fields:
        values = [by_id.get(one, {}).get(field.name) for one in ids.tolist()]
        if field.type in _DTYPES and scope.can_read(field):
            missing = np.array([value is None for value in values], dtype=np.bool_)
            filled = [0 if value is None else value for value in values]
            data[field.name] = _typed(field, np.array(filled, dtype=_DTYPES[field.type]), missing)
        else:
            data[field.name] = pd.Series(values, dtype=object).to_numpy()
    return data


def _codes(leaf: NDArray[np.int32], tree: Hierarchy) -> Any:  # noqa: ANN401 (pandas array)
    """Code of the unit of every leaf index; missing for -1."""
    codes = [tree.unit(int(unit)).code for unit in tree.leaf_unit]
    return pd.Categorical.from_codes(leaf, categories=pd.Index(codes, dtype="str"))
