"""The simulated market: the same for a seed, sound as a market, and of the declared shape."""

import hashlib
from collections import defaultdict

import numpy as np
import pytest

from penstock.core.errors import DefinitionError
from penstock.events import Book, Keys, Quarantine, Source, Trade
from penstock.events.books import builder as book_builder
from penstock.events.simulator import Simulator, factor, simulate, source

SNAPSHOT, LAST = 32, 128


def columns(market, place=0, keys=None):
    """All events of one type of a source, column by column."""
    chunks = [chunk[place] for chunk in market.chunks(keys or Keys(), Quarantine())]
    return {
        name: np.concatenate([block.columns[name] for block in chunks])
        for name in chunks[0].columns
    }


def digest(events):
    return hashlib.sha256(b"".join(events[name].tobytes() for name in sorted(events))).hexdigest()


def test_a_seed_gives_the_same_events_and_another_seed_others():
    first, again, other = (columns(Simulator(("A",), seconds=60, seed=s)) for s in (1, 1, 2))
    assert digest(first) == digest(again)
    assert digest(first) != digest(other)
    assert Simulator(("A",), seed=1).content_hash() != Simulator(("A",), seed=2).content_hash()


def test_an_instrument_has_the_same_events_whatever_others_there_are():
    alone = columns(Simulator(("A",), seconds=120))
    among = columns(Simulator(("A", "B", "C"), seconds=120))
    rows = among["key"] == 0
    assert digest(alone) == digest({name: column[rows] for name, column in among.items()})


def test_no_time_goes_back_or_is_split_between_chunks():
    last = -1
    for (block,) in Simulator(("A", "B"), seconds=600, rate=40.0).chunks(Keys(), Quarantine()):
        time = block.columns["time"]
        assert time[0] > last
        assert (np.diff(time) >= 0).all()
        last = time[-1]


def test_every_message_can_be_applied_and_no_book_is_crossed():
    market, quarantine = simulate(("A", "B"), seconds=900), Quarantine()
    assert isinstance(market, Source)
    assert market.types == (Trade, Book)
    for _, books in market.chunks(Keys(), quarantine):
        levels = books.columns["levels"]
        assert (levels[:, 0] < levels[:, 2]).all()
        assert (levels[:, [1, 3]] > 0).all()
    assert quarantine.total == 0


def test_a_trade_stands_at_a_price_of_the_book_and_never_exceeds_its_size():
    events = columns(Simulator(("A",), seconds=300))
    resting, sizes = {}, defaultdict(float)
    traded = 0
    for i in range(len(events["time"])):
        order, price, size = (events[name][i] for name in ("order", "price", "size"))
        action, side = chr(events["action"][i]), events["side"][i]
        if action == "T":
            best = [p for (s, p), q in sizes.items() if s == -side and q > 0]
            assert price == (min(best) if side > 0 else max(best))
            assert size <= sizes[-side, price]
            traded += 1
        elif action == "F":
            assert (side, price) == resting[order][:2]
            assert size <= resting[order][2]
        elif action == "A":
            resting[order] = (side, price, size)
            sizes[side, price] += size
        elif action in "CM":
            before = resting.pop(order)
            sizes[before[:2]] -= before[2]
            left = before[2] - size if action == "C" else size
            if left > 0:
                resting[order] = (side, price, left)
                sizes[side, price] += left
    assert traded > 50


def test_fills_and_the_cancels_after_them_add_up_to_the_trades():
    events = columns(Simulator(("A",), seconds=300))
    group = np.cumsum(events["flags"] & LAST != 0) - (events["flags"] & LAST != 0)
    volume = {
        action: np.bincount(group, events["size"] * (events["action"] == ord(action)))
        for action in "TFC"
    }
    took = volume["T"] > 0
    np.testing.assert_array_equal(volume["T"], volume["F"])
    np.testing.assert_array_equal(volume["T"][took], volume["C"][took])
    for name in ("time", "sequence"):
        assert all(np.unique(events[name][group == g]).size == 1 for g in np.flatnonzero(took)[:50])


