"""A date that is followed event by event: of single orders, over a kill, and what a feed must give."""

import datetime as dt
from collections.abc import Iterator

import pytest
from tests.events.dbn_files import shared

from penstock.core.errors import DefinitionError
from penstock.events import Event, Mbo, Quote, Trade
from penstock.events.checks import Rules
from penstock.events.readers import DbnSource
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.feed import Feed
from penstock.jobs.levels.followed import FollowedDay
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.sent_again import SentAgain

HOUR, ALL_DAY = dt.date(2023, 12, 25), Parameters(ratio="static", calendar="24/7")
DATE = dt.date(2025, 12, 17)


@pytest.fixture(scope="module")
def orders():
    return shared("futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst")


@pytest.fixture(scope="module")
def replayed(orders):
    """What a replay of the hour says up to the end of the files."""
    inputs = Inputs(HOUR, (orders,), (orders,), kind="mbo")
    made = LiveDay(inputs, ALL_DAY, Carry(), lambda: 0, labels=True)
    return [row for said in made.events() for row in said]


def messages(made: FollowedDay, path) -> Iterator[Event]:
    """The messages of the file, one by one."""
    for chunk in DbnSource(path, rules=Rules(crossed=True)).chunks(made.keys, made.quarantine):
        for block in chunk:
            if block.type is Mbo:
                yield from block


def rows(said):
    return [row for some in said for row in some]


def follow(path=None, **words) -> FollowedDay:
    return FollowedDay(
        HOUR, ALL_DAY, Carry(), Feed(("mbo",), **words), lambda: 0, labels=True, journal=path
    )


@pytest.mark.slow
@pytest.mark.parametrize("waits", [{}, {"lateness": "1ns", "idle_after": "1s"}], ids=str)
def test_books_and_trades_are_built_of_orders_as_of_a_file_of_them(orders, replayed, waits):
    made = follow(**waits)
    found = rows(made.events(messages(made, orders)))
    found += made.touches.end(made.touches.close)  # a replay's files end the day
    assert len(found) > 10
    assert found == replayed
    assert made.contract.startswith("ES")
    assert made.late.count == 0


@pytest.mark.slow
def test_books_of_orders_are_built_again_after_a_kill(orders, replayed, tmp_path):
    path = tmp_path / "journal"
    first = follow(path)
    assert rows(first.again()) == []
    cut = 40_000
    said = []
    for number, event in enumerate(messages(first, orders)):
        if number == cut:
            break
        said += first.offer(event)
    assert 0 < len(said) < len(replayed)
    # nothing is closed: what was written after each message is there
    second = follow(path)
    assert rows(second.again()) == said
    rest = rows(second.events(messages(second, orders)))  # the feed begins anew
    assert second.passed["sent again"] == cut
    assert said + rest + second.touches.end(second.touches.close) == replayed
    for made in (first, second):
        made.close()


def trade(time: int, price: float = 10.0) -> Event:
    return Event.of(Trade, time=time, price=price, size=1.0, side=1)


def test_what_is_sent_again_is_known_until_the_feed_is_past_it():
    known = SentAgain()
    for event in (trade(1), trade(2), trade(5), trade(5), trade(5, 11.0)):
        known.saw(0, event)
    known.begin()
    assert known.holds(0, trade(2))
    assert [known.holds(0, trade(5)) for _ in range(3)] == [True, True, False]  # two were there
    assert not known.holds(1, trade(5, 11.0))  # of another stream
    assert known.holds(0, trade(5, 11.0))
    assert not known.holds(0, trade(6))
    assert not known.holds(0, trade(2))  # late from now on
    assert not SentAgain().holds(0, trade(1))


@pytest.mark.parametrize(
    ("types", "says"),
    [
        (("trade", "bok"), "must be one of trade, book, mbo, .* got 'bok'"),
        (("trade", "quote"), "book or mbo is needed"),
        (("book",), "trade or mbo is needed"),
    ],
)
def test_a_feed_gives_trades_and_a_book(types, says):
    with pytest.raises(DefinitionError, match=says):
        Feed(types)


def test_a_touch_is_not_taken_back():
    with pytest.raises(DefinitionError, match="a touch is said once, got 'rebuild'"):
        Feed(on_late="rebuild")


def test_only_the_contract_counts_and_what_comes_before_it_is_known_waits():
    made = FollowedDay(DATE, Parameters(), Carry(), Feed(("trade", "book", "quote")), lambda: 0)
    start = 1_765_962_144_000_000_000
    keys = [made.keys.number((name,)) for name in ("SPY", "ESZ5", "ESH6", "QQQ")]
    quote = {"bid_price": 600.0, "bid_size": 1.0, "ask_price": 600.02, "ask_size": 1.0}
    made.offer(Event.of(Quote, time=start, key=keys[0], **quote))
    assert (made.contract, made.late.count) == ("", 0)
    made.offer(Event.of(Quote, time=start, key=keys[3], **quote))
    made.offer(Event.of(Trade, time=start + 1, key=keys[1], price=6000.0, size=1.0, side=1))
    assert made.contract == "ESZ5"
    made.offer(Event.of(Trade, time=start + 2, key=keys[2], price=6050.0, size=1.0, side=1))
    made.offer(
        Event.of(
            Mbo,
            time=start + 3,
            key=keys[1],
            order=1,
            price=1.0,
            size=1.0,
            action=65,
            side=1,
            flags=0,
            sequence=1,
        )
    )
    assert made.passed == {
        "of other contracts": 1,
        "of other symbols": 1,
        "of types that are not followed": 1,
    }
    made.offer(Event.of(Quote, time=start, key=keys[0], **quote))
    assert (made.count, made.late.count) == (6, 1)
