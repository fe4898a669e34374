"""An autoregression by least squares."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

SPARE = 2  # rows for each coefficient


def fit_autoregression(window: np.ndarray, lags: int) -> np.ndarray:
    r"""Intercept and coefficients of a series on its own past.

    .. math:: x_t = c + \sum_{k=1}^{p} \phi_k x_{t-k} + \epsilon_t

    Parameters
    ----------
    window
        Values, oldest first. A row with a value that is not finite is left out.
    lags
        How many, p.

    Returns
    -------
    numpy.ndarray
        c and the coefficients of the lags 1 to p.

    Raises
    ------
    FitError
        With fewer than two whole rows for each coefficient, or where the lags depend on each other.

    References
    ----------
    Hamilton, J. D. (1994). Time Series Analysis, section 5.2: conditional maximum likelihood of an AR(p).
    """
    rows = np.lib.stride_tricks.sliding_window_view(window, lags + 1)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) < SPARE * (lags + 1):
        raise FitError(
            f"fit_autoregression: at least {SPARE * (lags + 1)} whole rows are needed, got {len(rows)}"
        )
    past = np.column_stack(
        [np.ones(len(rows)), rows[:, lags - 1 :: -1] if lags > 1 else rows[:, :1]]
    )
    found, _, rank, _ = np.linalg.lstsq(past, rows[:, lags], rcond=None)
    if rank < lags + 1:
        raise FitError(f"fit_autoregression: {lags + 1} columns must be independent, got {rank}")
    return found


def autoregression(lags: int) -> Model:
    """An autoregression of so many lags as a model to refit."""
    return Model(
        f"autoregression {lags} v1", lags + 1, functools.partial(fit_autoregression, lags=lags)
    )
