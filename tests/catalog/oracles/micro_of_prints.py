"""What prints of trades and bars must give, from NumPy, SciPy and arch."""

import numpy as np
import scipy.stats
from arch import arch_model
from arch.unitroot import VarianceRatio
from tests.catalog.market import Market
from tests.catalog.oracles.order_flow import last, sides, sums
from tests.catalog.oracles.refits import fitted_hawkes
from tests.catalog.oracles.stats import NAN
from tests.catalog.oracles.volume import ratio

TRADES = (
    "microstructure.trade_duration_dispersion", "microstructure.trade_duration_dispersion(w=30)",
    "microstructure.round_size_share", "microstructure.round_size_share(w=50, lot=5)",
    "microstructure.odd_lot_share", "microstructure.odd_lot_share(w=50, lot=5)", "microstructure.price_clustering",
    "microstructure.price_clustering(w=50, tick=0.25)", "microstructure.bid_ask_bounce_share",
    "microstructure.bid_ask_bounce_share(w=30)", "microstructure.hawkes_branching_ratio",
    "microstructure.hawkes_branching_ratio(w=100, refit=50)", "microstructure.acd_conditional_duration",
    "microstructure.acd_conditional_duration(window=120, refit=60)",
)  # fmt: skip
QUOTED = (
    "microstructure.hidden_liquidity_ratio", "microstructure.hidden_liquidity_ratio(W=7s, sign=tick)",
    "microstructure.bid_ask_bounce_share(w=20)", "microstructure.trade_duration_dispersion(w=25)",
)  # fmt: skip
BARS = (
    "microstructure.zero_return_share", "microstructure.zero_return_share(w=10)", "microstructure.amivest_liquidity",
    "microstructure.amivest_liquidity(w=7)",
    "microstructure.liquidity_ratio_variance", "microstructure.liquidity_ratio_variance(w=20, q=3)",
    "microstructure.turnover_liquidity_lix", "microstructure.hui_heubel_ratio",
    "microstructure.hui_heubel_ratio(w=10, shares=1000000)",
)  # fmt: skip


def gaps(m: Market) -> tuple[np.ndarray, np.ndarray]:
    """Seconds between the times of trades, and how many of these each trade has seen."""
    times = np.unique(m.trade["time"])
    return np.diff(times) / 1e9, np.searchsorted(times, m.trade["time"])


def trade_duration_dispersion(m: Market, at: np.ndarray, w: int = 200) -> np.ndarray:
    spans, seen_by = gaps(m)
    found = np.full(len(spans) + 1, NAN)
    for n in range(w, len(spans) + 1):
        part = spans[n - w : n]
        found[n] = np.std(part, ddof=1) / np.mean(part)
    return last(m, at, found[seen_by])


def share(m: Market, at: np.ndarray, w: int, flags: np.ndarray) -> np.ndarray:
    out = np.full(len(flags), NAN)
    for t in range(w - 1, len(flags)):
        out[t] = np.mean(flags[t - w + 1 : t + 1])
    return last(m, at, out)


def round_size_share(m: Market, at: np.ndarray, w: int = 500, lot: float = 100.0) -> np.ndarray:
    rest = np.abs(m.trade["size"] / lot - np.round(m.trade["size"] / lot))
    return share(m, at, w, rest < 1e-9)


def odd_lot_share(m: Market, at: np.ndarray, w: int = 500, lot: float = 100.0) -> np.ndarray:
    return share(m, at, w, m.trade["size"] < lot)


def price_clustering(m: Market, at: np.ndarray, w: int = 500, tick: float = 0.01) -> np.ndarray:
    digit = np.round(m.trade["price"] / tick).astype(int) % 10
    out = np.full(len(digit), NAN)
    for t in range(w - 1, len(digit)):
        counts = np.bincount(digit[t - w + 1 : t + 1], minlength=10)
        out[t] = scipy.stats.chisquare(counts).statistic / w
    return last(m, at, out)


def bid_ask_bounce_share(m: Market, at: np.ndarray, w: int = 200) -> np.ndarray:
    step = np.sign(np.diff(m.trade["price"], prepend=m.trade["price"][:1]))
    signs, count = step[step != 0], np.cumsum(step != 0)
    found = np.full(len(signs) + 1, NAN)
    for n in range(w + 1, len(signs) + 1):
        found[n] = np.mean(signs[n - w : n] != signs[n - w - 1 : n - 1])
    return last(m, at, found[count])


