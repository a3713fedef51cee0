"""BeiDou two-dimensional grid codes (GB/T 39409) of the north-eastern quarter of the globe.

Everything is counted in whole 1/2048 arc-seconds with half-open cells, so a position on the edge
of a cell belongs to the cell to its north and east.

References
----------
GB/T 39409-2020, level table as restated by public implementations.
"""

import math
from fractions import Fraction

from grids.bounds import BoundingBox
from grids.errors import CodeFormatError, CoordinateError

__all__ = ["LENGTHS", "beidou_cell", "beidou_code"]

_SECOND = 2048
_DEGREE = 3600 * _SECOND
_MINUTE = 60 * _SECOND
_HEX = "0123456789ABCDE"

LENGTHS = (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
"""Number of symbols of a code at levels 1 to 10."""

# cell width and height, columns and rows in the cell above; one symbol where columns x rows < 10
_LEVELS = (
    (30 * _MINUTE, 30 * _MINUTE, 12, 8),
    (15 * _MINUTE, 10 * _MINUTE, 2, 3),
    (_MINUTE, _MINUTE, 15, 10),
    (4 * _SECOND, 4 * _SECOND, 15, 15),
    (2 * _SECOND, 2 * _SECOND, 2, 2),
    (_SECOND // 4, _SECOND // 4, 8, 8),
    (_SECOND // 32, _SECOND // 32, 8, 8),
    (_SECOND // 256, _SECOND // 256, 8, 8),
    (1, 1, 8, 8),
)
_ONE_SYMBOL = 10


def beidou_code(lon: float, lat: float, *, level: int = 10) -> str:
    """Code of the cell that holds a position.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4490; lon in [0, 180) and lat in [0, 88).
    level
        1 (about 445 km) to 10 (15 mm); 5 is 124 m and 8 is 1 m.

    Raises
    ------
    CoordinateError
        If the position is not in the north-eastern quarter.
    CodeFormatError
        If the level is not 1 to 10.

    Examples
    --------
    >>> beidou_code(120.155070, 30.274085)
    'N51H0429646312060445'
    """
    if level not in range(1, 11):
        raise CodeFormatError(f"level must be 1 to 10, got {level}")
    if not (0 <= lon < 180 and 0 <= lat < 88):
        raise CoordinateError(f"lon must be in [0, 180) and lat in [0, 88), got ({lon}, {lat})")
    x, y = (math.floor(Fraction(value) * _DEGREE) for value in (lon, lat))  # not rounded
    column, x = divmod(x, 6 * _DEGREE)
    row, y = divmod(y, 4 * _DEGREE)
    code = f"N{column + 31:02d}{chr(ord('A') + row)}"
    for width, height, columns, rows in _LEVELS[: level - 1]:
        column, x = divmod(x, width)
        row, y = divmod(y, height)
        if columns * rows < _ONE_SYMBOL:
            code += str(column + columns * row)
        else:
            code += _symbol(column) + _symbol(row)
    return code


def beidou_cell(code: str) -> BoundingBox:
    """Box of the cell of a code, degrees, EPSG:4490; west and south sides belong to it.

    Raises
    ------
    CodeFormatError
        If the code is not one of the north-eastern quarter; the message says why.

    Examples
    --------
    >>> beidou_cell("N51H")
    BoundingBox(xmin=120.0, ymin=28.0, xmax=126.0, ymax=32.0)
    """
    if len(code) not in LENGTHS:
        raise CodeFormatError(f"a code has {', '.join(map(str, LENGTHS))} symbols, got {len(code)}")
    x, y = _zone(code)
    width, height = 6 * _DEGREE, 4 * _DEGREE
    rest = code[4:]
    for level in _LEVELS[: LENGTHS.index(len(code))]:
        width, height, columns, rows = level
        used = 1 if columns * rows < _ONE_SYMBOL else 2
        if used == 1:
            row, column = divmod(_digit(rest[0], columns * rows, code), columns)
        else:
            column, row = _digit(rest[0], columns, code), _digit(rest[1], rows, code)
        rest = rest[used:]
        x, y = x + column * width, y + row * height
    return BoundingBox(x / _DEGREE, y / _DEGREE, (x + width) / _DEGREE, (y + height) / _DEGREE)


def _symbol(value: int) -> str:
    return _HEX[value]


def _digit(symbol: str, count: int, code: str) -> int:
    value = _HEX.find(symbol)
    if not 0 <= value < count:
        raise CodeFormatError(f"{symbol!r} in {code!r} must be one of {_HEX[:count]}")
    return value


def _zone(code: str) -> tuple[int, int]:
    """South-west corner of the zone of a code, 1/2048 arc-seconds."""
    zone, band = code[1:3], ord(code[3]) - ord("A")
    if code[0] != "N" or not (zone.isascii() and zone.isdigit()):
        raise CodeFormatError(f"{code!r} must start with N and two digits")
    if not (31 <= int(zone) <= 60 and 0 <= band < 22):
        raise CodeFormatError(f"zone {code[1:4]} of {code!r} must be 31 to 60 and A to V")
    return (int(zone) - 31) * 6 * _DEGREE, band * 4 * _DEGREE
