"""What volatility must give: the printed definitions over whole sessions and windows, with NumPy, pandas and arch."""

import math
from collections.abc import Callable

import arch.univariate
import numpy as np
import pandas as pd
from scipy import stats
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.stats import NAN, log_return

MEASURES = (
    "realized_variance", "bipower_variation", "realized_quarticity", "tripower_quarticity", "minrv", "medrv",
    "upside_semivariance", "downside_semivariance", "signed_jump_variation", "realized_skewness", "realized_kurtosis",
    "bns_jump_statistic", "relative_jump_variation", "ait_sahalia_jacod_ratio", "jiang_oomen_swap_variance",
)  # fmt: skip
RANGES = (
    "parkinson_volatility", "garman_klass_volatility", "rogers_satchell_volatility", "gk_yang_zhang_volatility",
    "yang_zhang_volatility", "range_volatility_ratio_zero_drift",
)  # fmt: skip
OTHERS = (
    "ait_sahalia_jacod_ratio(p=3.5, k=3, W=1w)", "lee_mykland_statistic", "lee_mykland_statistic(K=10)",
    "jump_flag_lee_mykland", "jump_flag_lee_mykland(alpha=0.2, K=12, n=20)", "jump_intensity",
    "jump_intensity(w=60, alpha=0.2, K=12, n=20)", "average_jump_size",
    "average_jump_size(w=60, alpha=0.2, K=12, n=20)", "realized_volatility",
    "realized_volatility(w=10, annualize=252)", "ewma_volatility", "ewma_volatility(lam=0.8)",
    "volatility_of_volatility", "volatility_of_volatility(w=20, inner=5)", "volatility_autocorrelation",
    "volatility_autocorrelation(w=30, k=3)", "leverage_effect_correlation", "leverage_effect_correlation(w=30, k=2)",
    "diurnally_adjusted_volatility",
    "diurnally_adjusted_volatility(days=3, slot=1h)", "diurnally_adjusted_volatility(days=4, slot=12h)",
)  # fmt: skip
BARS = tuple(
    f"volatility.{name}"
    for name in (
        *MEASURES, *(f"{name}(W=1w)" for name in MEASURES), *RANGES, *(f"{name}(w=7)" for name in RANGES), *OTHERS,
    )
)  # fmt: skip
TRADES = (
    "volatility.spot_volatility_kernel", "volatility.spot_volatility_kernel(bw=20s)",
    "volatility.signature_plot_slope",
    "volatility.signature_plot_slope(w=100, scales=1:3:10)", "volatility.signature_plot_slope(w=50, scales=2:9)",
)  # fmt: skip
CLOSE_TO_0 = "a difference of sums that nearly cancel: about 1e-16 of them is left"
TOLERANCE = {
    "volatility.jiang_oomen_swap_variance": (
        1e-8,
        "long doubles of the oracle keep about ten digits",
    ),
    "volatility.signed_jump_variation": (1e-8, CLOSE_TO_0),
    "volatility.bns_jump_statistic": (1e-8, CLOSE_TO_0),
    "volatility.relative_jump_variation": (1e-8, CLOSE_TO_0),
}
SESSIONS = {"session": DAY, "1w": 7 * DAY}


def by_session(m: Market, W: str, least: int, measure: Callable[[np.ndarray], float]) -> np.ndarray:
    """A measure of the returns that a session has had: those of closes that are both in it."""
    close = m.bar["close"]
    place = (m.bar["time"] - 1) // SESSIONS[W]
    r = np.where(np.diff(place, prepend=place[0] - 1) != 0, NAN, log_return(m, m.bar["time"]))
    out = np.full(len(close), NAN)
    for t in range(len(close)):
        mine = r[: t + 1][place[: t + 1] == place[t]][1:]
        if np.isfinite(mine).sum() >= least:
            out[t] = measure(mine)
    return out


def known(r: np.ndarray) -> np.ndarray:
    return r[np.isfinite(r)]