def hawkes_branching_ratio(
    m: Market, at: np.ndarray, w: int = 5_000, refit: int = 500
) -> np.ndarray:
    times = np.unique(m.trade["time"])
    spans = np.concatenate([[NAN], np.diff(times) / 1e9])
    found, now = np.full(len(times), NAN), NAN
    for n in range(len(times)):
        found[n] = now
        if (n + 1) % refit == 0 and n + 1 >= w:
            _, alpha, beta = fitted_hawkes(spans[n + 1 - w : n + 1].tobytes())
            now = alpha / beta
    return last(m, at, found[np.searchsorted(times, m.trade["time"])])


def acd_conditional_duration(
    m: Market, at: np.ndarray, p: int = 1, q: int = 1, window: int = 1_000, refit: int = 500
) -> np.ndarray:
    times = np.unique(m.trade["time"])
    roots = np.sqrt(np.concatenate([[NAN], np.diff(times) / 1e9]))
    out, now, psi = np.full(len(times), NAN), None, None
    for n in range(len(times)):
        if now is not None:
            omega, alpha, beta, scale, first = now
            psi = first / scale**2 if psi is None else psi
            psi = omega / scale**2 + alpha * roots[n] ** 2 + beta * psi
            out[n] = psi
        if (n + 1) % refit == 0 and n + 1 >= window:
            values = roots[n + 1 - window : n + 1]
            values = values[np.isfinite(values)]
            if len(values) < 50 or not np.ptp(values) > 0:
                continue
            scale = 2.0 ** -np.round(np.log2(np.std(values)))
            model = arch_model(values * scale, mean="Zero", p=1, q=1, rescale=False)
            fit = model.fit(disp="off", show_warning=False)
            if fit.convergence_flag == 0:
                omega, alpha, beta = fit.params
                ended = (values[-1] * scale) ** 2, fit.conditional_volatility[-1] ** 2
                now = omega, alpha, beta, scale, omega + alpha * ended[0] + beta * ended[1]
    return last(m, at, out[np.searchsorted(times, m.trade["time"])])


def hidden_liquidity_ratio(
    m: Market, at: np.ndarray, W: str = "300s", sign: str = "flag"
) -> np.ndarray:
    side, size = sides(m, sign), m.trade["size"]
    before = np.searchsorted(m.quote["time"], m.trade["time"], side="left")
    shown = np.full(len(size), NAN)
    for i, n in enumerate(before):
        if n and side[i]:
            shown[i] = m.quote["ask_size" if side[i] > 0 else "bid_size"][n - 1]
    hidden = np.where(np.isnan(shown), 0.0, np.maximum(size - shown, 0.0))
    return ratio(sums(m, at, W, hidden), sums(m, at, W, np.where(np.isnan(shown), 0.0, size)))


def liquidity_ratio_variance(m: Market, at: np.ndarray, w: int = 60, q: int = 5) -> np.ndarray:
    """Lo and MacKinlay's ratio: overlapping, around the mean, without bias."""
    price = np.log(np.where(m.bar["close"] > 0, m.bar["close"], NAN))
    out = np.full(len(at), NAN)
    for t in range(w, len(at)):
        y = price[t - w : t + 1]
        if np.isfinite(y).all() and (np.diff(y) != y[1] - y[0]).any():
            out[t] = VarianceRatio(y, lags=q).vr - 1
    return out


def turnover_liquidity_lix(m: Market, at: np.ndarray) -> np.ndarray:
    traded = ratio(m.bar["volume"] * m.bar["close"], m.bar["high"] - m.bar["low"])
    return np.log10(np.where(traded > 0, traded, NAN))


def hui_heubel_ratio(m: Market, at: np.ndarray, w: int = 5, shares: float = 1.0) -> np.ndarray:
    out = np.full(len(at), NAN)
    high, low, close, volume = (m.bar[n] for n in ("high", "low", "close", "volume"))
    for t in range(w - 1, len(at)):
        r = slice(t - w + 1, t + 1)
        value = np.sum(close[r] * volume[r])
        if value > 0:
            moved = (high[r].max() - low[r].min()) / low[r].min()
            out[t] = moved / (value / (shares * close[r].mean()))
    return out


def zero_return_share(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    close, out = m.bar["close"], np.full(len(at), NAN)
    for t in range(w, len(at)):
        part = close[t - w : t + 1]
        if np.isfinite(part).all():
            out[t] = np.mean(part[1:] == part[:-1])
    return out


def amivest_liquidity(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    close, out = m.bar["close"], np.full(len(at), NAN)
    for t in range(w, len(at)):
        moved = np.abs(np.diff(np.log(close[t - w : t + 1]))).sum()
        r = slice(t - w + 1, t + 1)
        out[t] = np.sum(close[r] * m.bar["volume"][r]) / moved if moved > 0 else NAN
    return out
