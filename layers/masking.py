"""How restricted values are shown to readers without the right to see them whole."""

from collections.abc import Callable, Mapping

from layers.model import Access, LayerSpec, Mask
from layers.policy import Scope

__all__ = ["masked_values"]


def _masked_name(text: str) -> str:
    if len(text) <= 2:
        return text[:1] + "*" * (len(text) - 1)
    return text[0] + "*" * (len(text) - 2) + text[-1]


def _masked_identity(text: str) -> str:
    # first 6 and last 4, the familiar form, leave few candidates beside a birth year
    return text[:1] + "*" * max(len(text) - 2, 0) + text[1:][-1:]


def _masked_phone(text: str) -> str:
    return text[:3] + "****" + text[-4:] if len(text) > 7 else "*" * len(text)


_MASKS: Mapping[Mask, Callable[[str], str]] = {
    Mask.NAME: _masked_name,
    Mask.IDENTITY: _masked_identity,
    Mask.PHONE: _masked_phone,
}


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
        restricted values masked as their field says; what is hidden is left out.

    Raises
    ------
    FieldError
        If a value is not of a field of the layer.
    """
    shown: dict[str, object] = {}
    for name, value in values.items():
        field = spec.field(name)
        if scope.can_read(field):
            shown[name] = value
        elif scope.is_staff and field.access is Access.RESTRICTED and field.mask in _MASKS:
            shown[name] = None if value is None else _MASKS[field.mask](str(value))
    return shown
