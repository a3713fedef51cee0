"""Ground truth of the demo city: what tests may hold answers against."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoserver.demo.city import DemoModel
from geoserver.demo.seeds import stream
from geoserver.demo.variants import address_variants

__all__ = ["ground_truth"]


def _boundary_faults(
    polygons: NDArray[np.object_], codes: list[str], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Polygons that would break the coverage if put in place of the published ones."""
    areas = shapely.area(polygons)
    fit = np.flatnonzero(areas > np.median(areas))
    faults = []
    metre = 1e-5  # about a metre in degrees
    for k, kind in zip(
        rng.permutation(fit)[:4], ("overlap", "gap", "hole", "bow tie"), strict=False
    ):
        shape = polygons[k]
        if kind == "overlap":
            broken = shapely.buffer(shape, 2.5 * metre, join_style="mitre")
        elif kind == "gap":
            broken = shapely.buffer(shape, -0.3 * metre, join_style="mitre")
        elif kind == "hole":
            broken = shapely.difference(
                shape, shapely.buffer(shape.representative_point(), 9 * metre)
            )
        else:
            ring = shapely.get_coordinates(shape.exterior).copy()
            ring[[1, 2]] = ring[[2, 1]]
            broken = shapely.Polygon(ring)
        faults.append(
            {"code": codes[k], "kind": kind, "wkt": shapely.to_wkt(broken, rounding_precision=7)}
        )
    return faults


def ground_truth(
    model: DemoModel, polygons: NDArray[np.object_], numbers: NDArray[np.int64]
) -> dict[str, Any]:
    """Truth as JSON values.

    Parameters
    ----------
    model
        The city.
    polygons, numbers
        Leaf polygons in degrees and their unit indices.
    """
    units = model.units.units
    homes = model.units.grid[model.built.parcel[model.houses.building[model.people.house]]]
    count = np.bincount(homes, minlength=len(units))
    leaf_codes = [units[int(k)].code for k in numbers]
    building_leaf = model.units.leaf[model.built.parcel]
    return {
        "preset": model.preset.name,
        "seed": model.seed,
        "now_ms": model.now_ms,
        "grids": {
            unit.code: {"kind": unit.kind, "households": int(count[k])}
            for k, unit in enumerate(units)
            if unit.level == "grid"
        },
        "warned_grids": [units[int(k)].code for k in model.warned],
        "hot_spots": [
            {
                "grids": [units[k].code for k in spot.grids],
                "class4": spot.class_code,
                "factor": spot.factor,
                "days": spot.days,
            }
            for spot in model.hot_spots
        ],
        "building_leaf": {
            f"building-{k + 1:07d}": units[int(leaf)].code for k, leaf in enumerate(building_leaf)
        },
        "addresses": address_variants(model, 3000, stream(model.seed, "variants")),
        "boundary_faults": _boundary_faults(polygons, leaf_codes, stream(model.seed, "faults")),
        "people": int(model.people.household.size),
        "households": int(model.people.house.size),
        "alone_elderly": int(model.people.alone_elderly.sum()),
    }
