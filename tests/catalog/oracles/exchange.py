"""What features of one venue must give: looked up, summed and ranked anew for each row."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from tests.catalog.derivatives import HOUR
from tests.catalog.market import DAY, SECOND, Market
from tests.catalog.oracles.stats import NAN

from penstock.events import (
    AccountRatio,
    Funding,
    IndexPrice,
    InsuranceFund,
    Liquidation,
    MarkPrice,
    Quote,
)
from penstock.streams import Stream

VENUES = tuple(
    f"exchange.{name}"
    for name in (
        "funding_rate", "predicted_funding_rate", "predicted_funding_rate(weights=equal, interval=4h, notional=5e3)",
        "premium_index", "premium_index(notional=3e3)", "funding_annualized", "funding_annualized(interval_h=4)",
        "cumulative_funding", "cumulative_funding(W=1d)", "funding_zscore", "funding_zscore(n=10)",
        "seconds_to_funding", "seconds_to_funding(interval_h=1)", "open_interest", "open_interest(unit=contracts)",
        "open_interest(unit=marked)", "open_interest_change", "open_interest_change(W=6h)", "oi_price_quadrant",
        "oi_price_quadrant(W=3h)", "open_interest_to_market_cap", "long_short_account_ratio",
        "top_trader_position_ratio", "insurance_fund_change", "insurance_fund_change(W=10h)",
        "long_liquidation_notional", "long_liquidation_notional(W=3h)", "short_liquidation_notional",
        "short_liquidation_notional(W=3h)", "liquidation_imbalance", "liquidation_imbalance(W=5h)",
        "liquidation_intensity", "liquidation_intensity(halflife=1h, adv=1d)", "liquidation_cascade_flag",
        "liquidation_cascade_flag(k=1, W=10m, history=10h, q=0.5)", "liquidation_to_volume_share",
        "liquidation_to_volume_share(W=4h)", "estimated_long_liquidation_price",
        "estimated_long_liquidation_price(leverage=50, mmr=0.01, w=5)", "estimated_short_liquidation_price",
        "estimated_short_liquidation_price(leverage=3, mmr=0.02, w=7)", "mark_last_divergence",
    )
)  # fmt: skip
BASES = tuple(
    f"exchange.{name}"
    for name in (
        "perp_spot_basis", "perp_spot_basis(max_age=8s)", "futures_annualized_basis",
        "futures_annualized_basis(expiry=4th Friday 08:00 UTC, max_age=1h)", "term_structure_slope",
        "term_structure_slope(max_age=1h)",
    )
)  # fmt: skip


def columns(m: Market, stream: Stream) -> dict[str, np.ndarray]:
    own = {s: getattr(m, s.type.name, {}) for s in (stream,) if not stream.role}
    return m.others.get(stream) or own[stream]


def last(x: np.ndarray, time: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The last value before each time."""
    n = np.searchsorted(time, at, side="left")
    return np.where(n > 0, np.append(x, NAN)[n - 1], NAN)


def was(x: np.ndarray, time: np.ndarray, at: np.ndarray, W: str) -> np.ndarray:
    """The last value that is at least so old."""
    n = np.searchsorted(time, at - pd.Timedelta(W).value, side="right")
    return np.where(n > 0, np.append(x, NAN)[n - 1], NAN)


def above_0(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, NAN)


def summed(x: np.ndarray, time: np.ndarray, at: np.ndarray, W: str) -> np.ndarray:
    """The sum of each window; NaN where a value of it is."""
    width = pd.Timedelta(W).value
    return np.array([x[(time >= t - width) & (time < t)].sum() for t in at.tolist()])


def funding_rate(m: Market, at: np.ndarray) -> np.ndarray:
    f = columns(m, Stream(Funding))
    return last(f["rate"], f["time"], at)


def funding_annualized(m: Market, at: np.ndarray, interval_h: float = 8.0) -> np.ndarray:
    f = columns(m, Stream(Funding))
    hours = np.where(f["interval"] > 0, f["interval"] / HOUR, interval_h)
    return last(f["rate"] * (24 / hours) * 365, f["time"], at)


