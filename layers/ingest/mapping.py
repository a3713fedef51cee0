"""Which column of a source feeds which field of a layer: named by the user, else detected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grids.errors import FieldError
from layers.model import FieldSpec, GeometryKind, LayerSpec

__all__ = ["WHOLE_ROW", "ColumnMapping", "column_mapping"]

WHOLE_ROW = "*"
"""Declared as ``uid``: a row is its own key, so equal rows are one."""

_UID = ("uid", "id", "code", "编号", "编码", "代码", "标识码", "objectid", "fid", "gid", "序号")
_LON = ("lon", "lng", "longitude", "经度", "x", "point_x", "经度坐标")
_LAT = ("lat", "latitude", "纬度", "y", "point_y", "纬度坐标")
_WKT = ("wkt", "geometry", "geom", "the_geom", "shape")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Columns chosen.

    Parameters
    ----------
    uid
        Column that identifies a row in its source, or `WHOLE_ROW`.
    fields
        Field name to column name.
    lon, lat
        Coordinate columns, or None where geometry comes otherwise.
    wkt
        Column of well-known text, or None.
    unused
        Columns that feed nothing.
    """

    uid: str
    fields: Mapping[str, str]
    lon: str | None
    lat: str | None
    wkt: str | None
    unused: tuple[str, ...]


def _folded(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _first(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """First column whose folded name is one of the names, in the order of the names."""
    by_name = {_folded(column): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def _field_names(field: FieldSpec) -> tuple[str, ...]:
    return (field.name, _folded(field.title_zh), _folded(field.title_en))


def _declared(
    declared: Mapping[str, str], columns: Sequence[str], spec: LayerSpec
) -> dict[str, str]:
    """The user's pairs, checked on both sides."""
    special = {"uid", "lon", "lat", "wkt"}
    known = {field.name for field in spec.fields} | special
    for target, column in declared.items():
        if target == "uid" and column == WHOLE_ROW:
            continue
        if target not in known:
            raise FieldError(
                f"layer {spec.name!r} has no field {target!r}; it has {', '.join(sorted(known))}"
            )
        if column not in columns:
            raise FieldError(f"there is no column {column!r}; there are {', '.join(columns)}")
    return dict(declared)


def column_mapping(
    columns: Sequence[str],
    spec: LayerSpec,
    *,
    declared: Mapping[str, str],
    has_geometry: bool,
) -> ColumnMapping:
    """The columns to read for a layer.

    Parameters
    ----------
    columns
        Column names of the source.
    spec
        The layer; its field names and titles in both languages are recognised.
    declared
        Pairs the user gave: field name, or ``uid``, ``lon``, ``lat``, ``wkt``, to column.
    has_geometry
        True if the source carries geometry of its own.

    Raises
    ------
    FieldError
        If a declared field or column does not exist, no column identifies rows, or a layer with
        geometry gets none.
    """
    chosen = _declared(declared, columns, spec)
    uid = chosen.pop("uid", None) or _first(columns, _UID)
    if uid is None:
        raise FieldError(
            "no column identifies the rows; name one with --map uid=COLUMN, "
            "or use --map uid='*' so that equal rows are one; "
            f"out of {', '.join(columns)}"
        )
    lon = chosen.pop("lon", None) or _first(columns, _LON)
    lat = chosen.pop("lat", None) or _first(columns, _LAT)
    wkt = chosen.pop("wkt", None) or _first(columns, _WKT)
    if has_geometry or spec.geometry is GeometryKind.NONE:
        lon = lat = wkt = None
    elif wkt is not None:
        lon = lat = None
    elif lon is None or lat is None or spec.geometry is not GeometryKind.POINT:
        raise FieldError(
            f"layer {spec.name!r} needs {spec.geometry} geometry and the file has none; name the "
            "columns with --map lon=COLUMN --map lat=COLUMN, or --map wkt=COLUMN"
        )
    taken = {lon, lat, wkt, *chosen.values()}
    for field in spec.fields:
        if field.name not in chosen:
            free = [c for c in columns if c not in taken]
            column = _first(free, _field_names(field))
            if column is not None:
                chosen[field.name] = column
                taken.add(column)
    unused = tuple(c for c in columns if c not in taken | {uid})
    return ColumnMapping(uid, chosen, lon, lat, wkt, unused)
