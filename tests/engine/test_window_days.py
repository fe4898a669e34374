"""Windows of time from a second to a day over a real day of trades: exact, the same live, and bounded."""

import io
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from penstock.core import native
from penstock.core.time import duration
from penstock.engine import Engine
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import (
    PaneOhlc,
    PaneSum,
    WindowCount,
    WindowMax,
    WindowMin,
    WindowMoments,
    WindowSum,
    WindowTimeMean,
    WindowVwap,
)
from penstock.plan import build
from penstock.streams import Clock, Every

FILE = "../shared/data/equity_ticks/spy_20131007_trade.zip"
PATH = Path(__file__).resolve().parents[2] / FILE
PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
MIDNIGHT = 1_381_118_400_000_000_000  # 2013-10-07 in New York
WIDTHS = ("1s", "1m", "1h", "1d")
MORNING, LIVE = 40_000, 2_000
MINUTES = Every("1m")
pytestmark = [
    pytest.mark.skipif(not PATH.exists(), reason=f"{FILE} is absent"),
    pytest.mark.skipif(not native.available(), reason="interpreted, a day takes minutes"),
]


@cache
def day() -> Block:
    """The trades of SPY, many at equal milliseconds."""
    with zipfile.ZipFile(PATH) as file:
        text = file.read(file.namelist()[0])
    table = np.loadtxt(io.BytesIO(text), np.int64, delimiter=",", usecols=(0, 1, 2))
    table = table[(table[:, 1] > 0) & (table[:, 2] > 0)]
    return Block.of(
        Trade,
        time=MIDNIGHT + 1_000_000 * table[:, 0],
        key=np.zeros(len(table), np.int64),
        price=table[:, 1] / 1e4,
        size=table[:, 2].astype(float),
        side=np.zeros(len(table), np.int64),
    )


def columns(on: Clock) -> dict[str, Expr]:
    """Every statistic of every width."""
    made: dict[str, Expr] = {}
    for width in WIDTHS:
        made |= {
            f"sum {width}": WindowSum(SIZE, width, on=on),
            f"count {width}": WindowCount(SIZE, width, on=on),
            f"vwap {width}": WindowVwap(PRICE, SIZE, width, on=on),
            f"std {width}": WindowMoments(PRICE, width, on=on)["std"],
            f"min {width}": WindowMin(PRICE, width, on=on),
            f"max {width}": WindowMax(PRICE, width, on=on),
            f"time mean {width}": WindowTimeMean(PRICE, width, on=on),
        }
    return made


def exact(price: np.ndarray, size: np.ndarray) -> dict[str, float]:
    """What the statistics of a window are, from the values in it."""
    found = {"sum": size.sum(), "count": float(size.size)} | dict.fromkeys(
        ("vwap", "std", "min", "max"), np.nan
    )
    if size.size:
        apart = (price - price[0]).astype(np.longdouble)
        found["vwap"] = float(price[0] + (apart * size).sum() / size.sum())
        found["min"], found["max"] = price.min(), price.max()
        found["std"] = float(apart.std(ddof=1)) if size.size > 1 else np.nan
    return found


def exact_time_mean(ts: np.ndarray, price: np.ndarray, edge: int, now: int) -> float:
    """The mean of the prices by how long each was the last, over the ticks up to now."""
    since = np.maximum(ts, edge)
    lasted = np.diff(since, append=now)
    level = price[-1]
    begin = max(edge, int(ts[0]))
    more = ((price - level) * lasted).astype(np.longdouble).sum()
    return float(level + more / (now - begin)) if now > begin else float(level)


@pytest.mark.parametrize("on", [TRADE, MINUTES], ids=["trade", "every:1m"])
def test_windows_of_a_day_of_trades_are_exact(on):
    wanted = columns(on)
    rows = Engine(build(wanted, on, (TRADE,)), capacity=1_024).push_block(day())
    times, values = rows.times(), rows.values()
    ts, price, size = (day().columns[name] for name in ("time", "price", "size"))
    timed = on is MINUTES
    ticks = np.random.default_rng(0).choice(len(times), min(len(times), 150), replace=False)
    for i in ticks:
        stop = int(np.searchsorted(ts, times[i])) if timed else i + 1
        for width in WIDTHS:
            edge = times[i] - duration(width)
            start = int(np.searchsorted(ts, edge, "left" if timed else "right"))
            found = exact(price[start:stop], size[start:stop])
            found["time mean"] = exact_time_mean(ts[:stop], price[:stop], edge, times[i])
            for name, value in found.items():
                got = values[i, list(wanted).index(f"{name} {width}")]
                np.testing.assert_allclose(got, value, 1e-9, 1e-12, err_msg=f"{name} {width}")


@pytest.mark.parametrize("on", [TRADE, MINUTES], ids=["trade", "every:1m"])
def test_the_end_of_a_morning_live_has_the_bits_of_blocks(on):
    plan, morning = build(columns(on), on, (TRADE,)), day().take(slice(0, MORNING))
    warm, live, again = Engine(plan, capacity=1_024), Engine(plan), Engine(plan, capacity=1_024)
    split = MORNING - LIVE
    warm.push_block(morning.take(slice(0, split)))
    live.restore(warm.snapshot())
    again.restore(warm.snapshot())
    rows = []
    for event in morning.take(slice(split, None)):
        row = live.push(event)
        if row is not None:
            made = live.emitted.values() if live.emitted.count else [row.copy()]
            rows += [np.array(x) for x in made]
    wanted = again.push_block(morning.take(slice(split, None))).values()
    np.testing.assert_array_equal(np.array(rows), wanted)
    whole = Engine(plan, capacity=7).push_block(morning).values()
    np.testing.assert_array_equal(whole[-len(wanted) :], wanted)


@pytest.mark.parametrize(
    ("made", "most"),
    [
        (WindowSum(SIZE, "1d", on=MINUTES), 60_000),
        (WindowVwap(PRICE, SIZE, "1d", on=MINUTES), 90_000),
        (WindowTimeMean(PRICE, "1d", on=MINUTES), 100_000),
        (PaneSum(SIZE, width="1d", step="1m", on=TRADE)["sum"], 60_000),
        (PaneOhlc(PRICE, width="1d", step="1m", on=TRADE)["high"], 80_000),
    ],
    ids=str,
)
def test_a_day_on_panes_takes_little_memory(made, most):
    plan = build({"y": made}, made.clock, (TRADE,))
    warm, live = Engine(plan, capacity=1_024), Engine(plan)
    warm.push_block(day())
    live.restore(warm.snapshot())
    assert live.bytes_of() < most


def test_a_day_on_ticks_takes_what_its_ticks_take():
    plan = build({"y": WindowSum(SIZE, "1d", on=TRADE)}, TRADE, (TRADE,))
    engine = Engine(plan, capacity=1_024)
    engine.push_block(day())
    assert engine.bytes_of() > 16 * len(day())
