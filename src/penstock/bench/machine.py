"""What a figure was measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path

from penstock import __version__
from penstock.core.native import platform_text

PARTS = ("numpy", "numba", "llvmlite", "polars", "pyarrow", "databento-dbn")
PEERS = ("csp", "screamer", "TA-Lib", "talipp", "pandas", "databento")


def machine() -> dict[str, object]:
    """The processor, its load, and the versions of what runs."""
    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "numba": version("numba"),
        "versions": {"penstock": __version__, **{name: version(name) for name in PARTS + PEERS}},
        "platform": platform_text(),
    }


def processor() -> str:
    """The processor's own name."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def version(name: str) -> str:
    """An installed distribution's version, or ``absent``."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
