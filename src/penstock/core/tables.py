"""Tables that take long to make, kept on disk beside compiled code."""

import hashlib
import json
import os
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from penstock.core.native import cache_directory

Tables = dict[str, np.ndarray]


def kept(
    name: str,
    parts: Sequence[str],
    make: Callable[[], Tables],
    is_current: Callable[[Tables], bool] = lambda _: True,
) -> Tables:
    """Tables by name, read where they were made before; they cannot be written to.

    Parameters
    ----------
    name
        What they are, as the file's name begins.
    parts
        All that they depend on, and that is known before they are made.
    make
        Makes them.
    is_current
        Whether what was read still holds.
    """
    digest = hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:20]
    path = cache_directory() / f"{name}_{digest}.npz"
    found = _read(path)
    if found is None or not is_current(found):
        found = make()
        part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.npz")
        np.savez(part, allow_pickle=False, **found)
        part.replace(path)
    for table in found.values():
        table.flags.writeable = False
    return found


def _read(path: Path) -> Tables | None:
    """The tables of a file; None where there is none, or none that is whole."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
