"""Import of an OpenStreetMap extract: roads, buildings, water, land use, places, addresses."""

from functools import partial
from pathlib import Path

import shapely

from grids.errors import ImportFailedError
from layers.data_files import data_text
from layers.ingest.osm_reader import read_osm
from layers.ingest.osm_rows import Feature, layer_table, osm_features
from layers.ingest.osm_tags import parse_rules
from layers.ingest.report import ImportReport, Progress, no_progress
from layers.policy import Scope
from layers.store.protocol import Store

__all__ = ["import_osm"]


def import_osm(
    path: Path, store: Store, *, scope: Scope, on_progress: Progress = no_progress
) -> ImportReport:
    """Upsert what an extract holds, in one transaction; keys are ``osm:w123`` and the like.

    Relations cut at the edge of the extract and rings that do not close, or enclose nothing, are
    skipped and reported. A second import of a newer extract updates rows by their key.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.
    store
        Where the rows go; on any error it is left as it was.
    scope
        Who imports, for the audit row.
    on_progress
        Called with the stage and what is done.

    Raises
    ------
    FileFormatError
        If the file is not OpenStreetMap data, or is cut short.
    ImportFailedError
        If nothing in it can be taken.
    """
    report = ImportReport(path.name)
    rules = parse_rules(data_text("osm_tags.toml"))
    data = read_osm(path, wanted=rules.keys, on_progress=on_progress)
    rows = osm_features(data, rules, report, on_progress=on_progress)
    if not rows:
        raise ImportFailedError(f"{path.name} holds no roads, buildings or other known objects")
    with store.write(scope, action=f"import osm {path.name}") as work:
        for layer, features in rows.items():
            done = work.put_table(
                layer,
                layer_table(store.catalog[layer], features),
                on_progress=partial(on_progress, f"write {layer}"),
            )
            report.inserted[layer] += done.inserted
            report.updated[layer] += done.updated
            report.unchanged[layer] += done.unchanged
    report.seq = work.seq
    report.bounds = data.bounds or _bounds(rows)
    return report


def _bounds(rows: dict[str, list[Feature]]) -> tuple[float, float, float, float]:
    """Box of the roads and buildings, where the file declares none."""
    core = [f.geometry for layer in ("road", "building") for f in rows.get(layer, [])]
    every = core or [f.geometry for features in rows.values() for f in features]
    west, south, east, north = shapely.total_bounds(every)
    return (float(west), float(south), float(east), float(north))
