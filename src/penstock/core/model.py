"""A model that is refitted from time to time."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Model:
    """A named way to turn a window of values into a fixed number of parameters.

    ``fit`` gets a copy of the window, shape ``(window,)`` or ``(window, cells)``, and returns ``size`` floats; it
    raises FitError where the window gives no parameters. ``name`` carries the version: a changed method is a new name.
    """

    name: str
    size: int
    fit: Callable[[np.ndarray], np.ndarray] = field(compare=False)

    def __str__(self) -> str:
        return self.name


def later(module: str, name: str, extra: str) -> Callable[..., np.ndarray]:
    """A fit whose module, with the libraries it needs, is imported at the first fit.

    Raises
    ------
    DefinitionError
        At the first fit, where a library of the extra is missing.
    """

    def fit(window: np.ndarray, **words: Any) -> np.ndarray:
        try:
            found = importlib.import_module(module)
        except ImportError as error:
            raise DefinitionError(
                f"Model: {module} needs the extra {extra!r}, got {error}; "
                f"install it with: pip install 'penstock[{extra}]'"
            ) from error
        return getattr(found, name)(window, **words)

    return fit
