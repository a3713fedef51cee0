"""The catalogue: what a city has, and what a declaration may not say."""

import pickle

import pytest

from grids.errors import ParameterError, UnknownLayerError
from layers.catalog import catalog_from_toml, default_catalog
from layers.model import Access, FieldType, GeometryKind, Mask
from layers.policy import Scope

DESIGN = (
    "grid building house household person component event worker resource camera facility "
    "organisation legal_entity volunteer sensor hazard activity patrol_route plan address road "
    "water landuse boundary"
)
TILES = {
    "grid": "code name level",
    "building": "name floors height_m use",
    "road": "name class bridge tunnel",
    "water": "kind name",
    "landuse": "kind name",
    "event": "code class4 state colour title closed_at",
    "component": "class4 state",
    "camera": "name bearing_deg fov_deg range_m",
    "facility": "kind name",
    "resource": "kind state name",
}
LAYER = """
[layers.tree]
title_zh = "树"
title_en = "Trees"
geometry = "point"
{layer}

[layers.tree.fields]
{fields}
"""


def test_every_layer_of_the_city_model_is_declared() -> None:
    assert sorted(default_catalog()) == sorted(DESIGN.split())
    for name, fields in TILES.items():
        assert list(default_catalog()[name].tile_fields) == fields.split()


def test_every_title_is_there_in_both_languages() -> None:
    for spec in default_catalog().values():
        for named in (spec, *spec.fields):
            assert any("\u4e00" <= c <= "\u9fff" for c in named.title_zh)
            assert named.title_en.isascii()
        for field in spec.fields:
            assert all(zh and en for zh, en in field.domain.values())


def test_identity_is_stored_only_and_restricted() -> None:
    person = default_catalog()["person"]
    for name, mask in {"name": Mask.NAME, "id_number": Mask.IDENTITY, "phone": Mask.PHONE}.items():
        field = person.field(name)
        assert (field.access, field.mask, field.held) == (Access.RESTRICTED, mask, False)
    for spec in default_catalog().values():
        for field in spec.fields:
            personal = "phone" in field.name and spec.name != "facility"
            if personal or field.mask is not Mask.HIDE:
                assert (field.access, field.held) == (Access.RESTRICTED, False), field


def test_people_are_neither_drawn_nor_public() -> None:
    for name in ("person", "household", "volunteer"):
        spec = default_catalog()[name]
        assert spec.people
        assert not spec.is_tiled
        assert spec.access is Access.STAFF
        assert not Scope.demo_staff().allows(spec.geometry_access)


def test_a_catalogue_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(default_catalog()["event"])) == default_catalog()["event"]  # noqa: S301


def test_a_custom_layer_is_added_without_code() -> None:
    text = LAYER.format(
        layer='access = "public"', fields='height_m = { type = "number", zh = "高", en = "H" }'
    )
    catalog = default_catalog().with_layers_from_toml(text)
    spec = catalog["tree"]
    assert spec.geometry is GeometryKind.POINT
    assert (spec.fields[0].type, spec.fields[0].access) == (FieldType.NUMBER, Access.PUBLIC)
    assert "tree" not in default_catalog()
    assert catalog.readable("tree", Scope.public()) is spec


BAD = {
    "no TOML": ("[", "is not TOML"),
    "another table": ("[layer.x]", "unknown table 'layer'"),
    "a layer twice": (LAYER.format(layer="", fields="").replace("tree", "road"), "already"),
    "a bad name": (LAYER.format(layer="", fields="").replace("tree", "Tree"), "lower-case"),
    "an unknown key": (LAYER.format(layer="colour = 1", fields=""), "unknown key 'colour'"),
    "a missing key": ("[layers.x]", "missing key"),
    "an unknown kind": (LAYER.format(layer="", fields="").replace("point", "dot"), "dot"),
    "an unknown type": (LAYER.format(layer="", fields='a = {type="x", zh="", en=""}'), "'a'"),
    "a reserved name": (LAYER.format(layer="", fields='id = {type="text", zh="", en=""}'), "'id'"),
    "held JSON": (LAYER.format(layer="", fields='a = {type="json", zh="", en=""}'), "held"),
    "held not a boolean": (
        LAYER.format(layer="", fields='a = {type="text", zh="", en="", held="no"}'),
        "neither true nor false",
    ),
    "no such domain": (
        LAYER.format(layer="", fields='a = {type="category", zh="", en="", domain="b"}'),
        "domains.b",
    ),
    "a domain of a text": (
        LAYER.format(layer="", fields='a = {type="text", zh="", en="", domain={x=["a","b"]}}'),
        "not a category",
    ),
    "a tile field not held": (
        LAYER.format(
            layer='tile_fields = ["a"]', fields='a = {type="text", zh="", en="", held=false}'
        ),
        "not held",
    ),
    "a time field of text": (
        LAYER.format(layer='time_field = "a"', fields='a = {type="text", zh="", en=""}'),
        "not an instant",
    ),
    "zooms upside down": (LAYER.format(layer="min_zoom = 17", fields=""), "zooms 17..16"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_declaration_is_refused_with_its_place(name: str) -> None:
    text, message = BAD[name]
    with pytest.raises(ParameterError, match=message):
        default_catalog().with_layers_from_toml(text)


def test_an_unknown_layer_names_the_known_ones() -> None:
    catalog = catalog_from_toml({"a.toml": LAYER.format(layer="", fields="")})
    with pytest.raises(UnknownLayerError, match="no layer 'road'; there are tree"):
        catalog["road"]
    with pytest.raises(UnknownLayerError, match=r"there are $"):
        catalog.readable("tree", Scope.public())
