"""The direction in which the order flow imbalances of several levels move together."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

SHORTEST = 3  # rows for each level


def fit_component(window: np.ndarray, levels: int) -> np.ndarray:
    r"""Weights of the first principal component, by the sum of their sizes.

    .. math:: w_1 / \lVert w_1 \rVert_1, \quad w_1 = \operatorname{arg\,max}_{\lVert w \rVert_2 = 1} w^\top \Sigma w

    Parameters
    ----------
    window
        One row per slot of time, one column per level. A row with a value that is not finite is left out.
    levels
        How many columns.

    Returns
    -------
    numpy.ndarray
        A weight for each level; their sizes add up to 1, and so turned that their sum is not negative.

    Raises
    ------
    FitError
        With too few whole rows, or where they do not differ.

    References
    ----------
    Cont, R., Cucuringu, M., Zhang, C. (2023). Cross-impact of order flow imbalance in equity markets. Quantitative
    Finance 23(10), 1373-1393.
    """
    rows = window[np.isfinite(window).all(axis=1)]
    if len(rows) < SHORTEST * levels:
        raise FitError(
            f"fit_component: at least {SHORTEST * levels} whole rows are needed, got {len(rows)}"
        )
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False).reshape(levels, levels))
    if not values[-1] > 0.0:
        raise FitError(f"fit_component: rows must differ, got a variance of {values[-1]}")
    weights = vectors[:, -1] / np.abs(vectors[:, -1]).sum()
    return weights if weights.sum() >= 0.0 else -weights


def component(levels: int) -> Model:
    """The first principal component of so many levels as a model to refit."""
    return Model(f"component {levels} v1", levels, functools.partial(fit_component, levels=levels))
