"""What ratio must give, from NumPy, pandas and TA-Lib on whole columns."""

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import known_only, true_range_by_hand
from tests.catalog.oracles.changes import deviation, last_before, logarithm, nanoseconds, windows
from tests.catalog.oracles.micro import bid_ask_spread, mid_price
from tests.catalog.oracles.stats import NAN, log_return
from tests.catalog.oracles.volume import between, ratio

from penstock.events import OptionInterest
from penstock.streams import Stream

BARS = (
    "ratio.high_low_ratio", "ratio.close_open_ratio", "ratio.volatility_ratio_short_long",
    "ratio.volatility_ratio_short_long(s=5, l=20)", "ratio.schwager_volatility_ratio",
    "ratio.schwager_volatility_ratio(w=5)", "ratio.up_down_volume_ratio", "ratio.up_down_volume_ratio(w=10)",
    "ratio.up_down_volatility_ratio", "ratio.up_down_volatility_ratio(w=10)", "ratio.range_to_atr_ratio",
    "ratio.range_to_atr_ratio(w=5)", "ratio.return_to_volume_sqrt_ratio", "ratio.return_to_volume_sqrt_ratio(w=50)",
    "ratio.gain_loss_ratio", "ratio.gain_loss_ratio(w=10)", "ratio.win_rate", "ratio.win_rate(w=10)",
    "ratio.custom_ratio", "ratio.custom_ratio(num=high, den=low)", "ratio.custom_ratio(num=volume, den=log_return)",
)  # fmt: skip
TRADES = ("ratio.close_to_vwap_ratio", "ratio.close_to_vwap_ratio(W=10s)")
TIMED = ("ratio.buy_sell_volume_ratio", "ratio.buy_sell_volume_ratio(W=5s)")
QUOTED = ("ratio.trade_to_quote_size_ratio", "ratio.trade_to_quote_size_ratio(W=5s)")
BOOKS = ("ratio.bid_ask_depth_ratio", "ratio.bid_ask_depth_ratio(L=2)")
DERIVATIVES = (
    "ratio.volume_to_open_interest_ratio", "ratio.volume_to_open_interest_ratio(W=5h)", "ratio.turnover_ratio",
    "ratio.turnover_ratio(W=5h)",
)  # fmt: skip
OPEN_OPTIONS = ("ratio.put_call_open_interest_ratio",)
OPTIONS = ("ratio.put_call_volume_ratio", "ratio.put_call_volume_ratio(W=30m)")
QUOTED_BARS = ("ratio.spread_to_volatility_ratio(w=5)", "ratio.spread_to_volatility_ratio")


def sums(values: np.ndarray, w: int) -> np.ndarray:
    return windows(values, w).sum(axis=1)


def high_low_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    return logarithm(m.bar["high"] / m.bar["low"])


def close_open_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    return logarithm(m.bar["close"] / m.bar["open"])


def close_to_vwap_ratio(m: Market, at: np.ndarray, W: str = "1800s") -> np.ndarray:
    times, price, size = (m.trade[name] for name in ("time", "price", "size"))
    out = np.full(len(at), NAN)
    for row, start in enumerate(np.searchsorted(times, times - nanoseconds(W), side="right")):
        out[row] = (
            price[row] / np.average(price[start : row + 1], weights=size[start : row + 1]) - 1
        )
    return out


def volatility_ratio_short_long(
    m: Market,
    at: np.ndarray,
    s: int = 10,
    l: int = 100,  # noqa: E741
) -> np.ndarray:
    return ratio(deviation(log_return(m, at), s), deviation(log_return(m, at), l))


