"""The catalogue: all layers of a city, read from TOML; custom layers are added the same way."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import cast

from grids.errors import FieldError, ParameterError, UnknownLayerError
from layers.data_files import data_texts
from layers.model import Access, FieldSpec, FieldType, GeometryKind, LayerSpec, Mask
from layers.policy import Scope

__all__ = ["RESERVED", "Catalog", "catalog_from_toml", "default_catalog"]

RESERVED = frozenset({"id", "uid", "version", "updated_at", "geom", "geometry", "leaf", "row_hash"})
"""Names that no field may have."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LAYER_KEYS = frozenset(LayerSpec.__dataclass_fields__) - {"name"}
_FIELD_KEYS = (frozenset(FieldSpec.__dataclass_fields__) - {"name", "title_zh", "title_en"}) | {
    "zh",
    "en",
}
_Domain = dict[str, tuple[str, str]]


class Catalog(Mapping[str, LayerSpec]):
    """Layers by name, in the order they were declared; never changes.

    Raises
    ------
    UnknownLayerError
        On ``catalog[name]``, if there is no such layer.
    """

    __slots__ = ("_layers",)

    def __init__(self, layers: Mapping[str, LayerSpec]) -> None:
        self._layers = MappingProxyType(dict(layers))

    def __getitem__(self, name: str) -> LayerSpec:
        """Declaration of one layer."""
        try:
            return self._layers[name]
        except KeyError:
            known = ", ".join(self._layers)
            raise UnknownLayerError(f"no layer {name!r}; there are {known}") from None

    def __contains__(self, name: object) -> bool:
        """True if there is such a layer."""
        return name in self._layers

    def __iter__(self) -> Iterator[str]:
        """Names of the layers."""
        return iter(self._layers)

    def __len__(self) -> int:
        """Number of layers."""
        return len(self._layers)

    def readable(self, name: str, scope: Scope) -> LayerSpec:
        """Declaration of a layer that the scope may see.

        Raises
        ------
        UnknownLayerError
            If there is no such layer, or the scope may not see it: the answer is the same.
        """
        if name not in self._layers or not scope.can_read(self._layers[name]):
            known = ", ".join(n for n, spec in self._layers.items() if scope.can_read(spec))
            raise UnknownLayerError(f"no layer {name!r}; there are {known}")
        return self._layers[name]

    def with_layers_from_toml(self, text: str) -> "Catalog":
        """A catalogue that also has the layers declared in a TOML text.

        Raises
        ------
        ParameterError
            If the text is not TOML, or a declaration is wrong; the message names the place.
        """
        return catalog_from_toml({"layers.toml": text}, onto=self)


@cache
def default_catalog() -> Catalog:
    """Layers that every city has, from the tables in ``data/layers``."""
    return catalog_from_toml(data_texts("layers", suffix=".toml"))


def catalog_from_toml(texts: Mapping[str, str], *, onto: Catalog | None = None) -> Catalog:
    """Catalogue of the layers declared in TOML texts.

    Parameters
    ----------
    texts
        By file name, for messages. ``[layers.NAME]`` declares a layer with the attributes of
        `LayerSpec` and ``[layers.NAME.fields]`` its fields in order, each a table of ``type``,
        ``zh``, ``en`` and the attributes of `FieldSpec`; ``domain`` is a table of value to two
        titles, or the name of a table under ``[domains]`` of the same file. A field without
        ``access`` has that of its layer.
    onto
        Catalogue to add to.

    Raises
    ------
    ParameterError
        If a text is not TOML, a declaration is wrong, or a layer is declared twice.
    """
    layers: dict[str, LayerSpec] = dict(onto or {})
    for source, text in texts.items():
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            raise ParameterError(f"{source} is not TOML: {exc}") from exc
        unknown = set(tables) - {"layers", "domains"}
        if unknown:
            raise ParameterError(f"{source}: unknown table {sorted(unknown)[0]!r}")
        domains = {name: _domain(rows, source) for name, rows in tables.get("domains", {}).items()}
        for name, table in tables.get("layers", {}).items():
            if name in layers:
                raise ParameterError(f"{source}: layer {name!r} is already declared")
            layers[name] = _layer(name, table, domains, source)
    return Catalog(layers)


