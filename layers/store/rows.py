"""Rows as given become rows as stored: checked types, domains and geometry, one form each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grids.errors import FieldError
from layers.model import Access, FieldSpec, FieldType, GeometryKind, LayerSpec
from layers.store.wkb import checked_geometry, row_name

__all__ = ["ARROW_TYPES", "Rows", "checked_rows", "row_table"]

ARROW_TYPES: Mapping[FieldType, pa.DataType] = {
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.TEXT: pa.string(),
    FieldType.CATEGORY: pa.string(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.INSTANT: pa.int64(),
    FieldType.JSON: pa.string(),
}
"""Type of a stored column in tables that leave or enter the store."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked rows, one per uid.

    Parameters
    ----------
    uids
        (n,) string, distinct.
    columns
        Arrays of `ARROW_TYPES` by field name, and ``geom`` (binary WKB, two dimensions,
        little-endian); only what was given.
    bounds
        (n, 4) float64 of the geometries in degrees, NaN without one; None if none was given.
    """

    uids: pa.Array
    columns: Mapping[str, pa.Array]
    bounds: NDArray[np.float64] | None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.uids)


def row_table(spec: LayerSpec, uid: str, values: Mapping[str, object]) -> pa.Table:
    """One row as a table, for `checked_rows`.

    Parameters
    ----------
    spec
        Layer of the row.
    uid
        Its key.
    values
        By field name, and ``geom`` as WKB bytes.

    Raises
    ------
    FieldError
        If a value is not of the type of its field.
    """
    columns: dict[str, pa.Array] = {"uid": pa.array([uid], pa.string())}
    for name, value in values.items():
        if name == "geom":
            columns[name] = pa.array([value], pa.binary())
            continue
        field = spec.field(name)
        given = value
        if field.type is FieldType.JSON and value is not None:
            given = _canonical_json(value, name)
        elif isinstance(value, bool) != (field.type is FieldType.BOOLEAN) and value is not None:
            raise FieldError(f"field {name!r} of {spec.name} takes {field.type}, got {value!r:.60}")
        try:
            columns[name] = pa.array([given], ARROW_TYPES[field.type])
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError) as exc:
            raise FieldError(
                f"field {name!r} of {spec.name} takes {field.type}, got {value!r:.60}"
            ) from exc
    return pa.table(columns)


def checked_rows(spec: LayerSpec, table: pa.Table) -> Rows:
    """Rows of a table in the form the store keeps.

    Parameters
    ----------
    spec
        Layer of the rows.
    table
        See `layers.store.protocol.UnitOfWork.put_table`.

    Raises
    ------
    FieldError
        For a column the layer does not have, a type that does not fit, a value outside a
        category, an infinite number, text with a NUL character, a missing or empty uid.
    GeometryError
        For geometry that cannot be stored, see `layers.store.wkb.checked_geometry`.
    """
    if "uid" not in table.column_names:
        raise FieldError(f"a table for layer {spec.name!r} needs a column 'uid'")
    known = {field.name for field in spec.fields}
    if spec.geometry is not GeometryKind.NONE:
        known.add("geom")
    for name in table.column_names:
        if name != "uid" and name not in known:
            raise FieldError(f"layer {spec.name!r} has no column {name!r}")
    table = _last_of_each_uid(spec, table)
    uids = _array(table["uid"])
    keys = None if spec.people else uids  # a key of people may be an identity number
    columns = {
        name: _checked_column(spec, spec.field(name), table[name], keys)
        for name in table.column_names
        if name not in {"uid", "geom"}
    }
    if "geom" not in table.column_names:
        return Rows(uids, columns, None)
    geom, bounds = checked_geometry(_array(table["geom"].cast(pa.binary())), spec.geometry, keys)
    return Rows(uids, {**columns, "geom": geom}, bounds)


def _array(column: pa.ChunkedArray) -> pa.Array:
    merged = column.combine_chunks()
    if isinstance(merged, pa.ChunkedArray):  # what pyarrow gives for no or several chunks
        merged = pa.concat_arrays(merged.chunks) if merged.num_chunks else pa.array([], column.type)
    return merged


def _last_of_each_uid(spec: LayerSpec, table: pa.Table) -> pa.Table:
    uids = _checked_text(_cast(spec, "uid", table["uid"], pa.string()), "uid")
    bad = pc.or_kleene(pc.is_null(uids), pc.equal(pc.binary_length(uids), 0))
    if pc.any(bad).as_py():
        first = pc.index(bad.combine_chunks() if uids.num_chunks else bad, True).as_py()
        raise FieldError(f"row {first + 1} of the table for layer {spec.name!r} has no uid")
    table = table.set_column(table.column_names.index("uid"), "uid", uids)
    codes = _array(uids).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    count = int(codes.max()) + 1 if codes.size else 0
    if count == codes.size:
        return table
    last = np.zeros(count, np.int64)
    last[codes] = np.arange(codes.size)  # of repeated indices the last assignment stays
    return table.take(pa.array(np.sort(last)))


def _cast(
    spec: LayerSpec, name: str, column: pa.ChunkedArray, wanted: pa.DataType
) -> pa.ChunkedArray:
    try:
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as exc:
        raise FieldError(
            f"column {name!r} of layer {spec.name!r} takes {wanted}, got {column.type}: {exc}"
        ) from exc


def _checked_column(
    spec: LayerSpec, field: FieldSpec, column: pa.ChunkedArray, uids: pa.Array | None
) -> pa.Array:
    if column.null_count == len(column):
        return pa.nulls(len(column), ARROW_TYPES[field.type])
    if field.type is FieldType.INSTANT:
        column = _milliseconds(spec, field, column)
    elif pa.types.is_boolean(column.type) != (field.type is FieldType.BOOLEAN):
        raise FieldError(
            f"column {field.name!r} of layer {spec.name!r} takes {field.type}, got {column.type}"
        )
    column = _cast(spec, field.name, column, ARROW_TYPES[field.type])
    if field.type is FieldType.NUMBER:
        return _finite(spec, field, _array(column), uids)
    if pa.types.is_string(column.type):
        column = _checked_text(column, field.name)
    array = _array(column)
    if field.domain:
        _check_domain(spec, field, array, uids)
    if field.type is FieldType.JSON:
        texts = (None if t is None else _read_json(t, field.name) for t in array.to_pylist())
        array = pa.array(texts, pa.string())
    return array


def _milliseconds(spec: LayerSpec, field: FieldSpec, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(column.type):
        return column
    if column.type.tz is None:
        raise FieldError(
            f"column {field.name!r} of layer {spec.name!r} is a time without a zone; "
            "give it one, or int64 milliseconds UTC"
        )
    return pc.cast(column, pa.timestamp("ms", tz="UTC"), safe=False).cast(pa.int64())


def _finite(spec: LayerSpec, field: FieldSpec, array: pa.Array, uids: pa.Array | None) -> pa.Array:
    infinite = pc.is_inf(array)
    if pc.any(infinite).as_py():
        _refuse_rows(spec, field, array, uids, infinite)
    return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)


def _checked_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if pc.any(pc.match_substring(column, "\0")).as_py():
        raise FieldError(f"column {name!r} holds text with a NUL character")
    return column


def _check_domain(
    spec: LayerSpec, field: FieldSpec, array: pa.Array, uids: pa.Array | None
) -> None:
    outside = pc.invert(pc.is_in(array, pa.array(list(field.domain), pa.string()), skip_nulls=True))
    outside = pc.and_(outside, pc.is_valid(array))
    if pc.any(outside).as_py():
        _refuse_rows(spec, field, array, uids, outside)


def _refuse_rows(
    spec: LayerSpec, field: FieldSpec, array: pa.Array, uids: pa.Array | None, bad: pa.Array
) -> None:
    rows = np.flatnonzero(bad.fill_null(False).to_numpy(zero_copy_only=False))  # noqa: FBT003
    values = [
        "..." if field.access is Access.RESTRICTED else f"{array[int(i)].as_py()!r:.40}"
        for i in rows[:3]
    ]
    shown = [
        f"{row_name(int(i), uids)}: {value}" for i, value in zip(rows[:3], values, strict=True)
    ]
    wanted = f"one of {', '.join(field.domain)}" if field.domain else "a finite number"
    raise FieldError(
        f"field {field.name!r} of layer {spec.name!r} takes {wanted}; "
        f"{rows.size} rows do not fit, the first are {'; '.join(shown)}"
    )


def _read_json(text: str, name: str) -> str:
    try:
        return _canonical_json(json.loads(text), name)
    except json.JSONDecodeError as exc:
        raise FieldError(f"field {name!r} takes JSON: {exc}") from exc


def _canonical_json(value: object, name: str) -> str:
    try:
        text = json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
    except (TypeError, ValueError) as exc:
        raise FieldError(f"field {name!r} takes JSON: {exc}") from exc
    return text
