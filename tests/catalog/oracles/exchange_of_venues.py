"""What features of several venues must give: looked up and summed for each row, the shares by statsmodels."""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from tests.catalog.derivatives import HOUR
from tests.catalog.market import Market
from tests.catalog.oracles.changes import time_mean
from tests.catalog.oracles.exchange import above_0, last, mid, summed
from tests.catalog.oracles.micro import mid_price
from tests.catalog.oracles.stats import NAN

from penstock.events import Funding, OpenInterest, Quote, Trade
from penstock.streams import Stream

SEVERAL = tuple(
    f"exchange.{name}"
    for name in (
        "cross_exchange_spread", "cross_exchange_spread(venues=b:a, max_age=1s)", "cross_exchange_arbitrage_edge",
        "cross_exchange_arbitrage_edge(fees=0, max_age=2s)", "arbitrage_index", "arbitrage_index(venues=b:a, W=10s)",
        "regional_premium", "regional_premium(A=b, B=a, max_age=1s)", "funding_spread_cross_exchange",
        "funding_spread_cross_exchange(interval_h=4)", "oi_weighted_funding", "oi_weighted_funding(interval_h=1)",
        "venue_volume_share", "venue_volume_share(W=20s, venues=b:a)", "venue_volume_hhi", "venue_volume_hhi(W=20s)",
        *(
            f"{name}{words}"
            for name in (
                "hasbrouck_information_share", "gonzalo_granger_component_share", "information_leadership_share",
            )
            for words in ("", "(w=10m, refit=2m, p=2)", "(w=20m, dt=3s, p=4, refit=5m)")
        ),
    )
)  # fmt: skip
QUOTES = ("exchange.stablecoin_premium",)
QUOTED = (
    "exchange.maker_presence_score", "exchange.maker_presence_score(W=5s, bps=2, min=5e5)",
    "exchange.quote_symmetry_score", "exchange.quote_symmetry_score(W=5s, L=3, lam=0.1)",
)  # fmt: skip


def quotes(m: Market, role: str, at: np.ndarray, side: str, max_age: str) -> np.ndarray:
    quote = m.others[Stream(Quote, role)]
    old = at - last(quote["time"].astype(float), quote["time"], at) > pd.Timedelta(max_age).value
    return np.where(old, NAN, last(quote[f"{side}_price"], quote["time"], at))


def cross_exchange_spread(
    m: Market, at: np.ndarray, venues: tuple[str, ...] = ("a", "b"), max_age: str = "5s"
) -> np.ndarray:
    return np.log(mid(m, venues[0], at, max_age) / mid(m, venues[1], at, max_age))


def cross_exchange_arbitrage_edge(
    m: Market, at: np.ndarray, fees: float = 0.0005, max_age: str = "5s"
) -> np.ndarray:
    edges = [
        quotes(m, sold, at, "bid", max_age) * (1 - fees)
        - quotes(m, bought, at, "ask", max_age) * (1 + fees)
        for sold, bought in (("a", "b"), ("b", "a"))
    ]
    return np.maximum(*edges) / ((mid(m, "a", at, max_age) + mid(m, "b", at, max_age)) / 2)


def volumes(m: Market, at: np.ndarray, W: str, role: str) -> tuple[np.ndarray, np.ndarray]:
    trade = m.others[Stream(Trade, role)]
    size = summed(trade["size"], trade["time"], at, W)
    return size, summed(trade["price"] * trade["size"], trade["time"], at, W)


def arbitrage_index(
    m: Market, at: np.ndarray, venues: tuple[str, ...] = ("a", "b"), W: str = "60s"
) -> np.ndarray:
    prices = [value / above_0(size) for size, value in (volumes(m, at, W, v) for v in venues)]
    return np.maximum(*prices) / np.minimum(*prices)


def regional_premium(
    m: Market, at: np.ndarray, A: str = "a", B: str = "b", max_age: str = "5s"
) -> np.ndarray:
    return mid(m, A, at, max_age) / mid(m, B, at, max_age) - 1


def yearly(m: Market, at: np.ndarray, role: str, interval_h: float) -> np.ndarray:
    paid = m.others[Stream(Funding, role)]
    hours = np.where(paid["interval"] > 0, paid["interval"] / HOUR, interval_h)
    return last(paid["rate"] * 24 * 365 / hours, paid["time"], at)


def funding_spread_cross_exchange(m: Market, at: np.ndarray, interval_h: float = 8.0) -> np.ndarray:
    return yearly(m, at, "a", interval_h) - yearly(m, at, "b", interval_h)


def oi_weighted_funding(m: Market, at: np.ndarray, interval_h: float = 8.0) -> np.ndarray:
    held = []
    for role in ("a", "b"):
        interest = m.others[Stream(OpenInterest, role)]
        held.append(last(interest["value"], interest["time"], at))
    rates = [yearly(m, at, role, interval_h) for role in ("a", "b")]
    out = np.full(len(at), NAN)
    for row, (f, w) in enumerate(zip(np.transpose(rates), np.transpose(held), strict=True)):
        if np.isfinite([*f, *w]).all():
            out[row] = np.average(f, weights=w)
    return out


def venue_volume_share(
    m: Market, at: np.ndarray, W: str = "3600s", venues: tuple[str, ...] = ("a", "b")
) -> np.ndarray:
    sizes = [volumes(m, at, W, v)[0] for v in venues]
    return sizes[0] / above_0(sum(sizes))


