"""Tiles of a small fixed city as text; `pytest --renew-golden` writes them anew."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from grids.tile import Tile, tile_bounds_world
from layers.columns import LayerTable, NumberColumn, TextColumn
from tests.ragged import layer_table
from tiles.decode import DecodedFeature, decode_tile
from tiles.frame import MvtOptions
from tiles.mvt import encode_layer

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "tiles"
HOME = Tile(z=12, x=3396, y=1659)
XMIN, YMIN, XMAX, _ = tile_bounds_world(HOME)
UNIT = (XMAX - XMIN) / 4096
KINDS = {1: "points", 2: "lines", 3: "rings"}


def world(geometry: shapely.Geometry) -> shapely.Geometry:
    """Geometry in units of the home tile moved to world units."""
    return shapely.transform(geometry, lambda c: np.round(c * UNIT + (XMIN, YMIN)))


def town() -> dict[str, LayerTable]:
    """A courtyard block, a ring road with a bridge, a river across the tile, and cases."""
    court = shapely.box(1000, 1000, 1400, 1300).difference(shapely.box(1100, 1100, 1300, 1200))
    slab = shapely.affinity.rotate(shapely.box(2000, 2000, 2300, 2060), 30)
    shed = shapely.box(3000, 3000, 3003, 3003)
    names = TextColumn(np.array([0, -1, 1]), np.array(["解放路一号院", "车棚"], dtype=object))
    floors = NumberColumn(np.array([6, 18, 1]), np.array([True, True, False]))
    heights = NumberColumn(np.array([18.5, 54.0, 2.5]))
    columns = {"name": names, "floors": floors, "height_m": heights}
    houses = layer_table([world(g) for g in (court, slab, shed)], columns, name="building")
    angle = np.linspace(0.2, 6.0, 24)
    ring = np.column_stack((2048 + 2600 * np.cos(angle), 2048 + 2600 * np.sin(angle)))
    straight = [(0, 500), (1000, 500.2), (2000, 500), (4096, 520)]
    lines = [shapely.LineString(ring), shapely.LineString(straight)]
    classes = TextColumn(np.array([0, 1]), np.array(["trunk", "primary"], dtype=object))
    bridge = NumberColumn(np.array([False, True]))
    roads = layer_table(
        [world(g) for g in lines], {"class": classes, "bridge": bridge}, name="road", first_id=100
    )
    banks = [(-900, 2400), (1800, 2600), (5200, 2300), (5200, 2700), (1800, 3000), (-900, 2800)]
    island = shapely.box(1700, 2750, 1900, 2850)
    river = shapely.Polygon(banks).difference(island)
    water = layer_table([world(river)], name="water", first_id=2**40)
    places = [shapely.Point(p) for p in ((10, 10), (4095.6, 4000), (-30, 20), (5000, 5000))]
    colours = TextColumn(np.array([0, 1, 1, 0]), np.array(["red", "blue"], dtype=object))
    cases = layer_table([world(p) for p in places], {"colour": colours}, name="event")
    return {"building": houses, "road": roads, "water": water, "event": cases}


def line_of(feature: DecodedFeature) -> str:
    """One feature as text."""
    paths = " / ".join(" ".join(f"{x},{y}" for x, y in path) for path in feature.paths)
    return f"  {feature.id} {dict(feature.properties)} {KINDS[feature.kind]} {paths}"


def dump(tile: Tile) -> str:
    """A tile of the town as text."""
    data = b"".join(
        encode_layer(
            name,
            [(table, np.arange(len(table)))],
            tile,
            fields=table.spec.tile_fields,
            options=MvtOptions().at_zoom(tile.z, table.spec.max_zoom),
        )
        for name, table in town().items()
    )
    lines = [f"tile {tile.z}/{tile.x}/{tile.y}"]
    for layer in decode_tile(data):
        lines.append(f"{layer.name} version {layer.version} extent {layer.extent}")
        lines += [line_of(feature) for feature in layer.features]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "tile",
    [
        HOME,
        Tile(z=12, x=HOME.x + 1, y=HOME.y),
        Tile(z=10, x=HOME.x >> 2, y=HOME.y >> 2),
        Tile(z=16, x=HOME.x * 16 + 4, y=HOME.y * 16 + 9),
    ],
    ids=lambda tile: f"{tile.z}-{tile.x}-{tile.y}",
)
def test_tiles_read_as_they_did(tile: Tile, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{tile.z}-{tile.x}-{tile.y}.txt"
    found = dump(tile)
    if request.config.getoption("--renew-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")
