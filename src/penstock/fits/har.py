"""A heterogeneous autoregression of realised variance."""

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

WEEK, MONTH = 5, 22  # sessions
SPARE = 3  # rows for each coefficient


def fit_har(window: np.ndarray) -> np.ndarray:
    r"""Intercept and coefficients of a session's variance on those before it.

    .. math:: v_{t+1} = b_0 + b_d v_t + b_w \frac{1}{5} \sum_{i<5} v_{t-i} + b_m \frac{1}{22} \sum_{i<22} v_{t-i} + e

    Parameters
    ----------
    window
        Variances, one a session, oldest first. A row with a value that is not finite is left out.

    Returns
    -------
    numpy.ndarray
        The four coefficients.

    Raises
    ------
    FitError
        With too few whole rows, or where the columns depend on each other.

    References
    ----------
    Corsi, F. (2009). A simple approximate long-memory model of realized volatility. Journal of Financial Econometrics
    7(2), 174-196.
    """
    rows = np.lib.stride_tricks.sliding_window_view(window, MONTH + 1)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) < SPARE * 4:
        raise FitError(f"fit_har: at least {SPARE * 4} whole rows are needed, got {len(rows)}")
    past = rows[:, :MONTH]
    table = np.column_stack(
        [np.ones(len(rows)), past[:, -1], past[:, -WEEK:].mean(axis=1), past.mean(axis=1)]
    )
    size = np.maximum(np.abs(table).max(axis=0), 1e-300)  # variances are small beside 1
    found, _, rank, _ = np.linalg.lstsq(table / size, rows[:, MONTH], rcond=None)
    if rank < 4:
        raise FitError(f"fit_har: 4 columns must be independent, got {rank}")
    return found / size


def har() -> Model:
    """The autoregression as a model to refit."""
    return Model("har 1 5 22 v1", 4, fit_har)
