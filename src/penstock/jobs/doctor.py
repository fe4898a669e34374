"""What is installed here, whether kernels compile, what is cached."""

import os
import platform
import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import penstock
from penstock.core import cache as kept
from penstock.core import native
from penstock.core import prune as unused
from penstock.core.jit import jit

PACKAGES = (
    "numpy", "numba", "llvmlite", "polars", "pyarrow", "databento-dbn", "zstandard", "cyclopts", "rich"
)  # fmt: skip
# what each extra adds, and what for; as pyproject.toml has them
EXTRAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "calendars": ("sessions of exchanges", ("exchange_calendars",)),
    "fits": ("refits such as GARCH", ("arch", "scipy")),
    "store": (
        "the feature store",
        ("alembic", "asyncpg", "deltalake", "hiredis", "pg8000", "sqlalchemy"),
    ),
    "serve": (
        "the feature server and its client",
        ("httptools", "httpx", "litestar", "prometheus-client", "uvicorn", "websockets"),
    ),
    "text": ("sentiment by VADER", ("vaderSentiment",)),
    "finbert": ("sentiment by FinBERT", ("onnx", "tokenizers", "torch", "transformers")),
    "onnx": ("FinBERT on ONNX Runtime", ("onnxruntime", "tokenizers")),
    "routing": ("routing by a bandit", ("vowpalwabbit",)),
    "pictures": ("pictures of touches", ("matplotlib",)),
    "oracles": (
        "the tests' expected values",
        ("TA-Lib", "mpmath", "pandas", "scipy", "statsmodels"),
    ),
    "bench": ("peers to measure beside", ("TA-Lib", "databento", "pandas", "screamer", "talipp")),
    "docs": ("the documentation", ("furo", "myst-parser", "numpydoc", "sphinx")),
    "dev": (
        "the tests and checks",
        ("basedpyright", "hypothesis", "import-linter", "pytest", "ruff"),
    ),
}


def examine() -> dict[str, Any]:
    """Everything that ``penstock doctor`` says, as JSON knows it."""
    return {
        "penstock": penstock.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "platform": native.platform_text(),
        "packages": {name: version(name) for name in PACKAGES},
        "compiler": compiler(),
        "cache": cache(),
        "extras": extras(),
    }


def version(name: str) -> str | None:
    """The installed version of a package; None where it is missing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu() -> str:
    """The processor's name."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


@jit
def _probe(x: np.ndarray) -> float:
    total = 0.0
    for i in range(x.size):
        total += x[i]
    return total


def compiler() -> dict[str, Any]:
    """Whether kernels compile, and if not why; without a compiler the engine runs interpreted."""
    if not native.available():
        return {"works": False, "why": native.REASON}
    try:
        works = native.compiled(_probe)(np.ones(3)) == 3.0
    except Exception as error:  # noqa: BLE001  (whatever is wrong with a compiler is the answer)
        return {"works": False, "why": f"{type(error).__name__}: {error}"}
    return {"works": works, "why": "" if works else "a compiled sum of three ones is not three"}


def cache() -> dict[str, Any]:
    """Where compiled entries are looked for and kept and why there, how many, how large."""
    found = kept.find(native.platform_text())
    places = [place for place in (found.prebuilt, found.directory) if place is not None]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {
        "kind": found.kind,
        "why": found.why,
        "prebuilt": None if found.prebuilt is None else str(found.prebuilt),
        "directory": str(found.directory),
        "private": found.directory.name.startswith(kept.TEMPORARY),
        "entries": sum(path.suffix == ".py" for path in files),
        "bytes": sum(path.stat().st_size for path in files),
    }


def prune(days: int) -> tuple[int, int]:
    """Take out what was not used for so many days, of any platform; says how many entries and bytes that were."""
    found = kept.find(native.platform_text())
    place = found.directory.parent if found.kind != "temporary" else found.directory
    return unused.prune(place, idle=days * 86_400 * 10**9)


def extras() -> dict[str, dict[str, Any]]:
    """Which extras are installed, what is missing, and the command that adds it."""
    found = {}
    for name, (purpose, packages) in EXTRAS.items():
        missing = missing_of(packages)
        add = f"pip install 'penstock[{name}]'" if missing else None
        found[name] = {"for": purpose, "installed": not missing, "missing": missing, "add": add}
    return found


def missing_of(packages: Sequence[str]) -> list[str]:
    """The packages that are not installed."""
    return [name for name in packages if version(name) is None]
