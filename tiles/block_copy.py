"""Block copy of bytes between arrays inside kernels: the memcpy of the machine.

A loop over 20 bytes costs more than all else that is done with a short text.
"""

from collections.abc import Callable
from typing import Any, cast

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["copy_bytes"]


def _typed(
    _: object,
    out: types.Type,
    at: types.Type,
    source: types.Type,
    first: types.Type,
    size: types.Type,
) -> tuple[object, Callable[..., object]]:
    """Signature of the copy, and what generates its code."""
    return types.void(out, at, source, first, size), _generated


def _generated(context: Any, builder: Any, signature: Any, arguments: Any) -> object:  # noqa: ANN401 - numba's own objects
    """Code of one copy: addresses of both places, and the machine's block copy."""
    out_type, _, source_type, _, _ = signature.args
    out, at, source, first, size = arguments
    target = context.make_array(out_type)(context, builder, out).data
    origin = context.make_array(source_type)(context, builder, source).data
    places = builder.gep(target, [at]), builder.gep(origin, [first])
    cgutils.raw_memcpy(builder, *places, size, 1)  # type: ignore[no-untyped-call]
    return context.get_dummy_value()


copy_bytes = cast("Callable[..., None]", intrinsic(_typed))
"""``copy_bytes(out, at, source, first, size)`` over uint8 arrays; nothing is checked."""
