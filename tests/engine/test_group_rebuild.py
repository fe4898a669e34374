"""Groups that take events in any order, and members that read several hops of the group back."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import SECOND, by_key, canonical
from tests.engine.test_group import BLOCK, HOP, NAMES, PRICE, group, keys

from penstock.core.errors import CapacityError, DefinitionError
from penstock.engine.group import Group, group_stream, members_stream
from penstock.engine.rebuilding.group_rebuild import GroupRebuild
from penstock.events import Event
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, Cell, Ema, Lag, RollingMean, WindowMean
from penstock.streams import Every

END = feeds.end((BLOCK,)) + 3 * SECOND
EVENTS = list(BLOCK)


def table(rows) -> dict:
    """What stands in the end; every revision follows the one before and has other bits."""
    found: dict = {}
    for row in rows:
        spot, bits = (row.key, row.ts), canonical(row.values).tobytes()
        old, revision = found.get(spot, (None, -1))
        assert row.revision == revision + 1
        assert bits != old
        found[spot] = bits, row.revision
    return {spot: bits for spot, (bits, _) in found.items()}


def orderly(events) -> tuple[dict, bytes]:
    """The rows of an orderly feed, and the state that it leaves."""
    made, found = group(), {}
    for event in sorted(events, key=lambda event: event["time"]):
        found |= spots(made, made.push_block(one(event)))
    found |= spots(made, made.advance(END))
    return found, made.snapshot()


def one(event: Event):
    return type(BLOCK).of_records(event.type, event.record())


def spots(made: Group, parts) -> dict:
    found = {}
    for part, names in zip(parts, (made.keys.names, None), strict=True):
        for key, (times, values) in by_key(part).items():
            name = None if names is None else names[key]
            for ts, row in zip(times.tolist(), values, strict=True):
                found[name, ts] = canonical(row).tobytes()
    return found


@settings(max_examples=8, deadline=None)
@given(
    spread=st.sampled_from([1, 5, 40, 120]),
    every=st.sampled_from([1, 7, 50, 1_000]),
    seed=st.integers(0, 99),
    advances=st.lists(st.integers(0, 119), max_size=3),
)
def test_any_order_gives_the_rows_and_the_state_of_an_orderly_feed(spread, every, seed, advances):
    late = np.argsort(np.arange(120) + np.random.default_rng(seed).uniform(0, spread, 120))
    events = [EVENTS[i] for i in late.tolist()]
    made, rows = GroupRebuild(group(), every=every, horizon="1d"), []
    for i, event in enumerate(events):
        rows += made.push(event)
        if i in advances:
            rows += made.advance(event["time"])
    rows += made.advance(END)
    wanted, state = orderly(events)
    assert table(rows) == wanted
    assert made.group.snapshot() == state
    assert made.too_late == 0
    assert made.rebuilt > 0 or spread == 1


def test_what_is_older_than_the_horizon_is_left_out_and_counted():
    made = GroupRebuild(group(), every=10, horizon="5s")
    rows = [row for event in EVENTS for row in made.push(event)]
    before, held = made.group.snapshot(), made.held
    assert held < 30 * len(made.group.snapshot())
    assert made.push(EVENTS[3]) == []
    assert (made.too_late, made.rebuilt) == (1, 0)
    assert made.group.snapshot() == before
    late = Event.of(BLOCK.type, time=EVENTS[-1]["time"] - 4 * SECOND, key=1, price=500.0, size=1.0, side=0)  # fmt: skip
    changed = made.push(late)
    assert changed
    assert min(row.ts for row in changed) > late["time"]
    # members see the group, so others' rows change too
    assert {row.key for row in changed} >= {("A",), ("B",), None}
    wanted, state = orderly([*EVENTS, late])
    final = table([*rows, *changed, *made.advance(END)])
    assert final == wanted
    assert made.group.snapshot() == state


def test_memory_bounds_what_is_held_and_no_event_of_a_stranger_is():
    state = len(group().snapshot())
    made = GroupRebuild(group(), every=5, horizon="1d", memory=8 * state)
    for event in EVENTS:
        made.push(event)
    assert made.held <= 16 * state
    stranger = next(event for event in EVENTS if event["key"] == 3)
    assert made.push(stranger) == []
    tight = GroupRebuild(group(), every=5, horizon="1d", memory=100)
    tight.push(EVENTS[0])
    few = [event for event in EVENTS if event["key"] < 3][1:5]
    for event in few[:3]:
        tight.push(event)
    with pytest.raises(CapacityError, match="memory must hold one state of the group"):
        tight.push(few[3])
    for options in ({"every": 0}, {"horizon": -1}, {"memory": 0}):
        with pytest.raises(DefinitionError, match="every and memory must be positive"):
            GroupRebuild(group(), **options)


def test_what_a_group_had_before_is_not_known():
    made = group()
    made.push_block(BLOCK.take(slice(0, 100)))
    rebuild = GroupRebuild(made, horizon="1d")
    assert rebuild.push(EVENTS[5]) == []
    assert rebuild.too_late == 1
    rows = [row for event in EVENTS[100:] for row in rebuild.push(event)]
    wanted, state = orderly(EVENTS)
    rows += rebuild.advance(END)
    assert table(rows).items() <= wanted.items()
    assert rebuild.group.snapshot() == state


def test_members_read_several_hops_of_the_group_back():
    """Lags, count and time windows over the group, and a slower clock in the group, against plain Python."""
    seen = members_stream({"price": PRICE, **dict.fromkeys("abcd", PRICE)}, 3)
    price = Column(seen, "price")
    mean = (Cell(price, 0) + Cell(price, 1) + Cell(price, 2)) / 3.0
    over: dict[str, Expr] = {
        "mean": mean,
        "slow": AsOf(Ema(AsOf(mean, on=Every("6s")), 3.0)),  # every third hop
    }
    back = group_stream(over)
    read, slow = Column(back, "mean"), Column(back, "slow")
    own: dict[str, Expr] = {
        "price": AsOf(PRICE),
        "a": AsOf(Lag(read, 2)),
        "b": AsOf(RollingMean(read, window=4)),
        "c": WindowMean(read, "7s"),
        "d": AsOf(slow),
    }
    made = Group(own, over, HOP, NAMES, (back, TRADE), keys=keys())
    parts = made.push_block(BLOCK), made.advance(END)
    members: dict = {}
    for part in parts:
        members = feeds.join(members, by_key(part[0]))
    groups = feeds.join(by_key(parts[0][1]), by_key(parts[1][1]))[0]
    times, means = groups[0].tolist(), groups[1][:, 0]
    expected_slow, smooth = {}, math.nan
    for t in range(times[0], times[-1] + 1, HOP.hop):
        if t % (6 * SECOND) == 0 and t > times[0]:
            latest = means[
                times.index(t) - 1
            ]  # a timed tick stands before what members report at its time
            if not math.isnan(latest):
                smooth = latest if math.isnan(smooth) else smooth + 0.5 * (latest - smooth)
        expected_slow[t] = smooth
    checked = 0
    for key in range(3):
        for ts, row in zip(members[key][0].tolist(), members[key][1], strict=True):
            past = [m for t, m in zip(times, means, strict=True) if t < ts]
            lag = past[-3] if len(past) > 2 else math.nan
            rolled = np.mean(past[-4:]) if len(past) > 3 else math.nan
            inside = [m for t, m in zip(times, means, strict=True) if ts - 7 * SECOND <= t < ts]
            inside = [m for m in inside if not math.isnan(m)]
            window = np.mean(inside) if inside else math.nan
            before = [expected_slow[t] for t in times if t < ts]
            wanted = [lag, rolled, window, before[-1] if before else math.nan]
            np.testing.assert_allclose(row[1:], wanted, 1e-12)
            checked += bool(np.isfinite(row).all())
    assert checked > 100
