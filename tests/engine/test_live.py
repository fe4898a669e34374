"""A view over a feed: rows as they come, stragglers, silence, the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import SECOND, Memory, assert_bits

import penstock as ps
from penstock.core.errors import DefinitionError, LateEvent
from penstock.events import Book, Event, Keys, Quarantine, Quote, Trade
from penstock.events.simulator import simulate
from penstock.expr import BOOK, TRADE, Column
from penstock.ops import AsOf, Ema, Level, WindowSum

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
COLUMNS = (
    ("ema", AsOf(Ema(PRICE, 4.0))),
    ("sum", WindowSum(SIZE, "3s")),
    ("bid", AsOf(Level(Column(BOOK, "levels"), level=0, field="bid_price"))),
)
VIEW = ps.View("live", COLUMNS, on="every:1s")
TRADES = ps.View("trades", [("ema", Ema(PRICE, 4.0))], on="trade")
EVENTS = feeds.market(240, keys=3, seed=21)
TYPES = tuple(block.type for block in EVENTS)


def keys() -> Keys:
    made = Keys()
    for name in Memory(EVENTS).names:
        made.number(name)
    return made


def bits(rows: list) -> dict:
    """Rows by key."""
    found: dict = {}
    for key, ts, values in rows:
        found.setdefault(key, []).append((ts, values))
    return {
        key: (np.array([ts for ts, _ in some]), np.stack([values for _, values in some]))
        for key, some in found.items()
    }


def taken(rows) -> list:
    return [(row.key, row.ts, row.values.copy()) for row in rows]


def history(view: ps.View = VIEW) -> dict:
    return feeds.bits_of_frame(ps.run(view, Memory(EVENTS)), view)


@pytest.mark.parametrize("view", [VIEW, TRADES], ids=["timed", "events"])
def test_a_generator_and_an_async_generator_give_the_rows_of_history(view):
    async def feed() -> AsyncIterator[Event]:
        for event in feeds.events(EVENTS):
            await asyncio.sleep(0)
            yield event

    async def collect() -> list:
        rows = ps.live(view, feed(), keys=keys(), streams=TYPES, rules=None)
        return [(row.key, row.ts, row.values.copy()) async for row in rows]

    plain = taken(ps.live(view, iter(feeds.events(EVENTS)), keys=keys(), streams=TYPES, rules=None))
    assert_bits(bits(plain), history(view))
    assert_bits(bits(asyncio.run(collect())), history(view))


def test_a_row_comes_as_soon_as_the_watermark_has_passed_its_tick():
    live = ps.Live(TRADES, keys=keys(), rules=None)
    for event in EVENTS[0]:
        assert [row.ts for row in live.offer(event)] == [event["time"]]
    timed = ps.Live(VIEW, keys=keys(), streams=TYPES, rules=None)
    seen: set[type] = set()
    for event in feeds.events(EVENTS):
        rows = list(timed.offer(event))
        assert all(row.ts <= event["time"] for row in rows)
        seen.add(event.block.type)
        if len(seen) == 2 and rows:
            break
    assert len(seen) == 2


def test_stragglers_within_the_lateness_give_the_rows_of_an_orderly_feed():
    events = feeds.events(EVENTS)
    late = np.random.default_rng(3).uniform(0, 2, len(events)) * SECOND
    arrival = np.argsort(
        [event["time"] + d for event, d in zip(events, late, strict=True)], kind="stable"
    )
    # of one time, what has the lower rank or comes first enters first: the shuffle keeps no order there
    shuffled = [events[i] for i in arrival.tolist()]
    live = ps.Live(VIEW, keys=keys(), streams=TYPES, lateness="2s", rules=None)
    rows = [row for event in shuffled for row in taken(live.offer(event))]
    rows += taken(live.close())
    assert live.late == 0
    wanted = history()
    made = bits(rows)
    for name in wanted:
        assert made[name][0].tolist() == wanted[name][0].tolist()
        # sums and books do not depend on the order of trades of one time of different keys
        assert np.array_equal(made[name][1][:, 1], wanted[name][1][:, 1])


def test_without_lateness_what_comes_late_is_counted_once():
    events = feeds.events(EVENTS)
    live = ps.Live(TRADES, keys=keys(), rules=None)
    rows = [row for event in reversed(events) for row in taken(live.offer(event))]
    trades = EVENTS[0].columns
    last = {k: trades["time"][trades["key"] == k].max() for k in range(3)}
    on_time = sum(int((trades["time"][trades["key"] == k] == last[k]).sum()) for k in range(3))
    assert len(rows) == on_time
    assert live.late == len(EVENTS[0]) - on_time


def test_late_events_may_be_errors():
    live = ps.Live(TRADES, keys=keys(), on_late="error", rules=None)
    make = [Event.of(Trade, time=t, price=1.0, size=1.0, side=1) for t in (5, 3)]
    list(live.offer(make[0]))
    with pytest.raises(LateEvent):
        list(live.offer(make[1]))


def test_silent_keys_tick_when_the_feed_says_that_time_has_passed():
    live = ps.Live(VIEW, keys=keys(), streams=TYPES, rules=None)
    for key in (0, 1):
        event = Event.of(Trade, time=10 * SECOND + 1, price=1.0, size=1.0, side=1, key=key)
        assert list(live.offer(event)) == []
    rows = list(live.advance(13 * SECOND))
    assert [(row.key, row.ts // SECOND) for row in rows] == [
        ((name,), second) for second in (11, 12, 13) for name in ("A", "B")
    ]
    assert list(live.advance(13 * SECOND)) == []


def test_a_silent_key_ticks_with_the_event_that_reaches_its_tick():
    view = ps.View("last", [("last", AsOf(PRICE))], on="every:1s")
    live = ps.Live(view, keys=keys(), rules=None)
    given = [(10 * SECOND + 1, 0), (10 * SECOND + 1, 1), (12 * SECOND - 1, 0), (12 * SECOND, 0)]
    rows = []
    for time, key in given:
        event = Event.of(Trade, time=time, price=1.0, size=1.0, side=1, key=key)
        rows.append(sorted((row.key[0], row.ts // SECOND) for row in live.offer(event)))
    assert rows == [[], [], [("A", 11), ("B", 11)], [("A", 12), ("B", 12)]]


def test_what_comes_before_the_time_that_the_feed_has_named_is_late_for_new_keys_too():
    live = ps.Live(VIEW, keys=keys(), streams=TYPES, rules=None)
    make = [
        Event.of(Trade, time=t * SECOND, price=1.0, size=1.0, side=1, key=t % 2) for t in (10, 5)
    ]
    rows = [*live.offer(make[0]), *live.advance(13 * SECOND), *live.offer(make[1])]
    assert [row.ts // SECOND for row in rows] == [11, 12, 13]
    assert live.late == 1


def test_events_of_other_streams_are_left_out():
    live = ps.Live(TRADES, keys=keys(), rules=None)
    quote = Event.of(Quote, time=5, bid_price=1.0, bid_size=1.0, ask_price=2.0, ask_size=1.0)
    assert list(live.offer(quote)) == []
    assert live.late == 0


@pytest.mark.parametrize("cut", [0, 1, 100, 239])
def test_a_live_view_goes_on_from_a_snapshot(cut):
    events = feeds.events(EVENTS)
    one = ps.Live(VIEW, keys=keys(), streams=TYPES, rules=None)
    rows = [row for event in events[:cut] for row in taken(one.offer(event))]
    two = ps.Live(VIEW, keys=keys(), streams=TYPES, snapshot=one.engine.snapshot(), rules=None)
    rows += [row for event in events[cut:] for row in taken(two.offer(event))]
    rows += taken(two.close())
    assert_bits(bits(rows), history())


def test_a_feed_without_events_makes_no_rows():
    assert list(ps.live(VIEW, [], keys=keys(), streams=TYPES, rules=None)) == []


def test_a_feed_must_be_of_the_kind_that_is_iterated():
    async def feed() -> AsyncIterator[Event]:
        yield EVENTS[0]

    def plain() -> Iterator[Event]:
        yield from EVENTS[0]

    with pytest.raises(
        DefinitionError, match="an iterable feed is needed for 'for', got async_generator"
    ):
        list(ps.live(TRADES, feed()))

    async def collect() -> None:
        async for _ in ps.live(TRADES, plain()):
            pass

    with pytest.raises(
        DefinitionError, match="an async feed is needed for 'async for', got generator"
    ):
        asyncio.run(collect())


def test_keys_must_be_those_of_the_view():
    with pytest.raises(DefinitionError, match=r"Live: keys must be of \('symbol',\), the view's"):
        ps.Live(TRADES, keys=Keys(("symbol", "venue")), rules=None)


@pytest.mark.parametrize(
    ("on", "name"), [("book", "microstructure.mid_price"), ("bar:1m", "price.log_return")]
)
def test_a_feed_of_books_and_trades_stands_for_quotes_and_bars(on: str, name: str) -> None:
    view, market_, numbers = (
        ps.View("v", [name], on=on),
        simulate(("A",), seconds=200, seed=3),
        Keys(),
    )
    blocks = [b for chunk in market_.chunks(numbers, Quarantine()) for b in chunk]
    ordered = sorted(
        (e for b in blocks for e in b), key=lambda e: (e["time"], e.block.type is Book)
    )
    wanted = ps.run(view, market_)
    rows = [(row.ts, row.values[0]) for row in ps.live(view, ordered, keys=numbers, rules=None)]
    assert [ts for ts, _ in rows] == wanted["ts"].to_list()
    assert np.array_equal(np.array([x for _, x in rows]), wanted[name].to_numpy(), equal_nan=True)


def test_books_for_a_view_of_quotes_alone_are_not_passed_by() -> None:
    live = ps.Live(ps.View("v", ["microstructure.mid_price"], on="every:1s"))
    with pytest.raises(DefinitionError, match="reads quote events, got book events"):
        live.offer(Event.of(Book, time=1, levels=[1.0] * 40))
