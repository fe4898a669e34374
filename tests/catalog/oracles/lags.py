"""What lagged must give, from whole windows at once; `tests/catalog/test_lags.py` asks statsmodels about the same."""

import numpy as np
import pandas as pd
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view
from tests.catalog.market import Market
from tests.catalog.oracles.changes import shifted, windows
from tests.catalog.oracles.stats import NAN, log_return, series
from tests.catalog.oracles.volume import ratio

BARS = tuple(
    f"lagged.{name}"
    for name in (
        "lag_value", "lag_value(x=close, k=5)", "lag_vector", "lag_vector(x=close, K=4, k=4)", "seasonal_lag_value",
        "seasonal_lag_value(x=close, period=3h)", "autocorrelation", "autocorrelation(w=30, k=3)",
        "partial_autocorrelation", "partial_autocorrelation(w=40, k=1)", "partial_autocorrelation(w=40, k=5)",
        "autocovariance", "autocovariance(w=30, k=2)", "decorrelation_time", "decorrelation_time(w=30)",
        "absolute_acf_sum", "absolute_acf_sum(w=40, K=5)", "ar_coefficient", "ar_coefficient(w=40, p=3)", "ar_forecast",
        "ar_forecast(w=40, p=2)", "optimal_ar_order", "optimal_ar_order(w=40, pmax=4)", "sign_persistence",
        "sign_persistence(w=20)", "cowles_jones_ratio", "cowles_jones_ratio(w=20)", "best_lag_by_mutual_information",
        "best_lag_by_mutual_information(w=40, kmax=6)", "exponential_lag_sum",
        "exponential_lag_sum(x=close, halflife=3)",
    )
)  # fmt: skip
ILL = "least squares on lags of a window with one far value"
TOLERANCE = {
    "lagged.ar_coefficient": (1e-7, ILL),
    "lagged.ar_forecast": (1e-7, ILL),
    "lagged.partial_autocorrelation": (1e-8, "equations of correlations next to 1"),
}


def lag_value(m: Market, at: np.ndarray, x: str = "log_return", k: int = 1) -> np.ndarray:
    return series(m, x).shift(k).to_numpy()


def lag_vector(
    m: Market, at: np.ndarray, x: str = "log_return", K: int = 10, k: int = 1
) -> np.ndarray:
    return np.column_stack([shifted(series(m, x).to_numpy(), lag) for lag in range(1, K + 1)])[
        :, k - 1
    ]


def seasonal_lag_value(
    m: Market, at: np.ndarray, x: str = "log_return", period: str = "1d"
) -> np.ndarray:
    known = pd.Series(series(m, x).to_numpy(), index=m.bar["time"])
    return known.reindex(m.bar["time"] - pd.Timedelta(period).value).to_numpy()


def centred(values: np.ndarray, w: int) -> np.ndarray:
    """Each window about its mean; a flat one and one with an unknown value are NaN."""
    of = windows(values, w)
    of = of - of[:, :1]
    of = of - of.mean(axis=1, keepdims=True)
    good = np.isfinite(of).all(axis=1)
    return np.where(good[:, None], of, NAN)


def not_flat(values: np.ndarray, w: int) -> np.ndarray:
    return np.ptp(windows(values, w), axis=1) > 0


def correlations(values: np.ndarray, w: int, lags: int) -> np.ndarray:
    of = centred(values, w)
    square = np.where(not_flat(values, w), (of * of).sum(axis=1), NAN)
    return np.column_stack(
        [(of[:, k:] * of[:, : w - k]).sum(axis=1) / square for k in range(1, lags + 1)]
    )


def autocorrelation(m: Market, at: np.ndarray, w: int = 250, k: int = 1) -> np.ndarray:
    return correlations(log_return(m, at), w, k)[:, -1]


def partial_autocorrelation(m: Market, at: np.ndarray, w: int = 250, k: int = 2) -> np.ndarray:
    of = correlations(log_return(m, at), w, k)
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    out = np.full(len(of), NAN)
    for row in np.flatnonzero(np.isfinite(of).all(axis=1)):
        known = np.concatenate([[1.0], of[row]])
        out[row] = np.linalg.solve(known[distance], of[row])[-1]
    return out


def autocovariance(m: Market, at: np.ndarray, w: int = 250, k: int = 1) -> np.ndarray:
    of = centred(log_return(m, at), w)
    return (of[:, k:] * of[:, : w - k]).sum(axis=1) / w


def decorrelation_time(m: Market, at: np.ndarray, w: int = 250) -> np.ndarray:
    of = centred(m.bar["close"], w)
    square, out = (of * of).sum(axis=1), np.full(len(of), NAN)
    left = np.isfinite(square) & not_flat(m.bar["close"], w)
    for k in range(1, w):
        found = left & (
            (of[:, k:] * of[:, : w - k]).sum(axis=1) / np.where(left, square, 1) < np.exp(-1)
        )
        out[found], left = k, left & ~found
        if not left.any():
            break
    return np.where(left, w, out)


