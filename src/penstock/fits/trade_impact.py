"""What trades do to prices: parts of the spread, and how a trade moves the quotes after it."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model
from penstock.fits.regression import least_squares


def fit_spread_parts(window: np.ndarray) -> np.ndarray:
    r"""The lasting and the passing part of half the spread, for a trade of mean size.

    .. math:: \Delta p_t = c_0 \Delta Q_t + c_1 \Delta(Q_t V_t) + z_0 Q_t + z_1 Q_t V_t + e_t

    Parameters
    ----------
    window
        One row per trade: change of the price, side, size. Rows with an unknown value are left out.

    Returns
    -------
    numpy.ndarray
        :math:`z_0 + z_1 \bar V` and :math:`c_0 + c_1 \bar V`.

    Raises
    ------
    FitError
        With too few whole rows, or where the regressors depend on each other, as where all sizes are equal.

    References
    ----------
    Glosten, L. R., Harris, L. E. (1988). Estimating the components of the bid/ask spread. Journal of Financial
    Economics 21(1), 123-142.
    """
    change, side, size = window.T
    flow = side * size
    x = np.column_stack([np.diff(side), np.diff(flow), side[1:], flow[1:]])
    c0, c1, z0, z1 = least_squares("fit_spread_parts", x, change[1:])
    whole = np.isfinite(x).all(axis=1) & np.isfinite(change[1:])
    mean = size[1:][whole].mean()
    return np.array([z0 + z1 * mean, c0 + c1 * mean])


def fit_quote_revision(window: np.ndarray) -> np.ndarray:
    r"""How much of half the spread quotes move by after a trade: for what it tells, and for what dealers then hold.

    .. math::
        \Delta m_t = (\alpha + \beta) \tfrac{S_{t-1}}{2} Q_{t-1}
                     - \alpha (1 - 2 \pi) \tfrac{S_{t-2}}{2} Q_{t-2} + e_t, \quad
        \operatorname{E}[Q_{t-1} \mid Q_{t-2}] = (1 - 2 \pi) Q_{t-2}

    Parameters
    ----------
    window
        One row per trade: change of the middle price before it, half the spread before it, side. Rows with an unknown
        value are left out.

    Returns
    -------
    numpy.ndarray
        :math:`\alpha`, :math:`\beta` and :math:`\pi`: first :math:`\pi`, then the others by least squares, which are
        the moments of the joint estimate, of which there are as many as parameters.

    Raises
    ------
    FitError
        With too few whole rows, where sides do not depend on those before them at all, or the regressors on each other.

    References
    ----------
    Huang, R. D., Stoll, H. R. (1997). The components of the bid-ask spread: a general approach. Review of Financial
    Studies 10(4), 995-1034, equations 25 and 26.
    """
    moved, half, side = window.T
    y, last, before = moved[2:], side[1:-1], side[:-2]
    x = np.column_stack([half[1:-1] * last, half[:-2] * before])
    whole = np.isfinite(x).all(axis=1) & np.isfinite(y)
    stays, count = np.sum((last * before)[whole]), np.sum((before * before)[whole])
    if stays == 0.0:
        raise FitError(
            f"fit_quote_revision: sides must depend on those before them, got a product of 0 of {count} trades"
        )
    expected = stays / count
    both, alpha = least_squares("fit_quote_revision", x * [1.0, -expected], y)
    return np.array([alpha, both - alpha, (1.0 - expected) / 2.0])


def fit_price_revision(window: np.ndarray) -> np.ndarray:
    r"""What a trade tells and what it costs to trade, by what of its side was expected.

    .. math::
        \Delta p_t = \alpha + (\phi + \theta) x_t - (\phi + \rho \theta) x_{t-1} + e_t, \quad
        \rho = \frac{\sum x_t x_{t-1}}{\sum x_t^2}

    Parameters
    ----------
    window
        One row per trade: change of the price, side. Rows with an unknown value are left out.

    Returns
    -------
    numpy.ndarray
        :math:`\theta`, :math:`\phi` and :math:`\rho`, by the source's moments but for that of trades inside the spread,
        of which there are as many as parameters.

    Raises
    ------
    FitError
        With too few whole rows, or where the regressors depend on each other.

    References
    ----------
    Madhavan, A., Richardson, M., Roomans, M. (1997). Why do security prices change? A transaction-level analysis of
    NYSE stocks. Review of Financial Studies 10(4), 1035-1064.
    """
    change, side = window.T
    now, before = side[1:], side[:-1]
    x = np.column_stack([np.ones(len(now)), now, before])
    _, both, past = least_squares("fit_price_revision", x, change[1:])
    whole = np.isfinite(x).all(axis=1) & np.isfinite(change[1:])
    rho = np.sum((now * before)[whole]) / np.sum((now * now)[whole])
    theta = (both + past) / (1.0 - rho)
    return np.array([theta, both - theta, rho])


def fit_impact_response(window: np.ndarray, lags: int, steps: int) -> np.ndarray:
    r"""How far quotes have moved some trades after one that was not expected.

    .. math::
        r_t = a_0 + \sum_{i=1}^{p} a_i r_{t-i} + \sum_{i=0}^{p} b_i x_{t-i} + u_t, \quad
        x_t = c_0 + \sum_{i=1}^{p} c_i r_{t-i} + \sum_{i=1}^{p} d_i x_{t-i} + v_t

    Parameters
    ----------
    window
        One row per trade: log return of the middle price after it, side. Rows with an unknown value are left out.
    lags
        p, of both.
    steps
        How many trades after the one that surprises are counted.

    Returns
    -------
    numpy.ndarray
        The sum of the returns up to `steps` trades after :math:`v_0 = 1`, itself included.

    Raises
    ------
    FitError
        With too few whole rows, or where the regressors depend on each other.

    References
    ----------
    Hasbrouck, J. (1991). Measuring the information content of stock trades. Journal of Finance 46(1), 179-207.
    """
    past = [window[lags - k : len(window) - k] for k in range(1, lags + 1)]
    x = np.column_stack([np.ones(len(window) - lags), *past])  # 1, then return and side of each lag
    moved, side = window[lags:].T
    with_side = np.column_stack([x, side])
    revision = least_squares("fit_impact_response", with_side, moved)
    whole = np.isfinite(with_side).all(axis=1) & np.isfinite(moved)
    arrival = least_squares("fit_impact_response", x[whole], side[whole])
    path = np.zeros((lags + steps + 1, 2))  # nothing, and then return and side of each step
    for step in range(lags, lags + steps + 1):
        before = path[step - lags : step][::-1].ravel()
        came = 1.0 if step == lags else arrival[1:] @ before
        path[step] = revision[1:-1] @ before + revision[-1] * came, came
    return path[:, :1].sum(axis=0)


SPREAD_PARTS = Model("spread parts v1", 2, fit_spread_parts)
QUOTE_REVISION = Model("quote revision v1", 3, fit_quote_revision)
PRICE_REVISION = Model("price revision v1", 3, fit_price_revision)


def impact_response(lags: int, steps: int) -> Model:
    """The response of quotes to a trade as a model to refit."""
    fit = functools.partial(fit_impact_response, lags=lags, steps=steps)
    return Model(f"impact response {lags}x{steps} v1", 1, fit)
