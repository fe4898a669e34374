"""What each pass makes of small views: before and after, as text."""

import dataclasses

import pytest

from penstock.core.errors import DefinitionError
from penstock.expr import BAR, BOOK, QUOTE, TRADE, Column, Constant, Expr, When
from penstock.ops import (
    AsOf,
    DecayedMean,
    Ema,
    Lag,
    Ohlcv,
    PaneSum,
    RollingMoments,
    Same,
    Threshold,
    Wilder,
    WindowMax,
    WindowMean,
    WindowMin,
    WindowMoments,
    WindowSum,
    WindowTimeMean,
)
from penstock.plan import Batch, Plan, Segment, build, value
from penstock.plan.bind import bind
from penstock.plan.build import place
from penstock.plan.memory import memory
from penstock.plan.nodes import ClockColumn
from penstock.plan.panes import panes
from penstock.plan.schedule import clocks_of, closure, schedule
from penstock.plan.simplify import simplify
from penstock.plan.verify import verify, verify_outputs
from penstock.plan.warmup import warmups
from penstock.streams import AnyOf, Clock, Every, Stream, TimeBars

PRICE, SIZE, SIDE = (Column(TRADE, name) for name in ("price", "size", "side"))
CLOSE, BID = Column(BAR, "close"), Column(QUOTE, "bid_price")
SECONDS, EITHER = Every("1s"), AnyOf((TRADE, BOOK))
VOLUME = When(Threshold(SIZE, limit=5.0))
S = 1_000_000_000


# -- bind

BOUND: tuple[tuple[Expr, Clock, tuple[Stream, ...], str], ...] = (
    (PRICE, TRADE, (TRADE,), "trade.price"),
    (PRICE, SECONDS, (TRADE,), "AsOf(trade.price, on=every:1s)"),
    (AsOf(PRICE), BOOK, (TRADE, BOOK), "AsOf(trade.price, on=book)"),
    (
        WindowSum(SIZE, "2s"),
        SECONDS,
        (TRADE,),
        "WindowSum(trade.size, width=2s, on=every:1s)",
    ),
    (
        AsOf(PRICE, on=BOOK) * 2.0,
        SECONDS,
        (TRADE, BOOK),
        "AsOf((AsOf(trade.price, on=book) * 2), on=every:1s)",
    ),
    (Constant(3.0), SECONDS, (TRADE,), "3"),
    (BID, BOOK, (BOOK,), "Level(book.levels, level=0, field=bid_price)"),
    (BID, QUOTE, (BOOK,), "Level(book.levels, level=0, field=bid_price)"),
    (BID, QUOTE, (BOOK, QUOTE), "quote.bid_price"),
    (
        CLOSE,
        TimeBars("1m", TRADE),
        (TRADE,),
        "AsOf(Ohlcv(trade.price, trade.size, reset=bar:1m(trade))['close'], on=bar:1m(trade))",
    ),
    (
        CLOSE,
        Every("1m"),
        (TRADE,),
        "AsOf(AsOf(Ohlcv(trade.price, trade.size, reset=bar:1m(trade))['close'], "
        "on=bar:1m(trade)), on=every:1m)",
    ),
    (CLOSE, SECONDS, (BAR,), "AsOf(bar.close, on=every:1s)"),
    (
        AsOf(Ohlcv(PRICE, SIZE, reset=VOLUME)["high"]),
        VOLUME,
        (TRADE,),
        "AsOf(Ohlcv(trade.price, trade.size, reset=when(Threshold(trade.size, limit=5)))['high'], "
        "on=when(Threshold(trade.size, limit=5)))",
    ),
)


@pytest.mark.parametrize(("expr", "on", "streams", "text"), BOUND, ids=lambda x: str(x)[:40])
def test_bind_puts_in_the_clock_of_the_view_and_the_streams_of_the_source(expr, on, streams, text):
    ((name, bound),), _ = bind({"x": expr}, on, streams)
    assert (name, bound.text) == ("x", text)


def test_bind_says_which_clock_stands_in_for_that_of_the_view():
    assert bind({"x": BID}, QUOTE, (BOOK,))[1] is BOOK
    assert bind({"x": BID}, QUOTE, (QUOTE,))[1] is QUOTE


