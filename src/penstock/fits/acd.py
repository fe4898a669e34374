"""Autoregressive conditional durations by quasi maximum likelihood; needs ``arch`` (the ``fits`` extra)."""

import numpy as np
from arch import arch_model

from penstock.core.errors import FitError
from penstock.fits.garch import scaled


def fit_acd(window: np.ndarray) -> np.ndarray:
    r"""Parameters of an ACD(1,1) with exponential shocks.

    .. math:: \psi_i = \omega + \alpha x_{i-1} + \beta \psi_{i-1}

    Parameters
    ----------
    window
        Roots of durations, oldest first; those that are not finite are left out.

    Returns
    -------
    numpy.ndarray
        What ``fit_garch`` gives, with a mean of 0: ``GarchVolatility`` of the roots is then the root of psi.

    Raises
    ------
    FitError
        With too few values, with values that are all equal, or where the optimiser does not converge.

    Notes
    -----
    The likelihood of exponential durations is, but for a constant and a factor, that of normal values without a mean
    whose squares the durations are: Engle and Russell's way to fit an ACD as a GARCH.

    References
    ----------
    Engle, R. F., Russell, J. R. (1998). Autoregressive conditional duration. Econometrica 66(5), 1127-1162.
    """
    values, scale = scaled(window, "fit_acd")
    model = arch_model(values, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    fitted = model.fit(disp="off", show_warning=False)
    omega, alpha, beta = (float(value) for value in fitted.params)
    last = float(fitted.conditional_volatility[-1]) ** 2
    found = np.array(
        [omega, alpha, beta, 0.0, scale, omega + alpha * values[-1] ** 2 + beta * last]
    )
    if fitted.convergence_flag != 0 or not np.isfinite(found).all():
        raise FitError(f"fit_acd: the optimiser must converge, got flag {fitted.convergence_flag}")
    return found
