"""Where the price of two markets of one thing is found."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

SPARE = 3  # rows for each coefficient
SHARES = ("information", "component", "leadership")  # the parameters, all of the first market


def fit_price_discovery(window: np.ndarray, lags: int) -> np.ndarray:
    r"""Shares of the first of two markets in the discovery of their common price.

    .. math::
        \Delta p_t = \alpha (p_{1,t-1} - p_{2,t-1}) + c + \sum_{k=1}^{p} \Gamma_k \Delta p_{t-k} + e_t, \quad
        \Omega = \operatorname{cov} e, \quad \psi \propto (\alpha_2, -\alpha_1)

    Parameters
    ----------
    window
        Log prices of both, one row per slot of time. A row of the regression with an unknown value is left out.
    lags
        Lagged changes, p.

    Returns
    -------
    numpy.ndarray
        Hasbrouck's information share :math:`([\psi F]_1)^2 / \psi \Omega \psi^\top`, the mean of both orders of the
        Cholesky factor F; Gonzalo and Granger's component share :math:`\alpha_2 / (\alpha_2 - \alpha_1)`; and the
        information leadership share :math:`L^2 / (L^2 + 1), L = |IS_1 / IS_2 \cdot CS_2 / CS_1|`.

    Raises
    ------
    FitError
        With too few whole rows, or where the prices do not move, or move as one.

    References
    ----------
    Hasbrouck, J. (1995). One security, many markets. Journal of Finance 50(4), 1175-1199. Gonzalo, J., Granger, C.
    (1995). Estimation of common long-memory components in cointegrated systems. Journal of Business and Economic
    Statistics 13(1), 27-35. Putnins, T. J. (2013). What do price discovery metrics really measure? Journal of Empirical
    Finance 23, 68-83.
    """
    moves = np.diff(window, axis=0)
    gap = (window[:, 0] - window[:, 1])[lags:-1]
    past = [moves[lags - k : len(moves) - k] for k in range(1, lags + 1)]
    x = np.column_stack([gap, np.ones(len(gap)), *past])
    y = moves[lags:]
    whole = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1)
    x, y = x[whole], y[whole]
    needed = SPARE * x.shape[1]
    if len(x) < needed:
        raise FitError(
            f"fit_price_discovery: at least {needed} whole rows are needed, got {len(x)}"
        )
    found, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    if rank < x.shape[1]:
        raise FitError(f"fit_price_discovery: {x.shape[1]} columns must be independent, got {rank}")
    residuals = y - x @ found
    one, two = found[0]
    return shares(float(one), float(two), residuals.T @ residuals / len(x))


def shares(one: float, two: float, omega: np.ndarray) -> np.ndarray:
    """The shares of the first market, of the speeds of adjustment and the covariance of the innovations."""
    psi = np.array([two, -one])
    total = psi @ omega @ psi
    if not (total > 0.0 and two != one and np.linalg.det(omega) > 0.0):
        raise FitError(f"fit_price_discovery: both prices must move, got a variance of {total}")
    first = float((psi @ np.linalg.cholesky(omega))[0] ** 2 / total)
    turned = np.linalg.cholesky(omega[::-1, ::-1])
    second = 1.0 - float((psi[::-1] @ turned)[0] ** 2 / total)
    share, component = (first + second) / 2.0, two / (two - one)
    with np.errstate(divide="ignore", invalid="ignore"):
        lead = np.abs(np.divide(share, 1.0 - share) * np.divide(1.0 - component, component))
        leadership = 1.0 / (1.0 + np.float64(lead) ** -2)
    return np.array([share, component, leadership])


def price_discovery(lags: int) -> Model:
    """The shares in the discovery of a price as a model to refit."""
    return Model(
        f"price discovery {lags} v1", len(SHARES), functools.partial(fit_price_discovery, lags=lags)
    )
