"""What an import did: counts, rejects with a reason each, hints."""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ImportReport", "Progress", "Reject", "no_progress", "write_rejects"]

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, what is done and, where known, how much there is in all."""


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row or object that was not taken.

    Parameters
    ----------
    where
        Place in the source: ``row 17``, ``way 4711``, ``relation 12``.
    reason
        One clause saying why, for people.
    code
        Stable machine word of the reason, for counting.
    """

    where: str
    reason: str
    code: str


@dataclass(slots=True)
class ImportReport:
    """What an import found and did; filled while it runs.

    Parameters
    ----------
    source
        Name of the file.
    inserted, updated, unchanged
        Rows by layer name.
    rejects
        What was not taken.
    notes
        What the user should know: repairs, assumptions, hints.
    bounds
        Box that the source covers, lon/lat; None where that means nothing.
    seq
        Sequence number of the commit; 0 before it.
    """

    source: str
    inserted: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bounds: tuple[float, float, float, float] | None = None
    seq: int = 0

    def reject(self, where: str, reason: str, *, code: str) -> None:
        """Record one row or object that was not taken."""
        self.rejects.append(Reject(where, reason, code))

    def reasons(self) -> list[tuple[str, int]]:
        """Codes of the rejects with their numbers, most frequent first."""
        return Counter(reject.code for reject in self.rejects).most_common()


def write_rejects(report: ImportReport, path: Path) -> None:
    """Write the rejects as CSV (UTF-8 with byte order mark, so that spreadsheets read it).

    Parameters
    ----------
    report
        A finished import.
    path
        File to write; replaced if it exists.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["where", "code", "reason"])
        writer.writerows([r.where, r.code, r.reason] for r in report.rejects)
