"""The probability of informed trading by maximum likelihood; needs ``scipy``."""

import itertools

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

from penstock.core.errors import FitError

SHORTEST = 5  # sessions
GRID = (0.1, 0.3, 0.5, 0.7, 0.9)  # Yan and Zhang's
POLISHED = 6  # of the starts, those that are likeliest
EDGE = 1e-6  # how near a probability comes to 0 and 1


def negative_log_likelihood(free: np.ndarray, counts: np.ndarray) -> tuple[float, np.ndarray]:
    """Of sessions' buys and sells, with its slopes, at alpha, delta, and the logarithms of mu, eb and es."""
    alpha, delta = free[:2]
    mu, eb, es = np.exp(free[2:])
    buys, sells = counts.T
    # what informed trades do in a session: nothing, sell on bad news, buy on good news
    shares = np.array([1.0 - alpha, alpha * delta, alpha * (1.0 - delta)])
    bought, sold = np.array([eb, eb, eb + mu])[:, None], np.array([es, es + mu, es])[:, None]
    terms = buys * np.log(bought) - bought + sells * np.log(sold) - sold + np.log(shares)[:, None]
    each = np.asarray(logsumexp(terms, axis=0))
    weights = np.exp(terms - each)
    by_share = weights.sum(axis=1) / shares
    by_bought = (weights * (buys / bought - 1.0)).sum(axis=1)
    by_sold = (weights * (sells / sold - 1.0)).sum(axis=1)
    slopes = [
        -by_share[0] + delta * by_share[1] + (1.0 - delta) * by_share[2],
        alpha * (by_share[1] - by_share[2]),
        mu * (by_bought[2] + by_sold[1]),
        eb * by_bought.sum(),
        es * by_sold.sum(),
    ]
    value = each.sum() - gammaln(counts + 1.0).sum()
    return -value / len(counts), -np.array(slopes) / len(counts)


def starts(counts: np.ndarray) -> list[np.ndarray]:
    """Yan and Zhang's grid: parameters that have the means of buys and sells."""
    mean_buys, mean_sells = counts.mean(axis=0)
    found = []
    for alpha, delta, share in itertools.product(GRID, GRID, GRID):
        eb = share * mean_buys
        mu = (mean_buys - eb) / (alpha * (1.0 - delta))
        es = mean_sells - alpha * delta * mu
        if es > 0.0 and eb > 0.0:
            found.append(np.array([alpha, delta, *np.log([mu, eb, es])]))
    return found


def fit_pin(window: np.ndarray) -> np.ndarray:
    r"""Parameters of Easley, Kiefer, O'Hara and Paperman's model of buys and sells in a session.

    .. math::

        (B, S) \sim (1 - \alpha) P(\epsilon_b, \epsilon_s) + \alpha \delta P(\epsilon_b, \epsilon_s + \mu)
        + \alpha (1 - \delta) P(\epsilon_b + \mu, \epsilon_s), \quad
        \text{PIN} = \frac{\alpha \mu}{\alpha \mu + \epsilon_b + \epsilon_s}

    Parameters
    ----------
    window
        One row per session, oldest first: number of buys and of sells. Rows that are not finite are left out.

    Returns
    -------
    numpy.ndarray
        PIN, alpha, delta, mu, and the rates of uninformed buys and sells.

    Raises
    ------
    FitError
        With fewer than 5 sessions, without any buys or sells, or where the optimiser does not converge.

    Notes
    -----
    The terms of the mixture are added in logarithms, which is what the factorisation of Easley, Hvidkjaer and O'Hara
    is for: sessions of many trades do not overflow. Of Yan and Zhang's grid the six likeliest starts are climbed from,
    and the likeliest end counts: one at the boundary only where none inside is as likely.

    References
    ----------
    Easley, D., Kiefer, N., O'Hara, M., Paperman, J. (1996). Liquidity, information, and infrequently traded stocks.
    Journal of Finance 51(4), 1405-1436. Easley, D., Hvidkjaer, S., O'Hara, M. (2010). Factoring information into
    returns. Journal of Financial and Quantitative Analysis 45(2), 293-309. Yan, Y., Zhang, S. (2012). An improved
    estimation method and empirical properties of the probability of informed trading. Journal of Banking and Finance
    36(2), 454-467.
    """
    counts = window[np.isfinite(window).all(axis=1)]
    if len(counts) < SHORTEST or not (counts.sum(axis=0) > 0.0).all():
        raise FitError(
            f"fit_pin: at least {SHORTEST} sessions with buys and sells are needed, got {len(counts)}"
        )
    likely = sorted(starts(counts), key=lambda start: negative_log_likelihood(start, counts)[0])
    most = float(np.log(counts.max() + 1.0))
    bounds = [(EDGE, 1.0 - EDGE)] * 2 + [(-9.0, most + 3.0)] * 3
    ends = [
        minimize(
            negative_log_likelihood, start, (counts,), jac=True, method="L-BFGS-B", bounds=bounds,
            options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1_000},
        )
        for start in likely[:POLISHED]
    ]  # fmt: skip
    ends = [end for end in ends if np.isfinite(end.fun)]
    if not ends:
        raise FitError("fit_pin: the likelihood must be finite at a start, got none")
    alpha, delta, *logs = min(ends, key=lambda end: end.fun).x
    mu, eb, es = np.exp(logs)
    return np.array([alpha * mu / (alpha * mu + eb + es), alpha, delta, mu, eb, es])
