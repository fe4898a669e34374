"""The universe of levels, and what touches them."""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.time import NANOSECONDS, duration
from penstock.events import OptionInterest, OptionTrade, Trade
from penstock.expr import Constant, Expr, When, columns
from penstock.formulas.levels.prices import (
    INTEREST,
    MINUTE,
    NOTHING,
    OPTIONS,
    SINGLES,
    TRADES,
    YEAR,
    Prices,
    second_of_day,
)
from penstock.ops import (
    ActiveStrikes,
    Age,
    AsOf,
    CumulativeSum,
    DayTable,
    GammaFlip,
    InterestAt,
    InterestBoard,
    Lag,
    LevelUniverse,
    Maximum,
    MaxSince,
    MinSince,
    OptionGreeks,
    RollingMean,
    RowMax,
    SessionTimes,
    Spread,
    Stack,
    StandingTime,
    StrikeBoard,
    StrikeCross,
    StrikeGamma,
    Touches,
    Wall,
    Where,
)
from penstock.streams import Clock, Every, MarketSession, TimeBars

A_MINUTE = 60.0 * (1.0 + 1e-9)  # in seconds; a quotient of times is one of floats


@dataclass(frozen=True, eq=False)
class Universe(Prices):
    """Options by strike, the levels, and touches of them."""

    @cached_property
    def board(self) -> StrikeBoard:
        p, option = self.parameters, columns(OptionTrade)
        spot = AsOf(self.spot, on=OPTIONS)
        greeks = OptionGreeks(
            option.price, option.strike, option.right, option.expiry, option.iv, option.mid, spot,
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

    def today(self, x: Expr, clock: Clock) -> Expr:
        """Whether a column has ticked since the market opened, at each tick of a clock."""
        since = SessionTimes(self.parameters.calendar, on=clock)["since_open"]
        return Age(x, on=clock) / since <= A_MINUTE

    def traded_at(self, clock: Clock) -> Expr:
        """Whether an option has traded in the session: until one has, the board is that of the session before."""
        return self.today(columns(OptionTrade).price, clock)

    def strikes_at(self, clock: Clock) -> Expr:
        """The strikes of the session at each tick of a clock."""
        traded = Spread(self.traded_at(clock), members=self.board.cells)
        return Where(traded, self.at_strikes("strikes", clock), NOTHING)

    def spot_at(self, clock: Clock) -> Expr:
        """The price at each tick of a clock."""
        return self.spot if clock is TRADES else AsOf(self.spot, on=clock)

    def years_at(self, clock: Clock) -> Expr:
        """Years until the options of the day expire."""
        left = SessionTimes(self.parameters.calendar, on=clock)["to_close"] * 60.0
        floor = duration(self.parameters.option_floor) / NANOSECONDS["s"]
        return Maximum(left, Constant(floor)) / YEAR

    def gamma_at(self, clock: Clock) -> Expr:
        """Gamma at the strikes of the session by their last volatilities, valued as a tick finds price and time."""
        p = self.parameters
        sigmas, spot, years = (
            self.at_strikes("sigmas", clock),
            self.spot_at(clock),
            self.years_at(clock),
        )
        return StrikeGamma(
            self.strikes_at(clock), sigmas, spot, years, rate=p.rate, dividend=p.dividend
        )

    @cached_property
    def interest(self) -> InterestBoard:
        """Open interest at each strike, as it was published."""
        told, spot = columns(OptionInterest), AsOf(self.spot, on=INTEREST)
        step = self.parameters.strike_step
        return InterestBoard(told.strike, told.right, told.expiry, told.contracts, spot, step=step)

    def interest_at(self, clock: Clock) -> InterestAt:
        """Open interest at the strikes of the session, of the options of the day."""
        table = (self.interest[name] for name in self.interest.outputs)
        return InterestAt(
            *table, self.strikes_at(clock), step=self.parameters.strike_step, on=clock
        )

    def wall(self, side: int) -> Expr:
        """The call wall (1) or the put wall (-1) at each trade."""
        p, right = self.parameters, "call" if side > 0 else "put"
        own = {"side": side, "hysteresis": p.wall_hysteresis, "least": p.wall_least}
        if p.wall_mode == "oi":
            # dollars of delta for a move of one percent: the 100 shares of a contract and the 0.01 make 1
            worth = Spread(self.spot * self.spot, members=self.board.cells)
            held = self.interest_at(TRADES)[f"{right}s"] * self.gamma_at(TRADES) * worth
            return Wall(self.strikes_at(TRADES), held, self.spot, **own)
        name = f"{right}_gamma" if p.wall_mode == "flow_abs" else f"{right}_dealer"
        made = Wall(self.board["strikes"], self.board[name], AsOf(self.spot, on=OPTIONS), **own)
        return Where(self.traded_at(TRADES), AsOf(made, on=TRADES), NOTHING)

    @cached_property
    def flip(self) -> Expr:
        """Where the gamma of dealers' positions changes its sign, valued anew every while."""
        p = self.parameters
        clock = Every(duration(p.flip_every))
        strikes = self.strikes_at(clock)
        by_interest = p.flip_from == "oi"
        if by_interest:
            interest = self.interest_at(clock)
            held = interest["calls"] - interest["puts"]
        else:
            held = self.at_strikes("position", clock)
        if p.flip_mode == "strike_cross":
            if by_interest:
                net = held * self.gamma_at(clock)
            else:
                net = self.at_strikes("call_dealer", clock) + self.at_strikes("put_dealer", clock)
            return AsOf(StrikeCross(strikes, net), on=TRADES)
        flip = GammaFlip(
            strikes, held, self.at_strikes("sigmas", clock), self.spot_at(clock), self.years_at(clock),
            rate=p.rate, dividend=p.dividend, span=p.flip_span, grid=p.flip_grid,
        )  # fmt: skip
        return AsOf(flip, on=TRADES)

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
            "SESSION_HIGH": self.settled(MaxSince(high, reset=self.opening)),
            "SESSION_LOW": self.settled(MinSince(low, reset=self.opening)),
            "VWAP": paid / traded,
            "SMA_400": self.mean(p.sma[1]),
            "SMA_200": self.mean(p.sma[0]),
        }
        return {name: Where(self.is_open, made[name], NOTHING) for name in SINGLES}

    def settled(self, x: Expr) -> Expr:
        """A value of the session's minutes at each trade, once it has stood for a while."""
        own = Where(self.regular, x, NOTHING)  # not that of the session before
        stood = AsOf(StandingTime(own), on=TRADES) + Age(own, on=TRADES)
        least = duration(self.parameters.session_age) / NANOSECONDS["s"]
        return Where((stood >= least) & self.today(own, TRADES), AsOf(own, on=TRADES), NOTHING)

    def mean(self, closes: int) -> Expr:
        """The mean of the last closes of bars, of extended or of regular hours, over days with a session."""
        p = self.parameters
        bars = TimeBars(duration(p.sma_bar), TRADES)
        start, stop = (second_of_day(text) for text in p.extended)
        second = self.second(bars)
        # the futures trade on Sunday evenings and on holidays of the market, whose closes are not of its days
        session = DayTable(p.calendar, "session", p.zone, on=bars) > 0.0
        counted = (second > start) & (second <= stop) & session
        if p.sma_sessions == "rth":
            counted = self.within(bars)
        return AsOf(RollingMean(AsOf(self.spot, on=When(counted)), window=closes), on=TRADES)

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
        traded = Spread(self.traded_at(TRADES), members=self.strike_cells)
        return LevelUniverse(
            self.single, Where(traded, AsOf(active, on=TRADES), NOTHING), self.spot,
            reach=p.strike_range, step=p.round_step, span=p.round_range,
        )  # fmt: skip

    @cached_property
    def cells(self) -> int:
        return self.universe.cells

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
