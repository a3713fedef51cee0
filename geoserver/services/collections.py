"""Layers as OGC collections: what there is, pages of items, one item."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoserver.city import City
from geoserver.places import shown
from geoserver.services.item_query import instant_text
from grids.crs import Crs
from grids.errors import ParameterError, UnknownItemError
from layers.model import FieldType, LayerSpec
from layers.policy import Scope
from layers.query import Query
from layers.snapshot import Snapshot
from layers.store.protocol import Item

__all__ = ["CollectionService", "cursor_text", "parse_cursor"]

_SCHEMA_TYPES = {
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.INSTANT: {"type": "string", "format": "date-time"},
    FieldType.JSON: {},
}


def cursor_text(after: int) -> str:
    """Opaque form of the place where the next page starts."""
    return base64.urlsafe_b64encode(f"i{after}".encode()).decode().rstrip("=")


def parse_cursor(text: str) -> int:
    """Id after which a page starts.

    Raises
    ------
    ParameterError
        If the text is not a cursor.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as exc:
        raise ParameterError(f"after is not a cursor, got {text[:40]!r}") from exc
    if raw[:1] != "i" or not raw[1:].isdecimal():
        raise ParameterError(f"after is not a cursor, got {text[:40]!r}")
    return int(raw[1:])


@dataclass(frozen=True, slots=True)
class CollectionService:
    """Items out of the store, found by the snapshot."""

    city: City

    def collections(self, scope: Scope) -> list[dict[str, Any]]:
        """Every layer that the reader may see."""
        snapshot = self.city.snapshot
        return [self._collection(snapshot, name, scope) for name in snapshot.layers(scope)]

    def collection(self, name: str, scope: Scope) -> dict[str, Any]:
        """One layer.

        Raises
        ------
        UnknownLayerError
            If there is none of that name that the reader may see.
        """
        return self._collection(self.city.snapshot, name, scope)

    def _collection(self, snapshot: Snapshot, name: str, scope: Scope) -> dict[str, Any]:
        """Description of a layer with its extent."""
        spec = snapshot.layer(name, scope).spec
        box = self.city.bounds
        extent: dict[str, Any] = {}
        if box is not None:
            extent["spatial"] = {"bbox": [[round(value, 7) for value in box]], "crs": _CRS84}
        return {
            "id": name,
            "title": spec.title_zh,
            "description": spec.title_en,
            "itemType": "feature",
            "extent": extent,
            "crs": [_CRS84, "http://www.opengis.net/def/crs/EPSG/0/4490"],
            "storageCrs": "http://www.opengis.net/def/crs/EPSG/0/4490",
            "geometry": spec.geometry.value,
            "minZoom": spec.min_zoom,
            "maxZoom": spec.max_zoom,
            "properties": _schema(spec),
        }

    def items(self, name: str, query: Query, *, crs: Crs, scope: Scope) -> dict[str, Any]:
        """One page of items in order of id.

        Returns
        -------
        dict
            Members of a GeoJSON feature collection without links, and ``next_after``.

        Raises
        ------
        UnknownLayerError, QueryError
            If the layer or a part of the query is not there for the reader.
        """
        snapshot = self.city.snapshot
        view = snapshot.layer(name, scope)
        page = view.page(query)
        found = self.city.items(name, page.ids.tolist(), scope)
        return {
            "type": "FeatureCollection",
            "features": self._features(snapshot, name, found, crs, scope),
            "numberMatched": view.count(replace(query, limit=None, after=None)),
            "numberReturned": len(found),
            "next_after": page.next_after,
            "seq": snapshot.seq,
            "grid_version": snapshot.grid_version.number if snapshot.grid_version else None,
        }

    def item(self, name: str, item_id: int, *, crs: Crs, scope: Scope) -> dict[str, Any]:
        """One item as a GeoJSON feature.

        Raises
        ------
        UnknownItemError
            If there is none that the reader may see.
        """
        snapshot = self.city.snapshot
        found = self.city.items(name, [item_id], scope)
        if not found:
            raise UnknownItemError(f"layer {name!r} has no item {item_id}")
        return self._features(snapshot, name, found, crs, scope)[0]

    def _features(
        self, snapshot: Snapshot, name: str, items: list[Item], crs: Crs, scope: Scope
    ) -> list[dict[str, Any]]:
        """Items as GeoJSON, with the code of the grid each lies in."""
        spec = snapshot.catalog[name]
        codes = self._grid_codes(snapshot, name, [item.id for item in items], scope)
        geometries = _shown_geometries([item.geometry for item in items], crs)
        return [
            {
                "type": "Feature",
                "id": item.id,
                "geometry": geometry,
                "properties": _properties(spec, item.values),
                "version": item.version,
                "updated": instant_text(item.updated_at),
                "grid": codes.get(item.id),
            }
            for item, geometry in zip(items, geometries, strict=True)
        ]

    def _grid_codes(
        self, snapshot: Snapshot, name: str, ids: list[int], scope: Scope
    ) -> dict[int, str]:
        """Id to the code of the lowest unit that holds the item, where there is one."""
        tree = snapshot.hierarchy
        if tree is None or name == "grid":
            return {}
        leaves = self.city.leaves_of(snapshot, name, np.array(ids, dtype=np.int64), scope)
        return {
            item_id: tree.unit(int(tree.leaf_unit[leaf])).code
            for item_id, leaf in leaves.items()
            if leaf >= 0
        }


_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def _schema(spec: LayerSpec) -> dict[str, Any]:
    """Fields of a layer as the reader sees them."""
    fields: dict[str, Any] = {}
    for field in spec.fields:
        kind = _SCHEMA_TYPES.get(field.type, {"type": "string"})
        fields[field.name] = kind | {"title": field.title_zh, "title_en": field.title_en}
        if field.unit:
            fields[field.name]["unit"] = field.unit
        if field.domain:
            fields[field.name]["words"] = {v: titles[0] for v, titles in field.domain.items()}
        if not field.held:
            fields[field.name]["filter"] = False
    return fields


def _properties(spec: LayerSpec, values: dict[str, object]) -> dict[str, object]:
    """Values as JSON shows them: instants as RFC 3339."""
    instants = {field.name for field in spec.fields if field.type is FieldType.INSTANT}
    return {
        name: instant_text(value) if name in instants and isinstance(value, int) else value
        for name, value in values.items()
    }


def _shown_geometries(
    geometries: Iterable[BaseGeometry | None], crs: Crs
) -> list[orjson.Fragment | None]:
    """Geometries as GeoJSON in the reference system of the answer."""
    given = list(geometries)
    if crs.kind != "lonlat":

        def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            """Coordinates in the reference system of the answer."""
            return shown(xy, crs)

        given = [None if g is None else shapely.transform(g, moved) for g in given]
    texts = shapely.to_geojson(np.array(given, dtype=object))
    return [
        None if g is None or g.is_empty else orjson.Fragment(text)
        for g, text in zip(given, texts, strict=True)
    ]
