"""Vector tiles read back, strictly by the specification: for checks, dumps and debugging.

References
----------
Mapbox (2016), "Vector Tile Specification" 2.1.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from grids.errors import FileFormatError
from tiles.protobuf import FIXED32, FIXED64, LENGTH, VARINT, fields, packed, signed64, unzigzag

__all__ = ["DecodedFeature", "DecodedLayer", "Value", "decode_tile"]

Value = str | float | int | bool
Positions = tuple[tuple[int, int], ...]

_UNKNOWN, _POINT, _LINE, _POLYGON = range(4)
_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
_LAYER_WIRES = {1: LENGTH, 2: LENGTH, 3: LENGTH, 4: LENGTH, 5: VARINT, 15: VARINT}
_FEATURE_WIRES = {1: VARINT, 2: LENGTH, 3: VARINT, 4: LENGTH}
_VALUE_WIRES = {1: LENGTH, 2: FIXED32, 3: FIXED64, 4: VARINT, 5: VARINT, 6: VARINT, 7: VARINT}


@dataclass(frozen=True, slots=True)
class DecodedFeature:
    """One feature.

    Parameters
    ----------
    id
        None if the tile gives none.
    kind
        0 unknown, 1 points, 2 lines, 3 polygons.
    properties
        Value of each attribute.
    paths
        Positions (x, y) in tile units: one path per point group, line part or ring; rings are
        not closed.
    """

    id: int | None
    kind: int
    properties: Mapping[str, Value]
    paths: tuple[Positions, ...]


@dataclass(frozen=True, slots=True)
class DecodedLayer:
    """One layer: name, version, extent in units, and features in order."""

    name: str
    version: int
    extent: int
    features: tuple[DecodedFeature, ...]


def _by_number(data: bytes, wires: Mapping[int, int], what: str) -> dict[int, list[int | bytes]]:
    """Raw values of each field of a message."""
    found: dict[int, list[int | bytes]] = {}
    for number, wire, value in fields(data):
        if number not in wires:
            raise FileFormatError(f"{what} has the unknown field {number}")
        if wire != wires[number]:
            raise FileFormatError(f"{what} field {number} has wire type {wire}")
        found.setdefault(number, []).append(value)
    return found


def _bytes_of(values: list[int | bytes]) -> list[bytes]:
    """Values that are byte strings."""
    return [value for value in values if isinstance(value, bytes)]


def _integer(found: Mapping[int, list[int | bytes]], number: int) -> int | None:
    """Last integer of a field, None if there is none."""
    integers = [v for v in found.get(number, []) if isinstance(v, int)]
    return integers[-1] if integers else None


def _text(data: bytes) -> str:
    """Text of UTF-8 bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        raise FileFormatError(f"text that is not UTF-8: {exc}") from exc


def _value(data: bytes) -> Value:
    """Value message."""
    found = list(fields(data))
    if len(found) != 1:
        raise FileFormatError(f"value must hold one field, got {len(found)}")
    number, wire, raw = found[0]
    if _VALUE_WIRES.get(number) != wire:
        raise FileFormatError(f"value has field {number} of wire type {wire}")
    if isinstance(raw, bytes):
        if number == 1:
            return _text(raw)
        return float(struct.unpack("<f" if number == 2 else "<d", raw)[0])
    if number == 7:
        return bool(raw)
    if number == 6:
        return unzigzag(raw)
    return signed64(raw) if number == 4 else raw


def _check_count(kind: int, command: int, count: int, pending: int) -> None:
    """Refuse a command that the geometry kind does not allow here.

    `pending` is the number of positions of the path that is open.
    """
    allowed = {_POINT: (_MOVE_TO,), _LINE: (_MOVE_TO, _LINE_TO)}
    if command not in allowed.get(kind, (_MOVE_TO, _LINE_TO, _CLOSE_PATH)):
        raise FileFormatError(f"command {command} in a geometry of kind {kind}")
    if count == 0 or (command == _CLOSE_PATH and count != 1):
        raise FileFormatError(f"command {command} with count {count}")
    if command != _MOVE_TO and pending == 0:
        raise FileFormatError(f"command {command} before a MoveTo")
    if command == _MOVE_TO and kind != _POINT and count != 1:
        raise FileFormatError(f"MoveTo with count {count} in a geometry of kind {kind}")


