"""Spatial weights as immutable compressed rows: contiguity, distance band, k nearest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from grids.errors import ParameterError

__all__ = [
    "SpatialWeights",
    "contiguity",
    "distance_band",
    "k_nearest",
    "shared_vertex_contiguity",
    "weights_from_pairs",
]


@dataclass(frozen=True, slots=True, eq=False)
class SpatialWeights:
    """Neighbours of n cells and their weights, without a cell's weight on itself.

    Attributes
    ----------
    starts
        (n + 1,) int64: neighbours of cell i are `neighbours[starts[i]:starts[i + 1]]`.
    neighbours
        (p,) int32, ascending within a cell.
    values
        (p,) float64, positive weights.
    """

    starts: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    values: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.starts) - 1

    @property
    def degrees(self) -> NDArray[np.int64]:
        """(n,) int64, number of neighbours."""
        return np.diff(self.starts)

    @property
    def islands(self) -> NDArray[np.int64]:
        """Cells without a neighbour, ascending."""
        return np.flatnonzero(self.degrees == 0)

    @property
    def row_sums(self) -> NDArray[np.float64]:
        """(n,) float64, sum of the weights of each cell; 0 for islands."""
        return self._reduced(np.add, self.values)

    @property
    def row_square_sums(self) -> NDArray[np.float64]:
        """(n,) float64, sum of the squared weights of each cell."""
        return self._reduced(np.add, self.values**2)

    @property
    def row_cube_sums(self) -> NDArray[np.float64]:
        """(n,) float64, sum of the cubed weights of each cell."""
        return self._reduced(np.add, self.values**3)

    @property
    def row_max(self) -> NDArray[np.float64]:
        """(n,) float64, largest weight of each cell; 0 for islands."""
        return self._reduced(np.maximum, self.values)

    @property
    def row_min(self) -> NDArray[np.float64]:
        """(n,) float64, smallest weight of each cell; 0 for islands."""
        return self._reduced(np.minimum, self.values)

    def _reduced(self, ufunc: np.ufunc, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per cell from the values of its neighbours; 0 for islands."""
        out = np.zeros(self.count)
        filled = self.degrees > 0
        if filled.any():
            out[filled] = ufunc.reduceat(values, self.starts[:-1][filled])
        return out

    def matrix_of(self, values: NDArray[np.float64]) -> "csr_array[np.float64]":
        """Sparse (n, n) matrix with the structure of the weights and other values."""
        return csr_array((values, self.neighbours, self.starts), shape=(self.count, self.count))

    def spatial_lag(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) float64, weighted sum of the values of the neighbours of each cell."""
        return np.asarray(self.matrix_of(self.values) @ values, dtype=np.float64)

    def row_standardised(self) -> "SpatialWeights":
        """The weights divided by their row sums; islands keep no neighbour."""
        share = np.repeat(self.row_sums, self.degrees)
        return SpatialWeights(self.starts, self.neighbours, self.values / share)


def weights_from_pairs(
    first: NDArray[np.integer], second: NDArray[np.integer], *, count: int
) -> SpatialWeights:
    """Binary weights of ordered pairs (cell, neighbour); repeats and self pairs are dropped.

    Parameters
    ----------
    first, second
        (p,) integer, cell and its neighbour; pairs with a negative side are ignored (the outside
        of a coverage).
    count
        Number of cells.

    Returns
    -------
    SpatialWeights
        Weight 1 for every neighbour.

    Raises
    ------
    ParameterError
        If the arrays differ in length or a cell does not exist.
    """
    if first.shape != second.shape or first.ndim != 1:
        raise ParameterError(f"pairs must be (p,) and (p,), got {first.shape}, {second.shape}")
    if len(first) and max(int(first.max()), int(second.max())) >= count:
        raise ParameterError(f"cells must lie below {count}")
    keep = (first >= 0) & (second >= 0) & (first != second)
    key = np.unique(first[keep].astype(np.int64) * count + second[keep])
    starts = np.searchsorted(key, np.arange(count + 1, dtype=np.int64) * count)
    return SpatialWeights(
        starts.astype(np.int64), (key % max(count, 1)).astype(np.int32), np.ones(len(key))
    )


def contiguity(
    left: NDArray[np.integer], right: NDArray[np.integer], *, count: int
) -> SpatialWeights:
    """Contiguity by shared borders (rook): the cells on both sides of every arc.

    Parameters
    ----------
    left, right
        (a,) integer, cell on each side of an arc; negative is outside.
    count
        Number of cells.

    Returns
    -------
    SpatialWeights
        Binary and symmetric.

    Examples
    --------
    >>> row = contiguity(np.array([0, 1, -1]), np.array([1, 2, 2]), count=3)
    >>> row.neighbours.tolist(), row.degrees.tolist()
    ([1, 0, 2, 1], [1, 2, 1])
    """
    return weights_from_pairs(
        np.concatenate((left, right)), np.concatenate((right, left)), count=count
    )


def shared_vertex_contiguity(
    cells: NDArray[np.integer], vertices: NDArray[np.integer], *, count: int
) -> SpatialWeights:
    """Contiguity by shared vertices (queen).

    Parameters
    ----------
    cells, vertices
        (q,) integer: vertex key of every corner of every cell; negative cells are ignored. For an
        arc model, the two end nodes of each arc with the cells on both its sides are enough,
        because cells that meet in a point meet in a node.
    count
        Number of cells.

    Returns
    -------
    SpatialWeights
        Binary and symmetric.

    Raises
    ------
    ParameterError
        If the arrays differ in length or a cell does not exist.
    """
    if cells.shape != vertices.shape or cells.ndim != 1:
        raise ParameterError(f"cells and vertices must be (q,), got {cells.shape}")
    if len(cells) and int(cells.max()) >= count:
        raise ParameterError(f"cells must lie below {count}")
    inside = cells >= 0
    _, number = np.unique(vertices[inside], return_inverse=True)
    shape = (count, int(number.max(initial=-1)) + 1)
    touch = coo_array((np.ones(len(number)), (cells[inside], number)), shape=shape).tocsr()
    pairs = (touch @ touch.T).tocoo()
    return weights_from_pairs(pairs.row, pairs.col, count=count)


def distance_band(xy_m: NDArray[np.float64], *, radius_m: float) -> SpatialWeights:
    """Binary weights of all points within a distance, the distance itself included.

    Parameters
    ----------
    xy_m
        (n, 2) float64, metres on a projected plane.
    radius_m
        Metres, positive.

    Returns
    -------
    SpatialWeights
        Binary and symmetric; points alone are islands.

    Raises
    ------
    ParameterError
        If coordinates are not finite or the radius is not positive.
    """
    _check_points(xy_m)
    if not (np.isfinite(radius_m) and radius_m > 0):
        raise ParameterError(f"radius_m must be positive and finite, got {radius_m}")
    pairs = cKDTree(xy_m).query_pairs(radius_m, output_type="ndarray")
    return contiguity(pairs[:, 0], pairs[:, 1], count=len(xy_m))


def k_nearest(xy_m: NDArray[np.float64], *, k: int) -> SpatialWeights:
    """Binary weights of the k nearest points; of equally near ones the lower index counts.

    Parameters
    ----------
    xy_m
        (n, 2) float64, metres on a projected plane.
    k
        Neighbours of each point, 1 to n - 1.

    Returns
    -------
    SpatialWeights
        Binary, not symmetric in general.

    Raises
    ------
    ParameterError
        If coordinates are not finite or `k` is out of range.
    """
    _check_points(xy_m)
    count = len(xy_m)
    if not 1 <= k < count:
        raise ParameterError(f"k must lie in 1 to {count - 1}, got {k}")
    tree = cKDTree(xy_m)
    farthest = np.asarray(tree.query(xy_m, k=k + 1)[0])[:, -1]
    balls = tree.query_ball_point(xy_m, farthest * (1 + 1e-12), return_sorted=True)
    second = np.empty((count, k), dtype=np.int64)
    for cell, ball in enumerate(balls):
        near = np.array([other for other in ball if other != cell], dtype=np.int64)
        away = np.hypot(*(xy_m[near] - xy_m[cell]).T)
        second[cell] = near[np.argsort(away, kind="stable")[:k]]
    return weights_from_pairs(np.repeat(np.arange(count), k), second.ravel(), count=count)


def _check_points(xy_m: NDArray[np.float64]) -> None:
    """Raise unless points are (n, 2) and finite."""
    if xy_m.ndim != 2 or xy_m.shape[1] != 2 or not np.isfinite(xy_m).all():
        raise ParameterError(f"xy_m must be (n, 2) and finite, got {xy_m.shape}")