def test_bind_keeps_what_is_shared_one_node():
    smooth = Ema(PRICE, 3.0)
    outputs, _ = bind({"x": smooth + PRICE, "y": smooth}, SECONDS, (TRADE,))
    x, y = (expr.operands[0] for _, expr in outputs)
    assert x.operands[0] is y


# -- panes

MINUTES, BARS = Every("1m", "20s"), TimeBars("5m", TRADE)
ON_PANES: tuple[tuple[Expr, str], ...] = (
    (
        WindowSum(SIZE, "1h", on=MINUTES),
        "PaneSum(trade.size, width=1h, step=1m, on=every:1m+20s, offset=20s)['sum']",
    ),
    (
        WindowMean(WindowMax(SIZE, "630s", on=MINUTES), "1h", on=MINUTES),
        "WindowMean(PaneOhlc(trade.size, width=630s, step=30s, on=every:1m+20s, offset=20s)['high'], "
        "width=1h, on=every:1m+20s)",
    ),
    (
        WindowMoments(PRICE, "1d", on=BARS)["std"],
        "PaneMoments(trade.price, width=1d, step=5m, on=bar:5m(trade), offset=0ns)['std']",
    ),
    (
        WindowTimeMean(PRICE, "1h", on=MINUTES),
        "PaneTimeMean(trade.price, width=1h, step=1m, on=every:1m+20s, offset=20s)",
    ),
    (WindowSum(SIZE, "1m", on=MINUTES), "WindowSum(trade.size, width=1m, on=every:1m+20s)"),
    (WindowSum(SIZE, "1h", on=TRADE), "WindowSum(trade.size, width=1h, on=trade)"),
    (
        WindowSum(SIZE, "1d", on=Every("10ms")),
        "WindowSum(trade.size, width=1d, on=every:10ms)",
    ),
)


@pytest.mark.parametrize(("expr", "text"), ON_PANES, ids=str)
def test_long_windows_at_timed_ticks_run_on_panes(expr, text):
    assert panes((("y", expr),))[0][1].text == text


def test_a_window_on_panes_keeps_the_ticks_since_its_last_tick():
    node = PaneSum(SIZE, width="1h", step="1m", on=MINUTES)
    assert memory([node], [MINUTES, TRADE])[1] == {TRADE: 60 * S + 1}
    bars = PaneSum(SIZE, width="1h", step="5m", on=BARS)
    assert memory([bars], [BARS, TRADE])[1] == {TRADE: 300 * S + 1}
    own = PaneSum(SIZE, width="1h", step="1m", on=TRADE)
    assert memory([own], [TRADE])[1] == {TRADE: 0}


# -- simplify

SIMPLER: tuple[tuple[Expr, str], ...] = (
    (PRICE * 1.0, "trade.price"),
    (PRICE / 1.0, "trade.price"),
    ((PRICE * 1.0 * 1.0 + SIZE * 0.0 * PRICE / SIZE) / 1.0,) * 1
    + ("(trade.price + (((trade.size * 0) * trade.price) / trade.size))",),
    (AsOf(PRICE, on=TRADE), "trade.price"),
    (AsOf(AsOf(PRICE, on=BOOK), on=BOOK), "AsOf(trade.price, on=book)"),
    (AsOf(Constant(2.0), on=BOOK), "2"),
    (Ema(AsOf(PRICE, on=TRADE) * 1.0, 3.0), "Ema(trade.price, span=3)"),
    (Ohlcv(PRICE * 1.0, SIZE)["close"], "Ohlcv(trade.price, trade.size, reset=never)['close']"),
    # -0.0 + 0.0 is 0.0, and 1.0 * x may be of another unit
    (PRICE + 0.0, "(trade.price + 0)"),
    (PRICE - 0.0, "(trade.price - 0)"),
    (PRICE * 0.0, "(trade.price * 0)"),
    (PRICE / 3.0, "(trade.price / 3)"),
    (AsOf(AsOf(PRICE, on=BOOK), on=TRADE), "AsOf(AsOf(trade.price, on=book), on=trade)"),
)


