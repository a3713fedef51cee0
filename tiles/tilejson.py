"""TileJSON 3 documents: where tiles are, what layers and fields they have.

References
----------
Mapbox (2021), "TileJSON Specification" 3.0.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grids.bounds import BoundingBox
from layers.model import FieldSpec, FieldType, LayerSpec

__all__ = ["TileJsonPlace", "tilejson"]

_KINDS = {
    FieldType.INTEGER: "Number",
    FieldType.NUMBER: "Number",
    FieldType.INSTANT: "Number",
    FieldType.BOOLEAN: "Boolean",
}


@dataclass(frozen=True, slots=True)
class TileJsonPlace:
    """Where and for whom a document is.

    Parameters
    ----------
    base_url
        What tile addresses begin with, without a slash at the end; empty for addresses from the
        root of the server.
    name
        Name of the city.
    attribution
        Sources to be named on the map; plain text.
    bounds
        Tight box of the content in degrees; None where nothing is drawn.
    """

    base_url: str
    name: str
    attribution: str
    bounds: BoundingBox | None


def _described(field: FieldSpec) -> str:
    """Type and titles of a field in one text, as vector_layers wants it."""
    unit = f", {field.unit}" if field.unit else ""
    kind = _KINDS.get(field.type, "String")
    return f"{kind} — {field.title_zh} / {field.title_en}{unit}"


def _vector_layer(spec: LayerSpec) -> dict[str, object]:
    return {
        "id": spec.name,
        "description": f"{spec.title_zh} / {spec.title_en}",
        "minzoom": spec.min_zoom,
        "maxzoom": spec.max_zoom,
        "fields": {name: _described(spec.field(name)) for name in spec.tile_fields},
    }


def tilejson(specs: Sequence[LayerSpec], place: TileJsonPlace) -> dict[str, object]:
    """The document of one tile set.

    Parameters
    ----------
    specs
        Visible declarations of its layers, one or more.
    place
        Addresses, names, bounds.
    """
    names = ",".join(spec.name for spec in specs)
    document: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": f"{place.name} {'、'.join(spec.title_zh for spec in specs)}",
        "scheme": "xyz",
        "tiles": [f"{place.base_url}/tiles/{names}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": min(spec.min_zoom for spec in specs),
        "maxzoom": max(spec.max_zoom for spec in specs),
        "vector_layers": [_vector_layer(spec) for spec in specs],
    }
    if place.attribution:
        document["attribution"] = place.attribution
    if place.bounds is not None:
        box = place.bounds
        document["bounds"] = [box.xmin, box.ymin, box.xmax, box.ymax]
        document["center"] = [
            round((box.xmin + box.xmax) / 2, 6),
            round((box.ymin + box.ymax) / 2, 6),
            12,
        ]
    return document
