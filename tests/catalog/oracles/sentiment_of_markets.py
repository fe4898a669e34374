"""What prices, funding, open interest and options beside scores must give, at bars."""

import math

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles.sentiment import ANY, MODEL
from tests.catalog.oracles.sentiment_of_windows import as_of, known, zscores

from penstock.core.time import duration
from penstock.events import Funding
from penstock.streams import Stream

NAN = np.nan
MOODY = tuple(
    f"sentiment.{request}"
    for request in (
        "sentiment_price_divergence", f"sentiment_price_divergence(w=12, W=4h, scorer={MODEL})", "funding_sentiment",
        "funding_sentiment(n=24)", "open_interest_sentiment", "open_interest_sentiment(w=10)", "fear_greed_composite",
        f"fear_greed_composite(weights=2/1/0/1/3, n=40, w=10, W=6h, scorer={MODEL})",
    )
)  # fmt: skip
OPTIONS = ("sentiment.put_call_sentiment(W=1m)", "sentiment.put_call_sentiment(W=2m, n=5)")


def mood_of_bars(m: Market, W: object, scorer: str, longest: int) -> pd.Series:
    f, out = known(m, scorer), []
    time, at = f["time"].to_numpy(), m.bar["time"]
    for t in at:  # (t - w, t], and at one time a bar is before a text
        begin = np.searchsorted(time, t - duration(W), side="right")
        window = f["compound"].iloc[begin : np.searchsorted(time, t)]
        out.append(window.mean())
    return pd.Series(out).ffill(limit=longest)


def sentiment_price_divergence(m, at, w=60, W="5m", scorer=ANY):
    close = pd.Series(m.bar["close"]).where(lambda c: c > 0)
    moved = np.log(close / close.shift(w))
    return (zscores(mood_of_bars(m, W, scorer, w), w) - zscores(moved, w)).to_numpy()


def rates(m: Market) -> tuple[np.ndarray, np.ndarray]:
    f = m.others[Stream(Funding)]
    return f["time"], f["rate"]


def funding_sentiment(m, at, n=90):
    time, rate = rates(m)
    out = np.full(len(rate), NAN)
    for k in range(n - 1, len(rate)):
        window = rate[k - n + 1 : k + 1]
        if np.isfinite(window).all():
            percent = scipy.stats.percentileofscore(window[:-1], window[-1], kind="mean")
            out[k] = 2.0 * percent / 100.0 - 1.0
    place = np.searchsorted(time, at, side=bar_sees(Funding)) - 1
    return np.where(place >= 0, np.append(out, NAN)[place], NAN)


def bar_sees(type_) -> str:
    """At one time a bar stands before funding and open interest."""
    return "left" if type_ is Funding else "right"


def open_interest_sentiment(m, at, w=24):
    contracts = pd.Series(m.open_interest["contracts"])
    place = np.searchsorted(m.open_interest["time"], m.bar["time"], side="left") - 1
    held = pd.Series(np.where(place >= 0, np.append(contracts, NAN)[place], NAN))
    held = held.where(held > 0)
    close = pd.Series(m.bar["close"])
    changed = np.log(held / held.shift(1))
    return (np.sign(close - close.shift(w)) * zscores(changed, w)).to_numpy()


def rank(x: pd.Series, n: int) -> pd.Series:
    def one(window: np.ndarray) -> float:
        below, same = np.sum(window[:-1] < window[-1]), np.sum(window[:-1] == window[-1])
        return (below + 0.5 * same) / (n - 1)

    return x.rolling(n).apply(one, raw=True)


def fear_greed_composite(m, at, weights="equal", n=250, w=20, W="1d", scorer=ANY):
    close = pd.Series(m.bar["close"]).where(lambda c: c > 0)
    change = np.log(close / close.shift(1))
    flat = change.rolling(w).max() == change.rolling(w).min()
    time, rate = rates(m)
    place = np.searchsorted(time, m.bar["time"], side="left") - 1
    parts = [
        np.log(close / close.shift(w)).round(9),
        -change.rolling(w).std().mask(flat, 0.0).round(9),
        pd.Series(m.bar["volume"]),
        pd.Series(np.where(place >= 0, np.append(rate, NAN)[place], NAN)),
        mood_of_bars(m, W, scorer, n).round(9),
    ]
    shares = np.ones(5) if weights == "equal" else np.array([float(x) for x in weights.split("/")])
    ranks = [a * rank(part, n) for part, a in zip(parts, shares / shares.sum(), strict=True)]
    return 100.0 * sum(ranks).to_numpy()


def put_call_sentiment(m, at, W="1d", n=20):
    o, width = m.option_trade, duration(W)
    ends = np.arange(o["time"][0] // width * width + width, at[-1] + 1, width)
    paid = o["price"] * o["size"]
    begin, end = np.searchsorted(o["time"], ends - width), np.searchsorted(o["time"], ends)
    found = []
    for b, e, t in zip(begin, end, ends, strict=True):
        puts, calls = (paid[b:e][o["right"][b:e] == right].sum() for right in (-1, 1))
        if puts > 0 and calls > 0:
            found.append((float(t), math.log(puts / calls)))
    time, ratio = np.array(found or np.empty((0, 2))).T
    return as_of(time, -zscores(pd.Series(ratio), n).to_numpy(), at)
