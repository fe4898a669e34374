"""The levels of a day: by pandas, TA-Lib and SciPy."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import talib
from exchange_calendars import get_calendar
from scipy.optimize import brentq
from scipy.stats import norm
from tests.catalog.levels_day import INTEREST, SPY, YEAR, ZONE
from tests.catalog.market import SECOND, Market

from penstock.formulas.levels.parameters import Parameters

PRICES = ("ratio", "ratio_static")
OPTIONS = (*PRICES, "rate", "dividend")
NAMED = (
    *OPTIONS, "premarket", "or_minutes", "session_age", "sma", "sma_bar", "sma_sessions", "wall_mode",
    "wall_hysteresis", "wall_least", "flip_from", "flip_grid", "flip_span",
)  # fmt: skip
TOUCHED = (
    *NAMED, "strike_volume", "strike_range", "round_step", "round_range", "touch_tol", "rearm", "merge_tol",
    "monitor_band",
)  # fmt: skip
FLOWS = (*TOUCHED, "barrier_window", "zone_ticks")
BARRIER = (
    *FLOWS, "barrier_baseline", "flow", "vacuum_ratio", "wall_ratio", "absorption_ratio", "weak_quantile",
    "replenishment_cap",
)  # fmt: skip
TAPE = (
    *TOUCHED, "tape_window", "tape_band", "sweep_gap", "sweep_notional", "multiplier", "sweep_prints", "sweep_prices",
    "sweep_quantile", "sweep_baseline", "sweep_runs",
)  # fmt: skip
FUEL = (*TOUCHED, "fuel_reach")
SCORE = (
    *BARRIER, *TAPE, *FUEL, "fuel_threshold", "weights", "liquidity_points", "hedge_points", "slope_scale",
    "tape_mode", "tape_slope", "tape_rate",
)  # fmt: skip
KNOWN: dict[tuple[Any, ...], Any] = {}


def stage(*names: str) -> Any:
    """A property worked out once for each market and each value of the parameters that it goes by."""

    def wrap(make: Any) -> property:
        def get(self: Any) -> Any:
            key = (make.__name__, self.m.name, *(getattr(self.p, name) for name in names))
            if key not in KNOWN:
                KNOWN[key] = make(self)
            return KNOWN[key]

        return property(get)

    return wrap


KINDS = (
    "call_wall", "put_wall", "gamma_flip", "pm_high", "pm_low", "or_high", "or_low", "session_high", "session_low",
    "vwap", "sma_400", "sma_200",
)  # fmt: skip
CELLS, SINGLE, MINUTE = 16, len(KINDS), 60 * SECOND
NAN = np.nan


def as_of(times: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The last value at or before each time."""
    rows = np.searchsorted(times, at, side="right") - 1
    if not len(times):
        return np.full((len(at), *values.shape[1:]), NAN)
    found = np.asarray(values, float)[np.maximum(rows, 0)]
    found[rows < 0] = NAN
    return found


