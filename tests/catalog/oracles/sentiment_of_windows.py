"""What windows of scores must give: pandas and brute force over the raw events."""

import math

import numpy as np
import pandas as pd
from statsmodels.tsa.ar_model import AutoReg
from tests.catalog.market import Market
from tests.catalog.oracles.sentiment import ANY, FINBERT, MODEL, VADER, mood, of, shares

from penstock.core.time import duration

NAN = np.nan
WINDOWS = (
    "average_compound",
    "average_positive",
    "average_negative",
    "average_neutral",
    "average_confidence",
)
TOLD = (
    *(f"sentiment.{name}" for name in (*FINBERT, "vader_compound", "text_length")),
    *(f"sentiment.{name}" for name in WINDOWS),
    *(f"sentiment.{name}(W=20m, scorer={MODEL})" for name in WINDOWS),
    *(
        f"sentiment.{request}"
        for request in (
            "sentiment_momentum", f"sentiment_momentum(W=1h, scorer={MODEL})", "sentiment_momentum(mode=count)",
            f"sentiment_momentum(W=1h, mode=count, scorer={VADER})", "sentiment_volatility",
            f"sentiment_volatility(W=30m, ddof=1, scorer={MODEL})", "message_count",
            f"message_count(W=1h, scorer={MODEL})", "message_volume_zscore", "message_volume_zscore(W=10m, n=20)",
            "bullishness_index", f"bullishness_index(W=20m, scorer={MODEL})",
            f"bullishness_index(label=compound, scorer={VADER})", "agreement_index",
            f"agreement_index(W=20m, scorer={MODEL})", f"agreement_index(label=compound, scorer={VADER})",
            "sentiment_disagreement", f"sentiment_disagreement(W=10m, slots=3, scorer={VADER})", "decayed_sentiment",
            f"decayed_sentiment(halflife=5m, weight=weight, scorer={MODEL})", "engagement_weighted_sentiment",
            f"engagement_weighted_sentiment(W=10m, scorer={VADER})", "sentiment_surprise",
            f"sentiment_surprise(n=12, W=15m, scorer={MODEL})",
        )
    ),
)  # fmt: skip


def inside(frame: pd.DataFrame, at: np.ndarray, W: object) -> list[pd.DataFrame]:
    """The events of [T - w, T) of each row."""
    time, width = frame["time"].to_numpy(), duration(W)
    begin, end = np.searchsorted(time, at - width), np.searchsorted(time, at)
    return [frame.iloc[b:e] for b, e in zip(begin, end, strict=True)]


def known(m: Market, scorer: str, column: str = "compound") -> pd.DataFrame:
    f = mood(m)
    return f[of(f, scorer) & f[column].notna()]


def mean(m: Market, at: np.ndarray, W: object, scorer: str, column: str) -> np.ndarray:
    return np.array([w[column].mean() for w in inside(known(m, scorer, column), at, W)])


def average_compound(m, at, W="5m", scorer=ANY):
    return mean(m, at, W, scorer, "compound")


def average_positive(m, at, W="5m", scorer=ANY):
    return mean(m, at, W, scorer, "positive")


def average_negative(m, at, W="5m", scorer=ANY):
    return mean(m, at, W, scorer, "negative")


def average_neutral(m, at, W="5m", scorer=ANY):
    return mean(m, at, W, scorer, "neutral")


def average_confidence(m, at, W="5m", scorer=ANY):
    f = mood(m)
    f = f.assign(most=shares(m).max(axis=1))
    f = f[of(f, scorer) & f["most"].notna()]
    return np.array([w["most"].mean() for w in inside(f, at, W)])


