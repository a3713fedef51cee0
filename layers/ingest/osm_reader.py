"""Objects of an OpenStreetMap file (XML or PBF, compressed or not) with coordinates resolved."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from grids.errors import FileFormatError

__all__ = ["Member", "OsmData", "OsmNode", "OsmRelation", "OsmWay", "read_osm"]

AREA_RELATIONS = frozenset({"multipolygon", "boundary"})


@dataclass(frozen=True, slots=True)
class OsmNode:
    """A tagged node; `lonlat` in degrees, EPSG:4326."""

    id: int
    tags: dict[str, str]
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True)
class OsmWay:
    """A way; `refs` and `lonlats` are parallel. Where nodes are missing, the longest stretch.

    Parameters
    ----------
    id, tags
        As in the file.
    refs
        Node ids.
    lonlats
        Degrees, EPSG:4326.
    missing
        Number of nodes of the way that are left out.
    """

    id: int
    tags: dict[str, str]
    refs: tuple[int, ...]
    lonlats: tuple[tuple[float, float], ...]
    missing: int

    @property
    def is_closed(self) -> bool:
        """True if it ends where it starts and nothing is missing."""
        return len(self.refs) > 2 and self.refs[0] == self.refs[-1] and not self.missing


@dataclass(frozen=True, slots=True)
class Member:
    """One way of an area relation with its role."""

    way_id: int
    role: str


@dataclass(frozen=True, slots=True)
class OsmRelation:
    """A relation that describes an area."""

    id: int
    tags: dict[str, str]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class OsmData:
    """What a file holds that can become rows."""

    nodes: list[OsmNode]
    ways: dict[int, OsmWay]
    relations: list[OsmRelation]
    bounds: tuple[float, float, float, float] | None


def _objects(path: Path, entities: osmium.osm.osm_entity_bits, *, locations: bool) -> Iterator[Any]:
    """Objects of the file; a damaged file raises one clear error."""
    try:
        reader = osmium.FileProcessor(str(path), entities)
        yield from reader.with_locations() if locations else reader
    except (RuntimeError, osmium.InvalidLocationError) as exc:
        raise FileFormatError(
            f"{path.name} is not a readable OpenStreetMap file, or is cut short: {exc}"
        ) from exc


def _header_bounds(path: Path) -> tuple[float, float, float, float] | None:
    """Bounding box that the file declares, if it does."""
    try:
        box = osmium.io.Reader(str(path)).header().box()
    except RuntimeError as exc:
        raise FileFormatError(f"{path.name} is not a readable OpenStreetMap file: {exc}") from exc
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return (low.lon, low.lat, high.lon, high.lat)


def _longest_run(nodes: list[osmium.osm.NodeRef]) -> list[osmium.osm.NodeRef]:
    """Longest stretch of consecutive nodes that the file holds: no line jumps over a gap."""
    runs: list[list[osmium.osm.NodeRef]] = [[]]
    for node in nodes:
        if node.location.valid():
            runs[-1].append(node)
        elif runs[-1]:
            runs.append([])
    return max(runs, key=len)


def _way(way: osmium.osm.Way, tags: dict[str, str]) -> OsmWay:
    nodes = list(way.nodes)
    found = _longest_run(nodes)
    return OsmWay(
        id=way.id,
        tags=tags,
        refs=tuple(n.ref for n in found),
        lonlats=tuple((n.location.lon, n.location.lat) for n in found),
        missing=len(nodes) - len(found),
    )


def read_osm(
    path: Path,
    *,
    wanted: frozenset[str],
    on_progress: Callable[[str, int, int | None], None],
) -> OsmData:
    """All tagged nodes, ways and area relations that carry one of the wanted keys.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.
    wanted
        Tag keys; an object without any of them is left out, except ways that an area relation
        is made of.
    on_progress
        Called with the stage and the number of objects read.

    Returns
    -------
    OsmData
        Coordinates in degrees, EPSG:4326.

    Raises
    ------
    FileFormatError
        If the file is missing, not OpenStreetMap data, or truncated.
    """
    if not path.is_file():
        raise FileFormatError(f"there is no file {path}")
    relations = [
        OsmRelation(
            o.id, dict(o.tags), tuple(Member(m.ref, m.role) for m in o.members if m.type == "w")
        )
        for o in _objects(path, osmium.osm.RELATION, locations=False)
        if o.tags.get("type") in AREA_RELATIONS
    ]
    parts = {member.way_id for relation in relations for member in relation.members}
    nodes: list[OsmNode] = []
    ways: dict[int, OsmWay] = {}
    for count, item in enumerate(
        _objects(path, osmium.osm.NODE | osmium.osm.WAY, locations=True), start=1
    ):
        if count % 50_000 == 0:
            on_progress("read", count, None)
        tags = dict(item.tags) if len(item.tags) else {}
        if item.is_way():
            if item.id in parts or not wanted.isdisjoint(tags):
                ways[item.id] = _way(item, tags)
        elif tags and not wanted.isdisjoint(tags):
            place = item.location
            nodes.append(OsmNode(item.id, tags, (place.lon, place.lat)))
    return OsmData(nodes, ways, relations, _header_bounds(path))
