"""GARCH(1,1) by maximum likelihood; needs ``arch`` (the ``fits`` extra)."""

import numpy as np
from arch import arch_model

from penstock.core.errors import FitError

SHORTEST = 50  # values; with fewer the optimiser fits noise or stops at a bound


def fit_garch(window: np.ndarray) -> np.ndarray:
    """Parameters of a GARCH(1,1) with a constant mean and normal shocks.

    Parameters
    ----------
    window
        The values, oldest first; those that are not finite are left out.

    Returns
    -------
    numpy.ndarray
        omega, alpha, beta and mean of the model of ``scale * window``, scale, and the variance of
        the next scaled value, as ``GarchVolatility`` reads them.

    Raises
    ------
    FitError
        With too few values, with values that are all equal, or where the optimiser does not
        converge.

    Notes
    -----
    The scale is the power of two that brings the standard deviation nearest to 1: the optimiser
    works in one range whatever the unit, and scaling rounds nothing. Every fit starts cold, so a
    fit depends on its window alone.

    References
    ----------
    Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of
    Econometrics 31(3), 307-327.
    """
    values, scale = scaled(window, "fit_garch")
    model = arch_model(values, mean="Constant", vol="GARCH", p=1, q=1, rescale=False)
    fitted = model.fit(disp="off", show_warning=False)
    mean, omega, alpha, beta = (float(value) for value in fitted.params)
    last = float(fitted.conditional_volatility[-1]) ** 2
    variance = omega + alpha * (values[-1] - mean) ** 2 + beta * last
    found = np.array([omega, alpha, beta, mean, scale, variance])
    if fitted.convergence_flag != 0 or not np.isfinite(found).all():
        raise FitError(
            f"fit_garch: the optimiser must converge, got flag {fitted.convergence_flag}"
        )
    return found


def scaled(window: np.ndarray, name: str) -> tuple[np.ndarray, float]:
    """The finite values of a window, scaled to a deviation near 1, and the scale.

    Raises
    ------
    FitError
        With too few values, or with values that are all equal.
    """
    values = window[np.isfinite(window)]
    if values.size < SHORTEST:
        raise FitError(f"{name}: at least {SHORTEST} finite values are needed, got {values.size}")
    with np.errstate(over="ignore"):
        deviation = float(values.std())
    if not 0.0 < deviation < np.inf or values.min() == values.max():
        raise FitError(f"{name}: the values must vary, got standard deviation {deviation}")
    scale = 2.0 ** -round(float(np.log2(deviation)))
    return values * scale, scale
