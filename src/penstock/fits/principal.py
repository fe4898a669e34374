"""Principal components whose signs do not turn."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

SPARE = 2  # rows for each component


def fit_principal(window: np.ndarray, components: int) -> np.ndarray:
    r"""The axes of most variance, and where their origin lies.

    .. math:: z = B (x - \bar x), \quad X - \bar x = U S B_{*}^\top

    Parameters
    ----------
    window
        Rows; one with a value that is not finite is left out.
    components
        How many axes, k: the first rows B of :math:`B_*^\top`. Each is turned so that its largest weight is positive.

    Returns
    -------
    numpy.ndarray
        Row by row the k axes, each followed by :math:`-b \bar x`: the matrix that (x, 1) is multiplied by.

    Raises
    ------
    FitError
        With fewer than two whole rows for each component, or where the rows have fewer directions.

    References
    ----------
    Jolliffe, I. T. (2002). Principal Component Analysis, 2nd edition; Bro, R., Acar, E., Kolda, T. G. (2008). Resolving
    the sign ambiguity in the singular value decomposition. J. Chemometrics 22.
    """
    rows = window[np.isfinite(window).all(axis=1)]
    if len(rows) < SPARE * components:
        raise FitError(
            f"fit_principal: at least {SPARE * components} whole rows are needed, got {len(rows)}"
        )
    mean = rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
    if len(sizes) < components or not sizes[components - 1] > 1e-9 * max(sizes[0], 1e-300):
        raise FitError(f"fit_principal: rows must have {components} directions, got fewer")
    axes = axes[:components]
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(components), largest])[:, None]
    return np.column_stack([axes, -axes @ mean]).ravel()


def principal(columns: int, components: int) -> Model:
    """The first components of so many columns as a model to refit."""
    fit = functools.partial(fit_principal, components=components)
    return Model(f"principal {columns}x{components} v1", components * (columns + 1), fit)