def means(times: np.ndarray, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """The mean of a step function over the second before each time, from its first step on."""
    out = np.full(clock.size, NAN)
    for i, now in enumerate(clock.tolist()):
        first, last = np.searchsorted(times, (now - SECOND, now), side="left")
        if first == last:
            out[i] = values[first - 1] if first else NAN
            continue
        edges = np.array([max(now - SECOND, int(times[0])), *times[first:last], now])
        parts = np.r_[values[max(first - 1, 0)], values[first:last]] * np.diff(edges)
        out[i] = parts[np.diff(edges) > 0].sum() / (edges[-1] - edges[0])
    return out


@dataclass(eq=False)
class Levels:
    """One market under some parameters."""

    m: Market
    p: Parameters
    trade: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.trade = self.m.trade
        self.t, self.price, self.size = (self.trade[n] for n in ("time", "price", "size"))
        empty = {"time": np.empty(0, np.int64), "levels": np.empty((0, 40))}
        self.book = self.m.book or empty
        self.option = self.m.option_trade or {"time": np.empty(0, np.int64)}

    # -- prices --------------------------------------------------------------------------------------------------
    @stage()
    def seconds(self) -> np.ndarray:
        streams = (self.t, self.book["time"], self.option["time"], self.m.others[SPY]["time"])
        first, last = min(s[0] for s in streams if s.size), max(s[-1] for s in streams if s.size)
        return np.arange(-(-first // SECOND), last // SECOND + 2) * SECOND

    @stage()
    def middle(self) -> np.ndarray:
        return (self.book["levels"][:, 0] + self.book["levels"][:, 2]) / 2

    @stage(*PRICES)
    def ratio(self) -> np.ndarray:
        quote, books = self.m.others[SPY], self.book["time"]
        quoted = (quote["bid_price"] + quote["ask_price"]) / 2
        now = as_of(books, self.middle, self.seconds) / as_of(quote["time"], quoted, self.seconds)
        ages = [
            self.seconds - as_of(times, times, self.seconds) for times in (books, quote["time"])
        ]
        fresh = (ages[0] <= SECOND) & (ages[1] <= SECOND)
        series = pd.Series(np.where(fresh, now, NAN))
        return series.ewm(halflife=60, adjust=False, ignore_na=True).mean().to_numpy()

    def ratio_at(self, at: np.ndarray) -> np.ndarray:
        if self.p.ratio == "static":
            return np.full(len(at), self.p.ratio_static)
        return as_of(self.seconds, self.ratio, at)

    @stage(*PRICES)
    def spot(self) -> np.ndarray:
        return self.price / self.ratio_at(self.t)

    @stage(*PRICES)
    def side(self) -> np.ndarray:
        guess = np.nan_to_num(np.sign(self.price - as_of(self.book["time"], self.middle, self.t)))
        return np.where(self.trade["side"] != 0, np.sign(self.trade["side"]), guess)

    # -- hours ---------------------------------------------------------------------------------------------------
    @stage()
    def schedule(self) -> pd.DataFrame:
        days = pd.to_datetime(self.t[[0, -1]], utc=True).tz_convert(ZONE).normalize()
        table = get_calendar("XNYS").schedule.loc[
            days[0].tz_localize(None) : days[-1].tz_localize(None)
        ]
        return table[["open", "close"]].apply(
            lambda c: c.astype("datetime64[ns, UTC]").astype("int64")
        )

    def session(self, at: np.ndarray) -> np.ndarray:
        """The number of the session whose hours a time is in, and -1 outside of all."""
        opens, closes = self.schedule["open"].to_numpy(), self.schedule["close"].to_numpy()
        number = np.searchsorted(opens, at, side="right") - 1
        return np.where((number >= 0) & (at < closes[np.maximum(number, 0)]), number, -1)

    @stage()
    def open(self) -> np.ndarray:
        return self.session(self.t) >= 0

    def local(self, at: np.ndarray) -> pd.DatetimeIndex:
        return pd.to_datetime(at, utc=True).tz_convert(ZONE)

    def between(self, start: str, end: str) -> np.ndarray:
        """The trades between two times of the exchange's day."""
        series = pd.Series(np.arange(self.t.size), index=self.local(self.t))
        rows = series.between_time(start, end, inclusive="left").to_numpy()
        return np.isin(np.arange(self.t.size), rows)

    @stage(*PRICES)
    def minutes(self) -> pd.DataFrame:
        """The minutes that had a trade, by their end."""
        ends = (self.t // MINUTE + 1) * MINUTE
        frame = pd.DataFrame({"end": ends, "spot": self.spot}).groupby("end")["spot"]
        found = frame.agg(["max", "min", "last"]).rename(
            columns={"max": "high", "min": "low", "last": "close"}
        )
        ended = found.index.to_numpy() <= max(self.t[-1], self.seconds[-1])
        return found[ended]

    # -- levels that exist once ----------------------------------------------------------------------------------
    def extreme(self, value: np.ndarray, group: np.ndarray, sign: int) -> np.ndarray:
        """The largest value so far in each group."""
        series = pd.Series(sign * value).groupby(group).cummax().groupby(group).ffill()
        return sign * series.to_numpy()

    def of_premarket(self, sign: int) -> np.ndarray:
        start, end = self.p.premarket
        value = np.where(self.between(start, end), self.spot, NAN)
        return self.extreme(value, self.local(self.t).date, sign)

    @stage()
    def since_open(self) -> np.ndarray:
        number = self.session(self.t)
        opens = self.schedule["open"].to_numpy()[np.maximum(number, 0)]
        return np.where(number >= 0, (self.t - opens) / MINUTE, NAN)

    def of_opening(self, sign: int) -> np.ndarray:
        early = self.since_open < self.p.or_minutes
        found = self.extreme(np.where(early, self.spot, NAN), self.session(self.t), sign)
        return np.where(self.since_open >= self.p.or_minutes, found, NAN)

    def of_session(self, sign: int) -> np.ndarray:
        """The running extreme over minutes that have ended, once it has stood."""
        ends = self.minutes.index.to_numpy()
        number = self.session(ends - 1)
        value = self.minutes["high" if sign > 0 else "low"].to_numpy()
        out = np.full(self.t.size, NAN)
        least = pd.Timedelta(self.p.session_age).value
        for i in np.flatnonzero(self.open).tolist():
            mine = (ends <= self.t[i]) & (number == self.session(self.t[i : i + 1])[0])
            if mine.any():
                best = sign * np.max(sign * value[mine])
                since = ends[mine][np.argmax(value[mine] == best)]
                out[i] = best if self.t[i] - since >= least else NAN
        return out

    def mean(self, n: int) -> np.ndarray:
        width = pd.Timedelta(self.p.sma_bar).value
        ends = np.unique((self.t // width + 1) * width)
        local = self.local(ends)
        second = (local - local.normalize()).total_seconds().to_numpy()
        extended = (second > 4 * 3600) & (second <= 20 * 3600)
        counted = extended if self.p.sma_sessions == "eth" else self.session(ends - 1) >= 0
        days = get_calendar("XNYS").sessions_in_range("2025-01-01", "2026-01-31")
        ends = ends[counted & local.tz_localize(None).normalize().isin(days)]
        closes = self.spot[np.searchsorted(self.t, ends) - 1]
        first = int(np.argmax(np.isfinite(closes)))
        means = np.full(closes.size, NAN)
        if closes.size - first >= n:
            means[first:] = talib.SMA(closes[first:], n)
        return as_of(ends, means, self.t)

    @stage(*PRICES)
    def vwap(self) -> np.ndarray:
        out = np.full(self.t.size, NAN)
        for number in np.unique(self.session(self.t)):
            mine = (self.session(self.t) == number) & (number >= 0)
            out[mine] = np.cumsum((self.spot * self.size)[mine]) / np.cumsum(self.size[mine])
        return out

    # -- options -------------------------------------------------------------------------------------------------
    @stage(*OPTIONS)
    def greeks(self) -> pd.DataFrame:
        """The session's option trades of the day with gamma and volatility, by Black, Scholes and Merton."""
        frame = pd.DataFrame(self.option)
        if not len(frame):
            return pd.DataFrame(
                columns=["time", "strike", "right", "size", "side", "gamma", "sigma"]
            )
        spots = as_of(self.t, self.spot, frame["time"].to_numpy())
        r, q, gammas, sigmas = self.p.rate, self.p.dividend, [], []
        for row, s in zip(frame.itertuples(), spots.tolist(), strict=True):
            years = max(row.expiry - row.time, MINUTE) / 1e9 / YEAR
            root, k, way = years**0.5, row.strike, row.right

            def d1(v: float, s: float = s, k: float = k, root: float = root) -> float:
                return (np.log(s / k) + (r - q + v * v / 2) * root**2) / (v * root)

            def worth(
                v: float, s: float = s, k: float = k, y: float = years, way: int = way, d1: Any = d1
            ) -> float:
                asset, owed = s * np.exp(-q * y), k * np.exp(-r * y)
                return way * (
                    asset * norm.cdf(way * d1(v)) - owed * norm.cdf(way * (d1(v) - v * y**0.5))
                )

            v = row.iv
            for paid in (row.mid, row.price):
                if not np.isfinite(v) and np.isfinite(s) and worth(1e-3) < paid < worth(50.0):
                    v = float(brentq(lambda x, w=worth, c=paid: w(x) - c, 1e-3, 50.0, xtol=1e-15))  # type: ignore[misc]
            sigmas.append(v)
            gammas.append(np.exp(-q * years) * norm.pdf(d1(v)) / (s * v * root))
        frame["gamma"], frame["sigma"], frame["spot"] = gammas, sigmas, spots
        left = frame["expiry"] - frame["time"]
        live = (
            (left > 0)
            & (left <= 12 * 3600 * SECOND)
            & (self.session(frame["time"].to_numpy()) >= 0)
        )
        return frame[live].reset_index(drop=True)

    def board(self, count: int) -> pd.DataFrame:
        """What each strike holds after so many of those trades, of the session of the last."""
        key = ("board", self.m.name, count, *(getattr(self.p, name) for name in OPTIONS))
        if key not in KNOWN:
            KNOWN[key] = self._board(count)
        return KNOWN[key]

    def _board(self, count: int) -> pd.DataFrame:
        g = self.greeks.iloc[:count]
        numbers = self.session(g["time"].to_numpy())
        g = g[numbers == numbers[-1]] if count else g
        held, sign = 100 * g["size"] * g["gamma"].fillna(0.0), np.sign(g["side"])
        call = g["right"] > 0
        made = pd.DataFrame(
            {
                "strike": g["strike"], "volume": g["size"], "position": -sign * g["size"],
                "call_gamma": held.where(call, 0.0), "put_gamma": held.where(~call, 0.0),
                "call_dealer": (-sign * held).where(call, 0.0), "put_dealer": (-sign * held).where(~call, 0.0),
            }
        )  # fmt: skip
        table = made.groupby("strike").sum()
        table["sigma"] = g.groupby("strike")["sigma"].last()
        return table

    def traded(self, at: int) -> int:
        """How many of those trades stand at or before a time."""
        return int(np.searchsorted(self.greeks["time"].to_numpy(), at, side="right"))

    def option_today(self, at: np.ndarray) -> np.ndarray:
        """Whether an option has traded since the market opened."""
        times, number = self.option["time"], self.session(at)
        opens = self.schedule["open"].to_numpy()[np.maximum(number, 0)]
        last = as_of(times, times, at)
        return (number >= 0) & (last >= opens)

    def wall(self, side: int) -> np.ndarray:
        """A wall at each trade: the most gamma on its side of the price, with hysteresis."""
        right = "call" if side > 0 else "put"
        if self.p.wall_mode == "oi":
            return self.wall_by_interest(side)
        column = f"{right}_gamma" if self.p.wall_mode == "flow_abs" else f"{right}_dealer"
        times = self.option["time"]
        spots, found, wall = as_of(self.t, self.spot, times), [], NAN
        for i, now in enumerate(times.tolist()):
            held = self.board(self.traded(now))[column]
            held = held[side * (held.index - spots[i]) >= 0]
            strong = held[held >= self.p.wall_least]
            if strong.empty:
                wall = NAN
            else:
                best = strong.loc[[strong.index[np.argmin(np.abs(strong.index - spots[i]))]]].index[
                    0
                ]
                best = strong.idxmax() if strong.max() > strong[best] else best
                old = held.get(wall, 0.0)
                wall = (
                    best
                    if old < self.p.wall_least or strong[best] > (1 + self.p.wall_hysteresis) * old
                    else wall
                )
            found.append(wall)
        return np.where(self.option_today(self.t), as_of(times, np.array(found), self.t), NAN)

    def interest(self, at: int) -> pd.DataFrame:
        """Open interest of the options of the day, as known at a time: calls and puts by strike."""
        frame = pd.DataFrame(self.m.others[INTEREST])
        left = frame["expiry"] - at
        known = frame[(frame["time"] <= at) & (left > 0) & (left <= 12 * 3600 * SECOND)]
        table = known.groupby(["strike", "right"])["contracts"].last().unstack("right")
        return table.reindex(columns=[1, -1]).fillna(0.0)

    def years(self, at: int) -> float:
        """Years until the close of the session."""
        number = int(self.session(np.array([at]))[0])
        return max(int(self.schedule["close"].iloc[number]) - at, MINUTE) / 1e9 / YEAR

    def wall_by_interest(self, side: int) -> np.ndarray:
        """A wall at each trade: the most open interest times gamma, valued at that trade's price."""
        p, wall, out = self.p, NAN, np.full(self.t.size, NAN)
        today = self.option_today(self.t)
        for i in np.flatnonzero(today & np.isfinite(self.spot)).tolist():
            now, s = int(self.t[i]), float(self.spot[i])
            sigma = self.board(self.traded(now))["sigma"].dropna()
            table = self.interest(now).join(sigma, how="inner")
            k, v, y = table.index.to_numpy(), table["sigma"].to_numpy(), self.years(now)
            d1 = (np.log(s / k) + (p.rate - p.dividend + v * v / 2) * y) / (v * y**0.5)
            gamma = np.exp(-p.dividend * y) * norm.pdf(d1) / (s * v * y**0.5)
            worth = table[side] * gamma * 100 * s**2 * 0.01
            worth = worth[side * (k - s) >= 0]
            best = worth.max() if len(worth) else 0.0
            if best < p.wall_least:
                wall = NAN
            elif not (worth.get(wall, 0.0) >= max(p.wall_least, best / (1 + p.wall_hysteresis))):
                wall = worth.idxmax()
            out[i] = wall
        return out

    def of_flip(self, _: int) -> np.ndarray:
        """Where net gamma, valued anew at each price, changes its sign nearest to the price; by the minute."""
        p = self.p
        clock = self.seconds[self.seconds % MINUTE == 0]
        spots, found = as_of(self.t, self.spot, clock), []
        for now, s in zip(clock.tolist(), spots.tolist(), strict=True):
            number = int(self.session(np.array([now]))[0])
            today = bool(self.option_today(np.array([now]))[0])
            table = self.board(self.traded(now)) if today else pd.DataFrame()
            if number < 0 or table.empty or not np.isfinite(s):
                found.append(NAN)
                continue
            years = self.years(now)
            table = table[table["sigma"].notna()]
            if p.flip_from == "oi":
                table = table[["sigma"]].join(self.interest(now), how="inner")
                table["position"] = table[1] - table[-1]
            k, v, n = (
                table.index.to_numpy(),
                table["sigma"].to_numpy(),
                table["position"].to_numpy(),
            )

            def net(x: float, k: Any = k, v: Any = v, n: Any = n, y: float = years) -> float:
                d1 = (np.log(x / k) + (p.rate - p.dividend + v * v / 2) * y) / (v * y**0.5)
                return float((n * norm.pdf(d1) / (x * v * y**0.5)).sum())

            steps = int(np.floor(2 * p.flip_span * s / p.flip_grid + 1e-9)) + 1
            prices = s * (1 - p.flip_span) + p.flip_grid * np.arange(steps)
            values = [net(x) for x in prices]
            turns = [j for j in range(steps - 1) if values[j] * values[j + 1] < 0]
            roots = [float(brentq(net, prices[j], prices[j + 1], xtol=1e-13)) for j in turns]
            found.append(min(roots, key=lambda x: abs(x - s)) if roots else NAN)
        return as_of(clock, np.array(found), self.t)

    def one(self, name: str, value: int, *names: str) -> np.ndarray:
        """A kind of level, worked out once for the parameters that it goes by."""
        key = (name, self.m.name, value, *(getattr(self.p, n) for n in (*OPTIONS, *names)))
        if key not in KNOWN:
            KNOWN[key] = getattr(self, name)(value)
        return KNOWN[key]
