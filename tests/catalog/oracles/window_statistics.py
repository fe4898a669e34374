"""What statistics of a window's order, steps and shape must give, from SciPy, pandas and brute force."""

import numpy as np
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles.changes import deviation, paired, windows
from tests.catalog.oracles.stats import NAN, series
from tests.catalog.oracles.volume import ratio

BARS = tuple(
    f"streaming_stats.{name}"
    for name in (
        "rolling_argmax_age", "rolling_argmax_age(x=close, w=7)", "rolling_argmin_age",
        "rolling_argmin_age(x=close, w=7)",
        "rolling_mad", "rolling_mad(w=9)", "rolling_iqr", "rolling_iqr(x=close, w=11)", "rolling_percent_rank",
        "rolling_percent_rank(x=log_return, w=10)", "rolling_trimmed_mean", "rolling_trimmed_mean(w=12, trim=0.25)",
        "rolling_l_skewness", "rolling_l_skewness(x=close, w=20)", "rolling_l_kurtosis",
        "rolling_l_kurtosis(x=close, w=20)",
        "rolling_coefficient_of_variation", "rolling_coefficient_of_variation(x=close, w=10, ddof=0)",
        "ew_skewness", "ew_skewness(x=close, halflife=5)", "rolling_zero_crossing_rate",
        "rolling_zero_crossing_rate(w=10)", "rolling_mean_abs_change", "rolling_mean_abs_change(x=log_return, w=5)",
        "rolling_longest_run_above_mean", "rolling_longest_run_above_mean(w=10)", "rolling_number_of_peaks",
        "rolling_number_of_peaks(w=20, support=2)", "rolling_gini(x=volume, w=30)",
    )
)  # fmt: skip
TRADES = (
    "streaming_stats.p2_quantile", "streaming_stats.rolling_gini", "streaming_stats.rolling_gini(w=20)",
)  # fmt: skip
PAIRS = (
    "streaming_stats.expanding_covariance",
    "streaming_stats.expanding_covariance(y=ret_a, ddof=0)",
)
TOLERANCE = {
    "streaming_stats.ew_skewness": (
        1e-8,
        "the weights that brute force gives a long series are rounded",
    ),
}


def ages(m: Market, x: str, w: int, sign: int) -> np.ndarray:
    of = sign * windows(series(m, x).to_numpy(), w)[:, ::-1]
    known = np.isfinite(of).all(axis=1)
    return np.where(known, np.argmax(np.where(np.isfinite(of), of, -np.inf), axis=1), NAN)


def rolling_argmax_age(m: Market, at: np.ndarray, x: str = "high", w: int = 20) -> np.ndarray:
    return ages(m, x, w, 1)


def rolling_argmin_age(m: Market, at: np.ndarray, x: str = "low", w: int = 20) -> np.ndarray:
    return ages(m, x, w, -1)


def rolling_mad(m: Market, at: np.ndarray, x: str = "log_return", w: int = 60) -> np.ndarray:
    return scipy.stats.median_abs_deviation(windows(series(m, x).to_numpy(), w), axis=1)


def rolling_iqr(m: Market, at: np.ndarray, x: str = "log_return", w: int = 60) -> np.ndarray:
    return scipy.stats.iqr(windows(series(m, x).to_numpy(), w), axis=1)


def rolling_percent_rank(m: Market, at: np.ndarray, x: str = "close", w: int = 100) -> np.ndarray:
    return ((series(m, x).rolling(w).rank() - 1) / (w - 1)).to_numpy()


def rolling_trimmed_mean(
    m: Market, at: np.ndarray, x: str = "log_return", w: int = 60, trim: float = 0.1
) -> np.ndarray:
    of = windows(series(m, x).to_numpy(), w)
    mean = scipy.stats.trim_mean(of, trim, axis=1)
    return np.where(np.isfinite(of).all(axis=1), mean, NAN)


def l_ratios(m: Market, x: str, w: int, order: int) -> np.ndarray:
    of = windows(series(m, x).to_numpy(), w)
    good = np.isfinite(of).all(axis=1) & (np.ptp(of, axis=1) > 0)
    out = np.full(len(of), NAN)
    if good.any():
        rows = of[good] - of[good][:, :1]
        out[good] = scipy.stats.lmoment(rows, order=order, axis=1, standardize=True)
    return out


def rolling_l_skewness(
    m: Market, at: np.ndarray, x: str = "log_return", w: int = 100
) -> np.ndarray:
    return l_ratios(m, x, w, 3)


def rolling_l_kurtosis(
    m: Market, at: np.ndarray, x: str = "log_return", w: int = 100
) -> np.ndarray:
    return l_ratios(m, x, w, 4)


