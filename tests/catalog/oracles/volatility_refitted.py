"""What volatility by fitted models must give: arch's fits over each window, its recursions from there on."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from arch import arch_model
from arch.univariate import FIGARCH, ConstantMean, RiskMetrics2006
from arch.univariate.recursions_python import figarch_weights_python
from statsmodels.tsa.ar_model import AutoReg
from tests.catalog.market import Market
from tests.catalog.oracles.stats import NAN, log_return
from tests.catalog.oracles.volatility import SESSIONS, known

from penstock.core import maths

FITTED = (
    "garch11_volatility", "gjr_garch_volatility", "egarch_volatility", "aparch_volatility", "garch_persistence",
    "student_t_garch_dof", "figarch_volatility",
)  # fmt: skip
BARS = tuple(
    f"volatility.{name}"
    for name in (
        *FITTED, *(f"{name}(w=100, refit=40)" for name in FITTED[:-1]),
        "figarch_volatility(w=100, refit=100, trunc=30)", "har_rv_forecast", "har_rv_forecast(w=60, refit=10, W=1w)",
        "volatility_half_life", "volatility_half_life(w=50, W=1w)", "riskmetrics2006_volatility",
        "riskmetrics2006_volatility(tau0=900, tau1=2, kmax=5, rho=2)", "stochastic_volatility_filter",
        "stochastic_volatility_filter(phi=0.8, q=0.3, floor=1e-6)",
    )
)  # fmt: skip
TOLERANCE = {
    "volatility.har_rv_forecast": (
        1e-6,
        "least squares of variances that nearly depend on each other",
    ),
    "volatility.figarch_volatility": (1e-8, "a sum of a thousand terms, ordered otherwise"),
}
Fit = Callable[[np.ndarray], dict[str, Any] | None]


def returns(m: Market) -> np.ndarray:
    """Log returns in the engine's bits: an optimiser that sees others stops elsewhere."""
    close = np.where(m.bar["close"] > 0, m.bar["close"], NAN)
    ratios = close[1:] / close[:-1]
    return np.array([NAN, *(maths.log(x) if x == x else NAN for x in ratios.tolist())])


@cache
def fit(data: bytes, options: tuple[tuple[str, Any], ...]) -> dict[str, float] | None:
    """arch's fit to values that are scaled to a deviation near 1; None where it fails."""
    values = np.frombuffer(data)
    if values.size < 50 or not 0 < values.std() < math.inf or np.ptp(values) == 0:
        return None
    scale = 2.0 ** -round(math.log2(values.std()))
    words = dict(options)
    if "truncation" in words:
        memory = FIGARCH(p=1, q=1, truncation=words["truncation"])
        model = ConstantMean(values * scale, rescale=False, volatility=memory)
    else:
        model = arch_model(values * scale, mean="Constant", rescale=False, **words)
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag != 0 or not np.isfinite(found.params).all():
        return None
    shocks = values * scale - found.params["mu"]
    last = {"scale": scale, "sigma": found.conditional_volatility[-1], "shock": shocks[-1]}
    return {**found.params.to_dict(), **last, "before": float(model.volatility.backcast(shocks))}


def walked(m: Market, w: int, refit: int, step: Callable[..., float], **options: Any) -> np.ndarray:
    """The volatility at each bar: of the last fit's parameters, carried on from bar to bar.

    ``step`` gives the next scaled volatility of parameters, a volatility and a shock, both scaled.
    """
    r = returns(m)
    out, params, sigma = np.full(len(r), NAN), None, None
    for t in range(len(r)):
        if params is not None:
            scale = params["scale"]
            if sigma is None:  # the volatility of the bar that the fit ended before
                sigma = step(params, params["sigma"], params["shock"]) / scale
            if np.isfinite(r[t]):
                sigma = step(params, sigma * scale, r[t] * scale - params["mu"]) / scale
            out[t] = sigma
        if (t + 1) % refit == 0 and t + 1 >= w:
            found = fit(known(r[t + 1 - w : t + 1]).tobytes(), tuple(options.items()))
            params = params if found is None else found
    return out


def squares(p: dict[str, float], sigma: float, e: float) -> float:
    loss = p.get("gamma[1]", 0.0) * (e < 0)
    return math.sqrt(p["omega"] + (p["alpha[1]"] + loss) * e * e + p["beta[1]"] * sigma * sigma)