def absolute_acf_sum(m: Market, at: np.ndarray, w: int = 500, K: int = 20) -> np.ndarray:
    return np.abs(correlations(np.abs(log_return(m, at)), w, K)).sum(axis=1)


def tables(values: np.ndarray, p: int) -> tuple[np.ndarray, np.ndarray]:
    """The regression's table of each window, a constant and `p` lags, and what they explain."""
    lags = sliding_window_view(values, p + 1, axis=1)
    return np.concatenate([np.ones((*lags.shape[:2], 1)), lags[:, :, -2::-1]], axis=2), lags[
        :, :, -1
    ]


def regressable(m: Market, at: np.ndarray, w: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows of returns that can be regressed on their lags, and which rows they are."""
    of = windows(log_return(m, at), w)
    table, explained = tables(np.where(np.isfinite(of), of, 0.0), p)
    varied = (np.ptp(table[:, :, 1:], axis=1) > 0).all(axis=1) & (np.ptp(explained, axis=1) > 0)
    rows = np.flatnonzero(np.isfinite(of).all(axis=1) & varied)
    return of[rows], rows


def slopes(m: Market, at: np.ndarray, w: int, p: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients by orthogonal factors, the windows, and their rows."""
    of, rows = regressable(m, at, w, p)
    if not len(rows):
        return np.zeros((0, p + 1)), of, rows
    table, y = tables(of, p)
    q, r = np.linalg.qr(table)
    return np.linalg.solve(r, (q * y[:, :, None]).sum(axis=1)[:, :, None])[:, :, 0], of, rows


def ar_coefficient(m: Market, at: np.ndarray, w: int = 250, p: int = 1) -> np.ndarray:
    found, _, rows = slopes(m, at, w, p)
    out = np.full(len(at), NAN)
    out[rows] = found[:, 1]
    return out


def ar_forecast(m: Market, at: np.ndarray, w: int = 250, p: int = 5) -> np.ndarray:
    found, of, rows = slopes(m, at, w, p)
    out = np.full(len(at), NAN)
    newest = np.concatenate([np.ones((len(rows), 1)), of[:, ::-1][:, :p]], axis=1)
    out[rows] = (found * newest).sum(axis=1)
    return out


def optimal_ar_order(
    m: Market, at: np.ndarray, w: int = 250, pmax: int = 10, ic: str = "bic"
) -> np.ndarray:
    of, rows = regressable(m, at, w, pmax)
    out = np.full(len(at), NAN)
    if len(rows):
        table, y = tables(of, pmax)
        q, _ = np.linalg.qr(table)
        explained = (q * y[:, :, None]).sum(axis=1) ** 2
        left = (y * y).sum(axis=1)[:, None] - np.cumsum(explained, axis=1)
        n = w - pmax
        out[rows] = np.argmin(n * np.log(left / n) + np.arange(pmax + 1) * np.log(n), axis=1)
    return out


def pairs(m: Market, at: np.ndarray, w: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences and reversals among the pairs of each window."""
    sign = pd.Series(np.sign(log_return(m, at)))
    both = sign * sign.shift()
    same, other = ((both == way).astype(float).where(both.notna()) for way in (1, -1))
    return same.rolling(w).sum().to_numpy(), other.rolling(w).sum().to_numpy()


def sign_persistence(m: Market, at: np.ndarray, w: int = 250) -> np.ndarray:
    same, other = pairs(m, at, w)
    return ratio(same, same + other)


def cowles_jones_ratio(m: Market, at: np.ndarray, w: int = 250) -> np.ndarray:
    return ratio(*pairs(m, at, w))


def information(code: np.ndarray, lag: int) -> float:
    joint = np.bincount(code[:-lag] * 8 + code[lag:], minlength=64).reshape(8, 8)
    p = joint / joint.sum()
    even = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    return float(np.sum(p[p > 0] * np.log(p[p > 0] / even[p > 0])))


def best_lag_by_mutual_information(
    m: Market, at: np.ndarray, w: int = 500, kmax: int = 20
) -> np.ndarray:
    of, out = windows(m.bar["close"], w), np.full(len(at), NAN)
    good = np.isfinite(of).all(axis=1) & (np.ptp(of, axis=1) > 0)
    for row in np.flatnonzero(good):
        values = of[row]
        code = np.minimum((values - values.min()) / np.ptp(values) * 8, 7).astype(int)
        known = [information(code, 1)]
        for lag in range(2, kmax + 1):
            known.append(information(code, lag))
            if known[-1] > known[-2] + 1e-12:
                known.pop()
                break
        out[row] = 1 + np.argmin(np.round(known, 12))
    return out


def exponential_lag_sum(
    m: Market, at: np.ndarray, x: str = "log_return", halflife: float = 10.0
) -> np.ndarray:
    values = series(m, x).to_numpy()
    known = np.isfinite(values)
    sums = scipy.signal.lfilter([1.0], [1.0, -(0.5 ** (1.0 / halflife))], values[known])
    place = np.cumsum(known) - 1
    return np.where(place >= 0, np.append(sums, NAN)[place], NAN)
