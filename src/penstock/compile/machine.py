"""From the source of a wrapper to what the loop calls: an address, or a number where nothing compiles."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from penstock.core import memory, native, objects

# not a C callback: that is a second function around the first, 7 ns a call
MARK = (
    '@njit("void(int64, int64, int64)", cache=True, error_model="numpy", _nrt=False, '
    "no_cpython_wrapper=True, no_cfunc_wrapper=True)"
)


def code(path: Path) -> tuple[int, Any]:
    """Where the machine code of an entry's wrapper begins, and what keeps it alive."""
    linked = objects.load(path)
    if linked is not None:
        return linked, None
    module = native.module(path)
    (compiled,) = module.wrapper.overloads.values()
    if os.access(objects.path_of(path).parent, os.W_OK):
        objects.keep(path, compiled)
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name), module


def made(name: str, written: str, hashed: Callable[[], str]) -> tuple[int, Any]:
    """The address of a wrapper, or its number in the interpreted table; and what keeps it alive.

    ``hashed`` is asked for a hash of the kernels that the wrapper calls.
    """
    if native.available():
        return native.entry(name, written, hashed(), code)
    names: dict[str, Any] = {"njit": lambda *_, **__: lambda function: function}
    plain = "\n".join(line for line in written.splitlines() if not line.startswith("from numba"))
    exec(compile(plain, f"<wrapper of {name}>", "exec"), names)  # noqa: S102  (our own source)
    memory.INTERPRETED.append(names["wrapper"])
    return len(memory.INTERPRETED) - 1, names