def garch11_volatility(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    return walked(m, w, refit, squares, vol="GARCH", p=1, q=1)


def gjr_garch_volatility(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    return walked(m, w, refit, squares, vol="GARCH", p=1, o=1, q=1)


def aparch_volatility(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    def step(p: dict[str, float], sigma: float, e: float) -> float:
        d = p["delta"]
        shock = p["alpha[1]"] * (abs(e) - p["gamma[1]"] * e) ** d
        return (p["omega"] + shock + p["beta[1]"] * sigma**d) ** (1 / d)

    return walked(m, w, refit, step, vol="APARCH", p=1, o=1, q=1)


def egarch_volatility(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    def step(p: dict[str, float], sigma: float, e: float) -> float:
        z = min(max(e / sigma, -100.0), 100.0)
        size = p["alpha[1]"] * (abs(z) - math.sqrt(2 / math.pi))
        logged = p["omega"] + size + p["gamma[1]"] * z + p["beta[1]"] * math.log(sigma**2)
        return math.exp(min(max(logged, -700.0), 700.0) / 2)

    return walked(m, w, refit, step, vol="EGARCH", p=1, o=1, q=1)


def figarch_volatility(
    m: Market, at: np.ndarray, trunc: int = 1000, w: int = 1000, refit: int = 250
) -> np.ndarray:
    r = returns(m)
    out, params = np.full(len(r), NAN), None
    options = (("truncation", trunc),)
    for t in range(len(r)):
        if params is not None:
            past = known(r[: t + 1])[::-1][:trunc]
            shocks = np.full(trunc, params["before"])
            shocks[: len(past)] = (past * params["scale"] - params["mu"]) ** 2
            order = np.array([params["phi"], params["d"], params["beta"]])
            weights = figarch_weights_python(order, 1, 1, trunc)
            variance = params["omega"] / (1 - params["beta"]) + weights @ shocks
            out[t] = math.sqrt(variance) / params["scale"]
        if (t + 1) % refit == 0 and t + 1 >= w:
            found = fit(known(r[t + 1 - w : t + 1]).tobytes(), options)
            params = params if found is None else found
    return out


def stepped(m: Market, w: int, refit: int, value: Callable[..., float], **options: Any):
    r, last = returns(m), NAN
    out = np.full(len(r), NAN)
    for t in range(len(r)):
        out[t] = last
        if (t + 1) % refit == 0 and t + 1 >= w:
            found = fit(known(r[t + 1 - w : t + 1]).tobytes(), tuple(options.items()))
            last = last if found is None else value(found)
    return out


def garch_persistence(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    return stepped(m, w, refit, lambda p: p["alpha[1]"] + p["beta[1]"], vol="GARCH", p=1, q=1)


def student_t_garch_dof(m: Market, at: np.ndarray, w: int = 1000, refit: int = 250) -> np.ndarray:
    return stepped(m, w, refit, lambda p: p["nu"], vol="GARCH", p=1, q=1, dist="t")


def sessions(m: Market, W: str) -> tuple[np.ndarray, np.ndarray]:
    """At each bar the number of its session, and by session the variance of its returns."""
    place = (m.bar["time"] - 1) // SESSIONS[W]
    number = np.unique(place, return_inverse=True)[1]
    r = np.where(np.diff(number, prepend=-1) != 0, NAN, log_return(m, m.bar["time"]))
    sums = pd.Series(r**2).groupby(number).agg(lambda v: v.sum(min_count=1))
    return number, sums.to_numpy(float)


def har_rv_forecast(
    m: Market, at: np.ndarray, w: int = 500, refit: int = 22, W: str = "session"
) -> np.ndarray:
    number, v = sessions(m, W)
    before = np.concatenate([[NAN], v])[: len(v)]  # what is known at a session's first bar
    frame = pd.DataFrame({"day": before})
    frame["week"], frame["month"] = (
        frame["day"].rolling(n).apply(np.mean, raw=True) for n in (5, 22)
    )
    table = np.column_stack([np.ones(len(v)), frame])
    out, b = np.full(len(v), NAN), np.full(4, NAN)
    for n in range(len(v)):
        out[n] = table[n] @ b
        if (n + 1) % refit == 0 and n + 1 >= w:
            rows = np.arange(n + 1 - w + 22, n + 1)  # the next one's variance on what was before
            x, y = table[rows - 1], before[rows]
            whole = np.isfinite(x).all(axis=1) & np.isfinite(y)
            if whole.sum() >= 12 and np.linalg.matrix_rank(x[whole]) == 4:
                b = np.linalg.lstsq(x[whole], y[whole])[0]
    return out[number]


def volatility_half_life(m: Market, at: np.ndarray, w: int = 500, W: str = "session") -> np.ndarray:
    number, v = sessions(m, W)
    logged = np.log(np.where(v > 0, v, NAN))
    before = np.concatenate([[NAN], logged])[: len(v)]
    out = np.full(len(v), NAN)
    for n in range(w - 1, len(v)):
        window = before[n - w + 1 : n + 1]
        if np.isfinite(window).all() and np.ptp(window[:-1]) > 0:
            phi = AutoReg(window, 1).fit().params[1]
            out[n] = math.log(0.5) / math.log(phi) if 0 < phi < 1 else NAN
    return out[number]


def riskmetrics2006_volatility(
    m: Market, at: np.ndarray, tau0: float = 1560.0, tau1: float = 4.0, kmax: int = 14, rho: float = math.sqrt(2),
) -> np.ndarray:  # fmt: skip
    r = log_return(m, at)
    out, found = np.full(len(r), NAN), known(r)
    if len(found):
        shocks = np.append(found, 0.0)
        sigma2 = np.empty(len(shocks))
        bounds = np.tile([0.0, 1e30], (len(shocks), 1))
        RiskMetrics2006(tau0, tau1, kmax, rho).compute_variance(
            np.array([]), shocks, sigma2, np.full(kmax, found[0] ** 2), bounds
        )
        out[np.isfinite(r)] = np.sqrt(sigma2[1:])
    return pd.Series(out).ffill().to_numpy()


def stochastic_volatility_filter(
    m: Market, at: np.ndarray, phi: float = 0.95, q: float = 0.05, floor: float = 1e-10
) -> np.ndarray:
    r = log_return(m, at)
    seen = np.log(np.where(np.isnan(r), NAN, np.maximum(abs(r), floor)) ** 2)
    seen = seen + np.euler_gamma + math.log(2)
    mean = pd.Series(seen).expanding().mean().to_numpy()
    out, level, spread = np.full(len(r), NAN), 0.0, None
    for t in range(len(r)):
        # the level's distribution before the value, then after it: precisions add up
        level, spread = (
            (0.0, q / (1 - phi**2)) if spread is None else (phi * level, phi**2 * spread + q)
        )
        if np.isfinite(seen[t]):
            precision = 1 / spread + 2 / math.pi**2
            level = (level / spread + (seen[t] - mean[t]) * 2 / math.pi**2) / precision
            spread = 1 / precision
        out[t] = mean[t] + level
    return out  # fmt: skip