@pytest.mark.parametrize(("expr", "text"), SIMPLER, ids=lambda x: str(x)[:40])
def test_simplify_rewrites_only_what_keeps_every_bit(expr, text):
    ((_, simpler),) = simplify((("x", expr),))
    assert simpler.text == text
    assert simplify((("x", simpler),)) == (("x", simpler),)


def test_simplify_reaches_the_conditions_of_clocks():
    on = When(Threshold(SIZE * 1.0, limit=5.0))
    ((_, simpler),) = simplify((("x", AsOf(PRICE, on=on)),))
    assert simpler.text == "AsOf(trade.price, on=when(Threshold(trade.size, limit=5)))"


def test_simplify_keeps_operands_and_their_clock_together():
    on = When(Threshold(SIZE * 1.0, limit=5.0))
    both = AsOf(PRICE, on=on) * 1.0 + AsOf(Ema(PRICE, 3.0), on=on)
    ((_, simpler),) = simplify((("x", both),))
    assert simpler.clock is When(Threshold(SIZE, limit=5.0))


def test_a_view_on_a_condition_that_gets_simpler_is_on_the_simpler_one():
    on = When(Threshold(SIZE * 1.0, limit=5.0))
    plan = build({"a": AsOf(PRICE / 1.0, on=on)}, on, (TRADE,))
    assert plan.on is When(Threshold(SIZE, limit=5.0))


# -- place

PLACED: tuple[tuple[dict[str, Expr], Clock, tuple[str, ...]], ...] = (
    ({"a": Ema(PRICE, 3.0)}, TRADE, ("Ema(trade.price, span=3)",)),
    ({"a": PRICE}, TRADE, ("Same(trade.price, on=trade)",)),
    (
        {"a": PRICE, "b": PRICE},
        TRADE,
        ("Same(trade.price, on=trade)", "Same(Same(trade.price, on=trade), on=trade)"),
    ),
    (
        {"a": Ema(PRICE, 3.0), "b": Ema(PRICE, 3.0)},
        TRADE,
        ("Ema(trade.price, span=3)", "Same(Ema(trade.price, span=3), on=trade)"),
    ),
    (
        {"a": Ema(PRICE, 3.0), "b": Lag(Ema(PRICE, 3.0), 2)},
        TRADE,
        ("Same(Ema(trade.price, span=3), on=trade)", "Lag(Ema(trade.price, span=3), ticks=2)"),
    ),
    ({"a": Constant(3.0)}, SECONDS, ("Same(3, on=every:1s)",)),
)


@pytest.mark.parametrize(("columns", "on", "texts"), PLACED, ids=lambda x: str(x)[:40])
def test_place_copies_what_cannot_be_written_straight_into_the_row(columns, on, texts):
    placed = place(tuple(columns.items()), on)
    assert tuple(expr.text for _, expr in placed) == texts
    cells = [value(expr) for _, expr in placed]
    assert len(set(cells)) == len(cells)


# -- warm-up

WARM: tuple[tuple[Expr, int], ...] = (
    (PRICE, 1),
    (Constant(1.0), 1),
    (Lag(PRICE, 3), 4),
    (Lag(PRICE, 3) + PRICE, 4),
    (RollingMoments(PRICE, 10)["mean"], 10),
    (RollingMoments(Lag(PRICE, 3), 10)["mean"], 13),
    (Lag(RollingMoments(Lag(PRICE, 3), 10)["std"], 2) - PRICE, 15),
    (AsOf(Lag(PRICE, 3), on=SECONDS), 1),
    (Lag(AsOf(PRICE, on=SECONDS), 3), 4),
)


@pytest.mark.parametrize(("expr", "ticks"), WARM, ids=lambda x: str(x)[:40])
def test_warmups_add_up_along_one_clock(expr, ticks):
    assert warmups((("x", expr),)) == {"x": ticks}


# -- memory


def needed(*exprs: Expr, on: Clock = TRADE) -> tuple[dict[str, tuple[int, bool]], dict[str, int]]:
    """Look-back and window per column, and nanoseconds per clock, of what keeps anything."""
    nodes = closure([ClockColumn(on, "time"), *exprs])
    specs, retention = memory(nodes, clocks_of(nodes, on))
    columns = {
        node.text: (spec.lookback, spec.windowed)
        for (node, _), spec in specs.items()
        if spec.lookback or spec.windowed
    }
    return columns, {clock.text: width for clock, width in retention.items()}


