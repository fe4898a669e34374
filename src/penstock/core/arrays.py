"""The arrays that kernels and their oracles take.

Records (registers, histories) are plain ``np.ndarray``: their fields differ per operator.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

# one item of an F8: by an index read from registers, NumPy's stubs take it for an array
Item = float | Any


class Cells(Protocol):
    """A flat array of int64, read and written cell by cell."""

    def __getitem__(self, cell: int, /) -> int: ...

    def __setitem__(self, cell: int, value: int, /) -> None: ...
