"""Least squares as fits share them."""

import numpy as np

from penstock.core.errors import FitError

SPARE = 3  # rows for each coefficient


def least_squares(of: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The coefficients of `y` on the columns of `x`, over the rows that are known on both sides.

    Parameters
    ----------
    of
        The fit that asks, for its errors.
    x
        One row per observation, one column per regressor; a constant is a column of ones.
    y
        What is explained.

    Returns
    -------
    numpy.ndarray
        A coefficient for each column.

    Raises
    ------
    FitError
        With fewer than three whole rows for each coefficient, or where columns depend on each other.
    """
    whole = np.isfinite(x).all(axis=1) & np.isfinite(y)
    x, y = x[whole], y[whole]
    columns = x.shape[1]
    if len(x) < SPARE * columns:
        raise FitError(f"{of}: at least {SPARE * columns} whole rows are needed, got {len(x)}")
    size = np.maximum(np.abs(x).max(axis=0), 1e-300)  # columns of any unit weigh the same
    found, _, rank, _ = np.linalg.lstsq(x / size, y, rcond=None)
    if rank < columns:
        raise FitError(f"{of}: {columns} columns must be independent, got {rank}")
    return found / size