def test_a_count_window_keeps_its_look_back():
    moments = RollingMoments(PRICE, 10)
    assert needed(moments) == ({"trade.price": (10, False)}, {})


def test_the_longest_look_back_of_a_column_is_kept():
    assert needed(Lag(PRICE, 3), Lag(PRICE, 7), Ema(PRICE, 2.0))[0] == {"trade.price": (7, False)}


def test_an_as_of_keeps_the_last_value_and_no_window():
    columns, retention = needed(AsOf(PRICE, on=BOOK), on=BOOK)
    assert columns == {"trade.price": (1, True), "trade.time": (1, True)}
    assert retention == {"trade": 0}


# a window on its own clock; on another, what may have to be subtracted one window later too
KEPT: tuple[tuple[Expr, int], ...] = (
    (WindowSum(SIZE, "2s", on=TRADE), 2 * S + 1),
    (WindowSum(SIZE, "2s", on=BOOK), 4 * S + 1),
    (WindowSum(SIZE, "2s", on=SECONDS), 3 * S + 1),
    (WindowSum(SIZE, "2s", on=Every("1h")), 4 * S + 1),
    (WindowMin(SIZE, "2s", on=EITHER), 4 * S + 1),
)


@pytest.mark.parametrize(("expr", "width"), KEPT, ids=lambda x: str(x)[:40])
def test_a_time_window_keeps_what_its_clock_may_still_ask_for(expr, width):
    columns, retention = needed(expr, on=expr.clock)
    assert retention == {"trade": width}
    assert columns == {"trade.size": (1, True), "trade.time": (1, True)}


def test_the_longest_window_of_a_clock_is_kept():
    both = WindowSum(SIZE, "2s", on=TRADE), WindowSum(PRICE, "9s", on=TRADE)
    columns, retention = needed(*both)
    assert retention == {"trade": 9 * S + 1}
    assert {"trade.size", "trade.price", "trade.time"} == set(columns)


def test_a_constant_is_never_in_a_window():
    columns, _ = needed(WindowMin(SIZE, "2s", on=TRADE), DecayedMean(SIZE, "3s", on=TRADE) * 2.0)
    assert "2" not in columns


# -- schedule


def order(columns: dict[str, Expr], on: Clock, streams: tuple[Stream, ...]) -> str:
    plan = build(columns, on, streams)
    return "\n".join(
        f"{segment.clock.text}: "
        + " | ".join(", ".join(node.text for node in b.nodes) for b in segment.batches)
        for segment in plan.segments
    )


SCHEDULED: tuple[tuple[dict[str, Expr], Clock, str], ...] = (
    # one kernel, one batch
    (
        {"a": Ema(PRICE, 3.0), "b": Ema(SIZE, 3.0), "c": PRICE * SIZE},
        TRADE,
        "trade: Ema(trade.price, span=3), Ema(trade.size, span=3) | (trade.price * trade.size)",
    ),
    # levels: what is needed first
    (
        {"a": Ema(Ema(PRICE, 3.0), 4.0), "b": Ema(SIZE, 3.0)},
        TRADE,
        "trade: Ema(trade.price, span=3), Ema(trade.size, span=3) | Ema(Ema(trade.price, span=3), span=4)",
    ),
    # a step that can run waits for its like
    (
        {"a": Ema(PRICE, 3.0), "b": Ema(PRICE * 2.0, 4.0)},
        TRADE,
        "trade: (trade.price * 2) | Ema(trade.price, span=3), Ema((trade.price * 2), span=4)",
    ),
    # whole numbers and floats do not run as one
    (
        {"a": PRICE * 2.0, "b": SIDE * 2.0},
        TRADE,
        "trade: (trade.side * 2) | (trade.price * 2)",
    ),
    # scalars run when no other kind is whole, and then until none is left that can
    (
        {"a": Ema(PRICE * 2.0 - 1.0, 3.0), "b": Ema(SIZE, 3.0), "c": Wilder(Lag(PRICE, 1), 3)},
        TRADE,
        "trade: (trade.price * 2) | Lag(trade.price, ticks=1) | ((trade.price * 2) - 1) | "
        "Ema(trade.size, span=3), Ema(((trade.price * 2) - 1), span=3) | "
        "Wilder(Lag(trade.price, ticks=1), window=3)",
    ),
    # a clock is left only when nothing of it can run
    (
        {"a": AsOf(Ema(PRICE, 3.0)), "b": AsOf(SIZE)},
        BOOK,
        "trade: Ema(trade.price, span=3)\n"
        "book: upto(book, trade) | AsOf(Ema(trade.price, span=3), on=book), AsOf(trade.size, on=book)",
    ),
    # a triggered clock ticks before what it drives
    (
        {"a": AsOf(PRICE)},
        VOLUME,
        "trade: Threshold(trade.size, limit=5) | fire(when(Threshold(trade.size, limit=5)))\n"
        "when(Threshold(trade.size, limit=5)): upto(when(Threshold(trade.size, limit=5)), trade) | "
        "AsOf(trade.price, on=when(Threshold(trade.size, limit=5)))",
    ),
)


