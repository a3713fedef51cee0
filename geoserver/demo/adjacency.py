"""Which parcels touch, along how many metres, and what lies on the border between them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["Adjacency", "contracted", "neighbours"]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """Borders between touching areas.

    Parameters
    ----------
    first, second
        (e,) int64 areas on both sides, first < second, each pair once.
    length_m
        (e,) float64.
    cost
        (e,) float64 metres weighted by how little the border is seen on the ground: low along a
        river or a main road, high through a compound.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    length_m: NDArray[np.float64]
    cost: NDArray[np.float64]

    def within(self, members: NDArray[np.int64]) -> "Adjacency":
        """Borders between `members`, numbered by their place in it."""
        place = np.full(int(max(self.second.max(initial=0), members.max(initial=0))) + 1, -1)
        place[members] = np.arange(members.size)
        inside = (place[self.first] >= 0) & (place[self.second] >= 0)
        a, b = place[self.first[inside]], place[self.second[inside]]
        return Adjacency(
            np.minimum(a, b), np.maximum(a, b), self.length_m[inside], self.cost[inside]
        )

    def pieces(self, count: int) -> NDArray[np.int64]:
        """(count,) int64 number of the connected piece each of `count` areas belongs to."""
        ones = np.ones(self.first.size)
        graph = coo_matrix((ones, (self.first, self.second)), shape=(count, count))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _segments(polygons: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(s, 4) ends of all boundary segments, the lower end first, and the polygon of each."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b = coords[:-1][same], coords[1:][same]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    low, high = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    return np.hstack([low, high]), owner[ring[:-1][same]].astype(np.int64)


def neighbours(
    polygons: NDArray[np.object_], lines: NDArray[np.object_], weights: NDArray[np.float64]
) -> Adjacency:
    """Adjacency of a noded coverage.

    Parameters
    ----------
    polygons
        (p,) Polygons whose shared borders have the same vertices on both sides, metres.
    lines, weights
        Roads and rivers, and the weight of a metre of border on each; 1 elsewhere.
    """
    ends, owner = _segments(polygons)
    key = np.rint(ends * 1e4).astype(np.int64)
    order = np.lexsort(key.T)
    key, ends, owner = key[order], ends[order], owner[order]
    twin = np.flatnonzero((key[1:] == key[:-1]).all(axis=1))
    a, b = owner[twin], owner[twin + 1]
    first, second = np.minimum(a, b), np.maximum(a, b)
    length = np.hypot(ends[twin, 2] - ends[twin, 0], ends[twin, 3] - ends[twin, 1])
    weight = np.ones(twin.size)
    middle = shapely.points((ends[twin, :2] + ends[twin, 2:]) / 2)
    on = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=0.4)
    np.minimum.at(weight, on[0], weights[on[1]])
    return _summed(first, second, length, length * weight)


def _summed(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    length: NDArray[np.float64],
    cost: NDArray[np.float64],
) -> Adjacency:
    differ = first != second
    first, second, length, cost = first[differ], second[differ], length[differ], cost[differ]
    pairs, index = np.unique(np.stack([first, second], axis=1), axis=0, return_inverse=True)
    index = index.ravel()
    return Adjacency(
        pairs[:, 0],
        pairs[:, 1],
        np.bincount(index, length, len(pairs)).astype(np.float64),
        np.bincount(index, cost, len(pairs)).astype(np.float64),
    )


def contracted(borders: Adjacency, group: NDArray[np.int64]) -> Adjacency:
    """Borders between groups, of borders between their members; `group` (p,) int64."""
    a, b = group[borders.first], group[borders.second]
    return _summed(np.minimum(a, b), np.maximum(a, b), borders.length_m, borders.cost)