def venue_volume_hhi(m: Market, at: np.ndarray, W: str = "3600s") -> np.ndarray:
    one, two = (volumes(m, at, W, v)[0] for v in ("a", "b"))
    return (one**2 + two**2) / above_0(one + two) ** 2


def stablecoin_premium(m: Market, at: np.ndarray) -> np.ndarray:
    return mid_price(m, at) - 1


def books(m: Market) -> tuple[np.ndarray, ...]:
    levels = m.book["levels"].reshape(len(m.book["time"]), -1, 4)
    return tuple(levels[:, :, i] for i in range(4))


def maker_presence_score(
    m: Market, at: np.ndarray, W: str = "300s", bps: float = 10.0, min: float = 1e4
) -> np.ndarray:
    bid, bid_size, ask, ask_size = books(m)
    middle = (bid[:, :1] + ask[:, :1]) / 2
    sound = bid[:, 0] <= ask[:, 0]
    there = sound.copy()
    for price, size in ((bid, bid_size), (ask, ask_size)):
        near = abs(price / middle - 1) <= bps / 1e4
        there &= np.where(near, price * size, 0.0).sum(axis=1) >= min
    return time_mean(m.book["time"], there.astype(float), at, pd.Timedelta(W).value)


def quote_symmetry_score(
    m: Market, at: np.ndarray, W: str = "300s", L: int = 5, lam: float = 0.5
) -> np.ndarray:
    bid, bid_size, ask, ask_size = (x[:, :L] for x in books(m))
    fade = np.exp(-lam * np.arange(L))
    one, two = bid_size @ fade, ask_size @ fade
    whole = np.isfinite(bid + ask + bid_size + ask_size).all(axis=1) & (one + two > 0)
    uneven = np.where(whole, abs(one - two) / (one + two), 1.0)
    return 1 - time_mean(m.book["time"], uneven, at, pd.Timedelta(W).value)


def by_regression(window: np.ndarray, p: int) -> tuple[float, float] | None:
    """Information and component share of the first price, one equation at a time."""
    frame = pd.DataFrame(window, columns=["one", "two"])
    moves = frame.diff()
    table = pd.DataFrame({"gap": (frame["one"] - frame["two"]).shift()})
    for k in range(1, p + 1):
        table[[f"one{k}", f"two{k}"]] = moves.shift(k)
    whole = pd.concat([moves, table], axis=1).dropna()
    if len(whole) < 3 * (2 * p + 2):
        return None
    x = sm.add_constant(whole[table.columns])
    if np.linalg.matrix_rank(x.to_numpy()) < x.shape[1]:
        return None
    fits = [sm.OLS(whole[name], x).fit() for name in ("one", "two")]
    a1, a2 = (fit.params["gap"] for fit in fits)
    errors = np.column_stack([fit.resid for fit in fits])
    omega = np.cov(errors, rowvar=False, ddof=0)
    s1, s2 = np.sqrt(np.diag(omega))
    rho = omega[0, 1] / (s1 * s2)
    g1, g2 = a2, -a1
    # Baillie, Booth, Tse, Zabotina (2002), equations 14 and 15
    total = (g1 * s1 + g2 * rho * s2) ** 2 + (g2 * s2) ** 2 * (1 - rho**2)
    upper = (g1 * s1 + g2 * rho * s2) ** 2 / total
    lower = (
        (g1 * s1) ** 2
        * (1 - rho**2)
        / ((g2 * s2 + g1 * rho * s1) ** 2 + (g1 * s1) ** 2 * (1 - rho**2))
    )
    return (upper + lower) / 2, a2 / (a2 - a1)  # fmt: skip


def discovery(
    m: Market, at: np.ndarray, w: str, dt: str, p: int, refit: str
) -> tuple[np.ndarray, np.ndarray]:
    slot = pd.Timedelta(dt).value
    size, every = (pd.Timedelta(x).value // slot for x in (w, refit))
    first = min(int(block.columns["time"][0]) for block in m.streams().values())
    ticks = np.arange(-(-first // slot), at[-1] // slot + 1) * slot
    # a quote stands until the next one, whatever its age
    prices = np.log(np.column_stack([mid(m, role, ticks, "1000d") for role in ("a", "b")]))
    found = np.full((len(ticks), 2), NAN)
    for n in range(every, len(ticks), every):
        if n >= size:
            fit = by_regression(prices[n - size : n], p)
            if fit is not None:
                found[n:] = fit  # used from the slot after the fit on
    n = np.searchsorted(ticks, at, side="right")
    rows = np.where((n > 0)[:, None], found[n - 1], NAN)
    return rows[:, 0], rows[:, 1]


def hasbrouck_information_share(
    m: Market, at: np.ndarray, w: str = "1h", dt: str = "1s", p: int = 10, refit: str = "1m"
) -> np.ndarray:
    return discovery(m, at, w, dt, p, refit)[0]


def gonzalo_granger_component_share(
    m: Market, at: np.ndarray, w: str = "1h", dt: str = "1s", p: int = 10, refit: str = "1m"
) -> np.ndarray:
    return discovery(m, at, w, dt, p, refit)[1]


def information_leadership_share(
    m: Market, at: np.ndarray, w: str = "1h", dt: str = "1s", p: int = 10, refit: str = "1m"
) -> np.ndarray:
    share, component = discovery(m, at, w, dt, p, refit)
    one = abs(share / (1 - share) * (1 - component) / component)
    return one**2 / (one**2 + (1 / one) ** 2 * one**2)
