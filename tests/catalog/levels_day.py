"""A simulated morning that touches levels: a future, its book, the underlying's quotes, and options of the day."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import norm
from tests.catalog.market import SECOND, Market

from penstock.events import OptionInterest, Quote
from penstock.streams import Stream

SPY, INTEREST = Stream(Quote, "spy"), Stream(OptionInterest)
ZONE, TICK, RATIO = "America/New_York", 0.25, 10.02
YEAR = 365 * 86_400.0


def at(text: str) -> int:
    return pd.Timestamp(text, tz=ZONE).value


def spread(rng: np.random.Generator, start: int, stop: int, count: int) -> np.ndarray:
    """So many times between two, none on a whole second and no two alike."""
    times = np.unique(rng.integers(start // 1_000, stop // 1_000, count)) * 1_000
    return times + 1 + rng.integers(0, 900, times.size)


@cache
def session_day(seed: int = 3) -> Market:
    """Trades of the day before for the running means, a premarket, and the first forty minutes of a session."""
    rng = np.random.default_rng(seed)
    day, before = "2025-12-16", "2025-12-15"
    opening, end = at(f"{day} 09:30"), at(f"{day} 10:08")
    times = np.concatenate(
        [
            np.arange(420) * 120 * SECOND + at(f"{before} 04:00") + 61 * SECOND + 17,
            spread(rng, at(f"{day} 08:00"), opening, 60),
            spread(rng, opening, end, 760),
        ]
    )
    # some trades follow each other at once: sweeps
    burst = rng.choice(np.arange(500, times.size), 40, replace=False)
    extra = (times[burst][:, None] + np.arange(1, 5) * 21_000_003).ravel()
    times = np.unique(np.concatenate([times, extra]))
    swept = np.isin(times, extra) | np.isin(times, times[np.searchsorted(times, times[burst])])
    path = 6_880.0 + np.cumsum(rng.normal(0.0, 0.55, times.size))
    price = np.round(path / TICK) * TICK
    side = rng.choice([1, -1, 0], times.size, p=[0.47, 0.47, 0.06])
    size = rng.integers(1, 30, times.size).astype(float)
    for i in np.flatnonzero(swept):
        if swept[i - 1] and times[i] - times[i - 1] < 50_000_000:
            side[i], size[i] = side[i - 1], 25.0
            price[i] = price[i - 1] + TICK * (i % 2) * (side[i] or 1)
    trade = {"time": times, "price": price, "size": size, "side": side.astype(np.int64)}
    return Market(
        "session_day",
        trade=trade,
        book=books(rng, trade, (at(f"{before} 04:00"), at(f"{day} 09:22"), end)),
        option_trade=options(rng, trade, opening, end),
        others={
            SPY: quotes(rng, trade, (at(f"{before} 04:00"), at(f"{day} 09:22"), end)),
            INTEREST: interest(np.random.default_rng(seed + 1), day),
        },
    )


def interest(rng: np.random.Generator, day: str) -> dict[str, np.ndarray]:
    """Open interest of two expiries before the opening; some numbers come late, and some are said anew."""
    strike = np.tile(np.arange(672.0, 702.0), 4)
    right = np.repeat(np.array([1, -1, 1, -1]), 30)
    expiry = np.repeat(np.array([at(f"{day} 16:00"), at("2025-12-19 16:00")]), 60)
    time = at(f"{day} 06:30") + np.arange(120) * 7_000_001
    late = rng.choice(np.arange(120), 12, replace=False)
    time[late] = at(f"{day} 09:41") + rng.integers(0, 900 * SECOND, 12)
    again = rng.choice(np.flatnonzero(time < at(f"{day} 09:30")), 25, replace=False)
    rows = np.concatenate([np.arange(120), again])
    time = np.concatenate([time, at(f"{day} 09:36") + rng.integers(0, 1_800 * SECOND, 25)])
    order = np.argsort(time, kind="stable")
    rows, time = rows[order], time[order]
    contracts = np.floor(rng.exponential(900.0, rows.size))
    return {
        "time": time, "contracts": contracts, "strike": strike[rows], "expiry": expiry[rows],
        "right": right[rows],
    }  # fmt: skip


def books(
    rng: np.random.Generator, trade: dict[str, np.ndarray], spans: tuple[int, int, int]
) -> dict[str, np.ndarray]:
    """Ten levels a side round the last price; at each update some sizes change, and prices come and go."""
    time = np.concatenate(
        [
            spread(rng, spans[0], spans[0] + 5 * SECOND, 12),
            spread(rng, spans[1], spans[2], 1_250),
        ]
    )
    sizes: dict[int, float] = {}
    levels = np.full((time.size, 40), np.nan)
    for row, when in enumerate(time.tolist()):
        i = max(int(np.searchsorted(trade["time"], when)) - 1, 0)
        middle = int(trade["price"][i] / TICK) + int(rng.integers(0, 2))
        for side, step in ((0, -1), (1, 1)):
            first = middle + (side if step > 0 else -1 + side)
            own = [first + step * j for j in range(10)]
            for tick in own:
                if tick not in sizes or rng.random() < 0.25:
                    sizes[tick] = float(rng.integers(1, 90))
            levels[row, 2 * side :: 4] = np.array(own) * TICK
            levels[row, 2 * side + 1 :: 4] = [sizes[tick] for tick in own]
    return {"time": time, "levels": levels}


def quotes(
    rng: np.random.Generator, trade: dict[str, np.ndarray], spans: tuple[int, int, int]
) -> dict[str, np.ndarray]:
    time = np.concatenate(
        [
            spread(rng, spans[0], spans[0] + 5 * SECOND, 12),
            spread(rng, spans[1], spans[2], 1_250),
        ]
    )
    last = np.maximum(np.searchsorted(trade["time"], time) - 1, 0)
    middle = trade["price"][last] / RATIO + rng.normal(0.0, 0.004, time.size)
    return {
        "time": time,
        "bid_price": np.round(middle, 2) - 0.01,
        "bid_size": np.full(time.size, 300.0),
        "ask_price": np.round(middle, 2) + 0.01,
        "ask_size": np.full(time.size, 300.0),
    }


def options(
    rng: np.random.Generator, trade: dict[str, np.ndarray], opening: int, end: int
) -> dict[str, np.ndarray]:
    """Trades of calls and puts around a model's price; some expire another day, a few say their volatility.

    A trade is half a spread from the price, which the middle is, where it is known; a few middles are below any worth.
    """
    time = spread(rng, opening - 60 * SECOND, end, 450)
    spot = trade["price"][np.searchsorted(trade["time"], time) - 1] / RATIO
    strike = np.round(spot) + np.clip(np.round(rng.normal(0.0, 2.5, time.size)), -8, 8)
    right = rng.choice([1, -1], time.size)
    expiry = np.where(
        rng.random(time.size) < 0.9, at("2025-12-16 16:00"), at("2025-12-19 16:00")
    ).astype(np.int64)
    years = (expiry - time) / 1e9 / YEAR
    sigma = rng.uniform(0.12, 0.3, time.size)
    d1 = (np.log(spot / strike) + (0.045 - 0.013 + sigma**2 / 2) * years) / (sigma * years**0.5)
    asset, owed = spot * np.exp(-0.013 * years), strike * np.exp(-0.045 * years)
    worth = right * (
        asset * norm.cdf(right * d1) - owed * norm.cdf(right * (d1 - sigma * years**0.5))
    )
    side = rng.choice([1, -1, 0], time.size, p=[0.45, 0.45, 0.1]).astype(np.int64)
    quoted = np.random.default_rng(time.size).random(time.size)
    low = np.where(right * (spot - strike) > 0.1, right * (spot - strike) / 2.0, np.nan)
    return {
        "time": time,
        "price": worth * (1.0 + 0.02 * side),
        "size": rng.integers(1, 60, time.size).astype(float),
        "side": side,
        "strike": strike,
        "expiry": expiry,
        "right": right.astype(np.int64),
        "underlying": np.full(time.size, np.nan),
        "iv": np.where(rng.random(time.size) < 0.2, sigma, np.nan),
        "mid": np.select([quoted < 0.6, quoted < 0.65], [worth, low], np.nan),
    }


def holiday() -> Market:
    """The same ten days later: the day before is Christmas, on which futures alone trade, and then a half day."""
    m, moved, day = session_day(), 10 * 86_400 * SECOND, 86_400 * SECOND
    eve = {name: values[m.trade["time"] < at("2025-12-16")] for name, values in m.trade.items()}
    shifted = {**m.trade, "time": m.trade["time"] + moved}
    eve = {**eve, "time": eve["time"] + moved - day, "price": eve["price"] + 40.0}
    trade = {name: np.concatenate([eve[name], shifted[name]]) for name in shifted}
    spy = {**m.others[SPY], "time": m.others[SPY]["time"] + moved}
    return Market("holiday", trade=trade, others={SPY: spy})


def part(m: Market, start: int, stop: int) -> Market:
    """What happened between two times."""

    def cut(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        inside = (columns["time"] >= start) & (columns["time"] < stop)
        return {name: values[inside] for name, values in columns.items()}

    own = {name: cut(getattr(m, name)) for name in ("trade", "book", "option_trade")}
    return Market("part", **own, others={SPY: cut(m.others[SPY])})


def hostile() -> dict[str, Market]:
    """The morning as it should not be, by what is wrong with it."""
    whole = part(session_day(seed=8), at("2025-12-16 08:00"), at("2025-12-16 09:50"))
    book = {name: values.copy() for name, values in whole.book.items()}
    some = np.arange(len(book["time"])) % 7
    crossed = book["levels"][some == 3]
    crossed[:, [0, 2]] = crossed[:, [2, 0]]  # bid above ask
    book["levels"][some == 3] = crossed
    book["levels"][some == 5, 2::4] = np.nan  # one side is empty
    book["levels"][some == 5, 3::4] = np.nan
    trade = {name: values.copy() for name, values in whole.trade.items()}
    trade["side"][:] = 0
    silent = trade["time"] - at("2025-12-16 09:41")
    kept = ~((silent > 0) & (silent < 200 * SECOND))
    first, book_first, option_first = (
        {name: values[:1] for name, values in columns.items()}
        for columns in (whole.trade, whole.book, whole.option_trade)
    )
    late = {**option_first, "expiry": option_first["expiry"] + 7 * 86_400 * SECOND}
    return {
        "levels_without_options": Market(
            "levels_without_options",
            trade=whole.trade,
            book=book,
            option_trade=late,
            others=whole.others,
        ),
        "levels_of_a_silent_tape": Market(
            "levels_of_a_silent_tape",
            trade={name: values[kept] for name, values in trade.items()},
            book=whole.book,
            option_trade=whole.option_trade,
            others=whole.others,
        ),
        "levels_of_one_trade": Market(
            "levels_of_one_trade",
            trade=first,
            book=book_first,
            option_trade=option_first,
            others=whole.others,
        ),
    }