def _check_path(kind: int, path: list[tuple[int, int]], is_closed: bool) -> None:  # noqa: FBT001 - one internal caller
    """Refuse a path too short or not closed as its kind wants."""
    if kind == _LINE and len(path) < 2:
        raise FileFormatError("line with fewer than two positions")
    if kind == _POLYGON and (len(path) < 3 or not is_closed):
        raise FileFormatError("ring that is not closed or has fewer than three positions")


def _paths(kind: int, commands: list[int]) -> tuple[Positions, ...]:
    """Positions of a command sequence."""
    paths: list[Positions] = []
    path: list[tuple[int, int]] = []
    at = x = y = 0
    is_closed = False
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        _check_count(kind, command, count, len(path))
        if command == _CLOSE_PATH:
            is_closed = True
            continue
        if at + 2 * count > len(commands):
            raise FileFormatError(f"{count} positions announced, {len(commands) - at} numbers left")
        if command == _MOVE_TO and path:
            _check_path(kind, path, is_closed)
            paths.append(tuple(path))
            path, is_closed = [], False
        for k in range(at, at + 2 * count, 2):
            dx, dy = unzigzag(commands[k]), unzigzag(commands[k + 1])
            if command == _LINE_TO and dx == 0 and dy == 0:
                raise FileFormatError(f"LineTo that stays at ({x}, {y})")
            x, y = x + dx, y + dy
            path.append((x, y))
        at += 2 * count
    if not path:
        raise FileFormatError("geometry without a position")
    _check_path(kind, path, is_closed)
    return (*paths, tuple(path))


def _feature(data: bytes, keys: list[str], values: list[Value]) -> DecodedFeature:
    """Feature message."""
    found = _by_number(data, _FEATURE_WIRES, "feature")
    kind = _integer(found, 3)
    geometry = _bytes_of(found.get(4, []))
    if kind is None or kind not in range(4):
        raise FileFormatError(f"feature of geometry type {kind}")
    if len(geometry) != 1:
        raise FileFormatError(f"feature with {len(geometry)} geometries")
    tags = [tag for run in _bytes_of(found.get(2, [])) for tag in packed(run)]
    if len(tags) % 2:
        raise FileFormatError(f"feature with {len(tags)} tags, which is odd")
    properties: dict[str, Value] = {}
    for key, value in zip(tags[::2], tags[1::2], strict=True):
        if key >= len(keys) or value >= len(values):
            raise FileFormatError(f"tag ({key}, {value}) beyond the keys or values of the layer")
        properties[keys[key]] = values[value]
    commands = packed(geometry[0])
    paths = ((),) if kind == _UNKNOWN else _paths(kind, commands)
    return DecodedFeature(_integer(found, 1), kind, properties, paths)


def _layer(data: bytes) -> DecodedLayer:
    """Layer message."""
    found = _by_number(data, _LAYER_WIRES, "layer")
    names = _bytes_of(found.get(1, []))
    if len(names) != 1 or not names[0]:
        raise FileFormatError("layer without a name")
    version = _integer(found, 15)
    if version not in (1, 2):
        raise FileFormatError(f"layer version {version}")
    keys = [_text(key) for key in _bytes_of(found.get(3, []))]
    values = [_value(value) for value in _bytes_of(found.get(4, []))]
    features = tuple(_feature(f, keys, values) for f in _bytes_of(found.get(2, [])))
    extent = _integer(found, 5)
    return DecodedLayer(_text(names[0]), version, 4096 if extent is None else extent, features)


def decode_tile(data: bytes) -> tuple[DecodedLayer, ...]:
    """Layers of an uncompressed tile, in order.

    Raises
    ------
    FileFormatError
        If the bytes break the specification, naming the first fault.
    """
    layers = [_layer(raw) for raw in _bytes_of(_by_number(data, {3: LENGTH}, "tile").get(3, []))]
    if len({layer.name for layer in layers}) != len(layers):
        raise FileFormatError("two layers have the same name")
    return tuple(layers)
