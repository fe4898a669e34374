"""Keys that come and go: evicted, spilled, restored, refused; the memory that they take."""

import resource
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import STREAMS, assert_bits, by_key, events, join, market

from penstock.core.errors import CapacityError, DefinitionError, SnapshotError
from penstock.core.native import available
from penstock.engine import Engine, SqliteStore, idle
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, Ema, WindowMin, WindowSum
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Every

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
COLUMNS: dict[str, Expr] = {
    "ema": AsOf(Ema(PRICE, 4.0)),
    "sum": WindowSum(SIZE, "9s"),
    "low": WindowMin(PRICE, "30s"),
}
BOTH, SECOND = AnyOf(STREAMS), feeds.SECOND
EVENTS = market(400, keys=12)
ORDER = events(EVENTS)
CLOCKS = {"both": BOTH, "second": Every("1s")}


def engine(on: Clock = BOTH, **options) -> Engine:
    return Engine(build(COLUMNS, on, STREAMS), **options)


WHOLE = {name: feeds.push(engine(on), ORDER) for name, on in CLOCKS.items()}
stores = {"dict": dict, "sqlite": lambda: SqliteStore(":memory:")}


@pytest.mark.parametrize("on", sorted(CLOCKS))
@pytest.mark.parametrize("store", sorted(stores))
@pytest.mark.parametrize("options", [{"ttl": "2s"}, {"maximum_keys": 3, "on_keys": "evict"}])
def test_spilled_keys_come_back_with_every_bit(on, store, options, monkeypatch):
    monkeypatch.setattr(idle, "FEWEST", 1)
    made = engine(CLOCKS[on], spill=stores[store](), **options)
    rows = feeds.push(made, ORDER)
    assert made.stats.restored > 20
    assert made.stats.evicted == made.stats.restored + made.stats.spilled
    assert_bits(rows, WHOLE[on])


@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 90), max_size=6), on=st.sampled_from(sorted(CLOCKS)))
def test_blocks_of_spilled_keys_have_every_bit(sizes, on):
    made = engine(CLOCKS[on], capacity=7, spill={}, maximum_keys=2, on_keys="evict")
    assert_bits(by_key(feeds.feed(made, EVENTS, sizes)), WHOLE[on])


def reborn(on: Clock, ttl: int) -> feeds.Bits:
    """By hand: the events of a key in runs without a gap above the ttl, each in an engine of its own."""
    found: feeds.Bits = {}
    for key in range(12):
        read = {stream.type for stream in engine(on).plan.streams}
        mine = [event for event in ORDER if event["key"] == key and event.type in read]
        runs: list[list] = [[]]
        for event in mine:
            if runs[-1] and event["time"] - runs[-1][-1]["time"] > ttl:
                runs.append([])
            runs[-1].append(event)
        for i, run in enumerate(runs):
            one = engine(on)
            found = join(found, feeds.push(one, run))
            if i < len(runs) - 1:
                until = int(run[-1]["time"]) + ttl
                found = join(found, by_key(one.advance(until, [key])))
    return found


@pytest.mark.parametrize("on", sorted(CLOCKS))
@pytest.mark.parametrize("sweeps", [False, True])
def test_a_key_that_was_silent_longer_than_its_ttl_begins_anew(on, sweeps, monkeypatch):
    monkeypatch.setattr(idle, "FEWEST", 1 if sweeps else 64)
    made = engine(CLOCKS[on], ttl="8s")
    wanted = reborn(CLOCKS[on], 8 * SECOND)
    assert_bits(feeds.push(made, ORDER), wanted)
    assert made.stats.evicted > 10
    assert made.stats.spilled == made.stats.restored == 0


@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 90), max_size=6), on=st.sampled_from(sorted(CLOCKS)))
def test_blocks_do_not_matter_to_a_ttl(sizes, on):
    made = engine(CLOCKS[on], capacity=7, ttl="8s")
    assert_bits(by_key(feeds.feed(made, EVENTS, sizes)), reborn(CLOCKS[on], 8 * SECOND))


def test_advancing_evicts_silent_keys_after_their_last_ticks():
    made, whole = engine(Every("1s"), ttl="300s"), engine(Every("1s"))
    feeds.feed(made, EVENTS), feeds.feed(whole, EVENTS)
    trades = EVENTS[0].columns
    last = {k: int(trades["time"][trades["key"] == k].max()) for k in range(12)}
    got = by_key(made.advance(max(last.values()) + 1_000 * SECOND))
    for key, time in last.items():
        wanted = by_key(whole.advance(time + 300 * SECOND, [key]))
        assert_bits({key: got[key]}, wanted)
    assert (made.stats.keys, made.stats.evicted) == (0, 12)


def test_a_snapshot_holds_spilled_keys_and_a_reload_keeps_them():
    made, plain = engine(spill={}, maximum_keys=2, on_keys="evict"), engine()
    feeds.push(made, ORDER[:200]), feeds.push(plain, ORDER[:200])
    other = engine()
    other.restore(made.snapshot())
    assert other.snapshot() == plain.snapshot()
    more = build({**COLUMNS, "slow": AsOf(Ema(PRICE, 50.0))}, BOTH, STREAMS)
    made.reload(more), plain.reload(more)
    assert made.stats.spilled > 0
    got, wanted = feeds.push(made, ORDER[200:]), feeds.push(plain, ORDER[200:])
    assert_bits(got, wanted)
    made.restore(other.snapshot())
    assert made.stats.spilled == 0


