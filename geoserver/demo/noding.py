"""Exact noding of lines on the lattice, faces between them, and pruning of dead ends."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.plane import Plane

__all__ = ["faces", "node", "prune"]


def node(lines: NDArray[np.object_], plane: Plane) -> NDArray[np.object_]:
    """Lines cut wherever they meet, all vertices on the lattice of 1e-7 degree.

    Parameters
    ----------
    lines
        (n,) LineStrings in metres.
    plane
        Map to the lattice.

    Returns
    -------
    NDArray
        (m,) LineStrings in **lattice steps** with whole coordinates: they meet only at their ends.
    """
    steps = shapely.transform(lines, lambda xy: np.rint(plane.lattice(xy)))
    result: NDArray[np.object_] = shapely.get_parts(shapely.union_all(steps, grid_size=1.0))
    return result


def faces(edges: NDArray[np.object_]) -> NDArray[np.object_]:
    """(f,) Polygons enclosed by noded `edges`."""
    result: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(edges))
    return result


def _end_keys(edges: NDArray[np.object_]) -> NDArray[np.int64]:
    """(n, 2) node number of both ends of each edge."""
    ends = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(edges, 0)),
            shapely.get_coordinates(shapely.get_point(edges, -1)),
        ],
        axis=1,
    )
    _, keys = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    return keys.reshape(-1, 2).astype(np.int64)


def prune(edges: NDArray[np.object_], keep: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indices of noded `edges` left when dead ends are taken off, again and again.

    An edge marked `keep` stays though its end is loose.
    """
    keys = _end_keys(edges)
    alive = np.ones(len(edges), dtype=bool)
    while True:
        degree = np.bincount(keys[alive].ravel(), minlength=keys.max() + 1)
        loose = alive & ~keep & (degree[keys] < 2).any(axis=1)
        if not loose.any():
            return np.flatnonzero(alive)
        alive &= ~loose
