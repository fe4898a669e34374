"""Several feeds in threads: nothing is lost unseen, errors are told, and rows have the bits of what was admitted."""

import threading

import numpy as np
import pytest
from tests.engine import feeds as markets
from tests.engine.test_live import taken

import penstock as ps
from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType, Field
from penstock.events import Event, Keys, Quarantine, Trade
from penstock.events.simulator import simulate
from penstock.expr import Column
from penstock.jobs.live.parity import parity
from penstock.ops import AsOf, Ema, WindowSum
from penstock.streams import Stream
from penstock.streams.journal import read_journal

LONG = 30.0  # seconds that a test waits at most, where it waits at all
VIEW = ps.View(
    "trades", {"ema": Ema(ps.trade.price, 4.0), "sum": WindowSum(ps.trade.size, "3s")}, on="trade"
)


def trades(name: str, size: int, keys: Keys, start: int = 0):
    """Trades of one key; it is named in the thread that reads them."""
    rng = np.random.default_rng([size, start])
    prices, lots = 100 + np.cumsum(rng.normal(size=size)), rng.integers(1, 9, size)
    for i in range(size):
        yield Event.of(
            Trade, time=start + (i + 1) * 10**8, key=keys.number((name,)), price=prices[i],
            size=lots[i], side=1,
        )  # fmt: skip


def numbered(size: int, start: int = 0) -> list[Event]:
    """Trades whose price is their number."""
    return [
        Event.of(Trade, time=i, price=float(i), size=1, side=1) for i in range(start, start + size)
    ]


def canonical(rows) -> list:
    return [(key, ts, markets.canonical(values).tobytes()) for key, ts, values in rows]


@pytest.mark.parametrize("names", [("A", "B"), ("A", "B", "C", "D")])
def test_the_rows_are_those_of_the_recorded_order_and_of_each_feed_alone(tmp_path, names):
    keys = Keys()
    feeds = ps.Feeds({f"of {name}": trades(name, 300, keys) for name in names}, slots=16)
    live = ps.live(VIEW, feeds, keys=keys, journal=tmp_path / "j")
    rows = canonical(taken(live))
    assert len(rows) == 300 * len(names)
    again = Keys()
    recorded = [
        entry.event for entry in read_journal(tmp_path / "j", [Trade], again) if entry.event
    ]
    assert again.names == keys.names
    assert canonical(taken(ps.live(VIEW, recorded, keys=again))) == rows
    assert parity(VIEW, tmp_path / "j")
    for name in names:
        alone = Keys()
        wanted = canonical(taken(ps.live(VIEW, trades(name, 300, alone), keys=alone)))
        assert [row for row in rows if row[0] == (name,)] == wanted
    for count in feeds.counts.values():
        assert (count.written, count.taken, count.dropped, count.left) == (300, 300, 0, 0)


def test_streams_of_one_key_from_two_feeds_have_the_bits_of_what_was_admitted(tmp_path):
    blocks = markets.market(200, keys=3, seed=4)
    view = ps.View("both", {"bid": AsOf(ps.quote.bid_price), "ema": AsOf(Ema(ps.trade.price, 4.0))},
                   on="every:1s")  # fmt: skip
    keys, options = Keys(), {"streams": tuple(block.type for block in blocks), "lateness": "2s"}
    for name in "ABC":
        keys.number((name,))
    feeds = ps.Feeds({block.type.name: block for block in blocks})
    live = ps.live(view, feeds, keys=keys, journal=tmp_path / "j", rules=None, **options)
    assert taken(live)
    found = parity(view, tmp_path / "j", rules=None, **options)
    assert found, str(found)
    assert found.admitted + len(found.refused) == 200
    assert len(found.refused) == live.late


def test_feeds_may_play_roles():
    spot, perp = Stream(Trade, "spot"), Stream(Trade, "perp")
    basis = Column(spot, "price") - AsOf(Ema(Column(perp, "price"), 4.0), on=spot)
    view = ps.View("basis", {"basis": basis}, on=spot)
    sources = {"spot": simulate(("ES",), seconds=20), "perp": simulate(("ES",), seconds=20, seed=2)}
    keys = Keys()
    given = {
        role: [(role, event) for chunk in source.chunks(keys, Quarantine()) for block in chunk
               if block.type is Trade for event in block]
        for role, source in sources.items()
    }  # fmt: skip
    came = list(ps.Feeds(given, slots=8))
    for role, items in given.items():
        times = [event["time"] for name, event in came if name == role]
        assert times == [event["time"] for _, event in items]
    order = sorted(came, key=lambda item: (item[1]["time"], item[0] == "perp"))
    live = canonical(taken(ps.live(view, order, keys=keys)))
    frame = ps.run(view, sources)
    assert [row[1] for row in live] == frame["ts"].to_list()
    assert (
        b"".join(row[2] for row in live) == markets.canonical(frame["basis"].to_numpy()).tobytes()
    )
    with pytest.raises(DefinitionError, match=r"one of the view's \(perp, spot\), got 'sopt'"):
        ps.Live(view, keys=keys).offer(order[0][1], "sopt")


def test_a_feed_waits_for_a_slow_reader_and_loses_nothing():
    feeds = ps.Feeds({"one": numbered(100), "two": numbered(50, start=1_000)}, slots=4)
    read, never = [], threading.Event()
    for event in feeds:
        read.append(event["price"])
        never.wait(0.0005)
    assert [price for price in read if price < 1_000] == list(range(100))
    assert [price for price in read if price >= 1_000] == list(range(1_000, 1_050))
    for name, size in (("one", 100), ("two", 50)):
        count = feeds.counts[name]
        assert (count.written, count.taken, count.dropped, count.left) == (size, size, 0, 0)


