import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grids.errors import SnapshotFileError
from layers.catalog import Catalog
from layers.model import LayerSpec
from layers.snapshot_file import SnapshotFolder
from tests.unit.layers.samples import (
    CATALOG,
    SYSTEM,
    MemoryStore,
    SquareGrids,
    opened,
    random_row,
    square_version,
)
from tests.unit.layers.snapshot.test_refresh import _content

Saved = tuple[MemoryStore, dict[str, Any], Path]
LAYERS = ("spot", "way", "lot", "paper")


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """A store, the content of its snapshot, and the folder it was saved in."""
    rng = np.random.default_rng(1)
    store = MemoryStore()
    for layer in LAYERS:
        store.put(layer, {i: random_row(rng, CATALOG[layer].geometry) for i in range(30)})
    keeper = opened(store, tmp_path / "snapshot")
    store.put("lot", {i: random_row(rng, CATALOG["lot"].geometry) for i in range(20, 40)})
    store.delete("spot", [1, 2, 3])
    keeper.refresh()
    keeper.save()
    content = {layer: _content(keeper.current.layer(layer, SYSTEM)) for layer in LAYERS}
    return store, content, tmp_path / "snapshot"


def _forbid_scans(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def scan(*_args: object, **_options: object) -> None:
        raise AssertionError("the layer was read from the store")

    monkeypatch.setattr(store, "scan", scan)


def test_a_saved_snapshot_is_mapped_back_without_the_store(
    saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, content, folder = saved
    _forbid_scans(store, monkeypatch)
    keeper = opened(store, folder)
    assert keeper.current.seq == store.head()
    for layer in LAYERS:
        assert _content(keeper.current.layer(layer, SYSTEM)) == content[layer]


def test_mapped_arrays_are_of_the_type_that_kernels_are_compiled_for(saved: Saved) -> None:
    store, _, folder = saved
    view = opened(store, folder).current.layer("lot", SYSTEM)
    geometry = view.parts[0].table.geometry
    for array in (geometry.coords, geometry.ring_starts, geometry.bounds):
        assert array.flags.writeable
        assert array.flags.c_contiguous
    geometry.coords[:] = 0  # private pages: the file does not change
    again = opened(store, folder).current.layer("lot", SYSTEM).parts[0].table.geometry
    assert again.coords.any()


def test_changes_since_the_save_are_followed(saved: Saved) -> None:
    store, _, folder = saved
    rng = np.random.default_rng(2)
    store.put("way", {i: random_row(rng, CATALOG["way"].geometry) for i in range(25, 35)})
    keeper = opened(store, folder)
    expected = opened(store).current
    assert keeper.current.seq == expected.seq
    for layer in LAYERS:
        assert _content(keeper.current.layer(layer, SYSTEM)) == _content(
            expected.layer(layer, SYSTEM)
        )


def _specs() -> list[LayerSpec]:
    return list(CATALOG.values())


def test_any_changed_byte_of_a_layer_is_noticed(saved: Saved) -> None:
    _, _, folder = saved
    path = next(folder.glob("data-*/lot.arrow"))
    whole = path.read_bytes()
    for at in np.random.default_rng(3).integers(0, len(whole), 20).tolist():
        damaged = bytearray(whole)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(SnapshotFileError, match="checksum"):
            SnapshotFolder(folder).read("memory", _specs())
    path.write_bytes(whole[:-100])
    with pytest.raises(SnapshotFileError):
        SnapshotFolder(folder).read("memory", _specs())
    path.unlink()
    with pytest.raises(SnapshotFileError):
        SnapshotFolder(folder).read("memory", _specs())


def test_a_damaged_file_is_rebuilt_from_the_store(saved: Saved) -> None:
    store, content, folder = saved
    path = next(folder.glob("data-*/lot.arrow"))
    path.write_bytes(path.read_bytes()[:-1])
    keeper = opened(store, folder)
    assert _content(keeper.current.layer("lot", SYSTEM)) == content["lot"]


@pytest.mark.parametrize(
    ("key", "value"), [("format", 0), ("identity", "another"), ("layers", {}), ("seq", None)]
)
def test_a_manifest_that_does_not_fit_is_refused(saved: Saved, key: str, value: object) -> None:
    _, _, folder = saved
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(SnapshotFileError):
        SnapshotFolder(folder).read("memory", _specs())


def test_a_manifest_cannot_lead_out_of_the_folder(saved: Saved, tmp_path: Path) -> None:
    _, _, folder = saved
    data = next(folder.glob("data-*"))
    data.rename(tmp_path / "elsewhere")
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "data": "../elsewhere"}))
    with pytest.raises(SnapshotFileError):
        SnapshotFolder(folder).read("memory", _specs())


def test_no_snapshot_and_text_that_is_no_manifest(tmp_path: Path) -> None:
    assert SnapshotFolder(tmp_path).read("memory", _specs()) is None
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(SnapshotFileError):
        SnapshotFolder(tmp_path).read("memory", _specs())


def test_a_layer_declared_differently_is_refused(saved: Saved) -> None:
    _, _, folder = saved
    spec = CATALOG["lot"]
    with pytest.raises(SnapshotFileError, match="declared"):
        SnapshotFolder(folder).read("memory", [replace(spec, fields=spec.fields[1:])])


def test_another_grid_version_since_the_save_relocates(saved: Saved) -> None:
    store, content, folder = saved
    keeper = opened(store, folder)
    grids = SquareGrids(square_version(2))
    grids.current.locator.leaf = lambda lonlat: np.zeros(len(lonlat), dtype=np.int32)
    moved = type(keeper)(store, grids, folder)
    moved.open()
    after = _content(moved.current.layer("spot", SYSTEM))
    for id_, (version, values, shape) in content["spot"].items():
        there = shape[-1][0] <= shape[-1][2]
        assert after[id_] == (version, {**values, "leaf": 0 if there else -1}, shape)


def test_a_save_from_a_later_store_is_not_used(saved: Saved) -> None:
    store, _, folder = saved
    earlier = MemoryStore()
    rng = np.random.default_rng(4)
    earlier.put("spot", {1: random_row(rng, CATALOG["spot"].geometry)})
    keeper = opened(earlier, folder)
    assert keeper.current.layer("spot", SYSTEM).count() == 1
    assert store.head() > earlier.head()


def test_a_new_save_leaves_one_data_folder(saved: Saved) -> None:
    store, _, folder = saved
    opened(store, folder).save()
    assert len(list(folder.glob("data-*"))) == 1
    assert isinstance(store.catalog, Catalog)