def test_prices_are_decimals_of_the_tick():
    price = columns(Simulator(("A", "B"), seconds=60))["price"]
    price = price[~np.isnan(price)]
    np.testing.assert_array_equal(np.rint(price * 1e9) / 1e9, price)
    np.testing.assert_array_equal(np.round(price, 2), price)


def test_equal_times_clusters_and_the_shape_of_a_day_are_there():
    events = columns(Simulator(("A", "B", "C"), seconds=3_600))
    live = events["flags"] & SNAPSHOT == 0
    time = events["time"][live]
    assert 0.25 < (np.diff(time) == 0).mean() < 0.45
    trades = columns(simulate(("A",), seconds=3_600))["time"]
    pauses = np.diff(np.unique(trades))
    assert pauses.std() > 1.2 * pauses.mean()  # a Poisson process has 1.0
    thirds = np.histogram(time, bins=6)[0]
    assert min(thirds[0], thirds[-1]) > max(thirds[2], thirds[3])


def test_returns_are_correlated_and_have_heavy_tails():
    market = simulate(("A", "B"), seconds=3_600)
    books = columns(market, place=1)
    start = market.source.start
    grid = np.arange(start + 10**10, start + 3_600 * 10**9, 10**10)
    returns = []
    for key in (0, 1):
        rows = books["key"] == key
        middle = books["levels"][rows][:, [0, 2]].mean(axis=1)
        at = np.searchsorted(books["time"][rows], grid) - 1
        returns.append(np.diff(np.log(middle[at])))
    returns = np.array(returns) - np.mean(returns, axis=1, keepdims=True)
    assert np.corrcoef(returns)[0, 1] > 0.3
    assert ((returns**4).mean(axis=1) / returns.var(axis=1) ** 2 > 4.0).all()


def test_a_run_opens_with_a_snapshot_of_every_instrument():
    events = columns(Simulator(("A", "B"), seconds=10))
    for key in (0, 1):
        rows = events["key"] == key
        flags, action = events["flags"][rows], events["action"][rows]
        size = int(np.argmin(flags & SNAPSHOT))
        assert (chr(action[0]), size) == ("R", 241)
        assert (flags[size - 1] & LAST, flags[: size - 1] & LAST) == (LAST, pytest.approx(0))


def test_keys_have_the_venue_where_they_ask_for_it():
    keys = Keys(("venue", "symbol"))
    list(Simulator(("A", "B"), seconds=1, venue="X").chunks(keys, Quarantine()))
    assert keys.names == [("X", "A"), ("X", "B")]
    with pytest.raises(DefinitionError, match="got 'symbl'; did you mean 'symbol'"):
        list(Simulator(("A",), seconds=1).chunks(Keys(("symbl",)), Quarantine()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"symbols": ("A", "A")}, "symbols must be different"),
        ({"symbols": ()}, "symbols must be different"),
        ({"seconds": 0}, "seconds must be at least 1, got 0"),
        ({"seed": -1}, "seed must be from 0"),
        ({"rate": 0.0}, "rate must be above 0"),
    ],
)
def test_parameters_that_make_no_market_are_refused(arguments, message):
    with pytest.raises(DefinitionError, match=message):
        Simulator(**arguments)


def test_the_events_of_a_seed_are_those_of_this_version():
    """A change of the events needs a new ``VERSION``."""
    events = columns(Simulator(("A",), seconds=20, seed=11))
    summary = (len(events["time"]), int(events["size"].sum()), int(events["order"].max()))
    assert summary == (926, 4104, 505)


def test_interpreted_events_and_books_equal_the_compiled_ones(monkeypatch):
    def run():
        simulated = simulate(("A", "B"), seconds=5, seed=3)
        return [digest(columns(simulated.source)), *(digest(columns(simulated, i)) for i in (0, 1))]

    compiled = run()
    for module in (source, factor, book_builder):
        monkeypatch.setattr(module, "compiled", lambda function: function)
    assert run() == compiled
