"""Maps of square cells for tests of local statistics."""

import numpy as np

from analysis.weights import SpatialWeights, shared_vertex_contiguity


def queen_grid(rows: int, columns: int) -> SpatialWeights:
    """Queen contiguity of a rectangle of square cells, row by row."""
    r, c = np.mgrid[0:rows, 0:columns]
    wide = columns + 1
    corners = [(r + dr) * wide + c + dc for dr in (0, 1) for dc in (0, 1)]
    cell = (r * columns + c).ravel()
    return shared_vertex_contiguity(
        np.tile(cell, 4), np.concatenate([corner.ravel() for corner in corners]), count=cell.size
    )
