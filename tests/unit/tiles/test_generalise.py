"""What is left out of tiles at low zoom."""

import numpy as np
import pytest
import shapely

from layers.columns import LayerTable, TextColumn
from tests.ragged import layer_table
from tiles.frame import MvtOptions
from tiles.generalise import RANKS, ranked


def roads(classes: list[str | None]) -> LayerTable:
    """Lines with a class each."""
    known = sorted({value for value in classes if value})
    codes = [-1 if value is None else known.index(value) for value in classes]
    column = TextColumn(np.array(codes, dtype=np.int32), np.array(known, dtype=object))
    lines = [shapely.LineString([(0, 0), (1000, 1000)]) for _ in classes]
    return layer_table(lines, {"class": column}, name="road")


@pytest.mark.parametrize(("z", "kept"), [(8, [0, 3, 4]), (12, [0, 1, 3, 4]), (14, [0, 1, 2, 3, 4])])
def test_classes_are_drawn_from_their_zoom_and_unknown_ones_always(z: int, kept: list[int]) -> None:
    table = roads(["primary", "residential", "path", None, "unheard"])
    ((_, rows),) = ranked("road", [(table, np.arange(5))], z)
    assert rows.tolist() == kept


def test_layers_without_a_rank_keep_every_row() -> None:
    parts = [(roads(["path"]), np.arange(1))]
    assert ranked("water", parts, 0) is parts


def test_a_reader_who_may_not_see_the_class_gets_every_row() -> None:
    table = layer_table([shapely.LineString([(0, 0), (9, 9)])], name="road")
    ((_, rows),) = ranked("road", [(table, np.arange(1))], 8)
    assert rows.tolist() == [0]


def test_ranks_open_wider_levels_first() -> None:
    levels = RANKS["grid"].from_zoom
    order = ["city", "district", "street", "community", "grid", "unit"]
    assert [levels[level] for level in order] == sorted(levels.values())


def test_the_last_zoom_is_drawn_exactly() -> None:
    options = MvtOptions()
    assert options.at_zoom(16, 16) == options
    assert options.at_zoom(15, 16).min_area == 16.0
    assert options.at_zoom(15, 16).snap == 1
    assert options.at_zoom(12, 16).snap == 2
