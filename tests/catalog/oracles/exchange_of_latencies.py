"""How long events took to be received, by pandas and by a walk over the events of both venues."""

import numpy as np
import pandas as pd
from tests.catalog.market import Market
from tests.catalog.oracles.exchange import columns, last
from tests.catalog.oracles.stats import NAN

from penstock.events import Quote, Trade
from penstock.streams import Stream

TYPES = {"trade": Trade, "quote": Quote}
FEED = ("exchange.feed_latency", "exchange.feed_latency(halflife=2s)")
QUOTE_FEED = (
    "exchange.feed_latency(event=quote)",
    "exchange.feed_latency(halflife=1s, event=quote)",
)
TWO_FEEDS = tuple(
    f"exchange.latency_differential{words}" for words in ("", "(w=7)", "(venues=b:a, w=32)")
)


def milliseconds(events: dict[str, np.ndarray]) -> np.ndarray:
    """From the venue's stamp to the receiver's: of Python's whole numbers."""
    return np.array(
        [
            NAN if r <= 0 or r == t else (r - t) / 1e6
            for r, t in zip(events["receive"].tolist(), events["time"].tolist(), strict=True)
        ]
    )


def feed_latency(
    m: Market, at: np.ndarray, halflife: str = "60s", event: str = "trade"
) -> np.ndarray:
    events = columns(m, Stream(TYPES[event]))
    took = pd.Series(milliseconds(events), index=events["time"]).dropna()
    if took.empty:
        return np.full(len(at), NAN)
    since = (
        took.index.to_numpy() - took.index[0]
    )  # pandas makes floats of stamps: whole ones lose digits
    mean = took.ewm(halflife=pd.Timedelta(halflife), times=pd.to_datetime(since)).mean()
    return last(mean.to_numpy(), took.index.to_numpy(), at)


def latency_differential(
    m: Market, at: np.ndarray, venues: tuple[str, ...] = ("a", "b"), w: int = 100
) -> np.ndarray:
    feeds = [columns(m, Stream(Trade, role)) for role in venues]
    walk = [
        (time, role, place, took)
        for place, (role, feed) in enumerate(zip(venues, feeds, strict=True))
        for time, took in zip(feed["time"].tolist(), milliseconds(feed).tolist(), strict=True)
    ]
    latest, times, apart = [NAN, NAN], [], []
    for time, _, place, took in sorted(walk, key=lambda one: one[:2]):
        latest[place] = took
        if not np.isnan(latest).any():
            times.append(time)
            apart.append(latest[0] - latest[1])
    seen = np.searchsorted(np.array(times, np.int64), at, side="left")
    return np.array([np.median(apart[n - w : n]) if n >= w else NAN for n in seen.tolist()])
