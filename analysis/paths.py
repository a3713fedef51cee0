"""Ways along the network and their drawing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.network import RoadNetwork

__all__ = ["RoadPath", "path_lonlat", "path_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class RoadPath:
    """A way along the network.

    Attributes
    ----------
    edges
        (e,) int32, directed edges in order of travel.
    start, end
        Share of the first edge where the way begins, and of the last edge where it ends.
    """

    edges: NDArray[np.int32]
    start: float
    end: float


def path_lonlat(network: RoadNetwork, path: RoadPath) -> NDArray[np.float64]:
    """Line of a path, cut at the places where it begins and ends.

    Parameters
    ----------
    network
        Road network the path lies on.
    path
        A path of one edge or more.

    Returns
    -------
    NDArray
        (q, 2) float64, q >= 2, lon and lat in degrees, EPSG:4490, in order of travel.
    """
    parts = []
    last = len(path.edges) - 1
    for position, edge in enumerate(path.edges):
        segment = network.segment[edge]
        span = slice(network.shape_start[segment], network.shape_start[segment + 1])
        shape, metres = network.shape[span], network.shape_m[span]
        if not network.along[edge]:
            shape, metres = shape[::-1], metres[-1] - metres[::-1]
        begin = path.start if position == 0 else 0.0
        finish = path.end if position == last else 1.0
        part = _cut(shape, metres, begin * metres[-1], finish * metres[-1])
        parts.append(part if position == 0 else part[1:])
    line = np.concatenate(parts)
    moved = np.ones(len(line), dtype=bool)
    moved[1:] = (line[1:] != line[:-1]).any(axis=1)
    line = line[moved]
    return line if len(line) > 1 else np.repeat(line, 2, axis=0)


def path_steps(network: RoadNetwork, path: RoadPath) -> list[tuple[int, float, NDArray[np.int32]]]:
    """Stretches of a path that keep one road name.

    Parameters
    ----------
    network
        Road network the path lies on.
    path
        A path.

    Returns
    -------
    list
        (name id, metres, edges) per stretch, in order of travel.
    """
    length_m = network.length_m[path.edges]
    if len(length_m) == 1:
        length_m = length_m * (path.end - path.start)
    else:
        length_m[0] *= 1.0 - path.start
        length_m[-1] *= path.end
    names = network.lines.name_id[network.segment_line[network.segment[path.edges]]]
    breaks = np.flatnonzero(np.diff(names)) + 1
    return [
        (int(name[0]), float(metres.sum()), edges)
        for name, metres, edges in zip(
            np.split(names, breaks),
            np.split(length_m, breaks),
            np.split(path.edges, breaks),
            strict=True,
        )
    ]


def _cut(
    shape: NDArray[np.float64], metres: NDArray[np.float64], begin_m: float, end_m: float
) -> NDArray[np.float64]:
    """Part of a line between two distances from its start."""
    inside = (metres > begin_m) & (metres < end_m)
    ends = [
        [np.interp(at, metres, shape[:, 0]), np.interp(at, metres, shape[:, 1])]
        for at in (begin_m, end_m)
    ]
    return np.concatenate((ends[:1], shape[inside], ends[1:]))