def test_a_feed_that_finds_its_ring_full_says_so():
    feeds, never = ps.Feeds({"one": numbered(10)}, slots=4), threading.Event()
    feeds.start()
    for _ in range(10_000):
        if feeds.counts["one"].waited or never.wait(LONG / 10_000):
            break
    count = feeds.counts["one"]
    assert (count.written, count.taken, count.waited) == (4, 0, 1)
    assert [event["price"] for event in feeds] == list(range(10))
    assert feeds.counts["one"].written == 10


def test_what_is_dropped_is_counted_exactly():
    ended = threading.Event()

    def feed():
        yield from numbered(1_000)
        ended.set()

    feeds = ps.Feeds({"fast": feed(), "slow": numbered(5, start=5_000)}, slots=8, full="drop")
    feeds.start()
    assert ended.wait(LONG)
    prices = [event["price"] for event in feeds]
    assert [price for price in prices if price < 5_000] == list(range(992, 1_000))
    assert [price for price in prices if price >= 5_000] == list(range(5_000, 5_005))
    count = feeds.counts["fast"]
    assert (count.written, count.taken, count.dropped, count.waited) == (1_000, 8, 992, 0)
    assert feeds.counts["slow"].dropped == 0


def test_an_error_in_a_feed_comes_with_its_name_after_what_the_feed_gave():
    def broken():
        yield from numbered(20)
        raise ValueError("the line is cut")

    started, read = threading.Event(), []

    def endless():
        started.set()
        for i in range(10**9):
            yield numbered(1, start=10_000 + i)[0]

    feeds = ps.Feeds({"good": endless(), "bad": broken()}, slots=8)
    with pytest.raises(
        DataError, match=r"Feed bad: a feed must end without .*, got ValueError: the line is cut"
    ):
        read.extend(event["price"] for event in feeds)
    assert [price for price in read if price < 10_000] == list(range(20))
    assert started.is_set()
    assert not any(thread.name in ("feed good", "feed bad") for thread in threading.enumerate())


def test_a_view_over_feeds_raises_the_error_of_a_feed():
    def broken():
        yield from numbered(3)
        raise OSError("no route to host")

    with pytest.raises(DataError, match=r"Feed bad: .*OSError: no route to host"):
        list(ps.live(VIEW, ps.Feeds({"bad": broken()}), rules=None))


def test_feeds_that_are_stopped_end_and_what_was_written_is_read():
    def endless():
        for i in range(10**9):
            yield numbered(1, start=i)[0]

    feeds, read = ps.Feeds({"a": endless(), "b": endless()}, slots=4), []
    for event in feeds:
        read.append(event["price"])
        if len(read) == 50:
            assert feeds.stop() == []
    assert not any(thread.name in ("feed a", "feed b") for thread in threading.enumerate())
    counts = feeds.counts.values()
    assert sum(count.written for count in counts) == sum(count.taken for count in counts)
    assert sum(count.taken for count in counts) == len(read) >= 50
    assert all(count.left <= 1 and count.dropped == 0 for count in counts)


def test_a_reader_that_turns_away_stops_the_feeds():
    def endless():
        for i in range(10**9):
            yield numbered(1, start=i)[0]

    taking = iter(ps.Feeds({"c": endless()}, slots=4))
    next(taking)
    taking.close()
    assert "feed c" not in [thread.name for thread in threading.enumerate()]


def test_a_feed_that_waits_for_its_next_event_is_named_and_ends_with_it():
    come = threading.Event()

    def silent():
        yield numbered(1)[0]
        assert come.wait(LONG)
        yield numbered(1, start=1)[0]

    feeds = ps.Feeds({"silent": silent()}, patience=0.01)
    taking = iter(feeds)
    assert next(taking)["price"] == 0
    assert feeds.stop() == ["silent"]
    assert list(taking) == []
    come.set()
    feeds.patience = LONG
    assert feeds.stop() == []
    assert (feeds.counts["silent"].written, feeds.counts["silent"].left) == (1, 1)


def test_threads_that_name_the_same_keys_agree_on_their_numbers():
    keys, ready = Keys(), threading.Barrier(4)
    names = [(f"K{i}",) for i in range(2_000)]
    found = {}

    def name(seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(names)).tolist()
        ready.wait(LONG)
        mine = {names[i]: keys.number(names[i]) for i in order}
        found[seed] = mine

    threads = [threading.Thread(target=name, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert found[0] == found[1] == found[2] == found[3]
    assert sorted(found[0].values()) == list(range(2_000))
    assert all(keys.names[number] == key for key, number in found[0].items())


def test_what_cannot_be_a_feed_is_refused():
    with pytest.raises(DefinitionError, match=r"at least one feed is needed"):
        ps.Feeds({})
    once = ps.Feeds({"one": numbered(2)})
    assert len(list(once)) == 2
    with pytest.raises(DefinitionError, match=r"taken once, got a second iteration"):
        list(once)
    wide = EventType("wide", "Many numbers.", (Field("x", "1", width=50),))
    with pytest.raises(DataError, match=r"at most 40 cells .*, got wide of 50"):
        list(ps.Feeds({"wide": [Event.of(wide, time=1, x=[0.0] * 50)]}))
    feeds = ps.Feeds({"wide": [Event.of(wide, time=1, x=list(map(float, range(50))))]}, cells=50)
    assert next(iter(feeds))["x"].tolist() == list(range(50))
