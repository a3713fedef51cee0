"""A segment as named flat arrays and back: what a snapshot file holds."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from layers.columns import Column, LayerTable, NumberColumn, RaggedGeometry, TextColumn
from layers.model import FieldType, GeometryKind, LayerSpec
from layers.segment import Segment
from layers.spatial_index import BoxIndex

__all__ = ["arrays_of", "segment_of_arrays"]

Arrays = dict[str, NDArray[np.generic] | NDArray[np.object_]]

_TEXT = frozenset({FieldType.TEXT, FieldType.CATEGORY})


def arrays_of(segment: Segment) -> Arrays:
    """Arrays of a segment by name, one-dimensional; distinct texts are object arrays of str."""
    table = segment.table
    arrays: Arrays = {
        "ids": table.ids,
        "versions": table.versions,
        "sorted_rows": segment.sorted_rows,
    }
    if segment.anchors is not None:
        arrays["anchors"] = segment.anchors.ravel()
    if table.geometry is not None:
        arrays["coords"] = table.geometry.coords.ravel()
        arrays["ring_starts"] = table.geometry.ring_starts
        arrays["feature_starts"] = table.geometry.feature_starts
        arrays["bounds"] = table.geometry.bounds.ravel()
    for name, column in table.columns.items():
        if isinstance(column, TextColumn):
            arrays[f"codes:{name}"] = column.codes
            arrays[f"texts:{name}"] = column.values
        else:
            arrays[f"values:{name}"] = column.values
            if column.valid is not None:
                arrays[f"valid:{name}"] = column.valid
    return arrays


def segment_of_arrays(spec: LayerSpec, arrays: Mapping[str, NDArray[np.generic]]) -> Segment:
    """Segment of the arrays that `arrays_of` gave.

    Raises
    ------
    KeyError
        If an array is missing.
    ValueError
        If arrays do not fit together.
    """
    ids: NDArray[np.int64] = arrays["ids"]  # type: ignore[assignment]
    n = ids.size
    geometry: RaggedGeometry | None = None
    anchors: NDArray[np.float64] | None = None
    if spec.geometry is not GeometryKind.NONE:
        geometry = RaggedGeometry(
            arrays["coords"].reshape(-1, 2),  # type: ignore[arg-type]
            arrays["ring_starts"],  # type: ignore[arg-type]
            arrays["feature_starts"],  # type: ignore[arg-type]
            arrays["bounds"].reshape(-1, 4),  # type: ignore[arg-type]
        )
        anchors = arrays["anchors"].reshape(-1, 2)  # type: ignore[assignment]
        _check(len(geometry) == n and geometry.bounds.shape[0] == n, "geometry")
    columns = {field.name: _column(field.name, field.type, arrays) for field in spec.held_fields}
    columns["leaf"] = NumberColumn(arrays["values:leaf"])
    for name, column in columns.items():
        size = column.codes.size if isinstance(column, TextColumn) else column.values.size
        _check(size == n, name)
    rows: NDArray[np.int32] = arrays["sorted_rows"]  # type: ignore[assignment]
    versions: NDArray[np.int32] = arrays["versions"]  # type: ignore[assignment]
    _check(rows.size == n and versions.size == n, "sorted_rows")
    boxes = None if geometry is None else BoxIndex.build(geometry.bounds)
    table = LayerTable(spec, ids, versions, geometry, columns)
    return Segment(table, anchors, boxes, ids[rows], rows)


def _column(name: str, kind: FieldType, arrays: Mapping[str, NDArray[np.generic]]) -> Column:
    if kind in _TEXT:
        return TextColumn(
            arrays[f"codes:{name}"],  # type: ignore[arg-type]
            arrays[f"texts:{name}"],  # type: ignore[arg-type]
        )
    return NumberColumn(arrays[f"values:{name}"], arrays.get(f"valid:{name}"))  # type: ignore[arg-type]


def _check(fits: bool, name: str) -> None:  # noqa: FBT001 - a check reads best this way
    if not fits:
        raise ValueError(f"array {name!r} is of the wrong length")
