"""Outlines of buildings: plain slabs, stepped slabs, notched towers, courtyards."""

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["SHAPES", "outlines"]

SHAPES: dict[str, list[tuple[float, float]]] = {
    "slab": [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    "stepped": [
        (-0.5, -0.5), (0.0, -0.5), (0.0, -0.26), (0.5, -0.26),
        (0.5, 0.5), (0.0, 0.5), (0.0, 0.24), (-0.5, 0.24),
    ],
    "cross": [
        (-0.22, -0.5), (0.22, -0.5), (0.22, -0.24), (0.5, -0.24), (0.5, 0.24), (0.22, 0.24),
        (0.22, 0.5), (-0.22, 0.5), (-0.22, 0.24), (-0.5, 0.24), (-0.5, -0.24), (-0.22, -0.24),
    ],
    "butterfly": [
        (-0.5, -0.5), (-0.14, -0.5), (-0.1, -0.3), (0.1, -0.3), (0.14, -0.5), (0.5, -0.5),
        (0.5, 0.12), (0.3, 0.18), (0.3, 0.5), (-0.3, 0.5), (-0.3, 0.18), (-0.5, 0.12),
    ],
    "h": [
        (-0.5, -0.5), (-0.22, -0.5), (-0.22, -0.2), (0.22, -0.2), (0.22, -0.5), (0.5, -0.5),
        (0.5, 0.5), (0.22, 0.5), (0.22, 0.25), (-0.22, 0.25), (-0.22, 0.5), (-0.5, 0.5),
    ],
    "corner": [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.02), (-0.12, 0.02), (-0.12, 0.5), (-0.5, 0.5)],
    "court": [
        (-0.5, -0.5), (-0.2, -0.5), (-0.2, 0.1), (0.2, 0.1),
        (0.2, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5),
    ],
    "bays": [
        (-0.5, -0.38), (-0.3, -0.38), (-0.3, -0.5), (-0.18, -0.5), (-0.18, -0.38), (0.18, -0.38),
        (0.18, -0.5), (0.3, -0.5), (0.3, -0.38), (0.5, -0.38), (0.5, 0.5), (-0.5, 0.5),
    ],
}  # fmt: skip


def outlines(
    boxes: NDArray[np.float64], angles: NDArray[np.float64], shapes: NDArray[np.str_]
) -> NDArray[np.object_]:
    """Polygons of buildings.

    Parameters
    ----------
    boxes
        (n, 4) float64 centre x, y, width and depth in a frame turned by minus the angle.
    angles
        (n,) float64 radians from east.
    shapes
        (n,) names in `SHAPES`.

    Returns
    -------
    NDArray
        (n,) Polygons in metres.
    """
    result = np.empty(len(boxes), dtype=object)
    for name, corners in SHAPES.items():
        chosen = np.flatnonzero(shapes == name)
        if chosen.size == 0:
            continue
        unit = np.array([*corners, corners[0]])
        box = boxes[chosen]
        local = box[:, None, :2] + unit[None] * box[:, None, 2:]
        c, s = np.cos(angles[chosen])[:, None], np.sin(angles[chosen])[:, None]
        x = local[..., 0] * c - local[..., 1] * s
        y = local[..., 0] * s + local[..., 1] * c
        result[chosen] = shapely.polygons(np.stack([x, y], axis=-1))
    return result
