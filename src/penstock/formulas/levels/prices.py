"""The price of the underlying, its ratio to the future, and the session's hours and bars."""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.time import NANOSECONDS, duration
from penstock.events import Book, Mbo, OptionInterest, OptionTrade, Quote, Trade
from penstock.expr import Constant, Expr, columns
from penstock.formulas.levels.parameters import Parameters
from penstock.ops import (
    AsOf,
    AsOfWithin,
    Ema,
    FillNan,
    Level,
    LocalTime,
    Ohlcv,
    SessionTimes,
    Sign,
    Where,
)
from penstock.streams import Clock, Every, MarketSession, Stream, TimeBars

TRADES, BOOKS, OPTIONS = Stream(Trade), Stream(Book), Stream(OptionTrade)
UNDERLYING = Stream(Quote, "spy")
ORDERS, INTEREST = Stream(Mbo), Stream(OptionInterest)
STREAMS = (TRADES, BOOKS, OPTIONS, UNDERLYING, ORDERS, INTEREST)
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
class Prices:
    """The expressions for some parameters; each is made once."""

    parameters: Parameters

    @property
    def alone(self) -> bool:
        """Whether there are no futures: trades are then the underlying's own prices, which are no tape of futures."""
        return self.parameters.spot_source == "own"

    @cached_property
    def opening(self) -> Clock:
        return MarketSession(self.parameters.calendar, "open")

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
        """The price of the underlying at each trade: of the future, or where there is none its own."""
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

    @cached_property
    def bars(self) -> Ohlcv:
        return Ohlcv(self.spot, columns(Trade).size, reset=MINUTE)

    def bar(self, name: str) -> Expr:
        """A column of the finished minute."""
        return AsOf(self.bars[name], on=MINUTE)

    def within(self, bars: Clock) -> Expr:
        """Whether a bar that ends is of the session."""
        times = SessionTimes(self.parameters.calendar, on=bars)
        return (times["since_open"] > 0.0) & (times["to_close"] >= 0.0)

    @cached_property
    def regular(self) -> Expr:
        """Whether a minute that ends is of the session."""
        return self.within(MINUTE)
