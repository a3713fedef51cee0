"""P2: a fresh vector tile against PostGIS ST_AsMVT and mapbox_vector_tile.encode.

Ours: search of the index over world coordinates, clipping, rounding and encoding. PostGIS: the
usual query over an indexed, clustered web-mercator table, prepared, result fetched in binary by
one local client. mapbox_vector_tile: features of the window, already decoded into shapely
objects; it does not clip. No compression anywhere; caches of tiles off; everything warm.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import psycopg
import shapely
from psycopg import sql

from geoserver.memory import keep_freed_memory
from grids.tile import Tile, tile_bounds_world
from layers.columns import NumberColumn, TextColumn
from tests.benchmarks.tile_agreement import agrees, by_id
from tests.benchmarks.tile_city import Z12, Z14, Sample, buildings, cases
from tests.postgis_cluster import ClusterMissingError, postgis_cluster
from tiles.frame import MvtOptions, window
from tiles.mvt import encode_layer
from tiles.mvt_attributes import TextBlobs

__all__ = ["Case", "agreement", "load", "run"]

Row = dict[str, Any]
_OPTIONS = MvtOptions()
_METRES = 20037508.342789244 / 2**31
_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """One tile of one layer."""

    what: str
    layer: str
    sample: Sample
    tile: Tile


def run() -> list[Row]:
    """Rows of the table: PostGIS and mapbox_vector_tile for each tile."""
    keep_freed_memory()  # as the server does when it starts
    houses, events = buildings(), cases()
    chosen = (
        Case("tile of 3,000 buildings, z14", "building", houses, Z14),
        Case("tile of 35,000 buildings, z12", "building", houses, Z12),
        Case("tile of 15,000 points, z12", "event", events, Z12),
    )
    blobs = TextBlobs()
    try:
        with postgis_cluster() as dsn, psycopg.connect(dsn, autocommit=True) as connection:
            for layer, sample in (("building", houses), ("event", events)):
                load(connection, layer, sample)
            rows = [_against_postgis(case, connection, blobs) for case in chosen]
    except ClusterMissingError as exc:
        rows = [_row(case, "PostGIS ST_AsMVT", None, (False, str(exc)), blobs) for case in chosen]
    return rows + [_against_mapbox(case, blobs) for case in chosen]


def _ours(case: Case, blobs: TextBlobs) -> bytes:
    boxes = case.sample.segment.boxes
    found = () if boxes is None else boxes.window(window(case.tile, _OPTIONS))
    parts = [(case.sample.table, np.asarray(found, dtype=np.int64))]
    return encode_layer(
        case.layer, parts, case.tile, fields=case.sample.fields, options=_OPTIONS, blobs=blobs
    )


def _best_ms(
    ours: Callable[[], object], peer: Callable[[], object] | None
) -> tuple[float, float | None]:
    """Shortest times of ours and the peer, milliseconds, run in turns on the same machine.

    The shortest, as `timeit` advises: what is longer was disturbed by something else.
    """
    functions = (ours,) if peer is None else (ours, peer)
    times: list[list[float]] = [[] for _ in functions]
    for function in functions:
        for _ in range(3):
            function()
    began = time.perf_counter()
    while len(times[-1]) < 3 or time.perf_counter() - began < _SECONDS:
        for function, taken in zip(functions, times, strict=True):
            for _ in range(20 if function is ours else 1):
                start = time.perf_counter()
                function()
                taken.append(time.perf_counter() - start)
    best = [1e3 * min(taken) for taken in times]
    return best[0], None if peer is None else best[1]


def _row(
    case: Case,
    peer: str,
    call: Callable[[], object] | None,
    equal: tuple[bool, str],
    blobs: TextBlobs,
) -> Row:
    ours, peer_ms = _best_ms(lambda: _ours(case, blobs), call)
    return {
        "id": "P2",
        "what": case.what,
        "ours": ours,
        "unit": "ms",
        "peer": peer,
        "peer_value": "not run" if peer_ms is None else peer_ms,
        "ratio": None if peer_ms is None else peer_ms / ours,
        "equal": None if peer_ms is None else equal[0],
        "note": equal[1],
    }


def _exact(case: Case) -> dict[int, shapely.Geometry]:
    """Geometry by id in tile units, neither cut nor rounded."""
    xmin, ymin, xmax, _ = tile_bounds_world(case.tile)
    unit = (xmax - xmin) / _OPTIONS.extent
    shapes = shapely.transform(case.sample.geometries, lambda c: (c - (xmin, ymin)) / unit)
    return dict(zip(case.sample.table.ids.tolist(), shapes, strict=True))


def load(connection: psycopg.Connection[Any], layer: str, sample: Sample) -> None:
    """Create and fill the table of a layer in web-mercator metres, indexed and clustered."""
    table = sql.Identifier(layer)
    types = {name: _sql_type(sample, name) for name in sample.fields}
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in types.items()
    )
    connection.execute(
        sql.SQL("CREATE TABLE {} (id bigint PRIMARY KEY, geom geometry, {})").format(table, columns)
    )
    metres = shapely.transform(sample.geometries, lambda c: c * (_METRES, -_METRES))
    shapes = shapely.to_wkb(shapely.set_srid(metres, 3857), hex=True, include_srid=True)
    values = [_python_values(sample, name) for name in sample.fields]
    names = sql.SQL(", ").join(map(sql.Identifier, ("id", "geom", *sample.fields)))
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)
    with connection.cursor() as cursor, cursor.copy(copy) as stream:
        for row in zip(sample.table.ids.tolist(), shapes, *values, strict=True):
            stream.write_row(row)
    index = sql.Identifier(f"{layer}_geom")
    connection.execute(sql.SQL("CREATE INDEX {} ON {} USING gist (geom)").format(index, table))
    connection.execute(sql.SQL("CLUSTER {} USING {}").format(table, index))
    connection.execute(sql.SQL("VACUUM ANALYZE {}").format(table))


def _sql_type(sample: Sample, name: str) -> str:
    column = sample.table.columns[name]
    if isinstance(column, TextColumn):
        return "text"
    return "bigint" if np.issubdtype(column.values.dtype, np.integer) else "double precision"


def _python_values(sample: Sample, name: str) -> list[object]:
    """Values of a column as Python objects, None where missing."""
    column = sample.table.columns[name]
    if isinstance(column, TextColumn):
        return [None if code < 0 else column.values[code] for code in column.codes.tolist()]
    assert isinstance(column, NumberColumn)
    values = column.values.tolist()
    if column.valid is None:
        return values
    return [v if ok else None for v, ok in zip(values, column.valid.tolist(), strict=True)]


def _query(case: Case) -> sql.Composed:
    """The usual query for one tile of one table."""
    tile = sql.SQL("{}, {}, {}").format(case.tile.z, case.tile.x, case.tile.y)
    return sql.SQL(
        "SELECT ST_AsMVT(q, {name}, 4096, 'geom', 'id') FROM (SELECT {columns},"
        " ST_AsMVTGeom(geom, ST_TileEnvelope({tile}), 4096, {buffer}, true) AS geom FROM {table}"
        " WHERE geom && ST_TileEnvelope({tile}, margin => {margin})) AS q WHERE geom IS NOT NULL"
    ).format(
        name=sql.Literal(case.layer),
        columns=sql.SQL(", ").join(map(sql.Identifier, ("id", *case.sample.fields))),
        tile=tile,
        buffer=_OPTIONS.buffer,
        table=sql.Identifier(case.layer),
        margin=_OPTIONS.buffer / _OPTIONS.extent,
    )


def _fetched(case: Case, connection: psycopg.Connection[Any]) -> bytes:
    """The tile of PostGIS, by a prepared query with a binary result."""
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(_query(case), prepare=True).fetchone()
    assert row is not None
    return bytes(row[0])


def agreement(
    case: Case, connection: psycopg.Connection[Any], blobs: TextBlobs
) -> tuple[bool, str]:
    """Whether PostGIS makes the same tile."""
    ours, theirs = by_id(_ours(case, blobs)), by_id(_fetched(case, connection))
    return agrees(ours, theirs, buffer=_OPTIONS.buffer, exact=_exact(case))


def _against_postgis(case: Case, connection: psycopg.Connection[Any], blobs: TextBlobs) -> Row:
    equal = agreement(case, connection, blobs)
    return _row(case, "PostGIS ST_AsMVT", lambda: _fetched(case, connection), equal, blobs)


def _against_mapbox(case: Case, blobs: TextBlobs) -> Row:
    boxes = case.sample.segment.boxes
    assert boxes is not None
    rows = boxes.window(window(case.tile, _OPTIONS))
    columns = {name: _python_values(case.sample, name) for name in case.sample.fields}
    features = [
        {
            "geometry": case.sample.geometries[row],
            "id": int(case.sample.table.ids[row]),
            "properties": {n: v[row] for n, v in columns.items() if v[row] is not None},
        }
        for row in rows.tolist()
    ]
    xmin, ymin, xmax, ymax = tile_bounds_world(case.tile)
    options = {"quantize_bounds": (xmin, ymin, xmax, ymax), "y_coord_down": True}

    def encode() -> bytes:
        layer = {"name": case.layer, "features": features}
        return bytes(mapbox_vector_tile.encode([layer], default_options=options))

    ours = by_id(_ours(case, blobs))
    theirs = by_id(encode())
    equal = _agrees_inside(ours, theirs, case)
    return _row(case, "mapbox_vector_tile.encode", encode, equal, blobs)


def _agrees_inside(ours: dict[int, Any], theirs: dict[int, Any], case: Case) -> tuple[bool, str]:
    """Agreement on the features wholly inside the buffered tile: this peer does not clip."""
    geometry = case.sample.table.geometry
    assert geometry is not None
    xmin, ymin, xmax, ymax = tile_bounds_world(case.tile, _OPTIONS.buffer / _OPTIONS.extent)
    bounds = geometry.bounds
    inside = (bounds[:, 0] > xmin) & (bounds[:, 1] > ymin)
    inside &= (bounds[:, 2] < xmax) & (bounds[:, 3] < ymax)
    ids = set(case.sample.table.ids[inside].tolist())
    mine = {id_: feature for id_, feature in ours.items() if id_ in ids}
    other = {id_: feature for id_, feature in theirs.items() if id_ in ids}
    return agrees(mine, other, buffer=_OPTIONS.buffer, exact=_exact(case))
