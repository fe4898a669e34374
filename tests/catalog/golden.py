"""A small extract of a simulated market, and what the oracles say of it: ``python -m tests.catalog.golden``.

The files keep the suite meaningful where ../shared is absent, and hold the oracles to what they said.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from tests.catalog import cases
from tests.catalog.market import SECOND, Market, bars, with_quotes

import penstock.catalog  # noqa: F401  (what requests find)
from penstock.declare import parse_request
from penstock.events import Keys, Quarantine
from penstock.events.simulator import simulate

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
STREAMS = ("bar", "trade", "book")
SPAN = 2 * SECOND  # of a bar
TRADES, BOOKS = 240, 160
START = 1_704_239_800 * SECOND  # 200 seconds before midnight, so that a session ends
STEP = SECOND // 10
# what needs more events than the extract has is asked for with less
LESS = {
    "price.distance_to_high": "(w=30)",
    "price.distance_to_low": "(w=30)",
    "streaming_stats.rolling_quantile": "(w=30)",
    "microstructure.microprice": "(nI=3, nS=2, window=80, refit=40)",
    "microstructure.roll_spread": "(w=30)",
    "microstructure.hawkes_intensity": "(window=100, refit=50)",
    "microstructure.kyle_lambda": "(w=20)",
    "microstructure.hasbrouck_lambda": "(w=20)",
    "volume.volume_clustering_fano": "(W=200ms, n=20)",
    **dict.fromkeys(cases.SIZES, "(w=50)"),
}


def fitting(*requests: str) -> tuple[str, ...]:
    """The requests, each of those in LESS once and with less."""
    made = (f"{name}{LESS[name]}" if (name := r.partition("(")[0]) in LESS else r for r in requests)
    return tuple(dict.fromkeys(r for r in made if r.partition("(")[0] not in cases.RANK))


REQUESTS: cases.Table = {
    ("golden", "bar"): fitting(*cases.CORE),
    ("golden", "trade"): fitting(*cases.TRADES, *cases.SIZES),
    ("golden", "quote"): fitting(*cases.QUOTES),
    ("golden", "book"): tuple(r for r in cases.BOOKS if "notional" not in r),
    ("golden", "every:100ms"): fitting(*cases.BOTH, *cases.SUMS),
}


def simulated() -> Market:
    """The events of the extract, from the simulator."""
    trades, books = next(
        simulate(("G",), seconds=400, seed=11, start=START).chunks(Keys(), Quarantine())
    )
    trade = {name: trades.columns[name][:TRADES] for name in ("time", "price", "size", "side")}
    late = books.columns["time"] >= trade["time"][20]
    book = {name: books.columns[name][late][:BOOKS] for name in ("time", "levels")}
    frame = pd.DataFrame({name: trades.columns[name] for name in ("time", "price", "size")})
    groups = frame.groupby(frame["time"] // SPAN)
    prices = groups["price"]
    columns = (prices.first(), prices.max(), prices.min(), prices.last(), groups["size"].sum())
    made = bars((np.array(list(groups.groups)) + 1) * SPAN, *columns)
    return Market("golden", bar=made, trade=trade, book=book)


def write(market: Market) -> None:
    """The events as files."""
    for stream in STREAMS:
        columns = dict(getattr(market, stream))
        for number, level in enumerate(columns.pop("levels", np.empty((0, 0))).T):
            columns[f"cell_{number:02}"] = level
        pd.DataFrame(columns).to_csv(GOLDEN / f"{stream}.csv", index=False)


def read() -> Market:
    """The events of the files."""
    found = {stream: pd.read_csv(GOLDEN / f"{stream}.csv") for stream in STREAMS}
    columns = {
        stream: {name: frame[name].to_numpy() for name in frame if not name.startswith("cell_")}
        for stream, frame in found.items()
    }
    levels = np.ascontiguousarray(found["book"].filter(like="cell_").to_numpy(float))
    market = with_quotes(
        "golden", columns["trade"], {"time": columns["book"]["time"], "levels": levels}
    )
    return Market("golden", columns["bar"], columns["trade"], market.quote, market.book)


def expected(market: Market, on: str, at: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """What the oracles say, request by request."""
    for request in REQUESTS["golden", on]:
        feature, params, _ = parse_request(request)
        oracle = cases.HOSTILE_ORACLES[feature.name.partition(".")[2]]
        with np.errstate(all="ignore"):
            yield request, np.asarray(oracle(market, at, **params), float)


def rows(market: Market, on: str) -> np.ndarray:
    """The times of the rows."""
    if not on.startswith("every"):
        return getattr(market, on)["time"]
    times = np.concatenate([getattr(market, stream)["time"] for stream in ("trade", "book")])
    return np.arange(times.min() // STEP + 1, times.max() // STEP + 1) * STEP


def file(on: str) -> Path:
    return GOLDEN / f"expected_{on.replace(':', '_')}.csv"


def main() -> None:
    """Rewrite the extract and what is expected of it."""
    GOLDEN.mkdir(exist_ok=True)
    write(simulated())
    market = read()
    for _, on in REQUESTS:
        at = rows(market, on)
        pd.DataFrame({"ts": at, **dict(expected(market, on, at))}).to_csv(
            file(on), index=False, float_format="%.15g"
        )


if __name__ == "__main__":
    main()
