"""The expressions of the pipeline: price and ratio, the levels, touches, and what is measured near them."""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.time import NANOSECONDS, duration
from penstock.events import Book, OptionTrade, Quote, Trade
from penstock.expr import Constant, Expr, When, columns
from penstock.jobs.levels.parameters import Parameters
from penstock.ops import (
    ActiveStrikes,
    AsOf,
    AsOfWithin,
    Barrier,
    BreakScore,
    CumulativeSum,
    DepthSum,
    Ema,
    FillNan,
    FirstInInterval,
    GammaFlip,
    IsFinite,
    Lag,
    Level,
    LevelUniverse,
    LocalTime,
    Maximum,
    MaxSince,
    MinSince,
    NearStrikes,
    Ohlcv,
    OptionGreeks,
    Ordinal,
    RollingMean,
    RowMax,
    ScoreTrack,
    SessionTimes,
    Settled,
    Sign,
    Spread,
    Stack,
    StrikeBoard,
    StrikeCross,
    TapeNear,
    Touches,
    TrailingShare,
    Wall,
    Where,
    WindowCount,
    WindowSlope,
    WindowTimeMean,
    ZoneFlows,
)
from penstock.streams import AnyOf, Clock, Every, MarketSession, Stream, TimeBars

TRADES, BOOKS, OPTIONS = Stream(Trade), Stream(Book), Stream(OptionTrade)
UNDERLYING = Stream(Quote, "spy")
STREAMS = (TRADES, BOOKS, OPTIONS, UNDERLYING)
SINGLES = (
    "CALL_WALL", "PUT_WALL", "GAMMA_FLIP", "PM_HIGH", "PM_LOW", "OR_HIGH", "OR_LOW", "SESSION_HIGH", "SESSION_LOW",
    "VWAP", "SMA_400", "SMA_200",
)  # fmt: skip
"""Levels that exist once, by priority: of several at one price the first gives the event its kind."""
NOTHING = Constant(float("nan"))
SECOND = Every(duration("1s"))
MINUTE = TimeBars(duration("60s"), TRADES)
YEAR = 365 * 86_400.0


def second_of_day(text: str) -> float:
    """The second of a time of day such as ``09:30``."""
    hours, minutes = text.split(":")
    return 3_600.0 * int(hours) + 60.0 * int(minutes)


