"""A road network of city size for benchmarks: bent lattice, hierarchy of speeds, one-ways, gaps."""

import numpy as np
from numpy.typing import NDArray

from analysis.network import RoadNetwork, build_network
from analysis.roads import RoadLines
from analysis.snap import Snapped

SIDE = 376  # junctions along one side: about 500,000 directed edges that cars may use
SPACING = 0.0016  # degrees, about 150 m


def road_city(seed: int, *, side: int = SIDE) -> RoadNetwork:
    """Streets of a square city: of the lines every 30th is trunk, every 10th primary, 5th tertiary.

    A tenth of the residential streets is missing, every eighth is one-way, a third is bent.
    """
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    place = np.stack((118.0 + SPACING * x, 32.0 + SPACING * y), axis=-1)
    place += rng.uniform(-0.3, 0.3, place.shape) * SPACING
    number = np.arange(side * side).reshape(side, side)
    a = np.concatenate((number[:-1].ravel(), number[:, :-1].ravel()))
    b = np.concatenate((number[1:].ravel(), number[:, 1:].ravel()))
    line = np.concatenate((y[:-1].ravel(), x[:, :-1].ravel()))
    road_class = np.where(line % 30 == 0, 1, np.where(line % 10 == 0, 2, 5))
    road_class = np.where((road_class == 5) & (line % 5 == 0), 4, road_class)
    minor = road_class == 5
    keep = ~minor | (rng.random(len(a)) > 0.1)
    a, b, road_class, minor = a[keep], b[keep], road_class[keep], minor[keep]
    n = len(a)
    oneway = np.where(minor & (rng.random(n) < 0.125), rng.choice([-1, 1], n), 0)
    flat = place.reshape(-1, 2)
    lonlat, keys, starts = _bent(flat, a, b, rng.random(n) < 1 / 3, rng)
    return build_network(
        RoadLines(
            lonlat=lonlat,
            starts=starts,
            ids=np.arange(n, dtype=np.int64),
            oneway=oneway.astype(np.int8),
            speed_kmh=np.full(n, np.nan),
            road_class=road_class.astype(np.int8),
            level=np.zeros(n, dtype=np.int8),
            name_id=np.full(n, -1, dtype=np.int64),
            node_keys=keys,
        )
    )


def _bent(
    place: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    bent: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices, keys and starts of lines from a to b, some with a vertex beside the middle."""
    starts = np.concatenate(([0], np.cumsum(2 + bent)))
    lonlat = np.empty((starts[-1], 2))
    keys = np.empty(starts[-1], dtype=np.int64)
    lonlat[starts[:-1]], lonlat[starts[1:] - 1] = place[a], place[b]
    keys[starts[:-1]], keys[starts[1:] - 1] = a, b
    middle = starts[:-1][bent] + 1
    beside = rng.uniform(-0.15, 0.15, (len(middle), 2)) * SPACING
    lonlat[middle] = (place[a[bent]] + place[b[bent]]) / 2 + beside
    keys[middle] = len(place) + np.arange(len(middle))
    return lonlat, keys, starts.astype(np.int64)


def places(network: RoadNetwork, seed: int, count: int) -> Snapped:
    """Random places in the middle of roads."""
    rng = np.random.default_rng(seed)
    segment = rng.integers(0, len(network.segment_edge), count)
    return Snapped(network.segment_edge[segment], rng.uniform(0.01, 0.99, count), np.zeros(count))