def cumulative_funding(m: Market, at: np.ndarray, W: str = "7d") -> np.ndarray:
    f = columns(m, Stream(Funding))
    return summed(f["rate"], f["time"], at, W)


def funding_zscore(m: Market, at: np.ndarray, n: int = 90) -> np.ndarray:
    f = columns(m, Stream(Funding))
    rates = pd.Series(f["rate"])

    def score(v: np.ndarray) -> float:
        v = np.round(v * 1e15)  # what was printed alike is not read alike
        return (v[-1] - v.mean()) / v.std(ddof=1) if np.ptp(v) > 0 else NAN

    return last(rates.rolling(n).apply(score, raw=True).to_numpy(), f["time"], at)


def seconds_to_funding(m: Market, at: np.ndarray, interval_h: int = 8) -> np.ndarray:
    return (interval_h * HOUR - at % (interval_h * HOUR)) / 1e9


def impact(levels: np.ndarray, side: int, notional: float) -> float:
    """The mean price of a value, level by level."""
    left, bought = notional, 0.0
    for price, size in levels.reshape(-1, 4)[:, side : side + 2]:
        if not price * size >= 0:
            return NAN
        taken = min(left, price * size)
        bought, left = bought + taken / price, left - taken
        if left <= 0:
            return notional / bought
    return NAN


def premiums(m: Market, at: np.ndarray, notional: float) -> np.ndarray:
    book, index = m.book, columns(m, Stream(IndexPrice))
    sound = book["levels"][:, 0] <= book["levels"][:, 2]
    sides = [
        np.where(sound, [impact(row, side, notional) for row in book["levels"]], NAN)
        for side in (0, 2)
    ]
    bid, ask = (last(x, book["time"], at) for x in sides)
    i = above_0(last(index["price"], index["time"], at))
    above, below = bid - i, i - ask
    return (np.where(above < 0, 0, above) - np.where(below < 0, 0, below)) / i


def premium_index(m: Market, at: np.ndarray, notional: float = 20_000.0) -> np.ndarray:
    return premiums(m, at, notional)


