"""What the levels pipeline must find at touches of a day, from the definitions.

The parts that are defined on one book or tape (flows, sweeps, scores) are asked of the brute-force oracles of their
operators; which events, windows, levels and times they are given is worked out here.
"""

from typing import Any

import numpy as np
import pandas as pd
from tests.catalog.levels_by_hand import (
    BARRIER,
    CELLS,
    FLOWS,
    FUEL,
    KINDS,
    KNOWN,
    NAMED,
    NAN,
    PRICES,
    SCORE,
    SINGLE,
    TAPE,
    TOUCHED,
    Levels,
    as_of,
    means,
    stage,
)  # fmt: skip
from tests.catalog.levels_day import TICK
from tests.catalog.market import SECOND, Market

from penstock.formulas.levels.parameters import Parameters
from penstock.ops import (
    Barrier,
    BreakScore,
    Confluence,
    NearStrikes,
    Runway,
    ScoreTrack,
    TapeNear,
    Touches,
    TrailingShare,
    ZoneFlows,
)


class Day(Levels):
    """One market under some parameters, with its touches."""

    # -- the universe --------------------------------------------------------------------------------------------
    @stage(*NAMED)
    def named(self) -> dict[str, np.ndarray]:
        """Each kind that exists once, at each trade."""
        made = {
            "call_wall": self.one("wall", 1, "wall_mode", "wall_hysteresis", "wall_least"),
            "put_wall": self.one("wall", -1, "wall_mode", "wall_hysteresis", "wall_least"),
            "gamma_flip": self.one("of_flip", 0, "flip_from", "flip_grid", "flip_span"),
            "pm_high": self.one("of_premarket", 1, "premarket"), "pm_low": self.one("of_premarket", -1, "premarket"),
            "or_high": self.one("of_opening", 1, "or_minutes"), "or_low": self.one("of_opening", -1, "or_minutes"),
            "session_high": self.one("of_session", 1, "session_age"),
            "session_low": self.one("of_session", -1, "session_age"), "vwap": self.vwap,
            "sma_400": self.one("mean", self.p.sma[1], "sma_bar", "sma_sessions"),
            "sma_200": self.one("mean", self.p.sma[0], "sma_bar", "sma_sessions"),
        }  # fmt: skip
        return {name: np.where(self.open, made[name], NAN) for name in KINDS}

    @stage(*TOUCHED)
    def universe(self) -> np.ndarray:
        """All levels at each trade: kinds, active strikes and round numbers, each number at its own place."""
        out = np.full((self.t.size, SINGLE + 2 * CELLS), NAN)
        out[:, :SINGLE] = np.column_stack(list(self.named.values()))
        p, options = self.p, self.option["time"]
        for i, s in enumerate(self.spot.tolist()):
            if not np.isfinite(s):
                continue
            before = int(np.searchsorted(options, self.t[i], side="right"))
            if before and self.option_today(self.t[i : i + 1])[0]:
                now = int(options[before - 1])
                table = self.board(self.traded(now))
                then = as_of(self.t, self.spot, np.array([now]))[0]
                for k in table.index[table["volume"] >= p.strike_volume]:
                    if abs(k - then) <= 2 * p.strike_range and abs(k - s) <= p.strike_range + 1e-9:
                        out[i, SINGLE + round(k) % CELLS] = k
            for number in range(int(s - p.round_range) - 1, int(s + p.round_range) + 3):
                level = number * p.round_step
                if abs(level - s) <= p.round_range + 1e-9:
                    out[i, SINGLE + CELLS + number % CELLS] = level
        return out

    @stage(*PRICES)
    def bars_before(self) -> np.ndarray:
        """How many minutes have ended at or before each trade."""
        return np.searchsorted(self.minutes.index.to_numpy(), self.t, side="right")

    @stage(*TOUCHED)
    def touches(self) -> dict[str, np.ndarray]:
        p = self.p
        close = as_of(self.minutes.index.to_numpy(), self.minutes["close"].to_numpy(), self.t)
        return Touches.oracle(
            self.spot, self.spot, self.spot, self.universe, close, self.open.astype(float), self.t, self.bars_before,
            singles=SINGLE, strikes=CELLS, strike_step=1.0, step=p.round_step, tolerance=p.touch_tol, rearm=p.rearm,
            cooldown=600 * SECOND, together=p.merge_tol, most=8, crossing=0,
        )  # fmt: skip

    # -- near the levels -----------------------------------------------------------------------------------------
    @stage()
    def events(self) -> np.ndarray:
        """Times of trades, books and option trades, in order."""
        return np.sort(np.concatenate([self.t, self.book["time"], self.option["time"]]))

    @stage(*TOUCHED)
    def samples(self) -> np.ndarray:
        """Times of touches and of the first event of each quarter of a second while the market is open."""
        quarter = self.events // (SECOND // 4)
        first = np.r_[True, quarter[1:] != quarter[:-1]]
        fired = self.t[(self.touches["fired"] > 0).any(axis=1)]
        return np.union1d(self.events[first & (self.session(self.events) >= 0)], fired)

    def sampled(self, values: np.ndarray) -> np.ndarray:
        """What trades know, at each sample."""
        return as_of(self.t, values, self.samples)

    @stage(*TOUCHED)
    def watched(self) -> np.ndarray:
        """The levels within the band of the price."""
        levels, spot = self.sampled(self.universe), self.sampled(self.spot)
        near = abs(levels - spot[:, None]) <= self.p.monitor_band + 1e-9
        return np.where(near, levels, NAN)

    @stage(*TOUCHED)
    def points(self) -> np.ndarray:
        return self.watched * self.ratio_at(self.samples)[:, None]

    @stage(*TOUCHED)
    def ways(self) -> np.ndarray:
        return self.sampled(self.touches["ways"])

    @stage(*FLOWS)
    def flows(self) -> dict[str, np.ndarray]:
        e = self.events
        book = as_of(self.book["time"], self.book["levels"], e)
        counted = [
            np.searchsorted(x, e, side="right").astype(float) for x in (self.book["time"], self.t)
        ]
        books, trades = (np.where(n > 0, n, NAN) for n in counted)
        price, size, side = (as_of(self.t, x, e) for x in (self.price, self.size, self.side))
        width = pd.Timedelta(self.p.barrier_window or "10s").value
        return ZoneFlows.oracle(
            book, books, price, size, side, trades, self.points, self.ways, e, self.samples,
            np.searchsorted(e, self.samples, side="right"), width=width, tick=TICK, ticks=self.p.zone_ticks,
        )  # fmt: skip

    def usual(self, side: str) -> np.ndarray:
        """Mean size a visible price over the while before the window, by whole seconds."""
        p, times, levels = self.p, self.book["time"], self.book["levels"]
        if not times.size:
            return np.full(self.samples.size, NAN)
        first = 0 if side == "bid" else 2
        prices, sizes = levels[:, first::4], levels[:, first + 1 :: 4]
        depth = np.nansum(sizes, axis=1)
        span = abs(prices[:, 0] - prices[:, 9]) / TICK + 1
        clock = self.seconds[self.seconds > times[0]]
        pairs = np.column_stack([means(times, x, clock) for x in (depth, span)])
        known = np.isfinite(pairs).all(axis=1)
        sums = np.cumsum(np.where(known[:, None], pairs, 0.0), axis=0)
        counts = np.cumsum(known)
        recent = pd.Timedelta(p.barrier_window or "10s").value // SECOND
        whole = pd.Timedelta(p.barrier_baseline).value // SECOND
        n = np.arange(clock.size)
        ends, starts = n - recent, n - whole
        total = np.where(ends[:, None] >= 0, sums[np.maximum(ends, 0)], 0.0)
        total = total - np.where(starts[:, None] >= 0, sums[np.maximum(starts, 0)], 0.0)
        count = np.where(ends >= 0, counts[np.maximum(ends, 0)], 0) - np.where(
            starts >= 0, counts[np.maximum(starts, 0)], 0
        )
        out = np.where(
            count >= 300, total[:, 0] / np.where(total[:, 1] == 0, NAN, total[:, 1]), NAN
        )
        return as_of(clock, out, self.samples)

    @stage(*FLOWS)
    def seen(self) -> np.ndarray:
        enough = self.flows["known"] / (2 * self.p.zone_ticks + 1) >= 0.25
        return np.where(enough, self.flows["depth"], NAN)

    @stage(*BARRIER)
    def barrier(self) -> dict[str, np.ndarray]:
        p = self.p
        usual = np.where(self.ways > 0, self.usual("ask")[:, None], self.usual("bid")[:, None])
        share = TrailingShare.oracle(
            self.seen, self.sampled(self.universe), self.samples,
            width=1_800 * SECOND, every=SECOND, singles=SINGLE, least=60,
        )  # fmt: skip
        return Barrier.oracle(
            *(self.flows[n] for n in ("added", "cancelled", "filled", "depth", "known", "shown", "updates")),
            usual, share, zone=2.0 * p.zone_ticks + 1, coverage=0.25, flow=p.flow, flow_share=0.0,
            vacuum=p.vacuum_ratio, strong=p.wall_ratio, absorption=p.absorption_ratio, quantile=p.weak_quantile,
            multiple=2.0, cap=p.replenishment_cap,
        )  # fmt: skip

    @stage(*TAPE)
    def least(self) -> np.ndarray:
        """From what price times size a run is a sweep: fixed, or a quantile of the runs that ended before."""
        p, fixed = self.p, self.p.sweep_notional / self.p.multiplier
        if p.sweep_quantile is None:
            return np.full(self.samples.size, fixed)
        gap, width = (pd.Timedelta(x).value for x in (p.sweep_gap, p.sweep_baseline))
        ended, run = (
            [],
            None,
        )  # (when it was ended, its last trade, its worth); (side, last trade, worth)
        for when, price, size, side in zip(self.t, self.price, self.size, self.side, strict=True):
            if side == 0:
                continue
            if run is None or side != run[0] or when - run[1] > gap:
                ended += [] if run is None else [(when, *run[1:])]
                run = (side, when, 0.0)
            run = (side, when, run[2] + price * size)
        kept = [e for e in ended if e[0] - e[1] < width]
        times, worth = np.array([e[0] for e in kept]), np.array([e[2] for e in kept])
        out = np.full(self.samples.size, fixed)
        for i, now in enumerate(self.samples.tolist()):
            mine = worth[(times > now - width) & (times <= now)]
            if mine.size >= p.sweep_runs:
                out[i] = np.quantile(mine, p.sweep_quantile)
        return out

    @stage(*TAPE)
    def tape(self) -> dict[str, np.ndarray]:
        p = self.p
        return TapeNear.oracle(
            self.price, self.size, self.side, self.points, p.tape_band * self.ratio_at(self.samples), self.least,
            self.t, self.samples, np.searchsorted(self.t, self.samples, side="right"),
            width=pd.Timedelta(p.tape_window or "5s").value, gap=pd.Timedelta(p.sweep_gap).value,
            prints=p.sweep_prints, prices=p.sweep_prices,
        )  # fmt: skip

    @stage(*TOUCHED, "tape_rate")
    def pace(self) -> np.ndarray:
        width = pd.Timedelta(self.p.tape_rate).value
        count = [np.sum((self.t > s - width) & (self.t <= s)) for s in self.samples.tolist()]
        return np.array(count) / (width / SECOND)

    @stage(*TOUCHED, "tape_slope")
    def slope(self) -> np.ndarray:
        width, out = pd.Timedelta(self.p.tape_slope).value, np.full(self.samples.size, NAN)
        for i, s in enumerate(self.samples.tolist()):
            mine = (self.t > s - width) & (self.t <= s)
            if mine.sum() > 1:
                seconds = (self.t[mine] - s) / SECOND
                out[i] = np.polyfit(seconds - seconds.mean(), self.price[mine], 1)[0]
        return out / self.ratio_at(self.samples)

    def near(self, *names: str) -> np.ndarray:
        """What strikes near each watched level hold."""
        key = ("near", self.m.name, names, *(getattr(self.p, name) for name in FUEL))
        if key not in KNOWN:
            KNOWN[key] = self._near(names)
        return KNOWN[key]

    def _near(self, names: tuple[str, ...]) -> np.ndarray:
        out = np.full(self.watched.shape, NAN)
        if not self.option["time"].size:
            return out
        for i, s in enumerate(self.samples.tolist()):
            if self.option_today(self.samples[i : i + 1])[0] and np.isfinite(self.watched[i]).any():
                table = self.board(self.traded(s))
                held = table[list(names)].sum(axis=1).to_numpy()
                out[i] = NearStrikes.oracle(
                    table.index.to_numpy(float)[None],
                    held[None],
                    self.watched[i : i + 1],
                    reach=self.p.fuel_reach,
                )[0]
        return out

    @stage(*FUEL)
    def exposure(self) -> np.ndarray:
        return self.near("call_dealer", "put_dealer")

    @stage(*FUEL, "fuel_threshold")
    def effect(self) -> np.ndarray:
        strong = np.where(abs(self.exposure) > self.p.fuel_threshold, np.sign(self.exposure), 0.0)
        return np.where(np.isnan(self.exposure), NAN, strong)

    @stage(*SCORE)
    def score(self) -> dict[str, np.ndarray]:
        p, b, wide = self.p, self.barrier, np.ones(self.watched.shape)
        return BreakScore.oracle(
            b["state"], b["valid"], self.effect,
            *(self.tape[n] for n in ("bought", "sold", "sweep")),
            self.slope[:, None] * wide, self.pace[:, None] * wide, self.ways, weights=p.weights,
            points=p.liquidity_points, hedging=p.hedge_points, scale=p.slope_scale,
            literal=int(p.tape_mode == "plan_v1"),
        )  # fmt: skip

    @stage(
        *SCORE,
        "score_tau",
        "hold",
        "score_high",
        "score_low",
        "release_high",
        "release_low",
        "contested_volume",
    )
    def track(self) -> dict[str, np.ndarray]:
        p = self.p
        scaled = (
            (self.tape["bought"] + self.tape["sold"])
            * 60
            * SECOND
            / pd.Timedelta(p.tape_window or "5s").value
        )
        return ScoreTrack.oracle(
            self.score["raw"], self.sampled(self.universe), self.sampled(self.spot), self.barrier["state"], scaled,
            self.samples, singles=SINGLE, band=p.monitor_band + 1e-9, touch=p.touch_tol,
            tau=pd.Timedelta(p.score_tau or "2s").value, forget=60 * SECOND, hold=pd.Timedelta(p.hold).value,
            high=p.score_high, low=p.score_low, release_high=p.release_high, release_low=p.release_low,
            contested=p.contested_volume,
        )  # fmt: skip

    # -- rows ----------------------------------------------------------------------------------------------------
    @stage(*TOUCHED)
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """For each touch: the number of its trade, and the places of what was touched, NaN where fewer."""
        fired = np.nan_to_num(self.touches["fired"]) > 0
        trades = np.flatnonzero(fired.any(axis=1))
        places = np.full((trades.size, 8), NAN)
        for row, trade in enumerate(trades.tolist()):
            found = np.flatnonzero(fired[trade])[:8]
            places[row, : found.size] = found
        return trades, places

    def own(self, values: np.ndarray, cell: int, *, at_samples: bool = True) -> np.ndarray:
        """The cell that was touched, of a table at samples or at trades."""
        trades, places = self.rows
        rows = np.searchsorted(self.samples, self.t[trades]) if at_samples else trades
        there = np.isfinite(places[:, cell])
        out = np.full(trades.size, NAN)
        out[there] = values[rows[there], places[there, cell].astype(int)]
        return out

    def moment(self, values: np.ndarray, *, at_samples: bool = False) -> np.ndarray:
        """A number of the moment at each touch."""
        trades, _ = self.rows
        return (
            values[np.searchsorted(self.samples, self.t[trades])] if at_samples else values[trades]
        )

    def told(self, values: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The last touch's value at each time."""
        return as_of(self.t[self.rows[0]], values, at)

    @stage(*TOUCHED, "confluence_tol")
    def confluence(self) -> np.ndarray:
        levels = self.universe
        return Confluence.oracle(levels, levels, SINGLE, CELLS, self.p.confluence_tol)

    def onward(self, cell: int) -> np.ndarray:
        way = self.own(self.touches["ways"], cell, at_samples=False)
        smooth, signal = (self.own(self.track[n], cell) for n in ("smooth", "signal"))
        likely = np.where(smooth >= 50, way, -way)
        return np.where(
            np.isnan(way), NAN, np.where(signal == 1, way, np.where(signal == 2, -way, likely))
        )

    def runway(self, cell: int) -> dict[str, np.ndarray]:
        trades, _ = self.rows
        level, onward = self.own(self.universe, cell, at_samples=False), self.onward(cell)
        out = {name: np.full(trades.size, NAN) for name in Runway.outputs}
        for row, trade in enumerate(trades.tolist()):
            count = self.traded(int(self.t[trade]))
            today = self.option_today(self.t[trade : trade + 1])[0]
            table = self.board(count) if today else pd.DataFrame()
            strikes = table.index.to_numpy(float)[None] if len(table) else np.full((1, 1), NAN)
            gross = (
                (table["call_gamma"] + table["put_gamma"]).to_numpy()[None]
                if len(table)
                else np.zeros((1, 1))
            )
            found = Runway.oracle(
                level[row : row + 1, None], onward[row : row + 1, None], self.universe[trade : trade + 1, :SINGLE],
                strikes, gross, separation=self.p.least_separation, least=self.p.least_runway, share=self.p.weak_share,
            )  # fmt: skip
            for name, values in found.items():
                out[name][row] = values[0, 0]
        return out


DAYS: dict[tuple[str, Parameters], Day] = {}


def day(m: Market, ratio: float | str = "dynamic", **changed: Any) -> Day:
    """The day under the defaults with some parameters changed; worked out once."""
    fixed = {} if ratio == "dynamic" else {"ratio": "static", "ratio_static": ratio}
    p = Parameters.of(fixed | changed)
    return DAYS.setdefault((m.name, p), Day(m, p))
