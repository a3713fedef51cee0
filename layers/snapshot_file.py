"""The saved snapshot: one Arrow file per layer and a manifest with sequence number and checksums.

The manifest is renamed into place last, so a save is complete or never happened. Files are mapped,
not read: rows come into memory as they are used.
"""

import hashlib
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grids.errors import SnapshotFileError
from layers.delta import LayerState
from layers.model import LayerSpec
from layers.segment import Segment
from layers.segment_arrays import arrays_of, segment_of_arrays

__all__ = ["SavedSnapshot", "SnapshotFolder"]

_FORMAT = 1
_MANIFEST = "manifest.json"
_THREADS = 2


@dataclass(frozen=True, slots=True)
class SavedSnapshot:
    """What a folder held.

    Parameters
    ----------
    seq
        Sequence number of the last change in it.
    grid_number
        Grid version whose leaves the rows are counted at; 0 for none.
    segments
        Rows by layer.
    """

    seq: int
    grid_number: int
    segments: Mapping[str, Segment]


class SnapshotFolder:
    """Folder of one saved snapshot.

    Parameters
    ----------
    path
        Made at the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(
        self, identity: str, *, seq: int, grid_number: int, states: Mapping[str, LayerState]
    ) -> None:
        """Save a snapshot in place of the one before; a reader of the old one keeps its files.

        Parameters
        ----------
        identity
            Of the store that it is a snapshot of.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        data = Path(tempfile.mkdtemp(prefix="data-", dir=self.path))
        layers: dict[str, dict[str, str]] = {}
        for name, state in states.items():
            path = data / f"{name}.arrow"
            whole = len(state.segments) == 1 and state.alive[0] is None
            segment = state.segments[0] if whole else state.compacted().segments[0]
            _write_arrays(path, arrays_of(segment))
            layers[name] = {"checksum": _checksum(path), "schema": _schema_key(state.spec)}
        _sync(data)
        manifest = {
            "format": _FORMAT,
            "identity": identity,
            "seq": seq,
            "grid": grid_number,
            "data": data.name,
            "layers": layers,
        }
        aside = self.path / f"{_MANIFEST}.{data.name}"
        with aside.open("w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path / _MANIFEST)
        _sync(self.path)
        for old in self.path.glob("data-*"):
            if old != data:
                shutil.rmtree(old, ignore_errors=True)

    def read(self, identity: str, specs: Iterable[LayerSpec]) -> SavedSnapshot | None:
        """The saved snapshot, mapped into memory; None if there is none.

        Parameters
        ----------
        identity
            Of the store that it must be a snapshot of.
        specs
            Layers wanted, as they are declared now.

        Raises
        ------
        SnapshotFileError
            If it is damaged, of another store, or of another format or schema.
        """
        try:
            manifest = json.loads((self.path / _MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as exc:
            raise SnapshotFileError(f"{_MANIFEST} cannot be read: {exc}") from exc
        try:
            return self._read(manifest, identity, list(specs))
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as exc:
            raise SnapshotFileError(f"the snapshot cannot be read: {exc}") from exc

    def _read(
        self, manifest: Mapping[str, Any], identity: str, specs: list[LayerSpec]
    ) -> SavedSnapshot:
        if manifest["format"] != _FORMAT or manifest["identity"] != identity:
            raise SnapshotFileError("it is of another format or another store")
        data = self.path / Path(str(manifest["data"])).name

        def load(spec: LayerSpec) -> Segment:
            entry = manifest["layers"][spec.name]
            path = data / f"{spec.name}.arrow"
            if entry["schema"] != _schema_key(spec):
                raise SnapshotFileError(f"layer {spec.name!r} is declared differently now")
            if entry["checksum"] != _checksum(path):
                raise SnapshotFileError(f"{path.name} does not agree with its checksum")
            return segment_of_arrays(spec, _mapped_arrays(path))

        with ThreadPoolExecutor(_THREADS) as pool:
            segments = dict(zip((spec.name for spec in specs), pool.map(load, specs), strict=True))
        return SavedSnapshot(int(manifest["seq"]), int(manifest["grid"]), segments)


def _schema_key(spec: LayerSpec) -> str:
    parts = [spec.geometry.value, *(f"{f.name}:{f.type.value}" for f in spec.held_fields)]
    return hashlib.blake2b("|".join(parts).encode(), digest_size=16).hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32))
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """One row of lists: every array is one contiguous buffer of the file."""
    columns = {}
    for name, array in arrays.items():
        if array.dtype == object:
            values = pa.array(array.tolist(), pa.large_string())
        else:
            values = pa.array(array.view(np.uint8) if array.dtype == np.bool_ else array)
        columns[name] = pa.LargeListArray.from_arrays(pa.array([0, len(values)]), values)
    batch = pa.RecordBatch.from_pydict(columns)
    with path.open("wb") as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())


def _mapped_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays that share the pages of the file; written to, a page becomes private.

    They are writable only so that kernels see the one array type they are compiled for.
    """
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    whole = pa.py_buffer(pages)
    batch = pa.ipc.open_file(pa.BufferReader(whole)).get_batch(0)
    arrays = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        values = column.values
        if pa.types.is_large_string(values.type):
            texts = np.empty(len(values), dtype=object)
            texts[:] = values.to_pylist()
            arrays[name] = texts
            continue
        dtype = np.dtype(values.type.to_pandas_dtype())
        buffer = values.buffers()[1]
        if len(values) == 0 or buffer is None:
            array = np.empty(0, dtype=dtype)
        else:
            at = buffer.address - whole.address
            array = np.frombuffer(pages, dtype=dtype, count=len(values), offset=at)
        is_flag = name.startswith("valid:") or (dtype == np.uint8)
        arrays[name] = array.view(np.bool_) if is_flag else array
    return arrays
