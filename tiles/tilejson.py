"""TileJSON documents: what is in a tileset, for map clients.

References
----------
Mapbox (2021), "TileJSON" 3.0.0.
"""

from collections.abc import Sequence

from grids.bounds import BoundingBox
from layers.model import FieldSpec, FieldType, LayerSpec
from tiles.companions import Companions, CompanionSource
from tiles.request import layer_names
from tiles.source import TileSource

__all__ = ["tilejson"]

_TYPES = {
    FieldType.INTEGER: "Number",
    FieldType.NUMBER: "Number",
    FieldType.INSTANT: "Number",
    FieldType.BOOLEAN: "Boolean",
    FieldType.TEXT: "String",
    FieldType.CATEGORY: "String",
    FieldType.JSON: "String",
}
_WORLD = BoundingBox(-180.0, -85.05112878, 180.0, 85.05112878)


def _field_text(field: FieldSpec) -> str:
    """Type and titles of a field, with its unit and its values."""
    text = f"{_TYPES[field.type]}; {field.title_zh} ({field.title_en})"
    if field.type is FieldType.INSTANT:
        text += ", ms since 1970 UTC"
    elif field.unit:
        text += f", {field.unit}"
    if field.domain:
        text += ": " + ", ".join(f"{value} {zh}" for value, (zh, _) in field.domain.items())
    return text


def _vector_layer(spec: LayerSpec) -> dict[str, object]:
    """Entry of ``vector_layers``."""
    return {
        "id": spec.name,
        "description": f"{spec.title_zh} ({spec.title_en})",
        "minzoom": spec.min_zoom,
        "maxzoom": spec.max_zoom,
        "fields": {name: _field_text(spec.field(name)) for name in spec.tile_fields},
    }


def _united(boxes: Sequence[BoundingBox]) -> BoundingBox:
    """Smallest box around boxes; the world for none."""
    if not boxes:
        return _WORLD
    return BoundingBox(
        min(box.xmin for box in boxes),
        min(box.ymin for box in boxes),
        max(box.xmax for box in boxes),
        max(box.ymax for box in boxes),
    )


def tilejson(
    layers: Sequence[str] | str,
    source: TileSource,
    *,
    base_url: str,
    name: str = "",
    attribution: str = "",
) -> dict[str, object]:
    """TileJSON 3 of some layers as a reader sees them.

    Parameters
    ----------
    layers
        Names, or a comma-separated list.
    source
        What the reader sees.
    base_url
        Configured public address without a slash at its end; tile URLs are absolute under it.
    name
        Title of the tileset; the titles of its layers if empty.
    attribution
        Whom the data is from, shown on the map.

    Returns
    -------
    dict
        The document. `bounds` are those of the rows, seven decimals, in degrees.

    Raises
    ------
    UnknownLayerError
        If a layer does not exist, is not drawn, or the reader may not see it.
    ParameterError
        If there are too many layers or a name is empty.
    """
    source = CompanionSource(source, Companions())
    names = layer_names(layers if isinstance(layers, str) else ",".join(layers))
    specs = [source.spec(layer) for layer in names]
    boxes = [box for box in map(source.bounds, names) if box is not None]
    box = _united(boxes)
    minzoom = min(spec.min_zoom for spec in specs)
    document: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": name or "、".join(spec.title_zh for spec in specs),
        "scheme": "xyz",
        "tiles": [f"{base_url}/tiles/{','.join(names)}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": minzoom,
        "maxzoom": max(spec.max_zoom for spec in specs),
        "bounds": [round(value, 7) for value in box],
        "center": [
            round((box.xmin + box.xmax) / 2, 7),
            round((box.ymin + box.ymax) / 2, 7),
            minzoom,
        ],
        "vector_layers": [_vector_layer(spec) for spec in specs],
    }
    if attribution:
        document["attribution"] = attribution
    return document
