"""Real files: history equals live in bits, and bars equal the exchange's."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.engine import feeds

import penstock as ps
from penstock.engine import Engine
from penstock.events import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers import DbnSource
from penstock.expr import TRADE, Column
from penstock.jobs.wiring import plan_of
from penstock.ops import AsOf, Ohlcv
from penstock.streams import TimeBars
from penstock.streams.merge import merge

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "futures_dbn"
MINUTE = 60 * feeds.SECOND
TRADES = "esh4-glbx-mdp3-20231225.trades.derived.dbn.zst"
BOOKS = "esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst"
PARTS = 6  # merged parts that are read: about 18,000 events


def shared(name: str) -> Path:
    """A file of ../shared/data/futures_dbn, or a skip that names it."""
    if not (DATA / name).exists():
        pytest.skip(f"../shared is absent: data/futures_dbn/{name} is needed")
    return DATA / name


def parts(view: ps.View) -> tuple[Keys, list]:
    """The first parts of the trades and the books of ESH4, merged."""
    keys = Keys(view.key)
    sources = [ps.open_source(shared(name)) for name in (TRADES, BOOKS)]
    plan, ranked = plan_of(view, sources)
    return keys, [plan, list(islice(merge(ranked, keys, Quarantine()), PARTS))]


@pytest.mark.parametrize(
    ("on", "requests"),
    [
        ("every:1s", feeds.FED),
        ("bar:2s", feeds.FED),
        ("volume:5", feeds.FED),
        (
            "any(trade,book)",
            (
                "microstructure.mid_price",
                "microstructure.depth_imbalance",
                "microstructure.cost_of_round_trip",
                "microstructure.quote_intensity",
                "volume.vwap(w=30s)",
            ),
        ),
    ],
    ids=["every", "bar", "volume", "any"],
)
def test_history_and_live_give_the_same_bits_on_es_futures(on, requests):
    view = ps.View("es", requests, on=on)
    keys, (plan, merged) = parts(view)
    history, end = {}, 0
    engine = Engine(plan, keys, capacity=256)
    for part in merged:
        rows = engine.push_merged(part.blocks, part.streams, part.rows)
        history = feeds.join(history, feeds.by_key(rows))
        end = max(int(block.columns["time"][-1]) for block in part.blocks.values())
    history = feeds.join(history, feeds.by_key(engine.advance(end)))
    feed = (
        ps.Event(part.blocks[stream], row)
        for part in merged
        for stream, row in zip(part.streams.tolist(), part.rows.tolist(), strict=True)
    )
    types = [stream.type for stream in plan.streams]
    rows = [
        (row.ts, row.values.copy())
        for row in ps.live(view, feed, keys=keys, streams=types, rules=None)
    ]
    live = {0: (np.array([ts for ts, _ in rows]), np.stack([values for _, values in rows]))}
    feeds.assert_bits(live, history, tuple(view.columns()))
    assert len(rows) > 100
    finite = np.isfinite(live[0][1]).any(axis=0)
    assert finite.mean() > 0.5


def test_bars_of_trades_equal_the_exchanges_own():
    trades = DbnSource(shared("esu4_trades_20240701T2358.dbn.zst"), order="event")
    vendor = ps.open_source(shared("esu4_nqu4_ohlcv-1m_20240701T2340.dbn.zst"))
    bars = TimeBars(MINUTE, TRADE)
    names = ("open", "high", "low", "close", "volume")
    made = Ohlcv(Column(TRADE, "price"), Column(TRADE, "size"), reset=bars)
    view = ps.View("bars", [(name, AsOf(made[name])) for name in names], on=bars)
    # the file of trades ends with the minute that its last trade is in
    last = int(ps.run(ps.View("p", [("p", Column(TRADE, "price"))], on="trade"), trades)["ts"][-1])
    ours = ps.run(view, trades, end=(last // MINUTE + 1) * MINUTE)
    keys = Keys()
    (block,) = next(iter(vendor.chunks(keys, Quarantine())))
    es = block.take(block.columns["key"] == keys.number(("ESU4",)))
    both = np.isin(es.columns["time"], ours["ts"].to_numpy())
    assert ours.height == both.sum() == 4
    for name in names:
        assert ours[name].to_list() == es.columns[name][both].tolist(), name
