"""Which parts of a road network reach each other, and which ends of roads lead nowhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from analysis.closures import EdgeWeights
from analysis.network import RoadNetwork
from analysis.pieces import Places, build_cells, nearest_pieces
from grids.errors import ParameterError

__all__ = ["Components", "DanglingEnds", "dangling_ends", "strong_components"]


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Strongly connected components: inside one, every node reaches every other.

    Attributes
    ----------
    label
        (n,) int32, component of each node, numbered from the largest down.
    sizes
        (c,) int64, nodes per component, descending.
    """

    label: NDArray[np.int32]
    sizes: NDArray[np.int64]

    @property
    def reachable_share(self) -> float:
        """Share of ordered node pairs that lie in one component; 0 without nodes."""
        total = int(self.sizes.sum())
        return float((self.sizes.astype(np.float64) ** 2).sum() / total**2) if total else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class DanglingEnds:
    """Ends of roads that meet no other road.

    Attributes
    ----------
    node
        (d,) int32.
    gap_m
        (d,) float64, metres to the nearest other road: a small gap hints at a missing junction;
        inf if there is none within the distance asked.
    """

    node: NDArray[np.int32]
    gap_m: NDArray[np.float64]


def strong_components(network: RoadNetwork, weights: EdgeWeights) -> Components:
    """Strongly connected components at the given travel times.

    Parameters
    ----------
    network
        Road network of n nodes.
    weights
        Travel times; edges at inf do not connect.

    Returns
    -------
    Components
        Components, the largest first; of equal ones that with the lowest node.
    """
    n = network.node_count
    if n == 0:
        return Components(np.zeros(0, np.int32), np.zeros(0, np.int64))
    usable = np.isfinite(weights.seconds)
    tail, head = network.tail[usable], network.head[usable]
    graph = csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    _, found = connected_components(graph, directed=True, connection="strong")
    _, first, number, count = np.unique(
        found, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -count))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return Components(rank[number], count[order].astype(np.int64))


def dangling_ends(network: RoadNetwork, *, within_m: float = 15.0) -> DanglingEnds:
    """Ends of roads that meet no other road, with the gap to the nearest one.

    Parameters
    ----------
    network
        Road network.
    within_m
        Metres up to which a gap is looked for.

    Returns
    -------
    DanglingEnds
        Ends in node order. A road that passes above or below counts as near, and a stub shorter
        than `within_m` shows its own length.

    Raises
    ------
    ParameterError
        If `within_m` is negative or NaN.
    """
    if not within_m >= 0:
        raise ParameterError(f"within_m must not be negative, got {within_m}")
    degree = np.diff(network.head_start)
    node = np.flatnonzero(degree == 1).astype(np.int32)
    own = network.segment[network.head_start[node]]
    is_piece = np.ones(len(network.shape), dtype=bool)
    is_piece[network.shape_start[1:] - 1] = False
    cells = build_cells(network.shape, np.flatnonzero(is_piece).astype(np.int32))
    barred = np.stack((network.shape_start[own], network.shape_start[own + 1]), axis=1)
    gap_m = np.full(len(node), np.inf)
    places = Places(np.full(len(node), -1, dtype=np.int64), np.zeros(len(node)), gap_m)
    nearest_pieces(cells, network.node_lonlat[node], within_m, barred, places)
    return DanglingEnds(node, gap_m)
