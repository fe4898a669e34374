"""Relatives of GARCH(1,1) by maximum likelihood; needs ``arch`` (the ``fits`` extra).

Each fit scales values as `fit_garch` does, has a constant mean, and gives the parameters that the filter of its name
reads, with the state that a window leaves as the last of them.
"""

import math
from typing import Any

import numpy as np
from arch import arch_model
from arch.univariate import FIGARCH, ConstantMean

from penstock.core.errors import FitError
from penstock.fits.garch import scaled


def fitted(window: np.ndarray, name: str, **model: Any) -> tuple[Any, np.ndarray, float]:
    """A model fitted to a window, the scaled values, and the scale."""
    values, scale = scaled(window, name)
    made = arch_model(values, mean="Constant", rescale=False, **model)
    return optimised(made, name), values, scale


def optimised(model: Any, name: str) -> Any:
    """A model with the parameters that are likeliest."""
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag != 0 or not np.isfinite(found.params.to_numpy()).all():
        raise FitError(f"{name}: the optimiser must converge, got flag {found.convergence_flag}")
    return found


def fit_gjr(window: np.ndarray) -> np.ndarray:
    """Parameters of the GARCH of Glosten, Jagannathan and Runkle, for ``PowerGarchVolatility``."""
    found, values, scale = fitted(window, "fit_gjr", vol="GARCH", p=1, o=1, q=1)
    mean, omega, alpha, gamma, beta = found.params.to_list()
    return powered(found, values, [omega, alpha, alpha + gamma, beta, 2.0, mean, scale])


def fit_aparch(window: np.ndarray) -> np.ndarray:
    """Parameters of an asymmetric power ARCH, for ``PowerGarchVolatility``."""
    found, values, scale = fitted(window, "fit_aparch", vol="APARCH", p=1, o=1, q=1)
    mean, omega, alpha, gamma, beta, power = found.params.to_list()
    up, down = alpha * (1.0 - gamma) ** power, alpha * (1.0 + gamma) ** power
    return powered(found, values, [omega, up, down, beta, power, mean, scale])


def powered(found: Any, values: np.ndarray, params: list[float]) -> np.ndarray:
    """The parameters, and the volatility of the next scaled value."""
    omega, up, down, beta, power, mean, _ = params
    shock, last = values[-1] - mean, float(found.conditional_volatility[-1])
    total = omega + (up if shock > 0 else down) * abs(shock) ** power + beta * last**power
    return np.array([*params, total ** (1.0 / power)])


def fit_egarch(window: np.ndarray) -> np.ndarray:
    """Parameters of an exponential GARCH, for ``EgarchVolatility``."""
    found, values, scale = fitted(window, "fit_egarch", vol="EGARCH", p=1, o=1, q=1)
    mean, omega, alpha, gamma, beta = found.params.to_list()
    last = float(found.conditional_volatility[-1])
    shock = (values[-1] - mean) / last
    size = abs(shock) - math.sqrt(2 / math.pi)
    logged = omega + alpha * size + gamma * shock + beta * 2 * math.log(last)
    return np.array([omega, alpha, gamma, beta, mean, scale, logged])


def fit_figarch(window: np.ndarray, terms: int) -> np.ndarray:
    """Parameters of a fractionally integrated GARCH, for ``FigarchVolatility``."""
    values, scale = scaled(window, "fit_figarch")
    memory = FIGARCH(p=1, q=1, truncation=terms)
    model = ConstantMean(values, rescale=False, volatility=memory)
    found = optimised(model, "fit_figarch")
    mean, omega, phi, d, beta = found.params.to_list()
    before = float(memory.backcast(values - mean))
    return np.array([omega, phi, d, beta, mean, scale, before])


def fit_student(window: np.ndarray) -> np.ndarray:
    """Degrees of freedom of the shocks of a GARCH(1,1) with Student's t."""
    found, _, _ = fitted(window, "fit_student", vol="GARCH", p=1, q=1, dist="t")
    return np.array([float(found.params["nu"])])
