"""Faults of a coverage, found on the noded arrangement, and the proposal that repairs them.

Rules of the proposal, the same for the same input whatever its order:

- an overlap goes to the claimant with the smallest area (so an enclave drawn over its surroundings
  survives), the lowest unit id where equal;
- a sliver gap goes to the unit with the longest border to it, the lowest unit id where equal;
- a hole wider than a sliver stays a hole and is reported.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grids.arcs import lonlat_from_lattice
from grids.arrangement import Arrangement
from grids.geodesic import area_under_m2, metres_per_degree
from grids.snap_rounding import NodedEdges

__all__ = [
    "BuildReport",
    "Displacement",
    "Finding",
    "Measures",
    "Repair",
    "measures",
    "proposed_repair",
]

OVERLAP_AREA_M2, OVERLAP_WIDTH_M = 1.0, 0.10
SLIVER_AREA_M2, SLIVER_WIDTH_M = 0.1, 0.5
HOLE_AREA_M2 = 1.0
ROUNDING_WIDTH_M = 0.012
"""Gaps and overlaps of less mean width come from rounding T-junctions to 1e-7 degree."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or one harmless thing that was set right.

    Parameters
    ----------
    code
        G01 invalid geometry, G02 overlap, G03 sliver gap, G04 hole, G06 unmatched node or
        rounding.
    severity
        ``error`` or ``info``.
    unit_ids
        Units concerned, ascending.
    area_m2, width_m
        Total area on GRS80, and the largest mean width.
    count
        Number of places.
    place
        Longitude and latitude of a point of the largest one, degrees.
    given_to
        Units that received the area; empty where nothing was given.
    """

    code: str
    severity: str
    unit_ids: tuple[int, ...]
    area_m2: float
    width_m: float
    count: int
    place: tuple[float, float]
    given_to: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Displacement:
    """Area a unit gains and loses by the proposal, square metres."""

    unit_id: int
    gained_m2: float
    lost_m2: float


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was found and what a repair moved.

    Parameters
    ----------
    findings
        Errors first, then by area.
    displaced
        Units whose area changes, by unit id.
    unmatched, crossings
        (j, 2) float64 lon and lat where a vertex was added to a straight edge, and where edges
        crossed.
    """

    findings: tuple[Finding, ...]
    displaced: tuple[Displacement, ...]
    unmatched: NDArray[np.float64]
    crossings: NDArray[np.float64]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes of faces: (f,) float64 area and perimeter, (m,) float64 length of every edge."""

    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    length_m: NDArray[np.float64]

    @property
    def width_m(self) -> NDArray[np.float64]:
        """Mean width of every face taken as a long strip."""
        return np.asarray(2 * self.area_m2 / np.maximum(self.perimeter_m, 1e-9))


@dataclass(slots=True)
class Repair:
    """Unit of every face after the proposal, -1 for none, and its account."""

    unit: NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)
    gained_m2: dict[int, float] = field(default_factory=dict)
    lost_m2: dict[int, float] = field(default_factory=dict)


def measures(noded: NodedEdges, faces: Arrangement, origin: NDArray[np.int64]) -> Measures:
    """Areas on GRS80 and perimeters of all faces; the unbounded face has no meaningful area."""
    lonlat = lonlat_from_lattice(noded.points.astype(np.int64), origin)
    start, end = lonlat[noded.edges[:, 0]], lonlat[noded.edges[:, 1]]
    base = float(lonlat[:, 1].mean())
    under = area_under_m2(start, end, base_lat=base)
    count = faces.face_count
    area = _sums(faces.left, under, count) - _sums(faces.right, under, count)
    scale = np.column_stack(metres_per_degree((start[:, 1] + end[:, 1]) / 2))
    length = np.hypot(*((end - start) * scale).T)
    around = _sums(faces.left, length, count) + _sums(faces.right, length, count)
    return Measures(area, around, length)


def _sums(group: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(group, values, count), dtype=np.float64)


def proposed_repair(
    faces: Arrangement,
    sizes: Measures,
    unit_ids: NDArray[np.int64],
    place_of: Callable[[int], tuple[float, float]],
) -> Repair:
    """Findings over all faces and the unit each face is given.

    Parameters
    ----------
    faces, sizes
        The arrangement and its measures.
    unit_ids
        (u,) int64 ids of the unit numbers, ascending.
    place_of
        Longitude and latitude of a point of a face.
    """
    done = Repair(faces.cover.copy())
    _give_overlaps(done, faces, sizes, unit_ids, place_of)
    gaps = np.flatnonzero(faces.cover == -1)
    gaps = gaps[gaps != 0]
    if gaps.size:
        _fill_gaps(done, faces, sizes, unit_ids, place_of)
    return done


def _give_overlaps(
    done: Repair,
    faces: Arrangement,
    sizes: Measures,
    unit_ids: NDArray[np.int64],
    place_of: Callable[[int], tuple[float, float]],
) -> None:
    if not faces.several:
        return
    single = faces.cover >= 0
    claimed = _sums(faces.cover[single], sizes.area_m2[single], unit_ids.size)
    for face, units in faces.several.items():
        claimed[list(units)] += sizes.area_m2[face]
    groups: dict[tuple[int, ...], list[int]] = {}
    for face, units in faces.several.items():
        groups.setdefault(units, []).append(face)
    for units, members in groups.items():
        winner = min(units, key=lambda unit: (claimed[unit], unit))
        done.unit[members] = winner
        area = float(sizes.area_m2[members].sum())
        width = float(sizes.width_m[members].max())
        is_error = width > ROUNDING_WIDTH_M and (area > OVERLAP_AREA_M2 or width > OVERLAP_WIDTH_M)
        for loser in set(units) - {winner}:
            _add(done.lost_m2, int(unit_ids[loser]), area)
        done.findings.append(
            Finding(
                "G02" if width > ROUNDING_WIDTH_M else "G06",
                "error" if is_error else "info",
                tuple(unit_ids[list(units)].tolist()),
                area,
                width,
                len(members),
                place_of(max(members, key=lambda face: sizes.area_m2[face])),
                (int(unit_ids[winner]),),
            )
        )


def _fill_gaps(
    done: Repair,
    faces: Arrangement,
    sizes: Measures,
    unit_ids: NDArray[np.int64],
    place_of: Callable[[int], tuple[float, float]],
) -> None:
    is_gap = faces.cover == -1
    is_gap[0] = False
    borders: dict[int, dict[int, float]] = {}
    for near, far in ((faces.left, faces.right), (faces.right, faces.left)):
        rows = np.flatnonzero(is_gap[near])
        owners, lengths = done.unit[far[rows]].tolist(), sizes.length_m[rows].tolist()
        for face, owner, length in zip(near[rows].tolist(), owners, lengths, strict=True):
            beside = borders.setdefault(face, {})
            beside[owner] = beside.get(owner, 0.0) + length
    for face, beside in sorted(borders.items()):
        area, width = float(sizes.area_m2[face]), float(sizes.width_m[face])
        code, severity, is_filled = _gap_class(area, width)
        around = sorted(owner for owner in beside if owner >= 0)
        given: tuple[int, ...] = ()
        if is_filled and around:
            winner = min(around, key=lambda unit: (-beside[unit], unit))
            done.unit[face] = winner
            given = (int(unit_ids[winner]),)
            _add(done.gained_m2, given[0], area)
        units = tuple(unit_ids[around].tolist())
        done.findings.append(Finding(code, severity, units, area, width, 1, place_of(face), given))


def _gap_class(area: float, width: float) -> tuple[str, str, bool]:
    """Code, severity, and whether the proposal fills a gap."""
    if width <= ROUNDING_WIDTH_M:
        return "G06", "info", True
    if width <= SLIVER_WIDTH_M:
        return "G03", "error" if area > SLIVER_AREA_M2 else "info", True
    if area > HOLE_AREA_M2:
        return "G04", "error", False
    return "G03", "info", True


def _add(account: dict[int, float], unit_id: int, area: float) -> None:
    account[unit_id] = account.get(unit_id, 0.0) + area
