"""Every clock against its definition by brute force, in every layout, with many equal times."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.catalog import market as real
from tests.catalog.market import DATA
from tests.engine import positions as by_definition
from tests.engine.positions import SECOND, Tick
from tests.engine.test_positions import PRICE, SIZE, check, markets, split

from penstock.core.errors import CapacityError, DefinitionError
from penstock.engine import Engine
from penstock.events import Bar, Block, Event, Trade
from penstock.expr import BAR, BOOK, TRADE, Column, Expr, When
from penstock.ops import AsOf, CumulativeSum, Delayed, Lag, Ohlcv, Threshold, WindowSum
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Delay, Every, GapSession, MarketSession

HALF = SECOND // 2


def columns_on(on: Clock) -> dict[str, Expr]:
    """What a clock sees, a window at its ticks, its own past, and sums that it resets."""
    return {
        "last": AsOf(PRICE),
        "sum": WindowSum(SIZE, "2s"),
        "own": WindowSum(AsOf(PRICE, on=on), "2s", on=on),
        "before": Lag(AsOf(PRICE, on=on), 2),
        "since": AsOf(CumulativeSum(SIZE, reset=on)),
        "volume": AsOf(Ohlcv(PRICE, SIZE, reset=on)["volume"]),
    }


def follows(market: dict[str, np.ndarray], on: Clock, ticks: list[Tick]) -> None:
    """The engine agrees with the definition on all of them."""
    _, trade, price, size, _ = split(market)
    last = by_definition.as_of(ticks, trade, price)
    since = by_definition.since(ticks, trade, size, ticks)
    want = {
        "last": last,
        "sum": by_definition.window_sum(ticks, trade, size, 2 * SECOND),
        "own": by_definition.window_sum(ticks, ticks, last, 2 * SECOND),
        "before": np.concatenate([[np.nan] * 2, last])[: len(last)],
        "since": since,
        "volume": since,
    }
    check(market, columns_on(on), on, ticks, want)


@settings(max_examples=30)
@given(markets(), st.sampled_from([HALF, SECOND, 3 * SECOND]), st.sampled_from([None, 4 * SECOND]))
def test_a_gap_session_closes_after_a_gap_or_at_its_maximum(market, gap, maximum):
    book, trade, *_ = split(market)
    end = int(market["times"][-1])
    ticks = by_definition.gap_sessions(gap, maximum, trade, end)
    follows(market, GapSession(TRADE, gap, maximum), ticks)
    if trade:
        either = by_definition.gap_sessions(gap, maximum, by_definition.union(book, trade), end)
        follows(market, GapSession(AnyOf((TRADE, BOOK)), gap, maximum), either)


def test_an_event_exactly_at_the_gap_opens_the_next_session():
    plan = build({"n": AsOf(CumulativeSum(SIZE, reset=GapSession(TRADE, "5s")))}, TRADE, (TRADE,))
    made = Engine(plan).push_block(trades([0, 4, 9, 13], [1, 1, 1, 1]))
    assert made.values()[:, 0].tolist() == [1, 2, 1, 2]


@settings(max_examples=30)
@given(markets(), st.sampled_from([HALF, SECOND, 2 * SECOND]), st.sampled_from([1, 3 * SECOND]))
def test_a_clock_sleeps_once_the_latest_event_is_older_than_idle(market, hop, idle):
    _, trade, *_ = split(market)
    ticks = by_definition.sleepy(hop, idle, trade, int(market["times"][-1]))
    on = Every(hop, idle=idle, stream=TRADE)
    if idle >= 2 * SECOND:
        follows(market, on, ticks)
    else:
        _, trade, price, *_ = split(market)
        want = {"last": by_definition.as_of(ticks, trade, price)}
        check(market, {"last": AsOf(PRICE)}, on, ticks, want)


@settings(max_examples=30)
@given(markets(), st.sampled_from([1, HALF, SECOND, 3 * SECOND, 30 * SECOND]))
def test_a_delayed_clock_ticks_once_for_each_tick_and_knows_its_value(market, by):
    book, trade, price, size, _ = split(market)
    end = int(market["times"][-1])
    full, total = [], 0.0
    for tick, volume in zip(trade, size.tolist(), strict=True):
        total += volume
        if total >= 12.0:
            full.append(tick)
            total = 0.0
    bars = When(Threshold(SIZE, limit=12.0))
    hops = by_definition.every(SECOND, trade[0].time if trade else end, end)
    twice = by_definition.delay(by, trade, end)
    cases: tuple[tuple[Clock, list[Tick]], ...] = (
        (TRADE, trade),
        (bars, full),
        (Every("1s"), hops),
        (Delay(TRADE, by), twice),
        (AnyOf((TRADE, BOOK)), by_definition.union(book, trade)),
    )
    for of, causes in cases:
        if not trade:
            continue
        on = Delay(of, by)
        ticks = by_definition.delay(by, causes, end)
        follows(market, on, ticks)
        was = by_definition.as_of(causes, trade, price)[: len(ticks)]
        change = by_definition.as_of(ticks, trade, price) - was
        columns: dict[str, Expr] = {
            "was": Delayed(AsOf(PRICE, on=of), on=on),
            "change": AsOf(PRICE) - Delayed(AsOf(PRICE, on=of), on=on),
        }
        check(market, columns, on, ticks, {"was": was, "change": change})


@settings(max_examples=30)
@given(markets())
def test_delayed_clocks_of_one_time_share_positions_from_the_last_tick_back(market):
    book, trade, price, *_ = split(market)
    if not trade:
        return
    end = int(market["times"][-1])
    one, two = Delay(TRADE, "1s"), Delay(BOOK, "1s")
    ones, twos = by_definition.delay(SECOND, trade, end), by_definition.delay(SECOND, book, end)
    hops = by_definition.every(HALF, int(market["times"][0]), end)
    seen = by_definition.as_of(twos, trade, price)
    columns: dict[str, Expr] = {
        "one": AsOf(Delayed(PRICE, on=one)),
        "two": AsOf(AsOf(PRICE, on=two)),
    }
    for on, ticks in ((one, ones), (two, twos), (Every("500ms"), hops)):
        was = by_definition.as_of(ticks, ones, price[: len(ones)])
        check(
            market, columns, on, ticks, {"one": was, "two": by_definition.as_of(ticks, twos, seen)}
        )


def trades(seconds: list[float], sizes: list[float], start: int = 0) -> Block:
    return Block.of(
        Trade,
        time=[start + round(t * SECOND) for t in seconds],
        price=np.arange(len(seconds)) + 1.0,
        size=sizes,
        side=np.zeros(len(seconds)),
    )


def test_many_pending_ticks_grow_the_arena():
    block = trades(list(range(3_000)), [1.0] * 3_000)
    columns = {"was": Delayed(PRICE, on=Delay(TRADE, "1000s"))}
    for capacity in (1, 1024):
        engine = Engine(build(columns, Delay(TRADE, "1000s"), (TRADE,)), capacity=capacity)
        made = engine.push_block(block)
        assert made.values()[:, 0].tolist() == list(range(1, 2_000 + 1))
    small = Engine(build(columns, Delay(TRADE, "1000s"), (TRADE,)), maximum_room=256)
    with pytest.raises(CapacityError, match="may hold 256 ticks"):
        small.push_block(block)


def test_days_of_a_zone_begin_at_its_midnight_through_changes_of_the_clock():
    zone = ZoneInfo("Europe/Berlin")
    stamps = MarketSession("24/7@Europe/Berlin").instants
    hours = np.diff(stamps) // (3_600 * SECOND)
    assert sorted(set(hours.tolist())) == [23, 24, 25]
    for day in ("2024-03-31", "2024-10-27", "2024-07-01"):
        wanted = np.datetime64(day).astype("datetime64[ns]").astype(int)
        offset = 1 if day == "2024-03-31" else 2
        assert wanted - offset * 3_600 * SECOND in stamps
    assert zone.key == "Europe/Berlin"


EXCHANGES = ("XNYS", "XLON", "XTKS", "XHKG", "CMES")


@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("edge", ["open", "close"])
def test_sessions_tick_when_the_exchange_says(name, edge):
    calendars = pytest.importorskip("exchange_calendars")
    calendar = calendars.get_calendar(name, start="2023-01-01", end="2024-12-31")
    wanted = [stamp.value for stamp in calendar.schedule[edge]]
    on = MarketSession(name, edge)
    engine = Engine(build({"last": AsOf(PRICE)}, on, (TRADE,)), capacity=7)
    start = np.datetime64("2022-12-31T12:00", "ns").astype(int)
    rows = engine.push_block(trades([0], [1.0], start=int(start)))
    rows.extend(engine.advance(int(np.datetime64("2024-12-31T23:59", "ns").astype(int))))
    assert rows.times().tolist() == wanted


def test_an_early_close_a_holiday_and_a_change_of_the_clock():
    pytest.importorskip("exchange_calendars")
    stamps = MarketSession("XNYS", "close").instants.astype("datetime64[ns]")
    named = {str(stamp)[:16] for stamp in stamps if "2024-03" <= str(stamp)[:7] <= "2024-12"}
    assert "2024-03-08T21:00" in named  # standard time
    assert "2024-03-11T20:00" in named  # daylight saving
    assert "2024-11-29T18:00" in named  # the day after Thanksgiving closes at 13:00
    assert not any(stamp.startswith("2024-12-25") for stamp in named)


def test_a_calendar_that_ends_says_so():
    pytest.importorskip("exchange_calendars")
    engine = Engine(build({"last": AsOf(PRICE)}, MarketSession("XSHG"), (TRADE,)))
    late = int(np.datetime64("2051-01-01", "ns").astype(int))
    with pytest.raises(CapacityError, match="calendar of session:XSHG:open is known up to"):
        engine.push(Event(trades([0], [1.0], start=late), 0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GapSession(TRADE, "0s"), "GapSession: gap must be positive, got '0s'"),
        (lambda: GapSession(TRADE, "5s", "1s"), "maximum must be at least the gap of 5s, got 1s"),
        (lambda: GapSession("trade", "5s"), "stream must be a stream or several"),
        (lambda: MarketSession("24/7", "noon"), "edge must be one of open, close"),
        (lambda: MarketSession("24/7@Mars"), "zone of a 24/7 calendar must exist, got 'Mars'"),
        (lambda: Delay(TRADE, 0), "Delay: by must be positive, got 0"),
        (lambda: Every("1s", idle="5s"), "go together, got idle='5s' and stream=None"),
        (lambda: Every("1s", idle="-5s", stream=TRADE), "got '-5s'"),
        (lambda: Delayed(PRICE, on=Every("1s")), "Delayed: on must be a Delay, got every:1s"),
        (
            lambda: Delayed(PRICE, on=Delay(BOOK, "1s")),
            "must live on the clock that is delayed, book",
        ),
    ],
)
def test_a_clock_that_cannot_be_says_why(make, message):
    with pytest.raises(DefinitionError, match=message):
        make()


def test_a_window_longer_than_idle_is_refused():
    on = Every("1s", idle="5s", stream=TRADE)
    build({"sum": WindowSum(SIZE, "5s")}, on, (TRADE,))
    with pytest.raises(
        DefinitionError, match="idle must be at least the time windows read on it, 6s, got 5s"
    ):
        build({"sum": WindowSum(SIZE, "6s")}, on, (TRADE,))


def test_the_sessions_of_a_real_day_hold_what_traded_between_the_bells():
    pytest.importorskip("exchange_calendars")
    if not DATA.exists():
        pytest.skip("../shared is absent: IBM's trades are not read")
    trade = real.ibm_ticks(24_293).trade
    block = Block.of(Trade, **{n: trade[n] for n in ("time", "price", "size", "side")})
    bells = MarketSession("XNYS", "open"), MarketSession("XNYS", "close")
    columns = {"volume": AsOf(CumulativeSum(SIZE, reset=bells[0]))}
    rows = Engine(build(columns, bells[1], (TRADE,)), capacity=64).push_block(block)
    day = np.datetime64("2013-10-07", "ns").astype(int)
    opened, closed = (day + round(hours * 3_600) * SECOND for hours in (13.5, 20))
    inside = (trade["time"] >= opened) & (trade["time"] < closed)
    assert 0 < inside.sum() < inside.size
    assert rows.times().tolist() == [closed]
    assert rows.values().tolist() == [[trade["size"][inside].sum()]]


def test_real_years_of_hours_fall_into_sessions_with_early_closes_and_both_times():
    calendars = pytest.importorskip("exchange_calendars")
    if not DATA.exists():
        pytest.skip("../shared is absent: IBM's hours are not read")
    pandas = pytest.importorskip("pandas")
    bar = real.hourly_bars().bar
    local = pandas.DatetimeIndex(pandas.to_datetime(bar["time"])).tz_localize("America/New_York")
    time = local.tz_convert("UTC").asi8
    block = Block.of(
        Bar, **bar | {"time": time - 1}
    )  # a bar that ends at the bell is of the session
    on = MarketSession("XNYS", "close")
    columns = {"volume": AsOf(CumulativeSum(Column(BAR, "volume"), reset=on))}
    engine = Engine(build(columns, on, (BAR,)), capacity=64)
    rows = engine.push_block(block)
    first, last = (pandas.Timestamp(t, tz="UTC") for t in time[[0, -1]])
    calendar = calendars.get_calendar("XNYS", start=first.date(), end=last.date())
    closes = calendar.schedule["close"].to_numpy("datetime64[ns]").astype(int)
    closes = closes[(closes >= time[0]) & (closes < time[-1])]
    assert rows.times().tolist() == closes.tolist()
    assert len(set((closes // (3_600 * SECOND) % 24).tolist())) >= 3  # 20:00, 21:00, early ones
    edges = np.searchsorted(time - 1, closes)
    sums = np.add.reduceat(bar["volume"][: edges[-1]], np.concatenate([[0], edges[:-1]]))
    traded = np.diff(np.concatenate([[0], edges])) > 0
    np.testing.assert_allclose(rows.values()[traded, 0], sums[traded], 1e-12)
