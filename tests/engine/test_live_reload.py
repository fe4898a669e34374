"""Reload of a live view: what it takes, what it refuses."""

import numpy as np
import pytest
from tests.engine.feeds import Memory, events, market

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events import Keys
from penstock.ops import AsOf, Ema, WindowSum

EVENTS = market(200)
ORDER = events(EVENTS)
PRICE, SIZE = ps.trade.price, ps.trade.size
EMA, SUM = AsOf(Ema(PRICE, 4.0)), WindowSum(SIZE, "9s")
TYPES = tuple(block.type for block in EVENTS)


def live(columns, on="trade", **options):
    keys = Keys(("symbol",))
    keys.number(("A",))
    return ps.Live(ps.View("v", columns, on=on), keys=keys, streams=TYPES, rules=None, **options)


def rows(engine, given):
    return [(row.ts, *row.values.tolist()) for event in given for row in engine.offer(event)]


@pytest.mark.parametrize("on", ["trade", "every:1s"])
def test_a_live_view_is_warmed_from_a_source_with_the_bits_of_backfill(on):
    both = ps.View("v", {"ema": EMA, "sum": SUM}, on=on)
    made, whole = live({"ema": EMA}, on), live({"ema": EMA, "sum": SUM}, on)
    first = rows(made, ORDER[:120])
    trades = [event for event in ORDER[:120] if event.type is EVENTS[0].type]
    early = EVENTS[0].take(slice(0, len(trades)))
    made.reload(both, history=Memory((early,), names=(("A",),)))
    got, wanted = rows(made, ORDER[120:]), rows(whole, ORDER)[len(first) :]
    assert np.array_equal(np.array(got), np.array(wanted), equal_nan=True)
    assert made.engine.origins == {}


def test_a_view_that_needs_another_key_stream_or_policy_is_refused_and_the_old_one_goes_on():
    made, plain = live({"ema": EMA}), live({"ema": EMA})
    first = rows(made, ORDER[:100])
    rows(plain, ORDER[:100])
    for view, message in (
        (ps.View("v", {"ema": EMA}, on="trade", key=("symbol", "venue")), "key must be"),
        (ps.View("v", {"bid": AsOf(ps.quote.bid_price)}, on="trade"), "of quote too"),
    ):
        with pytest.raises(DefinitionError, match=message):
            made.reload(view)
    assert first
    assert str(rows(made, ORDER[100:])) == str(rows(plain, ORDER[100:]))
    with pytest.raises(DefinitionError, match="got 'rebuild'"):
        live({"ema": EMA}, on_late="rebuild").reload(ps.View("v", {"sum": SUM}, on="trade"))


def test_what_was_outside_its_range_stays_counted_where_the_promise_stays():
    low = ps.Feature(
        "test.low", lambda: EMA, "A mean that is promised to be low.", range=(0.0, 1.0)
    )
    lower = ps.Feature(
        "test.low", lambda: EMA, "A mean that is promised to be low.", range=(0.0, 0.5)
    )
    plain, made = live([low]), live([low])
    rows(plain, ORDER)
    rows(made, ORDER[:100])
    before = made.gate.ranges.counts["test.low"]
    first = made.gate.ranges.firsts["test.low"]
    made.reload(ps.View("v", [("sum", SUM), low], on="trade"))
    assert made.gate.ranges.counts == {"test.low": before}
    rows(made, ORDER[100:])
    assert made.gate.ranges.counts == plain.gate.ranges.counts
    assert made.gate.ranges.firsts["test.low"] == first
    made.reload(ps.View("v", [lower], on="trade"))
    assert made.gate.ranges.counts == {}