@dataclass(frozen=True, eq=False)
class Levels:
    """The expressions for some parameters; each is made once."""

    parameters: Parameters

    # clocks

    @cached_property
    def opening(self) -> Clock:
        return MarketSession(self.parameters.calendar, "open")

    @cached_property
    def decides(self) -> Clock:
        """Where touches are looked for: at trades, or at the ends of minutes."""
        return MINUTE if self.parameters.by_bar else TRADES

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

    # price

    @cached_property
    def future(self) -> Expr:
        """The middle of the futures' book."""
        book = columns(Book).levels
        return 0.5 * (Level(book, 0, "bid_price") + Level(book, 0, "ask_price"))

    @cached_property
    def quoted(self) -> Expr:
        """The middle of the underlying's quotes."""
        quote = columns(Quote, "spy")
        return 0.5 * (quote.bid_price + quote.ask_price)

    @cached_property
    def ratio(self) -> Expr:
        """Points of the future for a dollar of the underlying."""
        p = self.parameters
        if p.ratio == "static":
            return Constant(p.ratio_static)
        fresh = duration(p.ratio_fresh)
        now = AsOfWithin(self.future, fresh, on=SECOND) / AsOfWithin(self.quoted, fresh, on=SECOND)
        # the half-life in samples of a second: alpha = 1 - 2^(-1/h) = 2 / (span + 1)
        half = duration(p.ratio_half_life) / NANOSECONDS["s"]
        return Ema(now, span=2.0 / (1.0 - 2.0 ** (-1.0 / half)) - 1.0)

    def ratio_at(self, clock: Clock) -> Expr:
        """The ratio at each tick of a clock."""
        return self.ratio if isinstance(self.ratio, Constant) else AsOf(self.ratio, on=clock)

    @cached_property
    def spot(self) -> Expr:
        """The price of the underlying at each trade of the future."""
        if self.parameters.spot_source == "spy":
            return AsOf(self.quoted, on=TRADES)
        return columns(Trade).price / self.ratio_at(TRADES)

    @cached_property
    def side(self) -> Expr:
        """The aggressor's side; where the feed does not say, by the book before."""
        trade = columns(Trade)
        guessed = Sign(trade.price - AsOf(self.future, on=TRADES))
        said = Sign(trade.side)
        return Where(said, said, FillNan(guessed, 0.0))

    def open_at(self, clock: Clock) -> Expr:
        """Whether the market is open."""
        return SessionTimes(self.parameters.calendar, on=clock)["to_close"] > 0.0

    def second(self, clock: Clock) -> Expr:
        """The second of the exchange's day."""
        return LocalTime(self.parameters.zone, on=clock)["second_of_day"]

    # bars

    @cached_property
    def bars(self) -> Ohlcv:
        return Ohlcv(self.spot, columns(Trade).size, reset=MINUTE)

    def bar(self, name: str) -> Expr:
        """A column of the finished minute."""
        return AsOf(self.bars[name], on=MINUTE)

    @cached_property
    def regular(self) -> Expr:
        """Whether a minute that ends is of the session."""
        times = SessionTimes(self.parameters.calendar, on=MINUTE)
        return (times["since_open"] > 0.0) & (times["to_close"] >= 0.0)

    # options

    @cached_property
    def board(self) -> StrikeBoard:
        p, option = self.parameters, columns(OptionTrade)
        spot = AsOf(self.spot, on=OPTIONS)
        greeks = OptionGreeks(
            option.price, option.strike, option.right, option.expiry, option.iv, spot,
            rate=p.rate, dividend=p.dividend, floor=duration(p.option_floor),
        )  # fmt: skip
        strike = Where(greeks["live"] & self.open_at(OPTIONS), option.strike, NOTHING)
        return StrikeBoard(
            strike, option.right, option.size, option.side, option.price, greeks["gamma"], greeks["sigma"], spot,
            step=p.strike_step, slots=64, reset=self.opening,
        )  # fmt: skip

    def at_strikes(self, name: str, clock: Clock) -> Expr:
        """A column of the board at each tick of a clock."""
        return AsOf(self.board[name], on=clock)

    def wall(self, side: int) -> Expr:
        """The call wall (1) or the put wall (-1) at each trade."""
        p, right = self.parameters, "call" if side > 0 else "put"
        name = f"{right}_gamma" if p.wall_mode == "flow_abs" else f"{right}_dealer"
        made = Wall(
            self.board["strikes"], self.board[name], AsOf(self.spot, on=OPTIONS),
            side=side, hysteresis=p.wall_hysteresis, least=p.wall_least,
        )  # fmt: skip
        return AsOf(made, on=TRADES)

    @cached_property
    def flip(self) -> Expr:
        """Where the gamma of dealers' positions changes its sign, valued anew every while."""
        p = self.parameters
        clock = Every(duration(p.flip_every))
        strikes = self.at_strikes("strikes", clock)
        if p.flip_mode == "strike_cross":
            net = self.at_strikes("call_dealer", clock) + self.at_strikes("put_dealer", clock)
            return AsOf(StrikeCross(strikes, net), on=TRADES)
        left = SessionTimes(p.calendar, on=clock)["to_close"] * 60.0
        floor = duration(p.option_floor) / NANOSECONDS["s"]
        years = Maximum(left, Constant(floor)) / YEAR
        flip = GammaFlip(
            strikes, self.at_strikes("position", clock), self.at_strikes("sigmas", clock),
            AsOf(self.spot, on=clock), years, rate=p.rate, dividend=p.dividend, span=p.flip_span, grid=p.flip_grid,
        )  # fmt: skip
        return AsOf(flip, on=TRADES)

    # levels

    @cached_property
    def is_open(self) -> Expr:
        return self.open_at(TRADES)

    @cached_property
    def extremes(self) -> tuple[Expr, Expr]:
        """The session's highest and lowest price so far, this trade's included."""
        inside = Where(self.is_open, self.spot, NOTHING)
        return MaxSince(inside, reset=self.opening), MinSince(inside, reset=self.opening)

    @cached_property
    def named(self) -> dict[str, Expr]:
        """The levels that exist once, at each trade."""
        p, spot, size = self.parameters, self.spot, columns(Trade).size
        second, since = self.second(TRADES), SessionTimes(p.calendar, on=TRADES)["since_open"]
        start, stop = (second_of_day(text) for text in p.premarket)
        before = (second >= start) & (second < stop)
        early = Where(before, spot, NOTHING)
        closing = MarketSession(p.calendar, "close")
        opening = Where(self.is_open & (since < float(p.or_minutes)), spot, NOTHING)
        opened = self.is_open & (since >= float(p.or_minutes))
        high, low = (Where(self.regular, self.bar(name), NOTHING) for name in ("high", "low"))
        age = duration(p.session_age)
        traded = CumulativeSum(Where(self.is_open, size, Constant(0.0)), reset=self.opening)
        paid = CumulativeSum(Where(self.is_open, spot * size, Constant(0.0)), reset=self.opening)
        made = {
            "CALL_WALL": self.wall(1),
            "PUT_WALL": self.wall(-1),
            "GAMMA_FLIP": self.flip,
            "PM_HIGH": MaxSince(early, reset=closing),
            "PM_LOW": MinSince(early, reset=closing),
            "OR_HIGH": Where(opened, MaxSince(opening, reset=self.opening), NOTHING),
            "OR_LOW": Where(opened, MinSince(opening, reset=self.opening), NOTHING),
            "SESSION_HIGH": Settled(MaxSince(high, reset=self.opening), age, on=TRADES),
            "SESSION_LOW": Settled(MinSince(low, reset=self.opening), age, on=TRADES),
            "VWAP": paid / traded,
            "SMA_400": self.mean(p.sma[1]),
            "SMA_200": self.mean(p.sma[0]),
        }
        return {name: Where(self.is_open, made[name], NOTHING) for name in SINGLES}

    def mean(self, closes: int) -> Expr:
        """The mean of the last closes of two minutes in extended hours, over days."""
        bars = TimeBars(duration("120s"), TRADES)
        start, stop = (second_of_day(text) for text in self.parameters.extended)
        second = self.second(bars)
        weekday = LocalTime(self.parameters.zone, on=bars)["day_of_week"] < 5.0
        counted = When((second > start) & (second <= stop) & weekday)
        return AsOf(RollingMean(AsOf(self.spot, on=counted), window=closes), on=TRADES)

    @cached_property
    def single(self) -> Expr:
        first, *rest = self.named.values()
        for one in rest:
            first = Stack(first, one)
        return first

    @cached_property
    def strike_cells(self) -> int:
        return LevelUniverse.room(self.parameters.strike_step, self.parameters.strike_range)

    @cached_property
    def universe(self) -> Expr:
        """All levels at each trade."""
        p = self.parameters
        active = ActiveStrikes(
            self.board["strikes"], self.board["volume"], AsOf(self.spot, on=OPTIONS),
            slots=self.strike_cells, step=p.strike_step, least=p.strike_volume, reach=2.0 * p.strike_range,
        )  # fmt: skip
        return LevelUniverse(
            self.single, AsOf(active, on=TRADES), self.spot,
            reach=p.strike_range, step=p.round_step, span=p.round_range,
        )  # fmt: skip

    @cached_property
    def cells(self) -> int:
        return self.universe.cells

    # touches

    @cached_property
    def touches(self) -> Touches:
        p = self.parameters
        own = {
            "singles": len(SINGLES), "strikes": self.strike_cells, "strike_step": p.strike_step, "step": p.round_step,
            "tolerance": p.touch_tol, "rearm": p.rearm, "cooldown": duration(p.cooldown), "together": p.merge_tol,
            "most": p.most_at_once,
        }  # fmt: skip
        close = self.bar("close")
        if p.by_bar:
            low, high = self.bar("low"), self.bar("high")
            levels = AsOf(self.universe, on=MINUTE)
            return Touches(
                close,
                low,
                high,
                levels,
                Lag(close, 1),
                self.regular,
                **own,
                crossing=1,
                reset=MINUTE,
            )
        last = AsOf(close, on=TRADES)
        spot = self.spot
        return Touches(spot, spot, spot, self.universe, last, self.is_open, **own, reset=MINUTE)

    @cached_property
    def touched(self) -> Expr:
        """How many trades, or bars, have touched something."""
        fired = RowMax(self.touches["fired"]) > 0.0
        return CumulativeSum(fired)

    # what is measured at samples

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

    @cached_property
    def barrier(self) -> Barrier:
        p, flows = self.parameters, self.flows
        zone = 2.0 * p.zone_ticks + 1.0
        usual = Where(self.ways > 0.0, self.wide(self.usual("ask")), self.wide(self.usual("bid")))
        seen = Where(flows["known"] / zone >= p.least_coverage, flows["depth"], NOTHING)
        share = TrailingShare(
            seen,
            self.levels_now,
            duration(p.barrier_baseline),
            duration("1s"),
            singles=len(SINGLES),
        )
        return Barrier(
            *(flows[name] for name in flows.outputs), usual, share,
            zone=zone, coverage=p.least_coverage, flow=p.flow,
            flow_share=p.flow_share if p.flow_threshold == "relative" else 0.0,
            vacuum=p.vacuum_ratio, strong=p.wall_ratio, absorption=p.absorption_ratio, quantile=p.weak_quantile,
            multiple=p.wall_multiple, cap=p.replenishment_cap,
        )  # fmt: skip

    @cached_property
    def tape(self) -> TapeNear:
        p, trade = self.parameters, columns(Trade)
        ratio = self.ratio_at(self.samples)
        reach = AsOf(trade.price * 0.0 + p.tape_band, on=self.samples) * ratio
        return TapeNear(
            trade.price, trade.size, self.side, self.in_points, reach,
            width=p.tape_width, gap=duration(p.sweep_gap), notional=p.sweep_notional / p.multiplier,
            prints=p.sweep_prints, prices=p.sweep_prices, on=self.samples,
        )  # fmt: skip

    @cached_property
    def pace(self) -> Expr:
        """Trades a second."""
        width = duration(self.parameters.tape_rate)
        return WindowCount(columns(Trade).price, width, on=self.samples) / (
            width / NANOSECONDS["s"]
        )

    @cached_property
    def slope(self) -> Expr:
        """Dollars a second."""
        width = duration(self.parameters.tape_slope)
        slope = WindowSlope(columns(Trade).price, width, on=self.samples)
        return slope / self.ratio_at(self.samples)

    def near(self, *names: str) -> Expr:
        """What strikes near each watched level hold."""
        values = [self.at_strikes(name, self.samples) for name in names]
        total = values[0] if len(values) == 1 else values[0] + values[1]
        strikes = self.at_strikes("strikes", self.samples)
        return NearStrikes(strikes, total, self.watched, reach=self.parameters.fuel_reach)

    @cached_property
    def exposure(self) -> Expr:
        """Dealers' net gamma near each level; unknown before any option has traded."""
        traded = AsOf(Ordinal(columns(OptionTrade).price), on=self.samples)
        known = self.wide(IsFinite(traded))
        return Where(known, self.near("call_dealer", "put_dealer"), NOTHING)

    def effect(self, threshold: float) -> Expr:
        """1 where hedging dampens, -1 where it amplifies."""
        net = self.exposure
        signs = Where(
            net > threshold, Constant(1.0), Where(net < -threshold, Constant(-1.0), 0.0 * net)
        )
        return Where(IsFinite(net), signs, NOTHING)

    def score(self, threshold: float) -> BreakScore:
        p, barrier, tape = self.parameters, self.barrier, self.tape
        return BreakScore(
            barrier["state"], barrier["valid"], self.effect(threshold), tape["bought"], tape["sold"], tape["sweep"],
            self.wide(self.slope), self.wide(self.pace), self.ways,
            weights=p.weights, scale=p.slope_scale, literal=int(p.tape_mode == "plan_v1"),
        )  # fmt: skip

    def track(self, threshold: float) -> ScoreTrack:
        p, tape = self.parameters, self.tape
        a_minute = 60.0 * NANOSECONDS["s"] / p.tape_width
        return ScoreTrack(
            self.score(threshold)["raw"], self.levels_now, self.spot_now, self.barrier["state"],
            (tape["bought"] + tape["sold"]) * a_minute,
            singles=len(SINGLES), band=self.band, touch=p.touch_tol, tau=p.tau, forget=duration(p.score_reset),
            hold=p.hold_for, high=p.score_high, low=p.score_low, release_high=p.release_high,
            release_low=p.release_low, contested=p.contested_volume,
        )  # fmt: skip
