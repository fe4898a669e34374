"""The mark of a kernel.

A kernel is plain Python that Numba can compile. The mark only records it: nothing is compiled, and Numba is
not imported, until a plan needs the machine code (``penstock.compile``). So a definition costs no compiler,
and without a compiler the same function runs interpreted.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeGuard, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MARK = "__penstock_kernel__"


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a module-level function as a kernel, or as a helper that kernels call."""
    setattr(function, MARK, True)
    return function


def is_kernel(value: object) -> TypeGuard[Callable[..., Any]]:
    """Whether a value carries the mark."""
    return getattr(value, MARK, False) is True
