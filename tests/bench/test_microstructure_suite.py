"""The suite of microstructure gives results of the right shape, and counts what touches a column."""

import pytest

from penstock.bench.markets import MAIN, own, recorded, simulated
from penstock.bench.microstructure import (
    FAMILIES,
    alone,
    fitting,
    of_market,
    streams_of,
    timed,
    with_refits,
)
from penstock.bench.touches import counter, touches
from penstock.catalog import FEATURES, find
from penstock.engine import Engine
from penstock.events import Bar, Book, Trade
from penstock.plan import build
from penstock.streams import AnyOf, Stream

TRADES, BOOKS = Stream(Trade), Stream(Book)
EVENTS = {TRADES: 30, BOOKS: 500}


def touched(name: str, ticks: int = 0) -> int:
    on = AnyOf((TRADES, BOOKS))
    plan = build({name: timed(find(name))}, on, (TRADES, BOOKS))
    return touches(plan, counter(lambda clock: ticks, EVENTS))[name]


def test_an_event_touches_what_is_computed_at_it_and_not_what_is_only_copied():
    assert touched("microstructure.mid_price") == 500
    assert touched("order_flow.cumulative_volume_delta") == 30
    assert touched("microstructure.effective_spread") >= 30
    # a window of time is computed at every tick of the view
    assert touched("order_flow.trade_flow_imbalance") == 530


def test_bars_are_touched_when_they_are_made():
    assert touched("volatility.parkinson_volatility", ticks=4) == 4


def test_a_view_of_a_market_has_what_its_streams_have():
    market = simulated(5, warm=0)
    features = [f for f in FEATURES if f.family in FAMILIES]
    columns, absent = fitting(market, features)
    assert len(columns) + len(absent) == len(features)
    assert "exchange.funding_rate" in columns
    assert absent["microstructure.microprice"] == "a refit costs what its model costs"
    assert "'a'" in absent["exchange.arbitrage_index"]


def test_a_view_of_a_market_is_measured_in_blocks_and_event_by_event():
    features = [find("microstructure.mid_price"), find("order_flow.cumulative_volume_delta")]
    found = of_market(simulated(20, warm=0), features, 2)
    assert found["features"] == 2
    # either has its own events, and no event has both
    assert found["touched_per_event"] == 1.0
    assert found["rows"] == sum(found["events"].values())
    assert found["us_live_per_event"] > 0.0
    assert found["bytes"] >= found["bytes_besides_time_windows"] > 0


def test_a_view_with_refits_has_more_features():
    features = [find("microstructure.mid_price"), find("microstructure.hawkes_intensity")]
    market = simulated(20, warm=0)
    found = with_refits(market, features)
    assert found["features"] == 2 == of_market(market, features, 2)["features"] + 1
    assert found["events_per_s_from_nothing"] > 0


def test_the_main_streams_of_a_simulated_market_are_many():
    market, counts = simulated(20), {}
    for piece in market.pieces(market.streams):
        for place, block in piece.blocks.items():
            name = market.streams[place].type
            counts[name] = counts.get(name, 0) + len(block)
    assert counts[Book] > 10 * counts[Trade] > 0


@pytest.mark.parametrize(
    "name",
    [
        "microstructure.mid_price",
        "volatility.parkinson_volatility",
        "exchange.oi_weighted_funding",
        "exchange.seconds_to_funding",
    ],
)
def test_a_feature_alone_has_its_figures(name: str):
    found = alone(find(name), 2, 1)
    assert {"case", "ns_live", "ns_block", "bytes"} <= set(found)


def test_a_feature_alone_runs_over_events_of_each_stream_that_it_reads():
    for name in ("exchange.oi_price_quadrant", "exchange.arbitrage_index"):
        streams = streams_of(find(name).expr())
        data = own(streams)
        assert all(block.type is stream.type for stream, block in data.items())
        # bars are minutes apart, and what is read beside them too
        spans = [block.columns["time"][-1] - block.columns["time"][0] for block in data.values()]
        assert max(spans) < 1.05 * min(spans)
    assert any(
        stream.type is Bar for stream in streams_of(find("volatility.parkinson_volatility").expr())
    )


def test_a_recording_that_is_not_there_is_left_out(tmp_path):
    assert recorded(tmp_path / "none.gz") == []


def test_an_engine_takes_a_market_through_its_pieces():
    market = simulated(5)
    plan = build({"mid": find("microstructure.mid_price").expr()}, market.on, market.streams)
    engine = Engine(plan, capacity=64)
    rows = sum(
        engine.push_merged(piece.blocks, piece.streams, piece.rows).count
        for piece in market.pieces(plan.streams)
    )
    assert rows == engine.ticks(plan.on) > 0
    assert {stream.type for stream in plan.on.streams} <= set(MAIN)  # type: ignore[attr-defined]
