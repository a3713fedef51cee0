"""The style of a city."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.catalog import default_catalog
from tests.components import missing_component
from tests.conftest import REPOSITORY
from tiles.generalise import RANKS
from tiles.palette import LEVELS, ROADS
from tiles.style import StyleOptions, city_style
from tiles.style_marks import ICONS

DRAWN = frozenset(name for name, spec in default_catalog().items() if spec.is_tiled)
FACES = {"Noto Sans SC": [{"url": "/fonts/latin.woff2", "unicode-range": ["U+0000-00FF"]}]}


def style(*, has_symbols: bool = True, layers: frozenset[str] = DRAWN) -> dict[str, object]:
    """Style with everything on."""
    options = StyleOptions(
        base_url="http://127.0.0.1:8000",
        name="云澜市",
        center=(118.78, 32.04),
        font_faces=FACES,
        has_symbols=has_symbols,
    )
    return city_style(options, layers)


@pytest.mark.parametrize("has_symbols", [True, False])
def test_the_style_passes_the_validator(has_symbols: bool, tmp_path: Path) -> None:  # noqa: FBT001
    node = shutil.which("node")
    validator = REPOSITORY / "geoserver/web/node_modules/.bin/gl-style-validate"
    if node is None or not validator.exists():
        missing_component("node or the style validator is not installed (make setup)")
    path = tmp_path / "style.json"
    path.write_text(json.dumps(style(has_symbols=has_symbols)), encoding="utf-8")
    done = subprocess.run([node, validator, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_everything_drawn_is_in_a_source_and_in_the_catalogue() -> None:
    document = style()
    sources = document["sources"]
    assert {source["type"] for source in sources.values()} == {"vector"}
    for layer in document["layers"]:
        if layer["type"] == "background":
            continue
        url = sources[layer["source"]]["url"]
        names = url.removeprefix("http://127.0.0.1:8000/tiles/").removesuffix(".json").split(",")
        assert layer["source-layer"] in names
        spec = default_catalog()[layer["source-layer"].partition("_")[0]]
        assert set(fields(layer)) <= set(spec.tile_fields)


def fields(expression: object) -> Iterator[str]:
    """Names of the attributes that expressions inside ask for."""
    if isinstance(expression, dict):
        for value in expression.values():
            yield from fields(value)
    elif isinstance(expression, list):
        if len(expression) == 2 and expression[0] in ("get", "has"):
            yield expression[1]
        for value in expression:
            yield from fields(value)


def test_borders_and_names_are_drawn_from_what_holds_each_of_them_once() -> None:
    drawn = {layer["id"]: layer.get("source-layer") for layer in style()["layers"]}
    for name in LEVELS:
        assert drawn[f"grid-{name}"] == "grid_border"
        assert drawn[f"grid-{name}-name"] == "grid_label"
    assert drawn["water-name"] == "water_label"


def test_a_reader_who_may_not_see_a_layer_gets_a_style_without_it() -> None:
    document = style(layers=DRAWN - {"building", "event"})
    assert "building" not in json.dumps(document)
    assert "event" not in document["sources"]


def test_text_needs_no_glyphs_and_icons_no_sprite() -> None:
    document = style()
    assert document["font-faces"] == FACES
    assert not {"glyphs", "sprite"} & document.keys()
    texts = [
        layer["layout"] for layer in document["layers"] if "text-field" in layer.get("layout", {})
    ]
    assert texts
    assert all(layout["text-font"] == ["Noto Sans SC"] for layout in texts)


def test_nothing_is_drawn_from_a_zoom_its_tiles_do_not_hold() -> None:
    ranks = RANKS["road"].from_zoom
    assert all(road.from_zoom >= ranks[name] for road in ROADS.values() for name in road.classes)
    ranks = RANKS["grid"].from_zoom
    assert all(level.from_zoom >= ranks[name] for level in LEVELS.values() for name in level.levels)


def test_every_class_and_level_of_the_catalogue_is_drawn() -> None:
    catalog = default_catalog()
    classes = {name for road in ROADS.values() for name in road.classes}
    assert classes == set(catalog["road"].field("class").domain)
    levels = {name for level in LEVELS.values() for name in level.levels}
    assert levels == set(catalog["grid"].field("level").domain)
    assert set(ICONS) <= DRAWN
