"""Quality at the door: promised ranges, bad live events, circuit breakers, streams that contradict each other."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import penstock as ps
from penstock.core.errors import DataError, DefinitionError
from penstock.events import Bar, Block, Book, Event, Keys, Quarantine, Quote, Trade
from penstock.events.checks import Marks, Rules, check
from penstock.events.circuit import Circuit
from penstock.events.quarantine import read_quarantine
from penstock.events.simulator import simulate
from penstock.jobs.quality import Consistency, Door, Guarded, Problems, Ranges
from penstock.jobs.run import History
from penstock.streams import Stream

SECOND = 1_000_000_000


class Given:
    """Blocks as a source."""

    def __init__(self, *blocks, name="given"):
        self.blocks, self.name = blocks, name
        self.types = tuple(block.type for block in blocks)

    def chunks(self, keys, quarantine):
        keys.number(("A",))
        yield self.blocks
        quarantine.saw(self.name, sum(map(len, self.blocks)))

    def content_hash(self):
        return self.name


def prices(*values):
    times = np.arange(1, len(values) + 1) * SECOND
    return Block.of(
        Trade, time=times, price=values, size=[1.0] * len(values), side=[1] * len(values)
    )


def collected(history):
    """The values of all rows of a run."""
    return np.concatenate([rows.values() for rows in history])


def promised(policy):
    feature = ps.Feature("own.price", lambda: ps.trade.price, says="The price.", range=(10.0, 20.0))
    free = ("free", ps.trade.price)
    return ps.View("promises", [feature, free], on="trade", ranges=policy)


# -- ranges


def test_a_value_outside_its_range_is_counted_and_delivered():
    history = History(promised("count"), Given(prices(10.0, 9.0, 20.0, 21.0, np.nan)))
    rows = collected(history)
    assert rows[:, 0].tolist()[:4] == [10.0, 9.0, 20.0, 21.0]
    assert history.ranges.counts == {"own.price": 2}
    first = history.ranges.firsts["own.price"]
    assert (first.value, first.time) == (9.0, 2 * SECOND)


def test_a_value_outside_its_range_is_null_in_the_row_only():
    history = History(promised("null"), Given(prices(10.0, 9.0, 20.0)))
    rows = collected(history)
    assert np.isnan(rows[1, 0])
    assert rows[:, 1].tolist() == [10.0, 9.0, 20.0]


def test_a_value_outside_its_range_stops():
    with pytest.raises(DataError, match=r"own.price must stay within \[10, 20\], got 9.0 at 2000"):
        ps.run(promised("stop"), Given(prices(10.0, 9.0)))


def test_a_policy_has_a_known_name():
    with pytest.raises(DefinitionError, match=r"got 'nul'; did you mean 'null'\?"):
        promised("nul")


@pytest.mark.parametrize("policy", ["count", "null"])
@given(st.lists(st.floats(allow_nan=True, width=32), min_size=1, max_size=40))
def test_ranges_count_what_brute_force_counts(policy, values):
    block = prices(*values)
    history = History(promised(policy), Given(block))
    rows = collected(history)
    outside = [x < 10.0 or x > 20.0 for x in values]
    assert history.ranges.counts.get("own.price", 0) == sum(outside)
    expected = [np.nan if bad and policy == "null" else x for x, bad in zip(values, outside)]  # noqa: B905
    np.testing.assert_array_equal(rows[:, 0], expected)
    live = Ranges(promised(policy))
    for i, row in enumerate(np.array([[x, x] for x in values])):
        got = live.check_row(row, i)
        np.testing.assert_array_equal(got, [expected[i], values[i]])
    assert live.counts == history.ranges.counts


# -- one event


def events():
    number = st.one_of(
        st.sampled_from([0.0, -1.0, 1.0, 2.0, np.nan, np.inf, -np.inf]), st.floats(0.5, 3.0)
    )
    time = st.sampled_from([-1, 0, SECOND, 2**62])

    def of(type_, *names):
        return st.fixed_dictionaries({"time": time, **dict.fromkeys(names, number)}).map(
            lambda values: Event.of(type_, **values)
        )

    trades = st.fixed_dictionaries({"time": time, "price": number, "size": number}).map(
        lambda values: Event.of(Trade, side=0, **values)
    )
    levels = st.lists(number, min_size=40, max_size=40)
    books = st.tuples(time, levels).map(lambda x: Event.of(Book, time=x[0], levels=tuple(x[1])))
    thin = st.tuples(time, st.lists(number, min_size=4, max_size=4)).map(
        lambda x: Event.of(Book, time=x[0], levels=(*x[1], *([np.nan, 0.0] * 18)))
    )
    quotes = of(Quote, "bid_price", "bid_size", "ask_price", "ask_size")
    bars = of(Bar, "open", "high", "low", "close", "volume", "trades")
    return st.one_of(trades, quotes, bars, books, thin)


@given(events(), st.booleans(), st.booleans())
def test_the_door_refuses_what_the_checks_of_readers_refuse(event, negative, crossed):
    rules = Rules(negative_prices=negative, crossed=crossed)
    marks = Marks(1)
    columns = event.block.columns
    with np.errstate(invalid="ignore"):
        check(event.type, columns, rules, marks)
    good = marks.good is None and 0 <= int(columns["time"][0]) < 2**62
    aside = Quarantine()
    door = Door((Trade, Quote, Book, Bar), aside, rules=rules)
    assert door.admits(event) == good
    door.close()
    assert aside.total == (not good)
    assert aside.read == {"feed": 1}


# -- circuits


def test_a_circuit_opens_and_closes_as_a_list_of_rows_says():
    circuit = Circuit(rate=0.5, over=4)
    left_out = [circuit.saw(1, bad) for bad in (1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0)]
    #            window: 4 rows, more than 2 bad -> open; then 4 watched rows with at most 1 bad
    assert left_out == [False] * 6 + [True] * 4 + [False] * 2
    assert circuit.opened == 1


@pytest.mark.parametrize(("rate", "over"), [(0.0, 1), (1.0, 1), (0.5, 0)])
def test_a_circuit_refuses_a_rate_that_is_none(rate, over):
    with pytest.raises(DefinitionError, match="Circuit"):
        Circuit(rate, over)


class Turning:
    """Chunks of ten rows of which some are bad."""

    name, types = "turning.csv", (Trade,)

    def __init__(self, *bad):
        self.bad = bad

    def chunks(self, keys, quarantine):
        keys.number(("A",))
        for i, bad in enumerate(self.bad):
            quarantine.add(self.name, "NaN price", list(range(bad)), [b""] * bad, ["nan"] * bad)
            quarantine.saw(self.name, 10)
            times = i * SECOND + np.arange(10 - bad)
            yield (Block.of(Trade, time=times, price=times + 1.0, size=times, side=times * 0),)

    def content_hash(self):
        return "turning"


def test_a_source_that_turns_bad_is_left_out_until_it_is_good_again():
    aside = Quarantine()
    source = Guarded(Turning(0, 1, 6, 5, 0, 0), rate=0.3, over=10)
    sizes = [len(blocks[0]) for blocks in source.chunks(Keys(), aside)]
    assert sizes == [10, 9, 0, 0, 10, 10]
    assert aside.skipped == {("turning.csv", "circuit open"): 4 + 5}
    assert source.circuit.opened == 1
    assert sum(sizes) + aside.total + sum(aside.skipped.values()) == aside.read["turning.csv"]


def test_a_live_stream_that_turns_bad_is_left_out():
    aside = Quarantine()
    door = Door((Trade,), aside, rate=0.5, over=4)
    bad = [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    passed = [
        door.admits(Event.of(Trade, time=i, price=np.nan if wrong else 1.0, size=1.0, side=0))
        for i, wrong in enumerate(bad)
    ]
    door.close()
    assert passed == [True, True, False, False, False, False, False, False, True, True]
    assert aside.total == 3
    assert sum(passed) + aside.total + sum(aside.skipped.values()) == aside.read["feed"] == 10


# -- streams against each other


def through():
    quote = Block.of(
        Quote,
        time=np.array([1, 5]) * SECOND,
        bid_price=[99.0, 101.0],
        bid_size=[1.0, 1.0],
        ask_price=[100.0, 102.0],
        ask_size=[1.0, 1.0],
    )
    trade = Block.of(
        Trade,
        time=np.array([0, 2, 3, 5, 6]) * SECOND,
        price=[1.0, 100.0, 100.5, 98.0, 100.0],
        size=[1.0] * 5,
        side=[0] * 5,
    )
    return Given(trade, quote)


EXPECTED = {("trade_through", "above the ask"): 1, ("trade_through", "below the bid"): 2}


def test_a_trade_outside_the_book_that_it_met_is_counted():
    view = ps.View("prices", [("price", ps.trade.price)], on="trade")
    history = History(view, through(), consistency=("trade_through",))
    rows = pl.concat([rows.frame(history.keys) for rows in history])
    assert history.checked.counts == EXPECTED
    assert history.checked.firsts["trade_through", "below the bid"] == 5 * SECOND
    assert rows.equals(ps.run(view, through()))  # the view does not see the quotes


def test_live_counts_the_same_trades():
    trade, quote = through().blocks
    keys = Keys()
    keys.number(("A",))
    checked = Consistency(("trade_through",), (Stream(Trade), Stream(Quote)), keys)
    ordered = sorted([*trade, *quote], key=lambda e: (e["time"], e.type is Quote))
    for event in ordered:
        checked.push(event)
    assert checked.counts == EXPECTED


def test_inconsistent_streams_stop():
    view = ps.View("prices", [("price", ps.trade.price)], on="trade", ranges="stop")
    history = History(view, through(), consistency=("trade_through",))
    with pytest.raises(DataError, match="a trade must be within the book that it met"):
        list(history)


def test_a_bar_that_its_trades_do_not_make_is_counted():
    market = simulate(("AA",), seconds=240)
    width = 60 * SECOND
    keys = Keys()
    view = ps.View(
        "bars",
        [(n, getattr(ps.bar, n)) for n in ("open", "high", "low", "close", "volume")],
        on="bar:1m",
    )
    frame = ps.run(view, market)
    trades = [
        block
        for chunk in market.chunks(keys, Quarantine())
        for block in chunk
        if block.type is Trade and len(block)
    ]
    made = {name: frame[name].to_numpy().copy() for name in frame.columns[2:]}
    made["high"][1] += 0.25
    made["volume"][2] += 1.0
    bars = Block.of(Bar, time=frame["ts"].to_numpy(), trades=np.full(len(frame), np.nan), **made)
    assert len(bars) >= 3
    assert set(np.diff(bars.columns["time"])) == {width}

    class Both(Given):
        def chunks(self, keys, quarantine):
            keys.number(("AA",))
            columns = {
                name: np.concatenate([t.columns[name] for t in trades])
                for name in trades[0].columns
            }
            yield (Block(Trade, columns), bars)

    both = Both(trades[0], bars)
    history = History(
        ps.View("closes", [("close", ps.bar.close)], on="bar"), both, consistency=("bar_trades:1m",)
    )
    list(history)
    assert history.checked.counts == {("bar_trades", "high"): 1, ("bar_trades", "volume"): 1}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("trade_trough", "did you mean 'trade_through'"),
        ("trade_through", "a stream of quote or book is needed, got trade"),
        ("trade_through:1m", "only bar_trades has a width"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(rule, says):
    with pytest.raises(DefinitionError, match=says):
        Consistency((rule,), (Stream(Trade),), Keys())


# -- the tally


def test_a_kind_of_problem_keeps_its_first_value_and_is_told_at_each_tenfold():
    told = []
    problems = Problems(lambda problem: told.append((problem.rule, problem.count)))
    for value in range(25):
        problems.note("a.csv", "size must not be negative", str(-value), at=value)
    problems.note("a.csv", "price must be a number", "x", count=1_000)
    problems.so_far("a.csv", "price must be a number", "y", 1_500)
    first, second = problems
    assert (first.rule, first.count, first.value) == ("price must be a number", 1_500, "x")
    assert (second.count, second.value, second.at) == (25, "0", 0)
    assert told == [
        ("size must not be negative", 1),
        ("size must not be negative", 10),
        ("price must be a number", 1_000),
    ]
    problems.close()
    assert told[3:] == [("size must not be negative", 25), ("price must be a number", 1_500)]
    problems.close()
    assert len(told) == 5


def test_a_live_view_refuses_bad_events_and_counts_what_is_wrong(tmp_path):
    trade, quote = through().blocks
    keys, aside = Keys(), Quarantine(tmp_path / "aside.arrow")
    keys.number(("A",))
    feature = ps.Feature(
        "own.price", lambda: ps.trade.price, says="The price.", range=(10.0, 100.2)
    )
    view = ps.View("own", [feature], on="trade", ranges="null")
    ordered = sorted([*trade, *quote], key=lambda e: (e["time"], e.type is Quote))
    bad = Event.of(Trade, time=4 * SECOND, price=-5.0, size=1.0, side=0)
    live = ps.Live(
        view,
        [*ordered[:4], bad, *ordered[4:]],
        keys=keys,
        streams=(Trade, Quote),
        quarantine=aside,
        consistency=("trade_through",),
    )
    values = [row.values[0] for row in live]
    aside.close()
    np.testing.assert_array_equal(values, [np.nan, 100.0, np.nan, 98.0, 100.0])
    assert live.gate.ranges.counts == {"own.price": 2}
    assert live.gate.checked.counts == EXPECTED | {("trade_through", "below the bid"): 3}
    assert aside.counts == {("feed", "non-positive price"): 1}
    assert aside.read == {"feed": 6}
    kept = read_quarantine(tmp_path / "aside.arrow").to_pylist()
    assert kept[0]["row"] == 3
    assert b"'price': -5.0" in kept[0]["raw"]


def test_a_feed_that_was_checked_before_is_not_checked_again():
    event = Event.of(Trade, time=1, price=-5.0, size=1.0, side=0)
    view = ps.View("own", {"price": ps.trade.price}, on="trade")
    live = ps.Live(view, rules=None)
    live.keys.number(("A",))
    assert live.offer(event)[0].values[0] == -5.0
    spread = ps.Live(view, rules=Rules(negative_prices=True), keys=live.keys)
    assert spread.offer(event)[0].values[0] == -5.0
