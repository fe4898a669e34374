"""From the source of a wrapper to what the loop calls: an address, or a number where nothing compiles."""

from collections.abc import Callable
from typing import Any

from penstock.core import memory, native

# not a C callback: that is a second function around the first, 7 ns a call
MARK = (
    '@njit("void(int64, int64, int64)", cache=True, error_model="numpy", _nrt=False, '
    "no_cpython_wrapper=True, no_cfunc_wrapper=True)"
)


def address(module: Any) -> int:
    """Where the machine code of an entry's wrapper begins."""
    (compiled,) = module.wrapper.overloads.values()
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


def made(name: str, written: str, hashed: Callable[[], str]) -> tuple[int, Any]:
    """The address of a wrapper, or its number in the interpreted table; and what keeps it alive.

    ``hashed`` is asked for a hash of the kernels that the wrapper calls.
    """
    if native.available():
        module = native.entry(name, written, hashed())
        return address(module), module
    names: dict[str, Any] = {"njit": lambda *_, **__: lambda function: function}
    plain = "\n".join(line for line in written.splitlines() if not line.startswith("from numba"))
    exec(compile(plain, f"<wrapper of {name}>", "exec"), names)  # noqa: S102  (our own source)
    memory.INTERPRETED.append(names["wrapper"])
    return len(memory.INTERPRETED) - 1, names