@pytest.mark.parametrize(("columns", "on", "text"), SCHEDULED, ids=lambda x: str(x)[:40])
def test_steps_run_by_clock_then_in_few_batches(columns, on, text):
    assert order(columns, on, (TRADE, BOOK)) == text


def test_a_plan_says_what_runs_and_what_comes_out():
    plan = build({"a": AsOf(PRICE), "b": WindowSum(SIZE, "2s")}, SECONDS, (TRADE, BOOK))
    assert plan.streams == (TRADE,)
    for line in (
        "on every:1s",
        "    upto(every:1s, trade)",
        "    AsOf(trade.price, on=every:1s)",
        "    WindowSum(trade.size, width=2s, on=every:1s)",
    ):
        assert line in plan.text.splitlines()
    assert {line.partition(" = ")[0] for line in plan.text.splitlines() if " = " in line} == {
        "a",
        "b",
    }


# -- verify


def small() -> Plan:
    return build({"a": Ema(Ema(PRICE, 3.0), 4.0)}, TRADE, (TRADE,))


def with_batches(plan: Plan, *batches: Batch) -> Plan:
    return dataclasses.replace(plan, segments=(Segment(TRADE, batches),))


def test_verify_accepts_what_build_makes():
    verify(small())


def test_verify_refuses_a_step_before_what_it_needs():
    plan = small()
    first, second = plan.segments[0].batches
    with pytest.raises(DefinitionError, match=r"must run once, after what it needs, got \['Ema"):
        verify(with_batches(plan, second, first))


def test_verify_refuses_a_step_beside_what_it_needs():
    plan = small()
    together = Batch(tuple(node for batch in plan.segments[0].batches for node in batch.nodes))
    with pytest.raises(DefinitionError, match="must run once, after what it needs"):
        verify(with_batches(plan, together))


def test_verify_refuses_a_step_that_runs_twice_or_never():
    plan = small()
    first, second = plan.segments[0].batches
    with pytest.raises(DefinitionError, match="must run once, after what it needs, got twice"):
        verify(with_batches(plan, first, first, second))
    with pytest.raises(DefinitionError, match="every step must be scheduled"):
        verify(with_batches(plan, first))


def test_verify_refuses_columns_of_one_name_and_of_other_clocks():
    with pytest.raises(DefinitionError, match="column names must differ, got 'a' twice"):
        verify_outputs((("a", PRICE), ("a", SIZE)), TRADE)
    with pytest.raises(DefinitionError, match="column 'a': must live on book, got trade"):
        verify_outputs((("a", PRICE),), BOOK)
    with pytest.raises(DefinitionError, match="its clock must be resolved"):
        verify_outputs((("a", AsOf(PRICE)),), BOOK)


def test_what_copies_is_not_listed_twice():
    assert Same(PRICE, on=TRADE) is Same(PRICE, on=TRADE)
    assert schedule(closure([Same(PRICE, on=TRADE)]))[0].clock is TRADE
