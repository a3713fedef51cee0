"""Who reads: the scope that every reader of the snapshot and the store is given."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from layers.model import Access, FieldSpec, LayerSpec

__all__ = ["MaskProfile", "Role", "Scope"]


class Role(StrEnum):
    """Role of a reader."""

    PUBLIC = "public"
    PARTNER = "partner"  # another system with shared, protected counts
    WORKER = "worker"
    DUTY = "duty"
    PLANNER = "planner"
    ANALYST = "analyst"
    ADMIN = "admin"
    SYSTEM = "system"  # the server itself: snapshot builder, ticker, importer


class MaskProfile(StrEnum):
    """How much a mask leaves to staff without the right to unmask."""

    STRICT = "strict"  # one character, or the community
    OPERATIONAL = "operational"  # enough to tell people apart on the phone or at the door


_STAFF = frozenset({Role.WORKER, Role.DUTY, Role.PLANNER, Role.ANALYST, Role.ADMIN, Role.SYSTEM})


@dataclass(frozen=True)
class Scope:
    """What one reader may see.

    Parameters
    ----------
    role
        One of `Role`.
    subject
        Stable name of the person or system, for the audit row.
    units
        Ids of the grid units of the jurisdiction; None means the whole city.
    unmask
        True if restricted fields may be read whole (needs a purpose, each look is audited).
    person_count
        True if exact counts of people may be read inside the jurisdiction.
    purpose
        Why, in the reader's words; written to the audit.
    mask_profile
        How restricted values are shown without the right to unmask.
    """

    role: Role
    subject: str = ""
    units: frozenset[int] | None = None
    unmask: bool = False
    person_count: bool = False
    purpose: str = ""
    extra: tuple[str, ...] = field(default=())
    mask_profile: MaskProfile = MaskProfile.STRICT

    @classmethod
    def system(cls, purpose: str) -> "Scope":
        """The server's own scope, for building snapshots and imports."""
        return cls(Role.SYSTEM, "system", None, unmask=True, person_count=True, purpose=purpose)

    @classmethod
    def demo_staff(cls) -> "Scope":
        """Anonymous requests of `wangge demo` on loopback."""
        return cls(
            Role.DUTY,
            "demo",
            person_count=True,
            purpose="demo",
            mask_profile=MaskProfile.OPERATIONAL,
        )

    @classmethod
    def public(cls) -> "Scope":
        """Anyone: public layers and fields, protected counts."""
        return cls(Role.PUBLIC, "public")

    @property
    def is_staff(self) -> bool:
        """True for signed-in staff and the server itself."""
        return self.role in _STAFF

    def can_read(self, subject: LayerSpec | FieldSpec) -> bool:
        """True if a layer is visible, or a field is visible unmasked."""
        return self.allows(subject.access)

    def allows(self, access: Access) -> bool:
        """True if the reader belongs to a class of readers."""
        if access is Access.PUBLIC:
            return True
        if access is Access.STAFF:
            return self.is_staff
        return self.is_staff and self.unmask

    @cached_property
    def key(self) -> str:
        """Short hash of all that changes what is seen: part of every cache key and ETag."""
        units = "all" if self.units is None else ",".join(map(str, sorted(self.units)))
        rights = f"{self.unmask}|{self.person_count}|{self.mask_profile}"
        text = f"{self.role}|{units}|{rights}|{'|'.join(self.extra)}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