def test_a_state_that_was_changed_in_its_store_is_refused():
    store: dict[str, bytes] = {}
    made = engine(spill=store, maximum_keys=1, on_keys="evict")
    for event in (ORDER[0], next(e for e in ORDER if e["key"] != ORDER[0]["key"])):
        made.push(event)
    name = next(iter(store))
    store[name] = store[name][:-1] + bytes([store[name][-1] ^ 1])
    with pytest.raises(SnapshotError, match="must sum up to"):
        made.push(ORDER[0])
    store[name] = b""
    with pytest.raises(SnapshotError, match="is needed, got 0 bytes"):
        made.push(ORDER[0])


@pytest.mark.parametrize("blocks", [False, True])
def test_new_keys_above_the_maximum_are_refused_and_counted(blocks):
    made = engine(maximum_keys=3)
    rows = by_key(feeds.feed(made, EVENTS)) if blocks else feeds.push(made, ORDER)
    known = sorted(rows)
    assert len(known) == 3
    assert_bits(rows, {key: WHOLE["both"][key] for key in known})
    assert made.stats.refused == sum(event["key"] not in known for event in ORDER)


def burst() -> Block:
    """Two keys; the window of the first outgrows its room."""
    size = 2_000
    key = (np.arange(size) % 20 == 0).astype(int)
    times = feeds.START + np.arange(size)
    return Block.of(Trade, time=times, key=key, price=[1] * size, size=[1] * size, side=[0] * size)


def test_a_full_window_of_one_key_does_not_stop_another_in_the_same_block():
    columns = {"sum": WindowSum(SIZE, "1h")}
    made = Engine(build(columns, TRADE, (TRADE,)), maximum_room=512, capacity=64)
    alone = Engine(build(columns, TRADE, (TRADE,)), capacity=64)
    block = burst()
    wanted = by_key(alone.push_block(block.take(block.columns["key"] == 1)))
    with pytest.raises(CapacityError, match=r"clock trade may hold 512 ticks.*key 0") as caught:
        made.push_block(block)
    rows = by_key(caught.value.rows)
    assert_bits({1: rows[1]}, wanted)


@pytest.mark.parametrize("blocks", [False, True])
def test_events_of_a_key_whose_window_is_full_can_be_left_out_and_counted(blocks):
    plan = build({"sum": WindowSum(SIZE, "1h")}, TRADE, (TRADE,))
    made, block = Engine(plan, maximum_room=512, on_full="count"), burst()
    for part in (block.take(slice(0, 1_000)), block.take(slice(1_000, None))):
        made.push_block(part) if blocks else feeds.push(made, part)
    assert made.ticks(TRADE, 1) == 100
    assert 0 < made.ticks(TRADE, 0) < 1_000
    assert made.ticks(TRADE, 0) + made.stats.full == 1_900


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ttl": 0}, "ttl must be positive, got 0"),
        ({"maximum_keys": 0}, "maximum_keys must be at least 1, got 0"),
        ({"on_keys": "panic"}, "on_keys must be 'refuse' or 'evict', got 'panic'"),
        ({"on_full": "panic"}, "on_full must be 'count' or 'error', got 'panic'"),
        ({"ttl": "1s", "threads": 2}, "need threads=1, got 2"),
    ],
)
def test_policies_that_cannot_be_are_refused(options, message):
    with pytest.raises(DefinitionError, match=message):
        engine(**options)


def test_looking_ahead_at_a_spilled_or_expired_key_is_as_it_will_be():
    for options in ({"spill": {}, "maximum_keys": 2, "on_keys": "evict"}, {"ttl": "8s"}):
        made = engine(**options)
        for event in ORDER[:300]:
            ahead = made.peek(event)
            ahead = None if ahead is None else ahead.copy()
            row = made.push(event)
            assert np.array_equal(ahead, row, equal_nan=True)


LOAD = """
import resource, sys
import numpy as np
from tests.engine.test_eviction import COLUMNS
from penstock.engine import Engine, SqliteStore, idle
from penstock.events import Block, Trade
from penstock.expr import TRADE
from penstock.plan import build
keys, live = int(sys.argv[1]), int(sys.argv[2])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
made = Engine(build(COLUMNS, TRADE, (TRADE,)), maximum_keys=live, on_keys="evict")
marks = []
for start in range(0, keys, live):
    key = np.repeat(np.arange(start, start + live), 2)
    time = np.arange(2 * start, 2 * start + 2 * live)
    price = 100.0 + key % 7
    made.push_block(Block.of(Trade, time=time, key=key, price=price, size=price, side=key * 0))
    marks.append(peak())
print(made.stats.keys, made.stats.evicted, made.stats.bytes, marks[2], marks[-1])
"""


def test_memory_stays_bounded_while_many_keys_pass_through():
    keys, live = (200_000, 10_000) if available() else (2_000, 100)
    ran = subprocess.run(
        [sys.executable, "-c", LOAD, str(keys), str(live)],
        capture_output=True,
        text=True,
        check=True,
    )
    stay, evicted, slabs, early, late = map(int, ran.stdout.split())
    assert stay <= live
    assert evicted == keys - stay
    # numbers of keys are kept for all that were ever seen: the table, and the place of a row
    assert late - early < 64 * keys + (16 << 20)
    assert slabs < early
    assert resource.getpagesize() > 0