def predicted_funding_rate(
    m: Market, at: np.ndarray, I: float = 0.0001, clamp: float = 0.0005, interval: str = "8h",  # noqa: E741
    notional: float = 20_000.0, weights: str = "linear",
) -> np.ndarray:  # fmt: skip
    minute, span = 60 * SECOND, pd.Timedelta(interval).value
    first = min(int(block.columns["time"][0]) for block in m.streams().values())
    ticks = np.arange(-(-first // minute), at[-1] // minute + 1) * minute
    p = premiums(m, ticks, notional)
    session = (ticks - 1) // span
    mean = np.full(len(ticks), NAN)
    for one in np.unique(session):
        mine = np.flatnonzero(session == one)
        known = np.isfinite(p[mine])
        w = (np.arange(1, len(mine) + 1) if weights == "linear" else np.ones(len(mine))) * known
        total = w.cumsum()
        sums = (np.where(known, p[mine], 0) * w).cumsum()
        mean[mine] = np.where(total > 0, sums / np.where(total > 0, total, 1), NAN)
    rate = mean + np.clip(I - mean, -clamp, clamp)
    n = np.searchsorted(ticks, at, side="right")
    return np.where(n > 0, rate[n - 1], NAN)


def open_interest(m: Market, at: np.ndarray, unit: str = "quote") -> np.ndarray:
    held = m.open_interest
    if unit == "quote":
        return last(held["value"], held["time"], at)
    contracts = last(held["contracts"], held["time"], at)
    if unit == "contracts":
        return contracts
    terms, mark = m.instrument, columns(m, Stream(MarkPrice))
    scale = last(terms["multiplier"], terms["time"], at)
    return contracts * scale * last(mark["price"], mark["time"], at)


def open_interest_change(m: Market, at: np.ndarray, W: str = "1h") -> np.ndarray:
    x, time = above_0(m.open_interest["contracts"]), m.open_interest["time"]
    return np.log(last(x, time, at) / was(x, time, at, W))


def oi_price_quadrant(m: Market, at: np.ndarray, W: str = "1h") -> np.ndarray:
    held, bar = m.open_interest, m.bar
    built, moved = (
        last(x, time, at) - was(x, time, at, W)
        for x, time in ((held["contracts"], held["time"]), (bar["close"], bar["time"]))
    )
    found = np.select(
        [(moved > 0) & (built > 0), (moved > 0) & (built < 0), (moved < 0) & (built > 0), (moved < 0) & (built < 0)],
        [1.0, 2.0, 3.0, 4.0], 0.0,
    )  # fmt: skip
    return np.where(np.isnan(built) | np.isnan(moved), NAN, found)


def open_interest_to_market_cap(m: Market, at: np.ndarray) -> np.ndarray:
    held, terms = m.open_interest, m.instrument
    supply = last(above_0(terms["supply"]), terms["time"], at)
    return last(held["contracts"], held["time"], at) / supply


def ratio(m: Market, at: np.ndarray, kind: int) -> np.ndarray:
    told = columns(m, Stream(AccountRatio))
    mine = (told["kind"] == kind) & (told["ratio"] > 0)
    return last(np.log(told["ratio"][mine]), told["time"][mine], at)


def long_short_account_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    return ratio(m, at, 1)


def top_trader_position_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    return ratio(m, at, 3)


def insurance_fund_change(m: Market, at: np.ndarray, W: str = "24h") -> np.ndarray:
    fund = columns(m, Stream(InsuranceFund))
    x = above_0(fund["balance"])
    return np.log(last(x, fund["time"], at) / was(x, fund["time"], at, W))


def forced(m: Market, at: np.ndarray, W: str, sign: int = 0) -> np.ndarray:
    f = columns(m, Stream(Liquidation))
    mine = np.ones(len(f["side"]), bool) if sign == 0 else f["side"] == sign
    return summed(f["price"] * f["size"] * mine, f["time"], at, W)


def long_liquidation_notional(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    return forced(m, at, W, -1)


def short_liquidation_notional(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    return forced(m, at, W, 1)


def liquidation_imbalance(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    short, long = forced(m, at, W, 1), forced(m, at, W, -1)
    return (short - long) / above_0(short + long)


def fading(x: np.ndarray, time: np.ndarray, at: np.ndarray, halflife: str) -> np.ndarray:
    rate = math.log(2) / (pd.Timedelta(halflife).value / 1e9)
    x = np.nan_to_num(x)
    return np.array(
        [rate * (x[time < t] * np.exp(-rate * (t - time[time < t]) / 1e9)).sum() for t in at.tolist()]
    )  # fmt: skip


def liquidation_intensity(
    m: Market, at: np.ndarray, halflife: str = "60s", adv: str = "7d"
) -> np.ndarray:
    f, trade = columns(m, Stream(Liquidation)), m.trade
    traded = fading(trade["price"] * trade["size"], trade["time"], at, adv) * 86_400
    return fading(f["price"] * f["size"], f["time"], at, halflife) / above_0(traded)


def liquidation_cascade_flag(
    m: Market, at: np.ndarray, k: float = 5.0, W: str = "60s", history: str = "30d", q: float = 0.99
) -> np.ndarray:
    f, width = columns(m, Stream(Liquidation)), pd.Timedelta(W).value
    first = min(int(block.columns["time"][0]) for block in m.streams().values())
    begin = -(-first // width)  # the number of the first span's end
    ends = np.arange(begin, at[-1] // width + 1)
    places = f["time"] // width + 1  # a span ends before what stands at its end
    value = f["price"] * f["size"]
    sums = pd.Series(value).groupby(places).sum().reindex(ends).fillna(0.0).to_numpy()
    spans = pd.Timedelta(history).value // width
    now, sign = forced(m, at, W), np.sign(forced(m, at, W, 1) - forced(m, at, W, -1))
    out = np.full(len(at), NAN)
    for row, t in enumerate(at.tolist()):
        n = int(t // width - begin) + 1
        if n >= spans:
            out[row] = (now[row] > k * np.quantile(sums[n - spans : n], q)) * sign[row]
    return out


def liquidation_to_volume_share(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    value = summed(m.trade["price"] * m.trade["size"], m.trade["time"], at, W)
    return forced(m, at, W) / above_0(value)


def entry(m: Market, at: np.ndarray, w: int) -> np.ndarray:
    bar = m.bar
    typical = (bar["high"] + bar["low"] + bar["close"]) / 3

    def mean(rows: np.ndarray) -> float:
        i = rows.astype(int)
        total = bar["volume"][i].sum()
        return (typical[i] * bar["volume"][i]).sum() / total if total > 0 else NAN

    rows = pd.Series(np.arange(len(typical), dtype=float))
    return last(rows.rolling(w).apply(mean, raw=True).to_numpy(), bar["time"], at)


def estimated_long_liquidation_price(
    m: Market, at: np.ndarray, leverage: float = 10.0, mmr: float = 0.005, w: int = 24
) -> np.ndarray:
    # the price at which a long's equity is its maintenance margin: q (p - e) + q e / L = m q p
    return entry(m, at, w) * (1 - 1 / leverage) / (1 - mmr)


def estimated_short_liquidation_price(
    m: Market, at: np.ndarray, leverage: float = 10.0, mmr: float = 0.005, w: int = 24
) -> np.ndarray:
    return entry(m, at, w) * (1 + 1 / leverage) / (1 + mmr)


def mark_last_divergence(m: Market, at: np.ndarray) -> np.ndarray:
    mark = columns(m, Stream(MarkPrice))
    traded = last(m.trade["price"], m.trade["time"], at)
    return traded / last(above_0(mark["price"]), mark["time"], at) - 1


def mid(m: Market, role: str, at: np.ndarray, max_age: str) -> np.ndarray:
    quote = m.others[Stream(Quote, role)]
    x = (quote["bid_price"] + quote["ask_price"]) / 2
    sound = (quote["ask_price"] >= quote["bid_price"]) & (x > 0)
    fresh = at - last(quote["time"].astype(float), quote["time"], at) <= pd.Timedelta(max_age).value
    return np.where(fresh, last(np.where(sound, x, NAN), quote["time"], at), NAN)


def perp_spot_basis(m: Market, at: np.ndarray, max_age: str = "5s") -> np.ndarray:
    return np.log(mid(m, "perp", at, max_age) / mid(m, "spot", at, max_age))


def third_friday(at: np.ndarray) -> np.ndarray:
    """Days to 16:00 in New York on the third Friday of a month."""
    begin = pd.Timestamp(int(at[0]), tz="UTC") - pd.Timedelta("40d")
    days = pd.date_range(begin.normalize(), periods=500, freq="D").tz_localize(None)
    fridays = days[(days.dayofweek == 4) & (days.day >= 15) & (days.day <= 21)]
    ends = (fridays + pd.Timedelta("16h")).tz_localize("America/New_York").tz_convert("UTC")
    return until(ends, at)


def fourth_friday(at: np.ndarray) -> np.ndarray:
    """Days to 08:00 UTC on the fourth Friday of a month."""
    begin = pd.Timestamp(int(at[0]), tz="UTC") - pd.Timedelta("40d")
    ends = pd.date_range(begin.normalize(), periods=500, freq="D")
    ends = ends[(ends.dayofweek == 4) & (ends.day >= 22) & (ends.day <= 28)]
    return until(ends + pd.Timedelta("8h"), at)


def until(ends: pd.DatetimeIndex, at: np.ndarray) -> np.ndarray:
    times = ends.as_unit("ns").astype(np.int64).to_numpy()
    days = (times[np.searchsorted(times, at, side="left")] - at) / DAY
    return np.where(days >= 1, days, NAN)


RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "3rd Friday 16:00 America/New_York": third_friday,
    "4th Friday 08:00 UTC": fourth_friday,
}


def futures_annualized_basis(
    m: Market, at: np.ndarray, expiry: str = "3rd Friday 16:00 America/New_York", max_age: str = "5s"
) -> np.ndarray:  # fmt: skip
    found = np.log(mid(m, "future", at, max_age) / mid(m, "spot", at, max_age))
    return found * 365 / RULES[expiry](at)


def term_structure_slope(m: Market, at: np.ndarray, max_age: str = "5s") -> np.ndarray:
    first = third_friday(at) / 365
    second = first + 91 / 365
    near, far, spot = (mid(m, role, at, max_age) for role in ("near", "far", "spot"))
    return (np.log(far / spot) / second - np.log(near / spot) / first) / (second - first)
