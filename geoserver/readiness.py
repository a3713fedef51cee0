"""Readiness: each part of the server with its state and the reason for it."""

from dataclasses import dataclass

__all__ = ["Part", "Readiness"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the server.

    Parameters
    ----------
    name
        ``store``, ``snapshot``, ``grid``, ``network`` or ``positions``.
    is_ready
        False if answers that need it fail.
    reason
        One sentence: what it is on, or what is missing and what to do.
    """

    name: str
    is_ready: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """All parts; only those that are `needed` decide."""

    parts: tuple[Part, ...]
    needed: frozenset[str]

    @property
    def is_ready(self) -> bool:
        """True if every needed part is ready."""
        return all(part.is_ready for part in self.parts if part.name in self.needed)

    def document(self) -> dict[str, object]:
        """The answer of ``/health``."""
        return {
            "status": "ready" if self.is_ready else "not ready",
            "parts": {
                part.name: {
                    "ready": part.is_ready,
                    "needed": part.name in self.needed,
                    "reason": part.reason,
                }
                for part in self.parts
            },
        }
