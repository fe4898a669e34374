"""A Hawkes process with an exponential kernel by maximum likelihood; needs ``scipy``."""

import numpy as np
from scipy.optimize import minimize

from penstock.core import maths, native
from penstock.core.errors import FitError
from penstock.core.jit import jit

SHORTEST = 20  # gaps
STARTS = (0.3, 3.0, 30.0)  # decays at which the search begins, in events per mean gap


@jit
def log_likelihood(
    gaps: np.ndarray, gradient: np.ndarray, mu: float, alpha: float, beta: float
) -> float:
    """Log-likelihood of events at the cumulated gaps; fills in its gradient."""
    excited, slope, total, elapsed = 0.0, 0.0, 0.0, 0.0
    by_mu, by_alpha, by_beta = 0.0, 0.0, 0.0
    for i in range(gaps.size):
        fade = maths.exp(-beta * gaps[i])
        past = 1.0 if i > 0 else 0.0
        slope = fade * (slope - gaps[i] * (past + excited))  # of `excited`, by beta
        excited = fade * (past + excited)
        rate = mu + alpha * excited
        elapsed += gaps[i]
        total += maths.log(rate)
        by_mu += 1.0 / rate
        by_alpha += excited / rate
        by_beta += alpha * slope / rate
    # an event at t adds (alpha / beta) (1 - e^(-beta (T - t))) to the compensator
    spent = (gaps.size - 1.0 - excited) / beta
    gradient[0] = by_mu - elapsed
    gradient[1] = by_alpha - spent
    gradient[2] = by_beta + alpha * (spent + slope) / beta
    return total - mu * elapsed - alpha * spent


def fit_hawkes(window: np.ndarray) -> np.ndarray:
    r"""Base rate, jump and decay of a self-exciting stream, per second.

    .. math:: \lambda_t = \mu + \sum_{t_i < t} \alpha e^{-\beta (t - t_i)}

    Parameters
    ----------
    window
        Seconds between events, oldest first (``Elapsed``). Events of one time are one event; gaps
        that are not finite are left out.

    Returns
    -------
    numpy.ndarray
        mu, alpha and beta, with alpha < beta.

    Raises
    ------
    FitError
        With too few gaps, or where the optimiser does not converge.

    Notes
    -----
    The search is over the logarithms of mu and beta and the log-odds of alpha / beta, from three
    decays; the best end counts. It starts cold, so a fit depends on its window alone.

    References
    ----------
    Ozaki, T. (1979). Maximum likelihood estimation of Hawkes' self-exciting point processes. Annals
    of the Institute of Statistical Mathematics 31, 145-155.
    """
    gaps = np.ascontiguousarray(window[np.isfinite(window) & (window > 0.0)])
    if gaps.size < SHORTEST:
        raise FitError(f"fit_hawkes: at least {SHORTEST} positive gaps are needed, got {gaps.size}")
    mean = float(gaps.mean())
    likelihood, gradient = native.compiled(log_likelihood), np.empty(3)

    def cost(free: np.ndarray) -> tuple[float, np.ndarray]:
        mu, beta = float(np.exp(free[0])), float(np.exp(free[2]))
        share = float(1.0 / (1.0 + np.exp(-free[1])))
        value = likelihood(gaps / mean, gradient, mu, share * beta, beta)
        by_mu, by_alpha, by_beta = gradient
        by_share = by_alpha * beta * share * (1.0 - share)
        slopes = np.array([by_mu * mu, by_share, (by_beta + by_alpha * share) * beta])
        return -value / gaps.size, -slopes / gaps.size

    bounds = [(-12.0, 3.0), (-12.0, 12.0), (-7.0, 12.0)]
    starts = [np.array([np.log(0.5), 0.0, np.log(decay)]) for decay in STARTS]
    ends = [minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min((end for end in ends if end.success), key=lambda end: end.fun, default=None)
    if best is None:
        raise FitError(f"fit_hawkes: the optimiser must converge, got {ends[0].message}")
    mu, beta = float(np.exp(best.x[0])) / mean, float(np.exp(best.x[2])) / mean
    return np.array([mu, beta / (1.0 + float(np.exp(-best.x[1]))), beta])
