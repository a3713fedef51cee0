"""Independent streams of chance, one per part of the city, from one seed."""

import zlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, part: str) -> np.random.Generator:
    """Generator of the part called `part`: a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])
