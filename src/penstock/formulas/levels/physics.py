"""What is measured near levels: the barrier, the tape, the fuel and the score."""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.time import NANOSECONDS, duration
from penstock.events import Book, Mbo, Trade
from penstock.expr import Constant, Expr, When, columns
from penstock.formulas.levels.prices import BOOKS, NOTHING, OPTIONS, SECOND, SINGLES, TRADES
from penstock.formulas.levels.universe import Universe
from penstock.ops import (
    AsOf,
    Barrier,
    BreakScore,
    CumulativeSum,
    DepthSum,
    EndedRun,
    FillNan,
    FirstInInterval,
    IsFinite,
    Lag,
    Level,
    NearStrikes,
    OrderChanges,
    OrderFlows,
    Ordinal,
    ScoreTrack,
    Spread,
    TapeNear,
    TrailingShare,
    Where,
    WindowCount,
    WindowQuantile,
    WindowSlope,
    WindowTimeMean,
    ZoneFlows,
)
from penstock.streams import AnyOf, Clock, Every


@dataclass(frozen=True, eq=False)
class Physics(Universe):
    """What is sampled at touches and at snaps, near the levels that are watched."""

    @cached_property
    def samples(self) -> Clock:
        """Where the physics are measured: at touches and at snaps, the first event of every quarter of a second."""
        if self.parameters.by_bar:
            return Every(duration("60s"))
        every = AnyOf((TRADES, BOOKS, OPTIONS))
        known = FillNan(AsOf(self.touched, on=every), 0.0)
        snap = FirstInInterval(duration(self.parameters.snap), on=every)
        return When((known > FillNan(Lag(known, 1), 0.0)) | (snap & self.open_at(every)))

    @cached_property
    def rows(self) -> Clock:
        """The samples at which something was touched."""
        known = FillNan(AsOf(self.touched, on=self.samples), 0.0)
        return When(known > FillNan(Lag(known, 1), 0.0))

    def sampled(self, x: Expr) -> Expr:
        return AsOf(x, on=self.samples)

    def wide(self, x: Expr) -> Expr:
        """A value beside every level."""
        return Spread(x, members=self.cells)

    @cached_property
    def spot_now(self) -> Expr:
        return self.sampled(self.spot)

    @cached_property
    def levels_now(self) -> Expr:
        return self.sampled(self.universe)

    @cached_property
    def ways(self) -> Expr:
        return self.sampled(self.touches["ways"])

    @cached_property
    def watched(self) -> Expr:
        """The levels within the band that is monitored."""
        gap = abs(self.wide(self.spot_now) - self.levels_now)
        return Where(gap <= self.band, self.levels_now, NOTHING)

    @cached_property
    def band(self) -> float:
        # by bar a touch may be as far from the close as the bar is long: all levels are watched
        return 1e9 if self.parameters.by_bar else self.parameters.monitor_band + 1e-9

    @cached_property
    def in_points(self) -> Expr:
        """The same in points of the future."""
        ratio = self.ratio_at(self.samples)
        return self.watched * (ratio if isinstance(ratio, Constant) else self.wide(ratio))

    @cached_property
    def flows(self) -> ZoneFlows:
        p, trade, book = self.parameters, columns(Trade), columns(Book).levels
        every = AnyOf((TRADES, BOOKS, OPTIONS))
        read = (book, Ordinal(book), trade.price, trade.size, self.side, Ordinal(trade.price))
        known = [AsOf(x, on=every) for x in read]
        return ZoneFlows(
            *known, self.in_points, self.ways,
            width=p.barrier_width, tick=p.tick, ticks=p.zone_ticks, ring=1 << (18 if p.by_bar else 16),
            on=self.samples,
        )  # fmt: skip

    @cached_property
    def accounts(self) -> dict[str, Expr]:
        """What was added, cancelled and filled near levels: inferred from books and trades, or order by order."""
        p, names = self.parameters, OrderFlows.outputs
        if p.barrier_from == "books":
            return {name: self.flows[name] for name in names}
        exact = OrderFlows(
            *(self.changes[name] for name in OrderChanges.flows), self.in_points, self.ways,
            width=p.barrier_width, tick=p.tick, ticks=p.zone_ticks, on=self.samples,
        )  # fmt: skip
        # of a side that no book shows neither says anything, nor does a book of which orders are missing
        known = self.wide(self.missed) <= 0.0
        seen = {name: Where(known, exact[name], NOTHING) for name in names}
        return {
            name: Where(IsFinite(self.flows[name]), seen[name], self.flows[name]) for name in names
        }

    @cached_property
    def changes(self) -> OrderChanges:
        """What each message of an order did."""
        m, room = columns(Mbo), self.parameters.order_room
        return OrderChanges(m.order, m.price, m.size, m.action, m.side, m.flags, room=room)

    @cached_property
    def missed(self) -> Expr:
        """Orders of the book that found no room."""
        return FillNan(self.sampled(self.changes["missed"]), 0.0)

    def usual(self, side: str) -> Expr:
        """Size displayed a price on a side of the book: a mean in time over the while before the window."""
        p, book = self.parameters, columns(Book).levels
        price = f"{side}_price"
        span = abs(Level(book, 0, price) - Level(book, 9, price)) / p.tick + 1.0
        depth = DepthSum(book, depth=10, side=side)
        width = SECOND.hop
        depth, span = (WindowTimeMean(x, width, on=SECOND) for x in (depth, span))
        known = IsFinite(depth) & IsFinite(span)
        recent = p.barrier_width // NANOSECONDS["s"]
        whole = duration(p.barrier_baseline) // NANOSECONDS["s"]

        def over(x: Expr) -> Expr:
            total = CumulativeSum(Where(known, x, Constant(0.0)))
            return FillNan(Lag(total, recent), 0.0) - FillNan(Lag(total, whole), 0.0)

        least = duration(p.barrier_baseline_least) / NANOSECONDS["s"]
        enough = over(Constant(1.0)) >= least
        return self.sampled(Where(enough, over(depth) / over(span), NOTHING))

    @property
    def zone(self) -> float:
        """Prices of a zone."""
        return 2.0 * self.parameters.zone_ticks + 1.0

    @cached_property
    def seen(self) -> Expr:
        """Size displayed in the zone, where enough of the zone is seen."""
        flows, least = self.flows, self.parameters.least_coverage
        return Where(flows["known"] / self.zone >= least, flows["depth"], NOTHING)

    @cached_property
    def barrier(self) -> Barrier:
        p, flows = self.parameters, self.flows
        usual = Where(self.ways > 0.0, self.wide(self.usual("ask")), self.wide(self.usual("bid")))
        share = TrailingShare(
            self.seen,
            self.levels_now,
            duration(p.barrier_baseline),
            duration("1s"),
            singles=len(SINGLES),
        )
        return Barrier(
            **self.accounts, **{name: flows[name] for name in flows.outputs[3:]}, usual=usual, share=share,
            zone=self.zone, coverage=p.least_coverage, flow=p.flow,
            flow_share=p.flow_share if p.flow_threshold == "relative" else 0.0,
            vacuum=p.vacuum_ratio, strong=p.wall_ratio, absorption=p.absorption_ratio, quantile=p.weak_quantile,
            multiple=p.wall_multiple, cap=p.replenishment_cap,
        )  # fmt: skip

    @cached_property
    def tape(self) -> TapeNear:
        p, trade = self.parameters, columns(Trade)
        ratio, band = self.ratio_at(self.samples), p.tape_band
        reach = Constant(band * ratio.value) if isinstance(ratio, Constant) else band * ratio
        return TapeNear(
            trade.price, trade.size, self.side, self.in_points, reach, self.sweep_least,
            width=p.tape_width, gap=duration(p.sweep_gap), prints=p.sweep_prints, prices=p.sweep_prices,
            on=self.samples,
        )  # fmt: skip

    @cached_property
    def sweep_least(self) -> Expr:
        """What a sweep is worth at least, as price times size: fixed, or a quantile of runs that have ended."""
        p, trade = self.parameters, columns(Trade)
        fixed = Constant(p.sweep_notional / p.multiplier)
        if p.sweep_quantile is None:
            return fixed
        width = duration(p.sweep_baseline)
        ended = EndedRun(trade.price, trade.size, self.side, gap=duration(p.sweep_gap), width=width)
        runs = AsOf(ended, on=When(IsFinite(ended)))
        enough = WindowCount(runs, width, on=self.samples) >= float(p.sweep_runs)
        return Where(enough, WindowQuantile(runs, width, p.sweep_quantile, on=self.samples), fixed)

    @cached_property
    def pace(self) -> Expr:
        """Trades a second."""
        width = duration(self.parameters.tape_rate)
        return WindowCount(columns(Trade).price, width, on=self.samples) / (
            width / NANOSECONDS["s"]
        )

    @cached_property
    def prints(self) -> Expr:
        """Trades of the future in the tape's window, at all prices."""
        count = WindowCount(columns(Trade).price, self.parameters.tape_width, on=self.samples)
        return 0.0 * count if self.alone else count

    @cached_property
    def slope(self) -> Expr:
        """Dollars a second."""
        width = duration(self.parameters.tape_slope)
        slope = WindowSlope(columns(Trade).price, width, on=self.samples)
        return slope / self.ratio_at(self.samples)

    def near(self, *names: str) -> Expr:
        """What strikes near each watched level hold; unknown before an option has traded in the session."""
        values = [self.at_strikes(name, self.samples) for name in names]
        total = values[0] if len(values) == 1 else values[0] + values[1]
        strikes = self.strikes_at(self.samples)
        near = NearStrikes(strikes, total, self.watched, reach=self.parameters.fuel_reach)
        return Where(self.wide(self.traded_at(self.samples)), near, NOTHING)

    @cached_property
    def exposure(self) -> Expr:
        """Dealers' net gamma near each level."""
        return self.near("call_dealer", "put_dealer")

    @cached_property
    def effect(self) -> Expr:
        """1 where hedging dampens, -1 where it amplifies."""
        net, most = self.exposure, self.parameters.fuel_threshold
        lean = Where(net > most, Constant(1.0), Where(net < -most, Constant(-1.0), Constant(0.0)))
        return Where(IsFinite(net), lean, NOTHING)

    @cached_property
    def score(self) -> BreakScore:
        p, barrier, tape = self.parameters, self.barrier, self.tape
        return BreakScore(
            barrier["state"], barrier["valid"], self.effect,
            tape["bought"], tape["sold"], tape["sweep"], self.wide(self.slope), self.wide(self.prints), self.ways,
            weights=p.weights, points=p.liquidity_points, hedging=p.hedge_points, scale=p.slope_scale,
            literal=int(p.tape_mode == "plan_v1"),
        )  # fmt: skip

    @cached_property
    def tracked(self) -> Expr:
        """The levels whose scores go on: by bar those within the band at its end, and those that it touched."""
        if not self.parameters.by_bar:
            return self.levels_now
        gap = abs(self.wide(self.spot_now) - self.levels_now)
        touched = self.sampled(self.touches["fired"]) > 0.0
        within = (gap <= self.parameters.monitor_band + 1e-9) | touched
        return Where(within, self.levels_now, NOTHING)

    @cached_property
    def track(self) -> ScoreTrack:
        p, tape = self.parameters, self.tape
        a_minute = 60.0 * NANOSECONDS["s"] / p.tape_width
        return ScoreTrack(
            self.score["raw"], self.tracked, self.spot_now, self.barrier["state"],
            (tape["bought"] + tape["sold"]) * a_minute,
            singles=len(SINGLES), band=self.band, touch=p.touch_tol, tau=p.tau, forget=duration(p.score_reset),
            hold=p.hold_for, high=p.score_high, low=p.score_low, release_high=p.release_high,
            release_low=p.release_low, contested=p.contested_volume,
        )  # fmt: skip
