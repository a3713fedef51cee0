"""Masks: how a restricted value is shown to staff who may not see it whole.

A masked field is only ever shown: it is absent from filter, sort, search, counts and tiles,
because `layers.views.visible_spec` leaves it out of what a scope can ask about.
"""

import re
from collections.abc import Callable, Mapping

from layers.model import Access, LayerSpec, Mask
from layers.policy import MaskProfile, Scope

__all__ = ["masked_text", "masked_values"]

_BIRTH_FIELDS = frozenset({"age", "birth_date", "birth_year", "birthday", "born_at"})
_BUILDING = re.compile(r"^(?:.*?[A-Za-z\d]+\s*(?:号楼|幢|栋|座)|.*?\d+号)")
_COMMUNITY = re.compile(r"^.*?(?:社区|村|居委会|街道|镇|乡)")


def masked_values(spec: LayerSpec, values: Mapping[str, object], scope: Scope) -> dict[str, object]:
    """Values of one row as a scope may see them.

    Parameters
    ----------
    spec
        Layer of the row.
    values
        By field name, as stored.
    scope
        Reader.

    Returns
    -------
    dict
        Plain values of the fields the scope reads; for staff without the right to unmask,
        restricted values masked as their field and the scope's profile say; what is hidden is
        left out. In a layer that also shows a birth date or age the operational identity mask
        would leave few candidates (the last digit checks the others): it is strict there.

    Raises
    ------
    FieldError
        If a value is not of a field of the layer.
    """
    shown: dict[str, object] = {}
    tells_birth = any(f.name in _BIRTH_FIELDS and scope.can_read(f) for f in spec.fields)
    for name, value in values.items():
        field = spec.field(name)
        if scope.can_read(field):
            shown[name] = value
        elif scope.is_staff and field.access is Access.RESTRICTED and field.mask is not Mask.HIDE:
            strict = field.mask is Mask.IDENTITY and tells_birth
            profile = MaskProfile.STRICT if strict else scope.mask_profile
            shown[name] = None if value is None else masked_text(str(value), field.mask, profile)
    return shown


def masked_text(text: str, mask: Mask, profile: MaskProfile) -> str:
    """A text under a mask.

    Parameters
    ----------
    text
        Whole value.
    mask
        Any but `Mask.HIDE`, which gives an empty text.

    Examples
    --------
    >>> masked_text("张小明", Mask.NAME, MaskProfile.OPERATIONAL)
    '张*明'
    >>> masked_text("13812345678", Mask.PHONE, MaskProfile.STRICT)
    '138********'
    """
    return _MASKS[mask, profile](text) if mask is not Mask.HIDE else ""


def _name_strict(text: str) -> str:
    return text[:1] + "**" if text else ""  # the length is hidden too


def _name_operational(text: str) -> str:
    if len(text) <= 2:
        return text[:1] + "*" * (len(text) - 1)
    return text[0] + "*" * (len(text) - 2) + text[-1]


def _ends(first: int, last: int) -> Callable[[str], str]:
    """Mask that leaves some characters at both ends, and never more than a part of the text."""

    def mask(text: str) -> str:
        hidden = len(text) - first - last
        if hidden < max(first + last, 1) // 2:
            return "*" * len(text)
        return text[:first] + "*" * hidden + text[len(text) - last :]

    return mask


def _cut(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """Mask that leaves an address up to a part; all is hidden where the part is not found."""

    def mask(text: str) -> str:
        found = pattern.match(text)
        return f"{found.group()}***" if found else "***"

    return mask


_MASKS: Mapping[tuple[Mask, MaskProfile], Callable[[str], str]] = {
    (Mask.NAME, MaskProfile.STRICT): _name_strict,
    (Mask.NAME, MaskProfile.OPERATIONAL): _name_operational,
    (Mask.IDENTITY, MaskProfile.STRICT): _ends(1, 1),
    (Mask.IDENTITY, MaskProfile.OPERATIONAL): _ends(6, 4),
    (Mask.PHONE, MaskProfile.STRICT): _ends(3, 0),
    (Mask.PHONE, MaskProfile.OPERATIONAL): _ends(3, 4),
    (Mask.ADDRESS, MaskProfile.STRICT): _cut(_COMMUNITY),
    (Mask.ADDRESS, MaskProfile.OPERATIONAL): _cut(_BUILDING),
}
