"""Machine code beside an entry that may only be read; importing this needs a working Numba.

Numba keeps the machine code of a module beside it only where it could write there, and looks elsewhere otherwise. An
entry's name holds the hash of all it depends on, so what lies beside a prebuilt one is its code.
"""

from pathlib import Path
from typing import Any

from numba.core import caching

from penstock.core.cache import NAMED


class PrebuiltLocator(caching.InTreeCacheLocator):
    """Where the machine code of a prebuilt entry lies: beside it, without asking whether it may be written."""

    def ensure_cache_path(self) -> None:
        """Nothing is written there."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return cls(py_func, py_file) if (Path(py_file).parent / NAMED).exists() else None


# Numba asks these in turn; the first that answers keeps the code
caching.CacheImpl._locator_classes.insert(0, PrebuiltLocator)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
