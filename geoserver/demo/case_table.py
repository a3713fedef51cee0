"""Rows of layer ``event`` from cases and their courses."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geoserver.demo.case_model import CaseCourse, case_classes, state_at

__all__ = ["CaseRows", "case_codes", "case_columns", "instants"]


@dataclass(frozen=True, slots=True)
class CaseRows:
    """What a table of cases needs besides their courses.

    Parameters
    ----------
    class_index
        (n,) int64 index of `case_classes`.
    source, fate, county, street
        (n,) text: who reported, how it ends, 6-digit county, name of the nearest street.
    address
        (n,) text.
    """

    class_index: NDArray[np.int64]
    source: NDArray[np.str_]
    fate: NDArray[np.str_]
    county: NDArray[np.str_]
    street: NDArray[np.str_]
    address: NDArray[np.object_]


def instants(times: NDArray[np.int64], known: NDArray[np.bool_]) -> pa.Array:
    """Instants, null where they are not known yet."""
    return pa.array(times, pa.int64(), mask=~known)


def case_codes(
    county: NDArray[np.str_], reported: NDArray[np.int64], first: int = 1
) -> NDArray[np.str_]:
    """(n,) codes of 19 digits: county 6, local day 8, serial 5 from `first` in that day."""
    day = np.datetime_as_string((reported + 8 * 3_600_000).astype("datetime64[ms]"), unit="D")
    day = np.char.replace(day, "-", "")
    start = np.flatnonzero(np.concatenate([[True], day[1:] != day[:-1]])) if day.size else day
    rank = np.arange(day.size) - np.repeat(start, np.diff(np.append(start, day.size)))
    serial = np.char.zfill((rank + first).astype("U5"), 5)
    return np.char.add(np.char.add(county, day), serial)


def case_columns(rows: CaseRows, steps: CaseCourse, now_ms: int) -> dict[str, object]:
    """Columns of layer ``event`` as they stand at `now_ms`; times after it are null."""
    classes = case_classes()
    index = rows.class_index
    state, colour, late = state_at(steps, now_ms, rows.fate)
    refused = np.isin(rows.fate, ["rejected", "withdrawn"])
    title = np.char.add(np.char.add(classes.title[index], " · "), rows.street)
    severity = np.array(
        [{"simple": 1, "general": 2, "prominent": 3, "major": 4}[g] for g in classes.grade]
    )
    level = np.array(
        [
            {"simple": "grid", "general": "community", "prominent": "street", "major": "district"}[
                g
            ]
            for g in classes.grade
        ]
    )
    closed_by = np.where(refused, steps.accepted, steps.closed)
    return {
        "title": title,
        "class4": classes.code[index],
        "source": rows.source,
        "state": state,
        "colour": colour,
        "grade": classes.grade[index],
        "severity": severity[index],
        "level": level[index],
        "department": classes.department[index],
        "reported_at": pa.array(steps.reported),
        "accepted_at": instants(steps.accepted, steps.accepted <= now_ms),
        "dispatched_at": instants(steps.dispatched, (steps.dispatched <= now_ms) & ~refused),
        "arrived_at": instants(steps.arrived, (steps.arrived <= now_ms) & ~refused),
        "handled_at": instants(steps.handled, (steps.handled <= now_ms) & ~refused),
        "closed_at": instants(closed_by, closed_by <= now_ms),
        "deadline_at": pa.array(steps.due),
        "late": late,
        "rework": np.where(late & (index % 3 == 0), 1, 0),
        "limit_type": classes.limit_type[index],
        "limit_value": classes.limit_value[index],
        "address": rows.address,
    }
