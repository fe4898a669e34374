"""What models of trades' impact must give: the windows by brute force, the models from statsmodels and SciPy."""

from collections.abc import Callable

import numpy as np
import statsmodels.api as sm
from scipy.optimize import least_squares
from statsmodels.tsa.api import VAR
from tests.catalog.market import Market
from tests.catalog.oracles.micro import mid_before_trades
from tests.catalog.oracles.order_flow import last, quotes_before, sides
from tests.catalog.oracles.stats import NAN

PRINTED = (
    "microstructure.glosten_harris_adverse_selection(w=120, refit=40)",
    "microstructure.glosten_harris_adverse_selection(sign=tick)",
    "microstructure.mrr_information_share(w=120, refit=40)",
    "microstructure.mrr_information_share(w=1000, refit=500, sign=tick)",
)  # fmt: skip
TRADES = (
    *PRINTED, "microstructure.glosten_harris_adverse_selection", "microstructure.mrr_information_share",
)  # fmt: skip
QUOTED = (
    "microstructure.huang_stoll_alpha", "microstructure.huang_stoll_alpha(w=120, refit=40)",
    "microstructure.huang_stoll_alpha(w=200, refit=100, sign=lee_ready)", "microstructure.hasbrouck_var_impact",
    "microstructure.hasbrouck_var_impact(w=200, refit=50)",
    "microstructure.hasbrouck_var_impact(lags=2, h=7, w=120, refit=60, sign=quote)",
)  # fmt: skip

TOLERANCE = {
    "microstructure.hasbrouck_var_impact": (1e-7, "regressors are nearly one where the quote's side says the return"),
}  # fmt: skip

Fit = Callable[[slice], float | None]


def refitted(m: Market, at: np.ndarray, w: int, refit: int, fit: Fit) -> np.ndarray:
    """What each row knows of a fit that is used from the trade after it on; one without an answer changes nothing."""
    count = len(m.trade["time"])
    out, now = np.full(count, NAN), NAN
    for n in range(count):
        out[n] = now
        if (n + 1) % refit == 0 and n + 1 >= w:
            found = fit(slice(n + 1 - w, n + 1))
            now = now if found is None else found
    return last(m, at, out)


