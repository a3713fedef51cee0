"""Arcs of a planar coverage on an integer lattice: the stored truth of a grid version.

Coordinates are whole units of 1e-7 degree relative to a city origin, below 2**26 in size, so
orientation and area are exact in int64. Longitude is x and grows east, latitude is y and grows
north. A face is one connected region; a leaf unit is one or more faces.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grids.bounds import BoundingBox, bounds_of
from grids.errors import CoordinateError, LatticeError, TopologyError
from grids.units import LATTICE_PER_DEGREE, LATTICE_REACH

__all__ = ["ArcTable", "Edges", "lattice_from_lonlat", "lattice_origin", "lonlat_from_lattice"]


@dataclass(frozen=True, slots=True)
class Edges:
    """Straight pieces of all arcs.

    Parameters
    ----------
    a, b
        (m, 2) int32 ends, as offsets to the origin.
    left, right
        (m,) int32 face on the left and right of a to b; -1 is outside.
    arc
        (m,) int32 arc the piece belongs to.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    arc: NDArray[np.int32]

    def __len__(self) -> int:
        """Number of pieces."""
        return self.left.size


@dataclass(frozen=True, slots=True)
class ArcTable:
    """Coverage as arcs between nodes, each with the face on its left and right.

    Parameters
    ----------
    origin
        (2,) int64 city origin, lattice units of 1e-7 degree.
    coords
        (p, 2) int32 offsets to the origin, all arcs one after the other.
    arc_starts
        (a + 1,) int64 offsets into `coords`; every arc has two points or more, and a closed arc
        repeats its first point.
    left, right
        (a,) int32 face index on either side in the sense of the arc; -1 is outside.
    n0, n1
        (a,) int32 node at the start and the end.
    kind
        (a,) int8 what the arc follows; 0 is nothing in particular.
    road_id
        (a,) int64 id of the road it follows, -1 for none.
    locked
        (a,) bool, True where editing must not move it.
    face_unit
        (f,) int64 leaf unit id of every face.
    """

    origin: NDArray[np.int64]
    coords: NDArray[np.int32]
    arc_starts: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    n0: NDArray[np.int32]
    n1: NDArray[np.int32]
    kind: NDArray[np.int8]
    road_id: NDArray[np.int64]
    locked: NDArray[np.bool_]
    face_unit: NDArray[np.int64]

    def __post_init__(self) -> None:
        count = self.arc_starts.size - 1
        for name in ("left", "right", "n0", "n1", "kind", "road_id", "locked"):
            if getattr(self, name).shape != (count,):
                raise TopologyError(f"{name} must have one value for each of {count} arcs")
        if self.coords.size and int(np.abs(self.coords.astype(np.int64)).max()) >= LATTICE_REACH:
            raise LatticeError(f"coords must stay within {LATTICE_REACH} units of the origin")
        if count and int(np.diff(self.arc_starts).min()) < 2:
            raise TopologyError("every arc must have two points or more")
        faces = self.face_unit.size
        for side in (self.left, self.right):
            if count and (int(side.min()) < -1 or int(side.max()) >= faces):
                raise TopologyError(f"left and right must be -1 to {faces - 1}")

    def __len__(self) -> int:
        """Number of arcs."""
        return self.left.size

    @property
    def face_count(self) -> int:
        """Number of faces."""
        return self.face_unit.size

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return sum(int(getattr(self, name).nbytes) for name in self.__slots__)

    def bounds(self) -> BoundingBox | None:
        """Box around all arcs in degrees; None without arcs."""
        return bounds_of(lonlat_from_lattice(self.coords, self.origin))

    def edges(self) -> Edges:
        """Straight pieces of all arcs, in arc order."""
        sizes = np.diff(self.arc_starts)
        arc = np.repeat(np.arange(len(self), dtype=np.int32), sizes)
        starts = np.ones(self.coords.shape[0], dtype=bool)
        starts[self.arc_starts[1:] - 1] = False
        first = np.flatnonzero(starts)
        arc = arc[first]
        return Edges(
            self.coords[first], self.coords[first + 1], self.left[arc], self.right[arc], arc
        )


def lattice_origin(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
    """Origin in the middle of an extent, lattice units.

    Parameters
    ----------
    low, high
        (2,) float64 corners, degrees.

    Raises
    ------
    LatticeError
        If the extent is wider or higher than the lattice reaches (about 13.4 degrees).
    """
    size = (np.asarray(high) - np.asarray(low)) * LATTICE_PER_DEGREE
    if not bool((size < 2 * LATTICE_REACH - 4).all()):
        reach = 2 * LATTICE_REACH / LATTICE_PER_DEGREE
        raise LatticeError(
            f"an extent may be {reach:.1f} degrees wide and high at most, got longitude "
            f"{low[0]:.4f} to {high[0]:.4f} and latitude {low[1]:.4f} to {high[1]:.4f}"
        )
    middle = (np.asarray(low) + np.asarray(high)) / 2 * LATTICE_PER_DEGREE
    return np.rint(middle).astype(np.int64)


def lattice_from_lonlat(
    lonlat: NDArray[np.float64], origin: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Nearest lattice points as offsets to an origin.

    Parameters
    ----------
    lonlat
        (n, 2) float64 degrees, EPSG:4490.
    origin
        (2,) int64 lattice units.

    Raises
    ------
    CoordinateError
        If a coordinate is not finite.
    LatticeError
        If a position is too far from the origin for exact arithmetic.

    Examples
    --------
    >>> lattice_from_lonlat(np.array([[120.0000001, 30.0]]), np.array([1200000000, 300000000]))
    array([[1, 0]], dtype=int32)
    """
    scaled = np.rint(np.asarray(lonlat, dtype=np.float64) * LATTICE_PER_DEGREE)
    if not np.isfinite(scaled).all():
        raise CoordinateError("lonlat must be finite")
    offsets = scaled - origin
    if offsets.size and float(np.abs(offsets).max()) >= LATTICE_REACH:
        reach = LATTICE_REACH / LATTICE_PER_DEGREE
        at = np.asarray(lonlat)[int(np.abs(offsets).max(axis=1).argmax())]
        raise LatticeError(
            f"({at[0]:.4f}, {at[1]:.4f}) is more than {reach:.1f} degrees from the origin "
            f"({origin[0] / LATTICE_PER_DEGREE:.4f}, {origin[1] / LATTICE_PER_DEGREE:.4f})"
        )
    return offsets.astype(np.int32)


def lonlat_from_lattice(
    offsets: NDArray[np.int32] | NDArray[np.int64], origin: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Positions in degrees of lattice offsets: the float64 nearest to each lattice point.

    Examples
    --------
    >>> lonlat_from_lattice(np.array([[1, 0]]), np.array([1200000000, 300000000])).tolist()
    [[120.0000001, 30.0]]
    """
    return (np.asarray(offsets, dtype=np.int64) + origin) / LATTICE_PER_DEGREE
