"""Road lines as they come: ragged vertices with attributes, checked."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grids.errors import NetworkInputError

__all__ = ["ROAD_CLASSES", "RoadLines", "check_lines", "road_class_codes"]

ROAD_CLASSES: Final = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "residential",
    "service",
    "path",
)


def road_class_codes(words: list[str]) -> NDArray[np.int8]:
    """Position of each class word in `ROAD_CLASSES`; unknown words count as `residential`."""
    position = {word: code for code, word in enumerate(ROAD_CLASSES)}
    residential = position["residential"]
    return np.array([position.get(word, residential) for word in words], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class RoadLines:
    """Road lines as ragged vertices, with one attribute per line.

    Attributes
    ----------
    lonlat
        (p, 2) float64, lon and lat in degrees, EPSG:4490, in the direction of drawing.
    starts
        (n + 1,) int64, first vertex of each line, and p.
    ids
        (n,) int64, stable road ids.
    oneway
        (n,) int8: 1 along the drawing, -1 against it, 0 both ways.
    speed_kmh
        (n,) float64, posted speed; NaN where unknown.
    road_class
        (n,) int8, position in `ROAD_CLASSES`.
    level
        (n,) int8: 0 ground, above 0 bridges, below 0 tunnels.
    name_id
        (n,) int64, key of the road name; -1 without a name.
    node_keys
        (p,) int64, key of each vertex (the OSM node id): lines meet where keys are equal and
        nowhere else. None: lines meet at equal lattice coordinates of one level, and line ends
        at equal coordinates whatever their level (the end of a bridge and its ramp).
    """

    lonlat: NDArray[np.float64]
    starts: NDArray[np.int64]
    ids: NDArray[np.int64]
    oneway: NDArray[np.int8]
    speed_kmh: NDArray[np.float64]
    road_class: NDArray[np.int8]
    level: NDArray[np.int8]
    name_id: NDArray[np.int64]
    node_keys: NDArray[np.int64] | None = None

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self.starts) - 1


def check_lines(lines: RoadLines) -> None:
    """Raise unless the arrays of the lines fit each other and hold what they should.

    Raises
    ------
    NetworkInputError
        If arrays disagree in length, a coordinate is not finite, or an attribute is out of range.
    """
    if lines.lonlat.ndim != 2 or lines.lonlat.shape[1] != 2:
        raise NetworkInputError(f"lonlat must be (p, 2), got {lines.lonlat.shape}")
    starts = lines.starts
    if len(starts) < 1 or starts[0] != 0 or starts[-1] != len(lines.lonlat):
        raise NetworkInputError(f"starts must run from 0 to {len(lines.lonlat)}")
    if (np.diff(starts) < 0).any():
        raise NetworkInputError("starts must not descend")
    for name in ("ids", "oneway", "speed_kmh", "road_class", "level", "name_id"):
        if len(getattr(lines, name)) != lines.count:
            raise NetworkInputError(f"{name} must have one value for each of {lines.count} lines")
    if lines.node_keys is not None and len(lines.node_keys) != len(lines.lonlat):
        raise NetworkInputError(f"node_keys must have one value for each of {len(lines.lonlat)}")
    _check_values(lines)


def _check_values(lines: RoadLines) -> None:
    """Raise unless coordinates are finite, classes known and posted speeds positive."""
    if not np.isfinite(lines.lonlat).all():
        raise NetworkInputError("lonlat must be finite")
    if len(lines.oneway) and not np.isin(lines.oneway, (-1, 0, 1)).all():
        raise NetworkInputError("oneway must be -1, 0 or 1")
    codes = lines.road_class
    if len(codes) and not ((codes >= 0) & (codes < len(ROAD_CLASSES))).all():
        raise NetworkInputError(f"road_class must lie in 0 to {len(ROAD_CLASSES) - 1}")
    if (lines.speed_kmh <= 0).any() or np.isinf(lines.speed_kmh).any():
        raise NetworkInputError("speed_kmh must be positive, or NaN where it is unknown")
