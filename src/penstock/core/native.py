"""From marked functions to machine code, cached on disk by content.

A compiled entry is a small module file in the cache directory. Its name holds a hash of the code of every
function it reaches and of the platform, so it is never stale, and Numba's own cache beside it holds one signature
per file: two processes cannot swap each other's code. Kernels themselves are never cached, only entries.
"""

import dis
import functools
import hashlib
import importlib.util
import inspect
import os
import platform
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from penstock.core import cache, prune
from penstock.core.errors import DefinitionError
from penstock.core.jit import is_kernel
from penstock.core.memory import INTRINSIC

T = TypeVar("T")
COMPILER = ("numba", "llvmlite", "penstock.core.intrinsics", "penstock.core.locator")


def _compiler() -> tuple[list[Any], str]:
    """The compiler's modules, and why nothing compiles; a broken one leaves the interpreted engine."""
    try:
        found = [importlib.import_module(name) for name in COMPILER]
    except ImportError as error:
        return [None] * len(COMPILER), str(error)
    return found, "NUMBA_DISABLE_JIT is set" if found[0].config.DISABLE_JIT else ""


(numba, llvmlite, intrinsics, _), REASON = _compiler()

CONSTANTS = (
    int,
    float,
    str,
    bool,
    tuple,
    np.dtype,
    np.ndarray,
)  # what Numba freezes into machine code

_dispatchers: dict[object, Any] = {}
_handed: dict[str, Callable[..., Any]] = {}
_counts = {"hits": 0, "misses": 0, "prebuilt": 0}


def available() -> bool:
    """Whether kernels can be compiled here."""
    return not REASON


@functools.cache
def platform_text() -> str:
    """What the bits of a result depend on: CPU, libc, Python, Numba, llvmlite."""
    parts = [platform.machine(), "-".join(platform.libc_ver()), platform.python_version()]
    if numba is not None:
        features = hashlib.sha256(
            str(llvmlite.binding.get_host_cpu_features().flatten()).encode()
        ).hexdigest()[:8]
        parts += [
            llvmlite.binding.get_host_cpu_name(),
            features,
            numba.__version__,
            llvmlite.__version__,
        ]
        parts.append("novec" if not numba.config.LOOP_VECTORIZE else "vec")
    return " ".join(parts)


def cache_directory() -> Path:
    """Where entries are written."""
    return cache.find(platform_text()).directory


def reached(function: Callable[..., Any]) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """The marked functions that a function calls: (holder, name, callee); the holder is a module or None."""
    for name, value in global_values(function):
        if is_kernel(value):
            yield None, name, value
        elif isinstance(value, types.ModuleType):
            for attribute in function.__code__.co_names:
                callee = getattr(value, attribute, None)
                if is_kernel(callee):
                    yield value, attribute, callee


def global_values(function: Callable[..., Any]) -> list[tuple[str, object]]:
    """The module globals that a function loads, by name."""
    names = function.__globals__
    return [(n, names[n]) for n in _loaded(function.__code__) if n in names]


@functools.cache
def _loaded(code: types.CodeType) -> tuple[str, ...]:
    # a global load, not any name: `math.log` in `maths.log` is not the function itself; read once, since kernels share
    # functions, and a start hashes all of them
    steps = dis.get_instructions(code)
    return tuple(sorted({step.argval for step in steps if step.opname == "LOAD_GLOBAL"}))


def reference(function: Callable[..., Any]) -> str:
    """The line by which an entry, a module of its own, gets hold of a function under the name ``function``.

    By import, where its module has it under its name. What was typed at a prompt or in a notebook, or defined again
    there, is handed over inside this process; its machine code is found again by its hash all the same.
    """
    home, name, code = function.__module__, function.__qualname__, function.__code__
    if code.co_freevars:
        raise DefinitionError(
            "a kernel must be a function at module level or read nothing of the function around it (make it a "
            f"parameter, or a number at module level), got {home}.{name} that reads {', '.join(code.co_freevars)}"
        )
    named = getattr(sys.modules.get(home), name, None) is function
    if named and home != "__main__" and all(part.isidentifier() for part in home.split(".")):
        return f"from {home} import {name} as function"
    hashed = code_hash(function)
    _handed[hashed] = function
    return f'from penstock.core.native import handed\nfunction = handed("{hashed}")'


def handed(hashed: str) -> Callable[..., Any]:
    """A function that no module has under its name, by the hash of its code."""
    return _handed[hashed]


def code_hash(function: Callable[..., Any]) -> str:
    """A hash of the bytecode of a function, the constants it reads, and every marked function it reaches.

    Not of the source: a file may be edited after it was imported, and what is typed at a prompt has none.
    """
    seen: dict[Callable[..., Any], str] = {}
    stack = [function]
    while stack:
        current = stack.pop()
        # an intrinsic is compiled from another body, which every entry's name depends on
        if current not in seen and not hasattr(current, INTRINSIC):
            seen[current] = _code(current)
            stack.extend(callee for _, _, callee in reached(current))
    return hashlib.sha256("\n".join(sorted(seen.values())).encode()).hexdigest()


