"""How each kind of compound is built: rows, outlines, floors, years, use."""

from dataclasses import dataclass, field

import numpy as np

from geoserver.demo.rows import RowPlan

__all__ = ["STYLES", "Style", "plan_of"]

_Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """One way of building.

    Parameters
    ----------
    use
        Use of its buildings, as in layer ``building``.
    depth, pitch, length, gap
        Ranges in metres from which a compound draws its own; pitch is the space between rows.
    floors, year
        Ranges.
    shapes
        Outline to its share.
    stair_m
        Length served by one stairway; 0 if nobody lives there.
    flats
        Dwellings per stairway and floor.
    drop, shave, spread
        Irregularity: share left out, metres cut short, metres of spread of depth and gap.
    shops
        Chance that street fronts are lined with shops.
    margin_m
        Free ground inside the compound's edge.
    """

    use: str
    depth: _Range
    pitch: _Range
    length: _Range
    gap: _Range
    floors: _Range
    year: _Range
    shapes: dict[str, float] = field(default_factory=lambda: {"slab": 1.0})
    stair_m: float = 0.0
    flats: int = 0
    drop: float = 0.03
    shave: float = 1.5
    spread: float = 0.4
    shops: float = 0.0
    margin_m: float = 3.0


STYLES: dict[str, Style] = {
    "walkups": Style(
        "residential", (10.5, 12.5), (14.0, 19.0), (26.0, 64.0), (6.0, 9.5), (4, 6), (1981, 2004),
        {"slab": 0.74, "stepped": 0.16, "bays": 0.10}, 18.0, 2, 0.05, 2.5, 0.3, 0.62,
    ),
    "slabs": Style(
        "residential", (13.5, 15.5), (24.0, 32.0), (30.0, 58.0), (10.0, 15.0),
        (9, 18), (2001, 2020),
        {"slab": 0.5, "bays": 0.4, "stepped": 0.1}, 20.0, 2, 0.06, 3.0, 0.3, 0.5,
    ),
    "towers": Style(
        "residential", (17.0, 23.0), (32.0, 44.0), (27.0, 40.0), (20.0, 30.0),
        (18, 32), (2005, 2024),
        {"butterfly": 0.5, "cross": 0.2, "bays": 0.2, "slab": 0.1}, 60.0, 2, 0.14, 3.0, 0.5, 0.4,
    ),
    "villas": Style(
        "residential", (10.0, 12.0), (11.0, 14.0), (12.0, 17.0), (6.0, 9.0), (2, 3), (2000, 2018),
        {"slab": 0.3, "corner": 0.4, "bays": 0.3}, 60.0, 0, 0.08, 2.0, 0.6,
    ),
    "village": Style(
        "residential", (8.5, 10.5), (5.0, 9.0), (9.0, 14.0), (2.5, 6.0), (2, 3), (1988, 2015),
        {"slab": 0.8, "corner": 0.2}, 60.0, 0, 0.16, 2.5, 0.9,
    ),
    "courtyards": Style(
        "residential", (6.5, 9.5), (1.6, 4.2), (8.0, 21.0), (0.9, 2.2), (1, 3), (1930, 1990),
        {"slab": 0.66, "corner": 0.18, "court": 0.10, "bays": 0.06}, 60.0, 0, 0.09, 1.2,
        1.6, 0.25, 1.0,
    ),
    "shops": Style(
        "commercial", (12.0, 16.0), (8.0, 12.0), (18.0, 44.0), (4.0, 8.0), (2, 5), (1992, 2016),
        {"slab": 0.85, "corner": 0.15}, drop=0.06, shave=4.0, spread=1.5,
    ),
    "market": Style(
        "commercial", (15.0, 19.0), (7.0, 9.0), (36.0, 80.0), (5.0, 8.0), (1, 2), (1990, 2012),
    ),
    "mall": Style(
        "commercial", (26.0, 38.0), (30.0, 46.0), (28.0, 48.0), (20.0, 34.0),
        (12, 38), (1998, 2023),
        {"slab": 0.6, "cross": 0.25, "corner": 0.15}, drop=0.25, shave=6.0, spread=3.0,
        margin_m=6.0,
    ),
    "office": Style(
        "office", (20.0, 32.0), (17.0, 28.0), (24.0, 46.0), (12.0, 22.0), (7, 32), (1995, 2023),
        {"slab": 0.55, "cross": 0.15, "corner": 0.15, "court": 0.15}, drop=0.06,
        shave=7.0, spread=3.0,
    ),
    "school": Style(
        "school", (11.0, 14.0), (17.0, 23.0), (34.0, 66.0), (9.0, 14.0), (3, 5), (1985, 2020),
        {"slab": 0.6, "court": 0.25, "corner": 0.15}, shave=6.0,
    ),
    "hospital": Style(
        "hospital", (16.0, 23.0), (18.0, 26.0), (40.0, 76.0), (10.0, 16.0), (4, 16), (1986, 2022),
        {"h": 0.4, "slab": 0.3, "court": 0.15, "corner": 0.15}, shave=6.0, spread=2.0,
    ),
    "institute": Style(
        "public", (14.0, 18.0), (26.0, 36.0), (36.0, 72.0), (14.0, 22.0), (4, 9), (1978, 2015),
        {"slab": 0.45, "court": 0.3, "h": 0.15, "corner": 0.1}, drop=0.1, shave=8.0, spread=1.5,
    ),
    "halls": Style(
        "industrial", (26.0, 48.0), (11.0, 17.0), (40.0, 105.0), (10.0, 16.0), (1, 3), (1990, 2020),
        {"slab": 0.88, "corner": 0.12}, drop=0.07, shave=8.0, spread=5.0,
    ),
    "logistics": Style(
        "industrial", (46.0, 60.0), (24.0, 32.0), (80.0, 150.0), (18.0, 24.0), (1, 2), (2005, 2022),
    ),
    "construction": Style(
        "other", (6.0, 8.0), (60.0, 90.0), (14.0, 24.0), (20.0, 40.0), (1, 2),
        (2023, 2026), drop=0.6,
    ),
    "park": Style(
        "public", (7.0, 9.0), (60.0, 90.0), (8.0, 14.0), (60.0, 120.0), (1, 2), (1985, 2015),
        {"slab": 0.5, "court": 0.5}, drop=0.7,
    ),
}  # fmt: skip


def plan_of(style: Style, rng: np.random.Generator) -> RowPlan:
    """Row plan of one compound, drawn from its style."""
    low = rng.uniform(*style.length)
    longest = max(low, style.length[0] * 1.35, rng.uniform(*style.length))
    return RowPlan(
        depth=rng.uniform(*style.depth),
        depth_spread=style.spread,
        pitch=rng.uniform(*style.pitch),
        shortest=style.length[0] * rng.uniform(0.9, 1.1),
        longest=longest,
        gap=rng.uniform(*style.gap),
        gap_spread=min(style.spread, 0.6 * style.gap[0]),
        drop=style.drop,
        shave=style.shave,
    )