def schwager_volatility_ratio(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    ranges = talib.TRANGE(m.bar["high"], m.bar["low"], m.bar["close"])
    return ranges / talib.EMA(ranges, w)


def schwager_volatility_ratio_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    ranges = true_range_by_hand(m, at)
    return ratio(ranges, known_only(ranges, 2 / (w + 1), w))


def steps(m: Market) -> np.ndarray:
    return np.sign(np.diff(m.bar["close"], prepend=NAN))


def up_down_volume_ratio(m: Market, at: np.ndarray, w: int = 50) -> np.ndarray:
    step, volume = steps(m), m.bar["volume"]
    up, down = (np.where(np.isnan(step), NAN, volume * (step == sign)) for sign in (1, -1))
    return ratio(sums(up, w), sums(down, w))


def up_down_volatility_ratio(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    r = log_return(m, at)
    gains, losses = (np.where(np.isnan(r), NAN, r**2 * (sign * r > 0)) for sign in (1, -1))
    return np.sqrt(ratio(sums(gains, w), sums(losses, w)))


def range_to_atr_ratio(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    average = talib.ATR(m.bar["high"], m.bar["low"], m.bar["close"], w)
    return (m.bar["high"] - m.bar["low"]) / np.concatenate([[NAN], average[:-1]])


def range_to_atr_ratio_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    average = known_only(true_range_by_hand(m, at), 1 / w, w)
    return ratio(m.bar["high"] - m.bar["low"], np.concatenate([[NAN], average[:-1]]))


def spread_to_volatility_ratio(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    spread = bid_ask_spread(m, at) / mid_price(m, at)
    known = last_before(m.bar["time"], deviation(log_return(m, at), w), m.quote["time"])
    return ratio(spread, known)


def windowed(times: np.ndarray, values: np.ndarray, at: np.ndarray, span: str) -> np.ndarray:
    """Sums of the events of [t - span, t)."""
    return np.array([values[part].sum() for part in between(times, at, nanoseconds(span))])


def averaged(times: np.ndarray, values: np.ndarray, at: np.ndarray, span: str) -> np.ndarray:
    counts = windowed(times, np.ones(len(times)), at, span)
    return ratio(windowed(times, values, at, span), counts)


def buy_sell_volume_ratio(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    bought, sold = (
        windowed(m.trade["time"], m.trade["size"] * (m.trade["side"] == side), at, W)
        for side in (1, -1)
    )
    return np.log((1 + bought) / (1 + sold))


def trade_to_quote_size_ratio(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    quoted = (m.quote["bid_size"] + m.quote["ask_size"]) / 2
    trades = averaged(m.trade["time"], m.trade["size"], at, W)
    return ratio(trades, averaged(m.quote["time"], quoted, at, W))


def bid_ask_depth_ratio(m: Market, at: np.ndarray, L: int = 5) -> np.ndarray:
    levels = m.book["levels"].reshape(len(m.book["time"]), -1, 4)[:, :L]
    return logarithm(levels[:, :, 1].sum(axis=1)) - logarithm(levels[:, :, 3].sum(axis=1))


def day_volume(m: Market, W: str) -> np.ndarray:
    """The volume of the bars of (t - W, t]."""
    return windowed(m.bar["time"], m.bar["volume"], m.bar["time"] + 1, W)


def positive(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, NAN)


def volume_to_open_interest_ratio(m: Market, at: np.ndarray, W: str = "24h") -> np.ndarray:
    # of one time, the bar comes before the open interest
    known = last_before(m.open_interest["time"], m.open_interest["contracts"], at)
    return day_volume(m, W) / positive(known)


def turnover_ratio(m: Market, at: np.ndarray, W: str = "24h") -> np.ndarray:
    known = last_before(m.instrument["time"], m.instrument["supply"], at + 1)
    return day_volume(m, W) / positive(known)


def put_call_volume_ratio(m: Market, at: np.ndarray, W: str = "1d") -> np.ndarray:
    times, size, right = (m.option_trade[name] for name in ("time", "size", "right"))
    puts, calls = (windowed(times, size * (right == of), at, W) for of in (-1, 1))
    return ratio(puts, calls)


def put_call_open_interest_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    told = pd.DataFrame(m.others[Stream(OptionInterest)])
    fine = told[
        told["contracts"].between(0, np.inf, inclusive="left") & np.isfinite(told["strike"])
    ]
    sums = np.full((2, len(at)), NAN)
    for row, seen in enumerate(np.searchsorted(told["time"], at, side="right").tolist()):
        if seen:
            # what is past goes out with the next number
            known = fine[(fine.index < seen) & (fine["expiry"] > told["time"][seen - 1])]
            last = known.drop_duplicates(["strike", "expiry", "right"], keep="last")
            sums[:, row] = [last["contracts"][last["right"] == of].sum() for of in (-1, 1)]
    return ratio(*sums)


def return_to_volume_sqrt_ratio(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    r, volume = log_return(m, at), m.bar["volume"]
    share = ratio(volume, windows(volume, w).mean(axis=1))
    return ratio(np.abs(r), deviation(r, w) * np.sqrt(positive(share)))


def gain_loss_ratio(m: Market, at: np.ndarray, w: int = 100) -> np.ndarray:
    r = log_return(m, at)
    known = np.where(np.isnan(r), NAN, 1.0)
    gain = ratio(sums(np.maximum(r, 0), w), sums(known * (r > 0), w))
    loss = ratio(sums(np.maximum(-r, 0), w), sums(known * (r < 0), w))
    return ratio(gain, loss)


def win_rate(m: Market, at: np.ndarray, w: int = 100) -> np.ndarray:
    r = log_return(m, at)
    known = np.where(np.isnan(r), NAN, 1.0)
    return ratio(sums(known * (r > 0), w), sums(known * (r != 0), w))


def custom_ratio(
    m: Market, at: np.ndarray, num: str = "close", den: str = "volume", eps: float = 1e-12
) -> np.ndarray:
    columns = m.bar | {"log_return": log_return(m, at)}
    x, y = columns[num], columns[den]
    return np.divide(x, y, where=np.abs(y) >= eps, out=np.full(len(x), NAN))
