"""Answers of the services as frames: outlines, places, hot spots, nearest units."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoserver.row_frames import CRS
from grids.geodesic import distance_m
from layers.store.protocol import Item

__all__ = ["hotspot_frame", "located_frame", "nearest_frame", "outline_frame"]

_UNIT_COLUMNS = (
    "id", "layer", "kind", "name", "state", "lon", "lat", "position_age_s", "travel_time_s",
    "distance_m", "straight_m", "mode", "method", "reason", "reason_code",
)  # fmt: skip
_CLASSES = ("hot", "cold", "none")


def outline_frame(items: Sequence[Item]) -> gpd.GeoDataFrame:
    """Units with name, level and area in m², indexed by code; EPSG:4490."""
    columns = ("name", "level", "area_m2")
    data = {name: [item.values[name] for item in items] for name in columns}
    outlines = gpd.GeoSeries([item.geometry for item in items], crs=CRS)
    frame = gpd.GeoDataFrame(data, geometry=outlines, crs=CRS)
    frame.index = pd.Index([item.uid for item in items], name="code", dtype="str")
    return frame


def hotspot_frame(cells: Sequence[Mapping[str, Any]], outlines: gpd.GeoDataFrame) -> Any:  # noqa: ANN401 (GeoDataFrame)
    """Cells of a hot-spot answer with their outlines, indexed by code."""
    judged = pd.DataFrame(list(cells)).set_index("code").reindex(outlines.index)
    return gpd.GeoDataFrame(
        {
            "name": outlines["name"],
            "count": judged["count"],
            "z": judged["z"].astype(np.float64),
            "p_value": judged["p_value"].astype(np.float64),
            "class": pd.Categorical(judged["class"], categories=_CLASSES),
        },
        geometry=outlines.geometry,
        crs=CRS,
    )


def located_frame(
    answer: Mapping[str, Any], index: "pd.Index[Any]", levels: Sequence[str]
) -> pd.DataFrame:
    """Places with the unit of every level that holds them.

    Parameters
    ----------
    answer
        Of `geoserver.services.locating.LocatingService.locate_many`.
    index
        Index of the frame.
    levels
        Levels of the city from the top; those that no place has are left out.
    """
    codes = pd.Categorical(answer["codes"], categories=list(answer["chains"]))
    chains = [{unit["level"]: unit for unit in chain} for chain in answer["chains"].values()]
    data: dict[str, Any] = {"code": codes}
    for level in levels:
        if not any(level in chain for chain in chains):
            continue
        for suffix, key in (("", "code"), ("_name", "name")):
            words = [chain[level][key] if level in chain else None for chain in chains]
            data[level + suffix] = _spread(words, np.asarray(codes.codes))
    data["distance_to_edge_m"] = np.asarray(answer["distance_to_edge_m"], dtype=np.float64)
    ambiguous = np.zeros(len(codes), dtype=np.bool_)
    ambiguous[answer["ambiguous"]] = True
    data["ambiguous"] = ambiguous
    return pd.DataFrame(data, index=index)


def _spread(words: Sequence[str | None], rows: NDArray[np.integer[Any]]) -> Any:  # noqa: ANN401 (pandas array)
    """Word of every row, a row being an index into the words, or -1 for none."""
    distinct = list(dict.fromkeys(word for word in words if word is not None))
    number = {word: at for at, word in enumerate(distinct)}
    lookup = np.array([*(-1 if word is None else number[word] for word in words), -1])
    return pd.Categorical.from_codes(lookup[rows], categories=pd.Index(distinct, dtype="str"))


def nearest_frame(
    units: Sequence[Mapping[str, Any]], place: NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Units of a dispatch answer, soonest first, with their way as geometry.

    Parameters
    ----------
    units
        Of `geoserver.services.dispatching.DispatchService.nearest`, in EPSG:4490.
    place
        (1, 2) float64 degrees they are sent to.
    """
    data = pd.DataFrame([dict(unit) for unit in units], columns=[*_UNIT_COLUMNS])
    numbers = ["lon", "lat", "position_age_s", "travel_time_s", "distance_m"]
    data[numbers] = data[numbers].astype(np.float64)
    starts = data[["lon", "lat"]].to_numpy()
    straight = distance_m(starts, np.repeat(place, len(starts), axis=0))
    data["straight_m"] = np.round(straight, 1)
    ways = [np.asarray(unit["route"], dtype=np.float64).reshape(-1, 2) for unit in units]
    lines = [
        shapely.linestrings(way if len(way) > 1 else np.repeat(way, 2, axis=0)) for way in ways
    ]
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(lines, crs=CRS), crs=CRS)
