"""Decorators of the compiled kernels.

Passing a tuple of arrays from kernel to kernel counts a reference to every array, which took
two thirds of the time of a polygon tile. Kernels that allocate nothing only borrow their arrays,
so they are compiled without reference counting and into their caller.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

__all__ = ["borrowing", "kernel"]

_Function = TypeVar("_Function", bound=Callable[..., object])


def kernel(function: _Function) -> _Function:
    """Compiled function; division by zero gives infinity or NaN."""
    return cast("_Function", njit(nogil=True, cache=True, error_model="numpy")(function))


def borrowing(function: _Function) -> _Function:
    """Function compiled into its caller; it must not allocate or give back an array."""
    compiled = njit(  # type: ignore[call-overload]  # the stubs do not know the last option
        nogil=True, cache=True, error_model="numpy", forceinline=True, _nrt=False
    )
    return cast("_Function", compiled(function))