def runs(r: np.ndarray, size: int) -> np.ndarray:
    """Sizes of neighbouring returns that are all known, one run a row."""
    if len(r) < size:
        return np.empty((0, size))
    found = np.lib.stride_tricks.sliding_window_view(abs(r), size)
    return found[np.isfinite(found).all(axis=1)]


def rv(r: np.ndarray) -> float:
    return float(known(r) @ known(r))


def bv(r: np.ndarray) -> float:
    m = len(known(r))
    return math.pi / 2 * m / (m - 1) * runs(r, 2).prod(axis=1).sum()


def tq(r: np.ndarray) -> float:
    m, mu = len(known(r)), 2 ** (2 / 3) * math.gamma(7 / 6) / math.sqrt(math.pi)
    return m * mu**-3 * m / (m - 2) * (runs(r, 3).prod(axis=1) ** (4 / 3)).sum()


def realized_variance(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 1, rv)


def bipower_variation(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 2, bv)


def realized_quarticity(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 1, lambda r: len(known(r)) / 3 * (known(r) ** 4).sum())


def tripower_quarticity(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 3, tq)


def minrv(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        n = len(known(r))
        return math.pi / (math.pi - 2) * n / (n - 1) * (runs(r, 2).min(axis=1) ** 2).sum()

    return by_session(m, W, 2, measure)


def medrv(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        n, scale = len(known(r)), math.pi / (6 - 4 * math.sqrt(3) + math.pi)
        return scale * n / (n - 2) * (np.median(runs(r, 3), axis=1) ** 2).sum() if n else NAN

    return by_session(m, W, 3, measure)


def upside_semivariance(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 1, lambda r: rv(r[r > 0]))


def downside_semivariance(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 1, lambda r: rv(r[r < 0]))


def signed_jump_variation(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 1, lambda r: rv(r[r > 0]) - rv(r[r < 0]))


def realized_skewness(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        return len(known(r)) ** 0.5 * (known(r) ** 3).sum() / rv(r) ** 1.5 if rv(r) else NAN

    return by_session(m, W, 2, measure)


def realized_kurtosis(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        return len(known(r)) * (known(r) ** 4).sum() / rv(r) ** 2 if rv(r) else NAN

    return by_session(m, W, 2, measure)


def relative_jump_variation(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return by_session(m, W, 2, lambda r: max(0, rv(r) - bv(r)) / rv(r) if rv(r) else NAN)


def bns_jump_statistic(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        if not bv(r):
            return NAN
        spread = (math.pi**2 / 4 + math.pi - 5) / len(known(r)) * max(1, tq(r) / bv(r) ** 2)
        return (rv(r) - bv(r)) / rv(r) / math.sqrt(spread)

    return by_session(m, W, 3, measure)


def ait_sahalia_jacod_ratio(
    m: Market, at: np.ndarray, p: float = 4.0, k: int = 2, W: str = "session"
) -> np.ndarray:
    close, place = m.bar["close"], (m.bar["time"] - 1) // SESSIONS[W]
    out = np.full(len(close), NAN)
    for t in range(len(close)):
        mine = np.log(np.where(close > 0, close, NAN)[: t + 1][place[: t + 1] == place[t]])
        short, long = np.diff(mine), np.diff(mine[::k])
        below = np.nansum(abs(short) ** p)
        if np.isfinite(short).sum() >= k and below > 0:
            out[t] = np.nansum(abs(long) ** p) / below
    return out


def jiang_oomen_swap_variance(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    def measure(r: np.ndarray) -> float:
        wide = known(r).astype(np.longdouble)
        swap = (2 * (np.expm1(wide) - wide)).sum()
        return float((2 * (np.expm1(wide) - wide) - wide**2).sum() / swap) if swap else NAN

    return by_session(m, W, 1, measure)


def bar_logs(m: Market) -> dict[str, np.ndarray]:
    return {name: np.log(m.bar[name]) for name in ("open", "high", "low", "close")}


def mean(x: np.ndarray, w: int) -> np.ndarray:
    return pd.Series(x).rolling(w).apply(np.mean, raw=True).to_numpy()


def root(x: np.ndarray) -> np.ndarray:
    return np.sqrt(np.where(x >= 0, x, NAN))


def parkinson_volatility(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    x = bar_logs(m)
    return root(mean((x["high"] - x["low"]) ** 2, w) / (4 * math.log(2)))


def garman_klass(x: dict[str, np.ndarray]) -> np.ndarray:
    body = (x["close"] - x["open"]) ** 2
    return 0.5 * (x["high"] - x["low"]) ** 2 - (2 * math.log(2) - 1) * body


def rogers_satchell(x: dict[str, np.ndarray]) -> np.ndarray:
    up = (x["high"] - x["close"]) * (x["high"] - x["open"])
    return up + (x["low"] - x["close"]) * (x["low"] - x["open"])


def gap(x: dict[str, np.ndarray]) -> np.ndarray:
    return x["open"] - np.concatenate([[NAN], x["close"][:-1]])


def garman_klass_volatility(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return root(mean(garman_klass(bar_logs(m)), w))


def rogers_satchell_volatility(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return root(mean(rogers_satchell(bar_logs(m)), w))


def gk_yang_zhang_volatility(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    x = bar_logs(m)
    return root(mean(gap(x) ** 2 + garman_klass(x), w))


def yang_zhang_volatility(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    x = bar_logs(m)
    k = 0.34 / (1.34 + (w + 1) / (w - 1))

    def variance(y: np.ndarray) -> np.ndarray:
        return pd.Series(y).rolling(w).apply(lambda v: np.var(v, ddof=1), raw=True).to_numpy()

    between, within = variance(gap(x)), variance(x["close"] - x["open"])
    return root(between + k * within + (1 - k) * mean(rogers_satchell(x), w))


def range_volatility_ratio_zero_drift(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    moved = mean(log_return(m, at) ** 2, w)
    found = np.full(len(at), NAN)
    np.divide(parkinson_volatility(m, at, w) ** 2, moved, out=found, where=moved > 0)
    return found


def lee_mykland_statistic(m: Market, at: np.ndarray, K: int = 78) -> np.ndarray:
    r, out = log_return(m, at), np.full(len(at), NAN)
    for t in range(K, len(r)):
        j = np.arange(t - K + 2, t)
        variance = (abs(r[j]) * abs(r[j - 1])).sum() / (K - 2)
        if variance > 0:
            out[t] = r[t] / math.sqrt(variance)
    return out


def jump_flag_lee_mykland(
    m: Market, at: np.ndarray, alpha: float = 0.01, K: int = 78, n: int = 78
) -> np.ndarray:
    c = math.sqrt(2 / math.pi)
    root_n = (2 * math.log(n)) ** 0.5
    centre = root_n / c - (math.log(math.pi) + math.log(math.log(n))) / (2 * c * root_n)
    beyond = (abs(lee_mykland_statistic(m, at, K)) - centre) * c * root_n
    flags = (beyond > stats.gumbel_r.ppf(1 - alpha)) * np.sign(log_return(m, at))
    return np.where(np.isnan(beyond), NAN, flags)


def jump_intensity(
    m: Market, at: np.ndarray, w: int = 1000, alpha: float = 0.01, K: int = 78, n: int = 78
) -> np.ndarray:
    flags, time = abs(jump_flag_lee_mykland(m, at, alpha, K, n)), m.bar["time"]
    out = np.full(len(at), NAN)
    for t in range(w, len(at)):
        out[t] = flags[t - w + 1 : t + 1].sum() / ((time[t] - time[t - w]) / DAY)
    return out


def average_jump_size(
    m: Market, at: np.ndarray, w: int = 1000, alpha: float = 0.01, K: int = 78, n: int = 78
) -> np.ndarray:
    flags, r = jump_flag_lee_mykland(m, at, alpha, K, n), log_return(m, at)
    out = np.full(len(at), NAN)
    for t in range(w - 1, len(at)):
        window = slice(t - w + 1, t + 1)
        jumps = flags[window] != 0
        if np.isfinite(flags[window]).all() and jumps.any():
            out[t] = abs(r[window][jumps]).mean()
    return out


def realized_volatility(
    m: Market, at: np.ndarray, w: int = 60, annualize: float = 98_280.0
) -> np.ndarray:
    return np.sqrt(mean(log_return(m, at) ** 2, w) * annualize)


def ewma_volatility(m: Market, at: np.ndarray, lam: float = 0.94) -> np.ndarray:
    r = log_return(m, at)
    out, found = np.full(len(at), NAN), known(r)
    if not len(found):
        return out
    resids = np.append(found, 0.0)
    sigma2 = np.empty(len(resids))
    bounds = np.tile([0.0, 1e30], (len(resids), 1))
    arch.univariate.EWMAVariance(lam).compute_variance(
        np.array([]), resids, sigma2, found[0] ** 2, bounds
    )
    out[np.isfinite(r)] = np.sqrt(sigma2[1:])
    return pd.Series(out).ffill().to_numpy()  # a return that is unknown leaves what was there


def volatility_of_volatility(m: Market, at: np.ndarray, w: int = 60, inner: int = 20) -> np.ndarray:
    sigma = realized_volatility(m, at, inner, 1.0)
    moves = np.diff(np.log(np.where(sigma > 0, sigma, NAN)), prepend=NAN)
    return pd.Series(moves).rolling(w).apply(lambda v: np.std(v, ddof=1), raw=True).to_numpy()


def paired(x: np.ndarray, y: np.ndarray, w: int) -> np.ndarray:
    """Correlations of the last pairs."""
    out = np.full(len(x), NAN)
    for t in range(w - 1, len(x)):
        a, b = x[t - w + 1 : t + 1], y[t - w + 1 : t + 1]
        if np.isfinite(a + b).all() and np.ptp(a) > 0 and np.ptp(b) > 0:
            out[t] = pd.Series(a).corr(pd.Series(b))
    return out


def volatility_autocorrelation(m: Market, at: np.ndarray, w: int = 250, k: int = 1) -> np.ndarray:
    size = abs(log_return(m, at))
    return paired(np.concatenate([np.full(min(k, len(size)), NAN), size[:-k]]), size, w - k)


def leverage_effect_correlation(m: Market, at: np.ndarray, w: int = 250, k: int = 1) -> np.ndarray:
    r = log_return(m, at)
    return paired(np.concatenate([np.full(min(k, len(r)), NAN), r[:-k]]), r**2, w)


def diurnally_adjusted_volatility(
    m: Market, at: np.ndarray, days: int = 20, slot: str = "1m"
) -> np.ndarray:
    place = (m.bar["time"] - 1) % DAY // pd.Timedelta(slot).value
    size = pd.Series(abs(log_return(m, at)))
    out = np.full(len(at), NAN)
    for t in range(len(at)):
        before = known(size.to_numpy()[:t][place[:t] == place[t]])[-days:]
        if len(before) == days and np.median(before) > 0:
            out[t] = size[t] / np.median(before)
    return out


def trade_logs(m: Market) -> np.ndarray:
    price = m.trade["price"]
    return np.log(np.where(price > 0, price, NAN))


def spot_volatility_kernel(m: Market, at: np.ndarray, bw: str = "300s") -> np.ndarray:
    b = pd.Timedelta(bw).value
    squares = np.nan_to_num(np.diff(trade_logs(m), prepend=NAN) ** 2)
    time = m.trade["time"]
    out = np.zeros(len(at))
    for t in range(len(at)):
        ages = (time[t] - time[: t + 1]) / b
        out[t] = (np.exp(-ages) * squares[: t + 1]).sum() / (b / 1e9)
    return out


def signature_plot_slope(
    m: Market, at: np.ndarray, w: int = 3_000, scales: tuple[int, ...] = (1, 5, 30, 300)
) -> np.ndarray:
    p, out = trade_logs(m), np.full(len(at), NAN)
    for t in range(w + max(scales) - 1, len(p)):
        i = np.arange(t - w + 1, t + 1)
        variance = np.array([((p[i] - p[i - k]) ** 2).sum() / k for k in scales])
        if (variance > 0).all():
            out[t] = np.polyfit(np.log(scales), np.log(variance), 1)[0]
    return out