def _domain(rows: object, where: str) -> _Domain:
    if not isinstance(rows, dict) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) for t in pair)
        for pair in rows.values()
    ):
        raise ParameterError(f'{where}: a domain is value = ["中文", "English"] rows')
    return {str(value): (pair[0], pair[1]) for value, pair in rows.items()}


def _layer(
    name: str, table: Mapping[str, object], domains: Mapping[str, _Domain], source: str
) -> LayerSpec:
    where = f"{source}: layer {name!r}"
    if not _NAME.fullmatch(name):
        raise ParameterError(f"{where}: a name is lower-case letters, digits and _")
    _check_keys(table, _LAYER_KEYS, {"title_zh", "title_en", "geometry", "fields"}, where)
    rows = cast("Mapping[str, Mapping[str, object]]", table["fields"])
    arguments = dict(table)
    arguments["tile_fields"] = tuple(cast("list[str]", table.get("tile_fields", [])))
    try:
        access = Access(str(table.get("access", Access.STAFF)))
        arguments["access"] = access
        arguments["fields"] = tuple(
            _field(n, {"access": access, **row}, domains, where) for n, row in rows.items()
        )
        arguments["geometry"] = GeometryKind(str(table["geometry"]))
        arguments["geometry_access"] = Access(str(table.get("geometry_access", Access.PUBLIC)))
        spec = LayerSpec(name=name, **arguments)  # type: ignore[arg-type]
        _check_layer(spec)
    except (ValueError, TypeError) as exc:
        raise ParameterError(f"{where}: {exc}") from exc
    return spec


def _field(
    name: str, row: Mapping[str, object], domains: Mapping[str, _Domain], layer: str
) -> FieldSpec:
    where = f"{layer}, field {name!r}"
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise ParameterError(f"{where}: not a name a field may have")
    _check_keys(row, _FIELD_KEYS, {"type", "zh", "en"}, where)
    arguments = {key: value for key, value in row.items() if key not in {"zh", "en"}}
    try:
        arguments["type"] = FieldType(str(row["type"]))
        arguments["access"] = Access(str(row["access"]))
        arguments["mask"] = Mask(str(row.get("mask", Mask.HIDE)))
        domain = row.get("domain", {})
        if isinstance(domain, str):
            if domain not in domains:
                raise ParameterError(f"no table domains.{domain}")
            domain = domains[domain]
        else:
            domain = _domain(domain, where)
        arguments["domain"] = domain
        return FieldSpec(name=name, title_zh=row["zh"], title_en=row["en"], **arguments)  # type: ignore[arg-type]
    except (ValueError, TypeError) as exc:
        raise ParameterError(f"{where}: {exc}") from exc


def _check_keys(table: object, allowed: frozenset[str], required: set[str], where: str) -> None:
    if not isinstance(table, dict):
        raise ParameterError(f"{where}: not a table")
    unknown, missing = set(table) - allowed, required - set(table)
    if unknown:
        raise ParameterError(f"{where}: unknown key {sorted(unknown)[0]!r}")
    if missing:
        raise ParameterError(f"{where}: missing key {sorted(missing)[0]!r}")


def _check_layer(spec: LayerSpec) -> None:
    for field in spec.fields:
        _check_field(field)
    if spec.time_field and spec.field(spec.time_field).type is not FieldType.INSTANT:
        raise FieldError(f"time_field {spec.time_field!r} is not an instant")
    if not 0 <= spec.min_zoom <= spec.max_zoom <= 22:
        raise FieldError(f"zooms {spec.min_zoom}..{spec.max_zoom} are not within 0..22")
    for name in spec.tile_fields:
        if not spec.field(name).held:
            raise FieldError(f"tile field {name!r} is not held in the snapshot")


def _check_field(field: FieldSpec) -> None:
    if not isinstance(field.held, bool):
        raise FieldError(f"held of field {field.name!r} is neither true nor false")
    if field.held and field.type is FieldType.JSON:
        raise FieldError(f"field {field.name!r} is JSON, so it cannot be held")
    if field.domain and field.type is not FieldType.CATEGORY:
        raise FieldError(f"field {field.name!r} has a domain but is not a category")
