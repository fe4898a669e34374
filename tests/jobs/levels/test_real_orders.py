"""What orders did near prices in the real hour: held to every message, to full depth, and to books of ten levels."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace

import databento_dbn as dbn
import numpy as np
import pytest
from tests.events.dbn_files import decoded, shared
from tests.jobs.levels.test_day import DATE, played
from tests.jobs.levels.test_day import TICKS as ALL_DAY

import penstock as ps
from penstock.cli.levels_live import summary
from penstock.events import Mbo, Quarantine, Trade
from penstock.events.readers import DbnSource
from penstock.expr import columns
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.dates import run_dates
from penstock.jobs.levels.day import Engines, run_day
from penstock.jobs.levels.feeds import feeds
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.manifest import read_manifest, remarks
from penstock.jobs.levels.run import task
from penstock.ops import Cell, IsFinite, OrderChanges, OrderFlows, Spread
from penstock.ops.harness import evaluate
from penstock.streams import Stream
from penstock.streams.merge import merge

FILE = "futures_dbn/esh4-glbx-mdp3-20231225"
WIDTH = 10_000_000_000
TICK, TICKS = 0.25, 8
SECOND_TOUCH = 1_703_545_677_012_842_980
NAMES = OrderFlows.outputs
SIDES = {"asks": 1.0, "bids": -1.0}


def near(side):
    """What orders did near the price of each trade."""
    m, price = columns(Mbo), columns(Trade).price
    changes = OrderChanges(m.order, m.price, m.size, m.action, m.side, m.flags)
    there = Spread(price, members=2)
    flows = OrderFlows(
        *(changes[name] for name in changes.flows), there, SIDES[side] * IsFinite(there),
        width="10s", tick=TICK, ticks=TICKS, on=Stream(Trade),
    )  # fmt: skip
    return {name: Cell(flows[name], 0) for name in NAMES}


@pytest.fixture(scope="module")
def files():
    return [shared(f"{FILE}.trades.derived.dbn.zst"), DbnSource(shared(f"{FILE}.mbo.dbn.zst"))]


@pytest.fixture(scope="module")
def tables(files):
    return {side: ps.run(ps.View(side, near(side), on=Stream(Trade)), files) for side in SIDES}


class Ledger:
    """Every message of the file, worked through one by one."""

    def __init__(self, records):
        self.entries = []  # time, side, price in ticks, added, cancelled, filled
        self.depths = {"A": defaultdict(list), "B": defaultdict(list)}  # (time, size) by price
        self.began = 0
        resting, hit = {}, defaultdict(int)
        self.filled = 0
        for r in records:
            at, order = r.ts_recv, r.order_id
            price = None if r.price == dbn.UNDEF_PRICE else round(r.price / 1e9 / TICK)
            if r.action == "R":
                resting.clear()
            elif r.action == "F":
                hit[order] += r.size
                self.filled += r.size if order in resting else 0
            elif r.action in ("A", "C", "M"):
                side, old, was = resting.pop(order, (str(r.side), price, 0))
                new, now = (old, was - r.size) if r.action == "C" else (price, r.size)
                if now:
                    resting[order] = side, new, now
                executed = hit.pop(order, 0)
                if r.flags & 32:
                    self.began = at
                change = {old: -was, new: now}
                if old == new:
                    change = {old: now - was}
                for p, dq in change.items():
                    self._show(side, p, at, dq)
                    x = executed if p == old else 0
                    if not r.flags & 32:
                        net = dq + x
                        self.entries.append((at, side, p, max(net, 0), max(-net, 0), x))

    def _show(self, side, price, at, dq):
        shown = self.depths[side][price]
        shown.append((at, (shown[-1][1] if shown else 0) + dq))

    def depth(self, side, price, before):
        """What a price showed before a time."""
        shown = self.depths[side][price]
        k = bisect_left(shown, (before, -1))
        return shown[k - 1][1] if k else 0


@pytest.fixture(scope="module")
def ledger():
    return Ledger(decoded(shared(f"{FILE}.mbo.dbn.zst")))


@pytest.fixture(scope="module")
def trades():
    """Time and price of each trade; the file has them as the messages do."""
    records = decoded(shared(f"{FILE}.trades.derived.dbn.zst"))
    return [(r.ts_recv, round(r.price / 1e9 / TICK)) for r in records]


@pytest.mark.parametrize("side", SIDES)
def test_every_trade_finds_the_sums_over_all_messages(tables, ledger, trades, side):
    letter = side[0].upper()
    mine = np.array([(e[0], *e[2:]) for e in ledger.entries if e[1] == letter], np.int64)
    found = tables[side].select(NAMES).rows()
    assert len(found) == len(trades) == 2973
    assert tables[side]["added"].sum() > 100_000
    for (at, price), row in zip(trades, found, strict=True):
        # trades stand before orders of their time
        inside = mine[
            np.searchsorted(mine[:, 0], at - WIDTH, "right") : np.searchsorted(mine[:, 0], at)
        ]
        there = inside[abs(inside[:, 1] - price) <= TICKS]
        assert row == tuple(there[:, 2:].sum(axis=0))


@pytest.mark.parametrize("side", SIDES)
def test_added_less_cancelled_less_filled_is_the_change_of_full_depth(tables, ledger, trades, side):
    letter, found = side[0].upper(), tables[side].select(NAMES).rows()
    for (at, price), (added, cancelled, filled) in zip(trades, found, strict=True):
        zone = range(price - TICKS, price + TICKS + 1)
        change = sum(
            ledger.depth(letter, p, at) - ledger.depth(letter, p, at - WIDTH + 1) for p in zone
        )
        assert added - cancelled - filled == change


def test_all_that_fills_say_is_counted_once(ledger):
    assert sum(e[5] for e in ledger.entries) == ledger.filled == 10_187


@pytest.mark.slow
def test_live_gives_the_bits_of_history():
    mbo, parameters = shared(f"{FILE}.mbo.dbn.zst"), replace(ALL_DAY, barrier_from="orders")
    inputs = Inputs(DATE, (shared(f"{FILE}.trades.derived.dbn.zst"),), (mbo,), kind="mbo")
    whole = played(inputs, parameters, 4_096)
    live = played(inputs, parameters, 1, until=SECOND_TOUCH, capacity=1)
    assert np.array_equal(live, whole[: len(live)])
    assert len(live) == 2


@pytest.fixture(scope="module")
def days():
    """The day from orders, and from books of ten levels."""
    trades = (shared(f"{FILE}.trades.derived.dbn.zst"),)
    orders = Inputs(DATE, trades, (shared(f"{FILE}.mbo.dbn.zst"),), kind="mbo")
    books = Inputs(DATE, trades, (shared(f"{FILE}.mbp-10.derived.dbn.zst"),))
    return [run_day(inputs, ALL_DAY, Carry()) for inputs in (orders, books)]


def test_only_what_is_counted_and_scored_by_it_differs_between_orders_and_books(days):
    orders, books = (day.signals for day in days)
    assert orders.height == books.height == 8
    assert days[0].labels.equals(days[1].labels, null_equal=True)
    counted = {f"barrier_{name}" for name in ("added", "canceled", "filled")}
    follows = {"barrier_delta_liq", "barrier_replenishment_ratio", "churn", "break_score_smooth"}
    for name in set(orders.columns) - counted - follows:
        assert orders[name].equals(books[name], null_equal=True), name
    for name in counted:
        assert not orders[name].equals(books[name])
        assert (orders[name] - books[name]).abs().max() <= 12
    for day in (orders, books):
        added, canceled, filled = (day[f"barrier_{n}"] for n in ("added", "canceled", "filled"))
        assert (added - canceled - filled).cast(float).equals(day["barrier_delta_liq"])


@pytest.mark.parametrize("own", [False, True], ids=["trades apart", "trades of the book"])
def test_a_book_by_order_is_read_once(monkeypatch, days, own):
    mbo, read = (shared(f"{FILE}.mbo.dbn.zst"),), []
    inputs = Inputs(
        DATE, mbo if own else (shared(f"{FILE}.trades.derived.dbn.zst"),), mbo, kind="mbo"
    )
    sources = feeds(inputs, ALL_DAY, Carry(), "")
    chunks = DbnSource.chunks
    monkeypatch.setattr(
        DbnSource, "chunks", lambda self, *given: read.append(self.name) or chunks(self, *given)
    )
    made = Engines(replace(ALL_DAY, barrier_from="orders"))
    counts = [0] * len(made.streams)
    for merged in merge(made.ranked(sources), made.keys, Quarantine()):
        for stream, block in merged.blocks.items():
            counts[stream] += len(block)
    assert len(read) == len(set(read)) == (1 if own else 2)
    known = days[0].counts["events"]
    assert sorted(counts) == sorted(known.values())
    assert known["orders"] == 68_792


@pytest.mark.parametrize(("book", "counted"), [("mbo", "orders"), ("mbp-10", "books")])
def test_the_manifest_says_how_a_date_was_counted_and_what_was_asked_for(tmp_path, book, counted):
    (tmp_path / "raw").mkdir()
    for name in ("mbo", "mbp-10.derived", "trades.derived"):
        path = shared(f"{FILE}.{name}.dbn.zst")
        (tmp_path / "raw" / path.name).symlink_to(path)
    asked = task(tmp_path / "raw", tmp_path / "out", Parameters(calendar="24/7", order_room=4_096))
    (made,) = run_dates(replace(asked, book=book), lambda *_: None)
    assert made.rows == 8
    said = read_manifest(tmp_path / "out", DATE)
    assert (said["book"], said["parameters"]["barrier_from"]) == (book, counted)
    assert said["parameters"]["ratio"] == "static"  # nothing is known of the underlying
    assert (said["asked"]["barrier_from"], said["asked"]["ratio"]) == ("books", "dynamic")
    assert said["parameters"]["order_room"] == said["asked"]["order_room"] == 4_096


MESSAGES = {  # what orders do that books of prices cannot tell: action, price, size; added, cancelled, filled
    "an iceberg shows more behind a fill": [("F", 100.0, 3.0, 0, 0, 0), ("M", 100.0, 5.0, 3, 0, 3)],
    "a fill and then a smaller size": [("F", 100.0, 3.0, 0, 0, 0), ("M", 100.0, 1.0, 0, 1, 3)],
    "a larger size": [("M", 100.0, 8.0, 3, 0, 0)],
    "a smaller size": [("M", 100.0, 2.0, 0, 3, 0)],
    "another price": [("M", 101.0, 7.0, 7, 5, 0)],
    "another price behind a fill": [("F", 100.0, 2.0, 0, 0, 0), ("M", 101.0, 3.0, 3, 3, 2)],
    "a part is cancelled, then the rest filled": [
        ("C", 100.0, 1.0, 0, 1, 0), ("F", 100.0, 4.0, 0, 0, 0), ("C", 100.0, 4.0, 0, 0, 4)
    ],
    "more than there is": [("C", 100.0, 6.0, 0, 0, 0)],
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_of_an_order_counts_what_it_did(name):
    rows = [("A", 100.0, 5.0, 5, 0, 0), *MESSAGES[name]]
    actions, prices, sizes, *wanted = zip(*rows, strict=True)
    n = len(rows)
    found = evaluate(
        OrderChanges(**OrderChanges.example), action=[float(ord(a)) for a in actions],
        order=[7.0] * n, price=list(prices), size=list(sizes), side=[-1.0] * n, flags=[128.0] * n,
    )  # fmt: skip
    for column, values in zip(("added", "cancelled", "filled"), wanted, strict=True):
        assert found[column] == list(values)


def resting(count, room, extra=()):
    """Orders that are added one after the other, at five a price, and some messages after them."""
    rows = [("A", float(k), 100.0 + k // 5, 2.0) for k in range(count)] + list(extra)
    actions, orders, prices, sizes = zip(*rows, strict=True)
    n = len(rows)
    return evaluate(
        OrderChanges(**OrderChanges.example | {"room": room}), action=[float(ord(a)) for a in actions],
        order=list(orders), price=list(prices), size=list(sizes), side=[-1.0] * n, flags=[128.0] * n,
    )  # fmt: skip


def test_some_hundred_thousand_orders_rest_and_each_is_known():
    count, cancels = 300_000, [("C", float(k), 100.0 + k // 5, 2.0) for k in range(0, 300_000, 7)]
    found = resting(count, OrderChanges.room, cancels)
    assert set(found["missed"]) == {0.0}
    assert sum(found["added"]) == 2.0 * count
    assert found["cancelled"][count:] == [2.0] * len(cancels)
    assert found["left"][count:] == [100.0 + k // 5 for k in range(0, count, 7)]


def test_orders_that_find_no_room_are_counted_until_the_book_is_cleared():
    nothing = float("nan")
    after = [("C", 4.0, 100.0, 2.0), ("C", 0.0, 100.0, 2.0), ("A", 9.0, 100.0, 2.0), ("R", 0.0, nothing, 0.0),
             ("A", 9.0, 100.0, 2.0)]  # fmt: skip
    found = resting(5, 4, after)
    assert found["missed"] == [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0]
    # the fourth and the fifth are not known, nor what cancels them; one that leaves makes room
    assert found["added"][:8] == [2.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 2.0]
    assert found["cancelled"][5:8] == [0.0, 2.0, 0.0]
    assert found["added"][9] == 2.0


def test_what_orders_did_is_null_where_some_found_no_room_and_the_day_says_so(days):
    inputs = Inputs(
        DATE,
        (shared(f"{FILE}.trades.derived.dbn.zst"),),
        (shared(f"{FILE}.mbo.dbn.zst"),),
        kind="mbo",
    )
    day, whole = run_day(inputs, replace(ALL_DAY, order_room=512), Carry()), days[0]
    assert day.counts["orders_missed"] > 100
    assert "orders_missed" in whole.counts
    assert whole.counts["orders_missed"] == 0
    (note,) = remarks(day.counts, day.signals.height)
    assert note.startswith(f"{day.counts['orders_missed']:,} orders found no room")
    assert remarks(whole.counts, whole.signals.height) == []
    counted = ["barrier_added", "barrier_canceled", "barrier_filled", "churn", "liquidity_score"]
    assert day.signals.select(counted).null_count().row(0) == (day.signals.height,) * 5
    assert day.signals["depth_in_zone"].equals(whole.signals["depth_in_zone"])
    assert set(day.signals["confidence"]) == {"LOW"}


@pytest.mark.slow
def test_live_says_too_how_many_orders_found_no_room():
    files = (shared(f"{FILE}.trades.derived.dbn.zst"),), (shared(f"{FILE}.mbo.dbn.zst"),)
    inputs = Inputs(DATE, *files, kind="mbo")
    live = LiveDay(inputs, replace(ALL_DAY, order_room=512), Carry(), lambda: 0)
    rows = [row for said in live.events(SECOND_TOUCH) for _, row in said]
    assert [row["barrier_added"] for row in rows] == [None, None]
    assert live.touches.missed > 100
    assert f"{live.touches.missed:,} orders found no room" in summary(live)
