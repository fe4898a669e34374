"""Detrended fluctuation analysis: how far a sum of values drifts as the span grows."""

import math

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

SMALLEST = 4  # values of a box
GROWTH = 1.2  # of the size of boxes
SHORTEST = 70  # values: the largest box then has 7 of them
LEAST = 3  # sizes whose boxes fluctuate


def sizes(count: int) -> list[int]:
    """Sizes of boxes from 4 to a tenth of the values, each at least 1.2 times the one before."""
    steps = math.floor(math.log(0.1 * count / SMALLEST) / math.log(GROWTH))
    found = [SMALLEST]
    for step in range(steps + 1):
        size = math.floor(SMALLEST * GROWTH**step)
        if size > found[-1]:
            found.append(size)
    return found


def fluctuation(walk: np.ndarray, size: int) -> float:
    """Root of the mean square by which boxes, which overlap by half, depart from a line through each."""
    boxes = np.lib.stride_tricks.sliding_window_view(walk, size)[: walk.size - size : size // 2]
    at = np.arange(size) - (size - 1) / 2.0
    rest = boxes - boxes.mean(axis=1, keepdims=True)
    rest = rest - np.outer(rest @ at / (at @ at), at)
    return math.sqrt(float((rest * rest).mean()))


def fit_dfa(window: np.ndarray) -> np.ndarray:
    r"""Exponent with which the fluctuation of a sum of values grows with the span.

    .. math:: F(n) \propto n^\alpha, \quad
              F(n)^2 = \frac{1}{n B} \sum_{b \le B} \sum_{i \in b} (X_i - \hat X_{b,i})^2, \quad
              X_i = \sum_{j \le i} (x_j - \bar x)

    Parameters
    ----------
    window
        Values, oldest first; those that are not finite are left out.

    Returns
    -------
    numpy.ndarray
        The slope of ln F on ln n by least squares: 1/2 without memory, above it where signs last.

    Raises
    ------
    FitError
        With fewer than 70 values, or where fewer than three sizes of boxes fluctuate.

    Notes
    -----
    Boxes of n values begin every n // 2 of them, from 4 values up to a tenth of all, each size at least 1.2 times the
    one before: the conventions of ``nolds.dfa`` with ``fit_exp="poly"``.

    References
    ----------
    Peng, C.-K., et al. (1994). Mosaic organization of DNA nucleotides. Physical Review E 49(2), 1685-1689. Lillo, F.,
    Farmer, J. D. (2004). The long memory of the efficient market. Studies in Nonlinear Dynamics and Econometrics 8(3).
    """
    values = window[np.isfinite(window)]
    if values.size < SHORTEST:
        raise FitError(f"fit_dfa: at least {SHORTEST} values are needed, got {values.size}")
    walk = np.cumsum(values - values.mean())
    spans = sizes(values.size)
    found = np.array([fluctuation(walk, size) for size in spans])
    moved = found > 0.0
    if moved.sum() < LEAST:
        raise FitError(f"fit_dfa: values must differ, got {moved.sum()} sizes that fluctuate")
    x, y = np.log(np.array(spans, float)[moved]), np.log(found[moved])
    x -= x.mean()
    return np.array([x @ (y - y.mean()) / (x @ x)])


DFA = Model("dfa linear overlapping v1", 1, fit_dfa)