def rolling_coefficient_of_variation(
    m: Market, at: np.ndarray, x: str = "volume", w: int = 60, ddof: int = 1
) -> np.ndarray:
    values = series(m, x).to_numpy()
    std = deviation(values, w) * np.sqrt((w - 1) / (w - ddof))
    return ratio(std, np.abs(windows(values, w).mean(axis=1)))


def ew_skewness(
    m: Market, at: np.ndarray, x: str = "log_return", halflife: float = 50.0
) -> np.ndarray:
    values, out = series(m, x).to_numpy(), np.full(len(at), NAN)
    keep = 0.5 ** (1.0 / halflife)
    for t in range(len(values)):
        known = values[: t + 1][np.isfinite(values[: t + 1])]
        if known.size and np.ptp(known):
            weights = (1.0 - keep) * keep ** np.arange(known.size)[::-1]
            weights[0] /= 1.0 - keep  # the seed is the first value
            d = known - known[-1]
            d -= np.average(d, weights=weights)
            out[t] = np.average(d**3, weights=weights) / np.average(d**2, weights=weights) ** 1.5
    return out


def p2_quantile(m: Market, at: np.ndarray, x: str = "size", q: float = 0.95) -> np.ndarray:
    values, out = m.trade[x], np.full(len(at), NAN)
    if len(values) < 5:
        return out
    height, place = sorted(values[:5].tolist()), [1, 2, 3, 4, 5]
    out[4] = height[2]
    for t in range(5, len(values)):
        v = values[t]
        height[0], height[4] = min(height[0], v), max(height[4], v)
        for i in range(1, 5):
            place[i] += i == 4 or v < height[i]
        for i, share in ((1, q / 2), (2, q), (3, (1 + q) / 2)):
            short = 1 + t * share - place[i]
            to = 1 if short > 0 else -1
            if abs(short) >= 1 and abs(place[i + to] - place[i]) > 1:
                before, here, after = place[i - 1 : i + 2]
                low, mid, high = height[i - 1 : i + 2]
                up, down = (high - mid) / (after - here), (mid - low) / (here - before)
                bent = (here - before + to) * up + (after - here - to) * down
                moved = mid + to * bent / (after - before)
                height[i] = moved if low < moved < high else mid + (up if to > 0 else -down)
                place[i] += to
        out[t] = height[2]
    return out


def rolling_zero_crossing_rate(
    m: Market, at: np.ndarray, x: str = "close", w: int = 60
) -> np.ndarray:
    values = series(m, x).to_numpy()
    around = values - (values[0] + windows(values - values[0], w).mean(axis=1))
    around = np.round(around * 1e9)
    crossed = np.concatenate(
        [[NAN], np.where(np.isnan(around[1:] * around[:-1]), NAN, around[1:] * around[:-1] < 0)]
    )
    return windows(crossed, w - 1).mean(axis=1)


def rolling_mean_abs_change(m: Market, at: np.ndarray, x: str = "close", w: int = 60) -> np.ndarray:
    return windows(series(m, x).diff().abs().to_numpy(), w - 1).mean(axis=1)


def rolling_longest_run_above_mean(
    m: Market, at: np.ndarray, x: str = "close", w: int = 60
) -> np.ndarray:
    of = windows(series(m, x).to_numpy(), w)
    shifted = of - of[:, :1]
    above, run, longest = shifted > shifted.mean(axis=1, keepdims=True), 0, 0
    for column in above.T:
        run = (run + 1) * column
        longest = np.maximum(longest, run)
    return np.where(np.isfinite(of).all(axis=1), longest, NAN)


def rolling_number_of_peaks(
    m: Market, at: np.ndarray, x: str = "close", w: int = 60, support: int = 3
) -> np.ndarray:
    of = windows(series(m, x).to_numpy(), w)
    middle = of[:, support : w - support]
    peak = np.ones(middle.shape, bool)
    for shift in range(1, support + 1):
        peak &= middle > of[:, support - shift : w - support - shift]
        peak &= middle > of[:, support + shift : w - support + shift]
    return np.where(np.isfinite(of).all(axis=1), peak.sum(axis=1), NAN)


def rolling_gini(m: Market, at: np.ndarray, x: str = "size", w: int = 500) -> np.ndarray:
    of = np.sort(windows(series(m, x).to_numpy(float), w), axis=1)
    ranks = 2 * np.arange(1, w + 1) - w - 1
    return ratio((of * ranks).sum(axis=1), w * of.sum(axis=1))


def expanding_covariance(
    m: Market, at: np.ndarray, x: str = "ret_a", y: str = "ret_b", ddof: int = 1
) -> np.ndarray:
    returns = dict(zip(("ret_a", "ret_b"), paired(m, at), strict=True))
    a, b = returns[x], returns[y]
    known = a.notna() & b.notna()
    a, b = a.where(known), b.where(known)
    return a.expanding(2).cov(b, ddof=ddof).where(known.cumsum() > 1).ffill().to_numpy()