def sentiment_momentum(m, at, W="5m", mode="time", scorer=ANY):
    out = []
    for t, window in zip(at, inside(known(m, scorer), at, W), strict=True):
        s = window["compound"].to_numpy()
        half = (
            np.count_nonzero(window["time"] < t - duration(W) // 2)
            if mode == "time"
            else len(s) // 2
        )
        out.append(s[half:].mean() - s[:half].mean() if 0 < half < len(s) else NAN)
    return np.array(out)


def sentiment_volatility(m, at, W="5m", ddof=0, scorer=ANY):
    windows = [w["compound"].to_numpy() for w in inside(known(m, scorer), at, W)]
    return np.array([np.std(s, ddof=ddof) if len(s) > 1 else NAN for s in windows])


def message_count(m, at, W="5m", scorer=ANY):
    f = mood(m)
    return np.array([float(len(w)) for w in inside(f[of(f, scorer)], at, W)])


def slots(m: Market, at: np.ndarray, W: object) -> np.ndarray:
    """The ends of whole slots, from the first event on."""
    if not len(at):
        return np.empty(0, np.int64)
    width = duration(W)
    return np.arange(mood(m)["time"].iloc[0] // width * width + width, at[-1] + 1, width)


def zscores(x: pd.Series, n: int) -> pd.Series:
    roll = x.rolling(n)
    flat = roll.max() == roll.min()
    return ((x - roll.mean()) / roll.std()).mask(flat)


def as_of(ends: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    if not len(ends):
        return np.full(len(at), NAN)
    place = np.searchsorted(ends, at, side="right") - 1
    return np.where(place >= 0, np.append(values, NAN)[place], NAN)


def message_volume_zscore(m, at, W="5m", n=288, scorer=ANY):
    ends = slots(m, at, W)
    counted = pd.Series(np.log1p(message_count(m, ends, W, scorer)))
    return as_of(ends, zscores(counted, n).to_numpy(), at)


def voices(m, at, W, label, scorer):
    f = mood(m)
    p = shares(m)
    order = np.sort(p, axis=1)
    clear = order[:, 2] > order[:, 1]
    most = np.argmax(p, axis=1)
    if label == "argmax":
        f = f.assign(buy=clear & (most == 0), sell=clear & (most == 1), labelled=~np.isnan(p[:, 0]))
    else:
        f = f.assign(buy=f["compound"] >= 0.05, sell=f["compound"] <= -0.05, labelled=True)
    f = f[of(f, scorer)]
    for window in inside(f, at, W):
        scores = window["compound"].notna()
        yield (
            (window["buy"] & window["labelled"]).sum(), (window["sell"] & window["labelled"]).sum(), scores.any(),
        )  # fmt: skip


def bullishness_index(m, at, W="1h", label="argmax", scorer=ANY):
    return np.array(
        [
            math.log((1 + buy) / (1 + sell)) if some else NAN
            for buy, sell, some in voices(m, at, W, label, scorer)
        ]
    )


def agreement_index(m, at, W="1h", label="argmax", scorer=ANY):
    return np.array(
        [
            1 - math.sqrt(1 - ((b - s) / (b + s)) ** 2) if some and b + s else NAN
            for b, s, some in voices(m, at, W, label, scorer)
        ]
    )


def sentiment_disagreement(m, at, W="1h", slots=64, scorer=ANY):
    f, out = known(m, scorer), []
    for window in inside(f[f["source"] != 0], at, W):
        means = window.groupby("source")["compound"].mean()
        out.append(np.std(means.to_numpy()) if 2 <= len(means) <= slots else NAN)
    return np.array(out)


def decayed_sentiment(m, at, halflife="30m", weight="none", scorer=ANY):
    f, out = known(m, scorer), []
    f = f if weight == "none" else f[f["weight"].notna()]
    time, s = f["time"].to_numpy(), f["compound"].to_numpy()
    w = np.ones(len(f)) if weight == "none" else f["weight"].to_numpy()
    for t in at:
        end = np.searchsorted(time, t)
        # all fade alike since the last one, whose weight is 1: what is long ago is not nothing
        faded = (
            w[:end] * 0.5 ** ((time[end - 1] - time[:end]) / duration(halflife)) if end else w[:0]
        )
        out.append(np.average(s[:end], weights=faded) if end else NAN)
    return np.array(out)


def engagement_weighted_sentiment(m, at, W="1h", scorer=ANY):
    f = known(m, scorer)
    f = f[f["likes"].notna() | f["reposts"].notna()]
    f = f.assign(e=np.log1p(f["likes"].fillna(0.0) + f["reposts"].fillna(0.0)))
    return np.array(
        [
            np.average(w["compound"], weights=w["e"]) if w["e"].sum() > 0 else NAN
            for w in inside(f, at, W)
        ]
    )


def sentiment_surprise(m, at, n=48, W="5m", scorer=ANY):
    ends = slots(m, at, W)
    values = average_compound(m, ends, W, scorer)
    ends, values = ends[~np.isnan(values)], values[~np.isnan(values)]
    out = np.full(len(values), NAN)
    for k in range(n, len(values)):
        past = values[k - n : k]
        if np.ptp(past[:-1]) > 0:
            fitted = AutoReg(past, lags=1).fit()
            out[k] = values[k] - fitted.predict(n, n)[0]
    return as_of(ends, out, at)
