"""P1: a million points to 24,000 grids, side by side with geopandas.

``run()`` gives rows for the benchmark table. The coverage is synthetic: street blocks of a city of
60 km, bent like real streets, each side with several vertices. Points on edges are counted and
compared apart, because ``within`` leaves them without a grid.
"""

import gc
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from grids.arcs import ArcTable, lonlat_from_lattice
from grids.faces import leaf_polygons
from grids.hierarchy import Hierarchy, Unit
from grids.locate import PointLocator
from grids.noding import build_arcs

__all__ = ["City", "run", "synthetic_city"]

CENTRE = (120.15, 30.27)
SIZE_DEGREES = (0.62, 0.54)  # about 60 km
GRIDS = 24_000
POINTS = 1_240_000
STREAMED = 21_000_000
REPEATS = 5


@dataclass(frozen=True, slots=True)
class City:
    """Synthetic coverage and its tree."""

    arcs: ArcTable
    hierarchy: Hierarchy
    build_s: float


def synthetic_city(*, grids: int = GRIDS, seed: int = 1) -> City:
    """Jittered street blocks with curved sides, four levels, as one coverage."""
    rng = np.random.default_rng(seed)
    columns = round((grids * SIZE_DEGREES[0] / SIZE_DEGREES[1]) ** 0.5)
    rows = -(-grids // columns)
    polygons = _blocks(columns, rows, rng)[:grids]
    units = _units(columns, rows, grids)
    leaf_ids = [unit.id for unit in units if unit.level == "grid"]
    started = time.perf_counter()
    arcs = build_arcs(polygons, leaf_ids).arcs
    return City(arcs, Hierarchy(units), time.perf_counter() - started)


def _blocks(columns: int, rows: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Quadrilateral blocks between jittered corners, every side bent through seven vertices."""
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0), indexing="ij")
    x += 0.8 * np.sin(y / 9.0) + rng.normal(0, 0.12, x.shape)
    y += 0.8 * np.sin(x / 11.0) + rng.normal(0, 0.12, y.shape)
    corner = np.stack((x, y), axis=-1)
    south = _bent(corner[:-1], corner[1:], rng)
    west = _bent(corner[:, :-1], corner[:, 1:], rng)
    scale = np.array(SIZE_DEGREES) / (columns, rows)
    low = np.array(CENTRE) - np.array(SIZE_DEGREES) / 2
    blocks = []
    for i in range(columns):
        for j in range(rows):
            ring = np.concatenate(
                (south[i, j], west[i + 1, j], south[i, j + 1, ::-1], west[i, j, ::-1])
            )
            blocks.append(shapely.Polygon(np.round(low + ring * scale, 7)))
    return np.array(blocks, dtype=object)


def _bent(
    start: NDArray[np.float64], end: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """(..., 9, 2) points of a curved side with some unevenness."""
    t = np.linspace(0.0, 1.0, 9)[:, None]
    line = start[..., None, :] * (1 - t) + end[..., None, :] * t
    across = np.stack((start[..., 1] - end[..., 1], end[..., 0] - start[..., 0]), axis=-1)
    bulge = rng.normal(0, 0.05, (*start.shape[:-1], 1, 1)) * np.sin(np.pi * t)
    noise = rng.normal(0, 0.006, line.shape) * (np.sin(np.pi * t) > 1e-9)
    return np.asarray(line + across[..., None, :] * bulge + noise)


def _units(columns: int, rows: int, grids: int) -> list[Unit]:
    """City, districts of 40 x 40 blocks, streets of 8 x 8, and the grids."""
    units = {"99": Unit(1, "99", "city", "city")}
    leaves = []
    for k in range(grids):
        i, j = divmod(k, rows)
        district = f"99{i // 40:02d}{j // 40:02d}"
        street = f"{district}{i % 40 // 8:02d}{j % 40 // 8:02d}"
        for code, level, above in ((district, "district", "99"), (street, "street", district)):
            if code not in units:
                units[code] = Unit(len(units) + 1, code, code, level, units[above].id)
        leaves.append((f"{street}{k:06d}", units[street].id))
    assert columns * rows >= grids
    return [
        *units.values(),
        *(Unit(10_000 + k, c, c, "grid", p) for k, (c, p) in enumerate(leaves)),
    ]


def synthetic_points(count: int, *, seed: int = 2) -> NDArray[np.float64]:
    """Positions all over the city, about four in a hundred outside."""
    rng = np.random.default_rng(seed)
    low = np.array(CENTRE) - np.array(SIZE_DEGREES) * 0.51
    return np.asarray(low + rng.random((count, 2)) * np.array(SIZE_DEGREES) * 1.02)


def _best_of(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        gc.collect()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _resident_bytes() -> int:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * resource.getpagesize()


def run(*, repeats: int = REPEATS, streamed: int = STREAMED) -> list[dict[str, object]]:
    """Rows of the benchmark table."""
    city = synthetic_city()
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    locator = PointLocator(city.arcs, city.hierarchy, pool=pool)
    points = synthetic_points(POINTS)
    corners = city.arcs.coords[np.random.default_rng(3).integers(0, len(city.arcs.coords), 1000)]
    points[:1000] = lonlat_from_lattice(corners, city.arcs.origin)
    levels = [  # the last entry answers leaf -1: outside
        np.append(city.hierarchy.ancestor_index(level), np.int32(-1))
        for level in ("city", "district", "street")
    ]

    def ours() -> NDArray[np.int32]:
        leaf = locator.leaf(points)
        for index in levels:
            index.take(leaf, mode="wrap")
        return leaf

    polygons = gpd.GeoDataFrame(
        {"leaf": np.arange(city.hierarchy.leaf_count)},
        geometry=leaf_polygons(city.arcs, city.hierarchy),
        crs=4490,
    )
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=4490)
    ours()
    joined = gpd.sjoin(frame, polygons, predicate="within", how="left")
    equal, on_edge = _compared(ours(), joined, locator, points)
    ours_s = _best_of(ours, repeats)
    peer_s = _best_of(lambda: gpd.sjoin(frame, polygons, predicate="within"), repeats)
    rows: list[dict[str, object]] = [
        {
            "id": "P1",
            "what": f"{POINTS:,} points to {GRIDS:,} grids, all levels ({on_edge} on edges apart; "
            f"arcs built in {city.build_s:.1f} s, index {locator.nbytes / 1e6:.0f} MB in "
            f"{locator.build_s:.2f} s)",
            "ours": ours_s,
            "unit": "s",
            "peer": "geopandas.sjoin within",
            "peer_value": peer_s,
            "ratio": peer_s / ours_s,
            "equal": equal,
        }
    ]
    rows.append(_streamed(locator, levels, peer_s / POINTS, streamed))
    pool.shutdown()
    return rows


def _compared(
    ours: NDArray[np.int32],
    joined: gpd.GeoDataFrame,
    locator: PointLocator,
    points: NDArray[np.float64],
) -> tuple[bool, int]:
    """Whether answers agree off the edges, and how many on edges GEOS answers otherwise."""
    theirs = joined["leaf"].groupby(level=0).first().reindex(range(len(points)))
    theirs = theirs.fillna(-1).to_numpy(dtype=np.int64)
    differs = np.flatnonzero(theirs != ours)
    on_edge = locator.distance_m(points[differs]) < 1e-6
    return bool(on_edge.all()), int(on_edge.sum())


def _streamed(
    locator: PointLocator, levels: list[NDArray[np.int32]], peer_s: float, count: int
) -> dict[str, object]:
    """Points made and located a million at a time; the answers of one level are summed up."""
    before, peak, spent = _resident_bytes(), 0, 0.0
    per_street = np.zeros(int(levels[-1].max()) + 2, dtype=np.int64)
    inside = 0
    chunk = 1_000_000
    for k, low in enumerate(range(0, count, chunk)):
        points = synthetic_points(min(chunk, count - low), seed=100 + k)
        started = time.perf_counter()
        leaf = locator.leaf(points)
        inside += int((leaf >= 0).sum())
        per_street += np.bincount(levels[-1][leaf] + 1, minlength=per_street.size)
        spent += time.perf_counter() - started
        peak = max(peak, _resident_bytes() - before)
    return {
        "id": "P1",
        "what": f"{count:,} points streamed, resident memory +{peak / 1e6:.0f} MB "
        f"(process {_resident_bytes() / 1e9:.2f} GB of 4 GB)",
        "ours": spent,
        "unit": "s",
        "peer": "geopandas.sjoin within, per point of the row above",
        "peer_value": peer_s * count,
        "ratio": peer_s * count / spent if spent else 0.0,
        "equal": bool(per_street[1:].sum() == inside),
    }


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201 - the module is also a command
