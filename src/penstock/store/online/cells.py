"""The 8 bytes of a value in a packed row."""

from typing import Any

import numpy as np

CANONICAL = np.float64("nan").view(np.int64)  # every NaN is this one


def cell(value: Any, kind: str) -> tuple[int, bool]:
    """A value's 8 bytes as an integer, and whether it is null."""
    if kind == "f8":
        number = np.float64("nan") if value is None else np.float64(value)
        return (int(CANONICAL), True) if np.isnan(number) else (int(number.view(np.int64)), False)
    if value is None:
        return 0, True
    if isinstance(value, bool | np.bool_) != (kind == "bool") or int(value) != value:
        raise ValueError(value)
    return int(value), False


def as_bytes(values: np.ndarray) -> np.ndarray:
    """Rows of values as rows of bytes."""
    flat = np.ascontiguousarray(values)
    return flat.view(np.uint8).reshape(len(flat), -1)
