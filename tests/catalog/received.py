"""Feeds whose events say when they were received: recorded ones, read here without our readers, and hostile ones."""

import gzip
import json
from functools import cache

import numpy as np
from tests.catalog.market import DATA, SECOND, Market, decode

from penstock.events import Trade
from penstock.streams import Stream

MS = 1_000_000
Columns = dict[str, np.ndarray]


def recorded(file: str, kind: str, stamp: str) -> list[tuple[int, int, dict[str, str]]]:
    """The messages of one kind in a recording of Binance, by its time: that, the recorder's, what it says."""
    found = []
    with gzip.open(DATA / "crypto_l2" / file) as lines:
        for line in lines:
            noted, _, text = line.partition(b" ")
            if kind.encode() in text:
                said = json.loads(text)["data"]
                found.append((said[stamp] * MS, int(noted), said))
    return sorted(found, key=lambda one: one[0])


def trades(file: str) -> Columns:
    """The trades of a recording."""
    found = recorded(file, "@trade", "T")
    return {
        "time": np.array([sent for sent, _, _ in found]),
        "receive": np.array([noted for _, noted, _ in found]),
        "price": np.array([float(said["p"]) for _, _, said in found]),
        "size": np.array([float(said["q"]) for _, _, said in found]),
        "side": np.array([-1 if said["m"] else 1 for _, _, said in found]),
    }


@cache
def clock_behind() -> Market:
    """Binance's perpetual: trades and quotes of one minute; the recorder's clock is 1.27 s behind."""
    found = recorded("usdm_btcusdt_20240808.gz", "@bookTicker", "T")
    quote: Columns = {
        "time": np.array([sent for sent, _, _ in found]),
        "receive": np.array([noted for _, noted, _ in found]),
    }
    for name, said in (
        ("bid_price", "b"),
        ("bid_size", "B"),
        ("ask_price", "a"),
        ("ask_size", "A"),
    ):
        quote[name] = np.array([float(message[said]) for _, _, message in found])
    return Market("clock_behind", trade=trades("usdm_btcusdt_20240808.gz"), quote=quote)


@cache
def two_feeds() -> Market:
    """Binance's spot and perpetual trades, recorded side by side."""
    files = {"a": "spot_btcusdt_20240808.gz", "b": "usdm_btcusdt_20240808.gz"}
    return Market(
        "two_feeds", others={Stream(Trade, role): trades(file) for role, file in files.items()}
    )


@cache
def captured() -> Market:
    """ESH4's trades of an evening, by the exchange's time, with Databento's capture beside it."""
    records = decode("esh4-glbx-mdp3-20231225.trades.derived.dbn.zst")
    records = sorted(records, key=lambda record: record.ts_event)
    return Market(
        "captured",
        trade={
            "time": np.array([r.ts_event for r in records]),
            "receive": np.array([r.ts_recv for r in records]),
            "price": np.array([r.price / 1e9 for r in records]),
            "size": np.array([float(r.size) for r in records]),
            "side": np.zeros(len(records), np.int64),
        },
    )


def drawn(seed: int, delay: np.ndarray) -> Columns:
    """Trades that were received so many nanoseconds later."""
    rng, count = np.random.default_rng(seed), len(delay)
    time = 1_700_000_000 * SECOND + np.cumsum(rng.integers(0, SECOND // 2, count) // MS * MS)
    return {
        "time": time, "receive": time + delay, "price": np.full(count, 100.0), "size": np.ones(count),
        "side": np.ones(count, np.int64),
    }  # fmt: skip


def hostile() -> dict[str, Market]:
    """Receipts as they should not be, by what is wrong with them."""
    rng, count = np.random.default_rng(12), 400
    delays = [rng.integers(1, 90 * MS, count) for _ in range(3)]
    found: dict[str, list[Columns]] = {
        "receipt_before_the_event": [drawn(i, d - 1_270 * MS) for i, d in enumerate(delays)],
        "receipts_out_of_order": [drawn(i, d * (40 + 40 * i)) for i, d in enumerate(delays)],
        "unknown_receipts": [drawn(i, d) for i, d in enumerate(delays)],
        "no_receipts": [drawn(i, d * 0) for i, d in enumerate(delays)],
    }
    for part in found[
        "unknown_receipts"
    ]:  # some 0, some the time itself, and a while of nothing else
        some = rng.random(count)
        part["receive"] = np.where(
            some < 0.1, 0, np.where(some < 0.2, part["time"], part["receive"])
        )
        part["receive"][150:220] = 0
    for part in found["receipts_out_of_order"]:
        assert (np.diff(part["receive"]) < 0).any()
    return {
        name: Market(name, trade=own, others={Stream(Trade, "a"): one, Stream(Trade, "b"): two})
        for name, (own, one, two) in found.items()
    } | {
        "silent_venue": Market(
            "silent_venue",
            trade=drawn(1, delays[0]),
            others={
                Stream(Trade, "a"): drawn(1, delays[0]),
                Stream(Trade, "b"): {
                    name: column[:1] for name, column in drawn(2, delays[1]).items()
                },
            },
        )
    }