def known(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The whole rows, where there are enough and no regressor is made of the others."""
    whole = np.isfinite(x).all(axis=1) & np.isfinite(y)
    x, y = x[whole], y[whole]
    if len(x) < 3 * x.shape[1] or not np.abs(x).max(axis=0).all():
        return None
    return (x, y) if np.linalg.matrix_rank(x / np.abs(x).max(axis=0)) == x.shape[1] else None


def by(one: float, other: float) -> float:
    return one / other if other != 0 else NAN


def glosten_harris_adverse_selection(
    m: Market, at: np.ndarray, w: int = 500, refit: int = 100, sign: str = "flag"
) -> np.ndarray:
    change, side = np.diff(m.trade["price"], prepend=NAN), sides(m, sign)
    flow, size = side * m.trade["size"], m.trade["size"]

    def fit(part: slice) -> float | None:
        q, qv = side[part], flow[part]
        x = np.column_stack([q[1:] - q[:-1], qv[1:] - qv[:-1], q[1:], qv[1:]])
        rows = known(x, change[part][1:])
        if rows is None:
            return None
        c0, c1, z0, z1 = sm.OLS(rows[1], rows[0]).fit().params
        typical = np.mean(size[part][1:][np.isfinite(change[part][1:])])
        lasting, passing = z0 + z1 * typical, c0 + c1 * typical
        return by(lasting, lasting + passing)

    return refitted(m, at, w, refit, fit)


def mrr_information_share(
    m: Market, at: np.ndarray, w: int = 1_000, refit: int = 200, sign: str = "flag"
) -> np.ndarray:
    change, side = np.diff(m.trade["price"], prepend=NAN), sides(m, sign)

    def fit(part: slice) -> float | None:
        x = sm.add_constant(
            np.column_stack([side[part][1:], side[part][:-1]]), prepend=True, has_constant="add"
        )
        rows = known(x, change[part][1:])
        if rows is None:
            return None
        (_, now, before), y = rows[0].T, rows[1]
        if not y.any():
            return NAN
        rho, scale = (now @ before) / (now @ now), np.abs(y).max()

        def residuals(p: np.ndarray) -> np.ndarray:
            alpha, theta, phi = p
            return y / scale - alpha - (phi + theta) * now + (phi + rho * theta) * before

        def slopes(_: np.ndarray) -> np.ndarray:
            return np.column_stack([-np.ones(len(y)), rho * before - now, before - now])

        exact = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
        _, theta, phi = least_squares(residuals, np.zeros(3), jac=slopes, method="lm", **exact).x
        return theta / (theta + phi)

    return refitted(m, at, w, refit, fit)


def huang_stoll_alpha(
    m: Market, at: np.ndarray, w: int = 1_000, refit: int = 200, sign: str = "flag"
) -> np.ndarray:
    side, moved = sides(m, sign), np.round(np.diff(mid_before_trades(m), prepend=NAN) * 1e9)
    quotes = [(NAN, NAN) if None in quote else quote for quote in quotes_before(m)]
    bid, ask = np.array(quotes, float).T  # in billionths
    half = np.where(ask >= bid, (ask - bid) / 2, NAN)

    def fit(part: slice) -> float | None:
        q, s = side[part], half[part]
        x = np.column_stack([s[1:-1] * q[1:-1], s[:-2] * q[:-2]])
        whole = np.isfinite(x).all(axis=1) & np.isfinite(moved[part][2:])
        rows = known(x, moved[part][2:])
        if rows is None:
            return None
        reverses = sm.OLS(q[1:-1][whole], q[:-2][whole]).fit().params[0]
        if not q[1:-1][whole] @ q[:-2][whole]:
            return None
        return -sm.OLS(rows[1], rows[0]).fit().params[1] / reverses

    return refitted(m, at, w, refit, fit)


def responses(side: np.ndarray, moved: np.ndarray, lags: int, h: int) -> float | None:
    """The summed response of returns to a side, equation by equation, where rows are missing."""
    columns = [v[lags - k : len(v) - k] for k in range(1, lags + 1) for v in (side, moved)]
    past, x, r = np.column_stack(columns), side[lags:], moved[lags:]
    rows = known(np.column_stack([np.ones(len(r)), past, x]), r)
    if rows is None:
        return None
    full, r = rows
    before = full[:, :-1]
    first = sm.OLS(full[:, -1], before).fit().params  # of sides
    second = sm.OLS(r, before).fit().params  # of returns, sides of the same trade apart
    at_once = sm.OLS(r, full).fit().params[-1]
    step = np.eye(2 * lags, k=-2)
    step[0], step[1] = first[1:], second[1:]
    shock = np.zeros(2 * lags)
    shock[:2] = 1.0, at_once
    return sum((np.linalg.matrix_power(step, k) @ shock)[1] for k in range(h + 1))


def hasbrouck_var_impact(
    m: Market,
    at: np.ndarray,
    lags: int = 5,
    h: int = 20,
    w: int = 2_000,
    refit: int = 500,
    sign: str = "flag",
) -> np.ndarray:
    side = np.concatenate(
        [[NAN], sides(m, sign)[:-1]]
    )  # of the trade before, whose return is known now
    moved = np.diff(np.log(mid_before_trades(m)), prepend=NAN) * 1e4

    def fit(part: slice) -> float | None:
        by_hand = responses(side[part], moved[part], lags, h)
        rows = np.column_stack([side[part], moved[part]])
        if by_hand is None or not np.isfinite(rows).all():
            return by_hand
        found = VAR(rows).fit(lags, trend="c")
        root = np.linalg.cholesky(found.sigma_u)
        return found.irf(h).orth_irfs[:, 1, 0].sum() / root[0, 0]

    return refitted(m, at, w, refit, fit)
