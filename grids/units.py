"""Units of measure and the fixed scales of the integer lattices."""

__all__ = [
    "GRS80_FLATTENING",
    "GRS80_SEMI_MAJOR_M",
    "LATTICE_PER_DEGREE",
    "LATTICE_REACH",
    "M2_PER_HECTARE",
    "M2_PER_KM2",
    "M2_PER_MU",
    "MS_PER_DAY",
    "WORLD_HALF",
    "WORLD_SIZE",
]

GRS80_SEMI_MAJOR_M = 6378137.0
"""Semi-major axis of GRS80, the ellipsoid of CGCS2000 (EPSG:4490)."""

GRS80_FLATTENING = 1 / 298.257222101
"""Flattening of GRS80."""

LATTICE_PER_DEGREE = 10_000_000
"""Lattice units per degree: one unit is 1e-7 degree, about 11 mm along a meridian."""

LATTICE_REACH = 1 << 26
"""Offsets to the city origin stay below this, so that orientation and area are exact in int64."""

WORLD_SIZE = 1 << 32
"""Side of the web-mercator square in world units."""

WORLD_HALF = 1 << 31
"""Half a side: world coordinates run from ``-WORLD_HALF`` to ``WORLD_HALF - 1``."""

M2_PER_MU = 2000 / 3
"""Square metres in one mu (亩)."""

M2_PER_HECTARE = 10_000.0
"""Square metres in one hectare."""

M2_PER_KM2 = 1_000_000.0
"""Square metres in one square kilometre."""

MS_PER_DAY = 86_400_000
"""Milliseconds in one day."""
