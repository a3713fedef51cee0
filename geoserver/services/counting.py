"""Counts that say what they are: exact for staff in their area, protected for everybody else."""

from typing import Literal

from layers.model import LayerSpec
from layers.policy import Scope

__all__ = ["CountKind", "count_kind", "protected_count", "shown_count"]

CountKind = Literal["exact", "protected"]


def count_kind(scope: Scope) -> CountKind:
    """Which kind of counts of people a reader gets."""
    return "exact" if scope.is_staff and scope.person_count else "protected"


def protected_count(count: int, *, k: int) -> int | None:
    """A count that tells of no small group: None below `k`, else rounded to a multiple of `k`.

    Examples
    --------
    >>> protected_count(7, k=10), protected_count(44, k=10), protected_count(45, k=10)
    (None, 40, 50)
    """
    return None if count < k else (count + k // 2) // k * k


def shown_count(count: int, spec: LayerSpec, scope: Scope, *, k: int) -> int | None:
    """A count of one layer as a reader may see it.

    Layers that tell of people are protected unless the reader may count people; those of
    staff are protected for others as well.
    """
    is_exact = scope.can_read(spec) and (not spec.people or count_kind(scope) == "exact")
    return count if is_exact else protected_count(count, k=k)