def _code(function: Callable[..., Any]) -> str:
    code, name = function.__code__, f"{function.__module__}.{function.__qualname__}"
    values = global_values(function)
    for used, value in values:
        if not is_kernel(value) and (
            isinstance(value, types.FunctionType) or hasattr(value, "py_func")
        ):
            raise DefinitionError(
                f"a function that a kernel calls must be marked with core.jit, got {used} in {name}"
            )
    constants = [(used, frozen(value)) for used, value in values if isinstance(value, CONSTANTS)]
    for used, module in values:
        if isinstance(module, types.ModuleType):
            held = ((n, getattr(module, n, None)) for n in code.co_names)
            constants += [(f"{used}.{n}", frozen(x)) for n, x in held if isinstance(x, CONSTANTS)]
    parts = (code.co_consts, code.co_names, code.co_varnames, function.__defaults__, constants)
    return f"{name} {code.co_code.hex()} {parts!r}"


def frozen(value: object) -> object:
    """A constant as something whose text differs whenever it does."""
    return (
        (value.dtype.str, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
    )


def dispatcher(function: Callable[..., Any]) -> Any:
    """The Numba dispatcher of a marked function for the code of entries, its marked callees included.

    The function itself where nothing compiles. Python calls what ``compiled`` returns.
    """
    if not available():
        return function
    if function not in _dispatchers:
        native = getattr(function, INTRINSIC, None)
        _dispatchers[function] = getattr(intrinsics, native) if native else _dispatcher(function)
    return _dispatchers[function]


def _dispatcher(function: Callable[..., Any]) -> Any:
    names = dict(function.__globals__)
    for holder, name, callee in reached(function):
        if holder is None:
            names[name] = dispatcher(callee)
        else:
            short = next(key for key, value in function.__globals__.items() if value is holder)
            if names[short] is holder:
                names[short] = types.ModuleType(holder.__name__)
                names[short].__dict__.update(holder.__dict__)
            setattr(names[short], name, dispatcher(callee))
    clone = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    clone.__qualname__, clone.__module__ = function.__qualname__, function.__module__
    # no kernel allocates, so none counts references; callees are inlined: 10 times faster where arrays are passed on;
    # only entries are called from Python or C
    return numba.njit(
        nogil=True,
        error_model="numpy",
        forceinline=True,
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(clone)


def module(path: Path) -> types.ModuleType:
    """The module of an entry, its machine code compiled or read."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules[path.stem] = made  # Numba looks the module up when it loads from its cache
    try:
        spec.loader.exec_module(made)  # type: ignore[union-attr]
    except numba.core.errors.NumbaError as error:
        # its first lines name passes of the compiler, over and over
        lines = [x for x in str(error).splitlines() if not x.startswith("Failed in ")]
        raise DefinitionError(f"a kernel must compile, got {' '.join(lines[:1])}") from error
    return made


def entry(name: str, source: str, hashed: str, load: Callable[[Path], T]) -> T:
    """What is loaded of an entry, which is written once under a name that holds the hash of all it depends on."""
    primitives = inspect.getsource(intrinsics) + Path(__file__).read_text() if available() else ""
    parts = "\n".join([hashed, source, primitives, platform_text()])
    digest = hashlib.sha256(parts.encode()).hexdigest()[:20]
    stem = f"{name}_{digest}"
    built = cache.find(platform_text()).prebuilt
    if built is not None and (built / f"{stem}.py").exists():
        _counts["hits"] += 1
        _counts["prebuilt"] += 1
        return load(built / f"{stem}.py")
    path = cache_directory() / f"{stem}.py"
    with prune.locked(path):
        _counts["hits" if path.exists() else "misses"] += 1
        if not path.exists():
            scratch = path.with_suffix(f".{os.getpid()}")
            scratch.write_text(source)
            scratch.replace(path)
            if _counts["misses"] == 1:  # a process that finds all it needs does not look around
                prune.prune(path.parent)
        return load(path)


ENTRY = '''"""Compiled entry of {module}.{name}."""
from numba import njit
{function}
from penstock.core.native import dispatcher
kernel = dispatcher(function)
@njit({signature}cache=True, nogil={nogil}, error_model="numpy", _nrt=False)
def compiled({arguments}):
    return kernel({arguments})
'''


@functools.cache
def compiled(
    function: Callable[..., Any], signature: str = "", *, brief: bool = False
) -> Callable[..., Any]:
    """The compiled form of a marked function, cached on disk; the function itself where nothing compiles.

    Parameters
    ----------
    function
        A module-level function marked with ``core.jit``.
    signature
        A Numba signature to compile for at once; without it each new combination of types compiles when called.
    brief
        For calls of a microsecond: needs a signature, keeps the GIL, and is called without Numba's
        look at the types of its arguments (430 ns a call become 195).
    """
    if not available():
        return function
    arguments = ", ".join(inspect.signature(function).parameters)
    source = ENTRY.format(
        module=function.__module__,
        name=function.__name__,
        function=reference(function),
        arguments=arguments,
        signature=f'"{signature}", ' if signature else "",
        nogil=not brief,
    )
    name = function.__name__.strip("_")
    made = entry(name, source, code_hash(function), module).compiled
    return next(iter(made.overloads.values())).entry_point if brief else made


def cache_counts() -> dict[str, int]:
    """How many entries this process found, how many it had to write, and how many of the found were prebuilt."""
    return dict(_counts)
