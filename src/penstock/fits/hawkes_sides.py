"""Two event streams that excite themselves and each other, by maximum likelihood; needs ``scipy``."""

import numpy as np
from scipy.optimize import minimize

from penstock.core import maths, native
from penstock.core.errors import FitError
from penstock.core.jit import jit

SHORTEST = 20  # events of either side
STARTS = (0.3, 3.0, 30.0)  # decays at which the search begins, in events per mean gap
BOUNDS = [(-12.0, 3.0)] * 2 + [(1e-9, 0.999)] * 4 + [(-7.0, 12.0)]


@jit
def log_likelihood(
    gaps: np.ndarray, sides: np.ndarray, at: np.ndarray, slopes: np.ndarray
) -> float:
    """Log-likelihood of events of two sides at the cumulated gaps; fills in its slopes.

    `at` and `slopes` are the two base rates, the four jumps (bought by bought, bought by sold, sold by bought, sold by
    sold), and the decay.
    """
    beta = at[6]
    first, second, first_slope, second_slope = (
        0.0,
        0.0,
        0.0,
        0.0,
    )  # what is left of either side's past
    burst, other, n_first, n_second = (
        0.0,
        0.0,
        0.0,
        0.0,
    )  # events of the last time, which do not count at it
    total, elapsed = 0.0, 0.0
    for k in range(7):
        slopes[k] = 0.0
    for i in range(gaps.size):
        if gaps[i] > 0.0:
            fade = maths.exp(-beta * gaps[i])
            first_slope = fade * (first_slope - gaps[i] * (first + burst))
            second_slope = fade * (second_slope - gaps[i] * (second + other))
            first, second, burst, other = fade * (first + burst), fade * (second + other), 0.0, 0.0
            elapsed += gaps[i]
        side = 0 if sides[i] > 0.0 else 1
        own, cross = at[2 + 2 * side], at[3 + 2 * side]
        rate = at[side] + own * first + cross * second
        total += maths.log(rate)
        slopes[side] += 1.0 / rate
        slopes[2 + 2 * side] += first / rate
        slopes[3 + 2 * side] += second / rate
        slopes[6] += (own * first_slope + cross * second_slope) / rate
        burst, other = burst + 1.0 - side, other + float(side)
        n_first, n_second = n_first + 1.0 - side, n_second + float(side)
    # an event at t adds (alpha / beta) (1 - e^(-beta (T - t))) to the compensator of what it excites
    spent, spent_other = (n_first - first - burst) / beta, (n_second - second - other) / beta
    for side in range(2):
        own, cross = at[2 + 2 * side], at[3 + 2 * side]
        total -= at[side] * elapsed + own * spent + cross * spent_other
        slopes[side] -= elapsed
        slopes[2 + 2 * side] -= spent
        slopes[3 + 2 * side] -= spent_other
        slopes[6] += (
            own * (spent + first_slope) / beta + cross * (spent_other + second_slope) / beta
        )
    return total


def fit_hawkes_sides(window: np.ndarray) -> np.ndarray:
    r"""Base rates, jumps and decay of two streams, bought and sold, that excite themselves and each other.

    .. math:: \lambda^k_t = \mu_k + \sum_{j \in \{B, S\}} \sum_{t^j_i < t} \alpha_{kj} e^{-\beta (t - t^j_i)}

    Parameters
    ----------
    window
        One row per event, oldest first: seconds since the event before, in the first column if it is bought, in the
        second if it is sold; the other is NaN. Rows with both or none are left out. Events of one time do not excite
        each other.

    Returns
    -------
    numpy.ndarray
        Of bought the base rate and the jumps by bought and by sold, then the same of sold, and the decay that all
        share; per second.

    Raises
    ------
    FitError
        With fewer than 20 events of a side, or where the optimiser does not converge.

    Notes
    -----
    The search is over the logarithms of the base rates and of the decay and over the four branching ratios
    :math:`\alpha_{kj} / \beta`, each below 1, from three decays; the best end counts. It starts cold.

    References
    ----------
    Bacry, E., Muzy, J.-F. (2014). Hawkes model for price and trades high-frequency dynamics. Quantitative Finance
    14(7), 1147-1166. Ozaki, T. (1979), for the likelihood.
    """
    known = np.isfinite(window) & (window >= 0.0)
    rows = window[known.sum(axis=1) == 1]
    gaps, sides = np.nanmax(rows, axis=1, initial=0.0), np.where(np.isfinite(rows[:, 0]), 1.0, -1.0)
    fewest, mean = (
        min((sides > 0.0).sum(), (sides < 0.0).sum()),
        float(gaps.mean()) if gaps.size else 0.0,
    )
    if fewest < SHORTEST or not mean > 0.0:
        raise FitError(
            f"fit_hawkes_sides: at least {SHORTEST} events of each side at several times are needed, got {fewest}"
        )
    likelihood, slopes, at, scaled = (
        native.compiled(log_likelihood),
        np.empty(7),
        np.empty(7),
        gaps / mean,
    )

    def cost(free: np.ndarray) -> tuple[float, np.ndarray]:
        beta = float(np.exp(free[6]))
        at[:2], at[2:6], at[6] = np.exp(free[:2]), free[2:6] * beta, beta
        value = likelihood(scaled, sides, at, slopes)
        slope = np.concatenate([slopes[:2] * at[:2], slopes[2:6] * beta, [0.0]])
        slope[6] = slopes[6] * beta + slopes[2:6] @ at[2:6]
        return -value / gaps.size, -slope / gaps.size

    starts = [np.array([np.log(0.25)] * 2 + [0.25] * 4 + [np.log(decay)]) for decay in STARTS]
    ends = [minimize(cost, start, jac=True, method="L-BFGS-B", bounds=BOUNDS) for start in starts]
    best = min((end for end in ends if end.success), key=lambda end: end.fun, default=None)
    if best is None:
        raise FitError(f"fit_hawkes_sides: the optimiser must converge, got {ends[0].message}")
    beta = float(np.exp(best.x[6])) / mean
    base, jumps = np.exp(best.x[:2]) / mean, best.x[2:6] * beta
    return np.array([base[0], *jumps[:2], base[1], *jumps[2:], beta])
