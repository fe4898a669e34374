"""A model that is refitted from time to time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Model:
    """A named way to turn a window of values into a fixed number of parameters.

    ``fit`` gets a copy of the window, shape ``(window,)`` or ``(window, cells)``, and returns ``size`` floats; it
    raises FitError where the window gives no parameters. ``name`` carries the version: a changed method is a new name.
    """

    name: str
    size: int
    fit: Callable[[np.ndarray], np.ndarray] = field(compare=False)
