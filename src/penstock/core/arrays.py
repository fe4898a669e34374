"""The arrays that kernels and their oracles take.

Records (registers, histories) are plain ``np.ndarray``: their fields differ per operator.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

# one item of an F8: by an index read from registers, NumPy's stubs take it for an array
Item = float | Any
