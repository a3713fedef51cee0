"""Three-valued truth of many rows at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Truth"]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Truth of n rows; a row that is neither true nor false is unknown.

    Parameters
    ----------
    true, false
        (n,) bool, never both.

    References
    ----------
    ISO/IEC 9075-2:2016, "SQL/Foundation", 6.39, tables 14 to 16.
    """

    true: NDArray[np.bool_]
    false: NDArray[np.bool_]

    @classmethod
    def of(cls, holds: NDArray[np.bool_], known: NDArray[np.bool_] | None) -> "Truth":
        """True where it holds, unknown where not known (None: all known)."""
        if known is None:
            return cls(holds, ~holds)
        return cls(holds & known, ~holds & known)

    @classmethod
    def everywhere(cls, size: int, *, value: bool | None) -> "Truth":
        """The same for all rows; None is unknown."""
        no = np.zeros(size, dtype=np.bool_)
        if value is None:
            return cls(no, no)
        return cls(~no, no) if value else cls(no, ~no)

    def __and__(self, other: "Truth") -> "Truth":
        """Both."""
        return Truth(self.true & other.true, self.false | other.false)

    def __or__(self, other: "Truth") -> "Truth":
        """At least one."""
        return Truth(self.true | other.true, self.false & other.false)

    def __invert__(self) -> "Truth":
        """Not."""
        return Truth(self.false, self.true)
