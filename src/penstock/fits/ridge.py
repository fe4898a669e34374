"""A linear reward by ridge regression."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model


def fit_ridge(window: np.ndarray, penalty: float) -> np.ndarray:
    r"""Weights of a linear reward, of which large ones cost.

    .. math:: \theta = (X^\top X + \lambda I)^{-1} X^\top r

    Parameters
    ----------
    window
        Rows of context and, last, the reward. A row with a value that is not finite is left out.
    penalty
        :math:`\lambda`, positive.

    Returns
    -------
    numpy.ndarray
        A weight for each column of the context.

    Raises
    ------
    FitError
        Where no row is whole.

    References
    ----------
    Hoerl, A. E., Kennard, R. W. (1970). Ridge regression. Technometrics 12(1); it is the estimate of LinUCB, Li, L.,
    Chu, W., Langford, J., Schapire, R. E. (2010). A contextual-bandit approach. WWW.
    """
    rows = window[np.isfinite(window).all(axis=1)]
    if not len(rows):
        raise FitError("fit_ridge: at least one whole row is needed, got none")
    context, reward = rows[:, :-1], rows[:, -1]
    gram = context.T @ context + penalty * np.eye(context.shape[1])
    return np.linalg.solve(gram, context.T @ reward)


def ridge(columns: int, penalty: float) -> Model:
    """A ridge regression on so many columns as a model to refit."""
    fit = functools.partial(fit_ridge, penalty=penalty)
    return Model(f"ridge {columns}x{penalty!r} v1", columns, fit)
