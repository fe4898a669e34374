"""Machine code of entries as object files beside Numba's own cache.

LLVM links one in a tenth of a millisecond; Numba's cache, which also holds types and what Python calls, takes six.
"""

import functools
import hashlib
import os
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

LINE = b"\n"
_linked: dict[bytes, int] = {}  # addresses by the hash of the code
_linking = threading.Lock()


def path_of(entry: Path) -> Path:
    """Where the machine code of an entry is kept: it goes where the entry goes."""
    return entry.parent / "__pycache__" / f"{entry.stem}.o"


def keep(entry: Path, compiled: Any) -> None:
    """Keep the machine code of a function that was compiled just now; of one that was read Numba has let go of it.

    Parameters
    ----------
    entry
        The entry's source.
    compiled
        What Numba made of its one signature.
    """
    code = getattr(compiled.library, "_compiled_object", None)
    if not code:
        return
    name = compiled.fndesc.llvm_func_name.encode()
    says = name + LINE + hashlib.sha256(name + code).digest() + code
    path = path_of(entry)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(says)
    part.replace(path)


def load(entry: Path) -> int | None:
    """The address of an entry's function; None where its machine code was not kept, or is damaged."""
    try:
        name, _, rest = path_of(entry).read_bytes().partition(LINE)
    except OSError:
        return None
    digest, code = rest[:32], rest[32:]
    # LLVM ends the process over a file that is cut off
    if hashlib.sha256(name + code).digest() != digest:
        return None
    with _linking:  # of one name there may be one function
        if digest not in _linked:
            linker = _linker()
            linker.add_object_file(_llvm().ObjectFileRef.from_data(code))
            linker.finalize_object()
            _linked[digest] = linker.get_function_address(name.decode())
        return _linked[digest]


@functools.cache
def _linker() -> Any:
    """What links objects into this process; the names of the C functions that they call are those that Numba gives."""
    _ = import_module("numba.core.registry").cpu_target.target_context
    llvm = _llvm()
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _llvm() -> Any:
    return import_module("llvmlite.binding")
