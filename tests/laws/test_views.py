"""The laws of views: what holds for a plan of every feature, and for one of mixed expressions."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import STREAMS, Memory, assert_bits, by_key, compute, feed, join, market

import penstock as ps
from penstock.engine import Engine
from penstock.events import Keys
from penstock.expr import BOOK, TRADE, Column, Expr, When
from penstock.formulas.joins import as_of
from penstock.ops import (
    AsOf,
    Cell,
    CumulativeSum,
    Delayed,
    Ema,
    FirstSince,
    Lag,
    Level,
    Ohlcv,
    RollingMedian,
    RollingMoments,
    SlotSum,
    Threshold,
    WindowMax,
    WindowMin,
    WindowMoments,
    WindowSum,
    WindowTimeMean,
)
from penstock.plan import Plan, build
from penstock.streams import AnyOf, Delay, Every, GapSession, MarketSession

PRICE, SIZE, SIDE = (Column(TRADE, name) for name in ("price", "size", "side"))
BID = Level(Column(BOOK, "levels"), level=0, field="bid_price")
FEW = settings(max_examples=6)

# features whose defaults look back longer than the market of this test lasts
SHORT = (
    "streaming_stats.rolling_quantile(w=20, x=close)",
    "price.distance_to_high(w=10)",
    "price.distance_to_low(w=10)",
    "microstructure.microprice(nI=4, nS=2, window=60, refit=60)",
    "microstructure.cost_of_round_trip(notional=2000)",
    "microstructure.trade_duration_mean(w=20)",
    "microstructure.hawkes_intensity(window=40, refit=100)",
    "microstructure.trade_size_mean_log(w=20)",
    "microstructure.trade_size_skewness(w=20)",
    "microstructure.trade_size_tail_index(w=60)",
    "microstructure.trade_size_entropy(w=20)",
    "microstructure.trade_size_clustering(w=20)",
    "microstructure.trade_duration_dispersion(w=20)",
    "microstructure.round_size_share(w=20)",
    "microstructure.effective_tick(w=20)",
    "microstructure.odd_lot_share(w=20)",
    "microstructure.price_clustering(w=20)",
    "microstructure.bid_ask_bounce_share(w=10)",
    "microstructure.hawkes_branching_ratio(w=70, refit=70)",
    "microstructure.acd_conditional_duration(window=70, refit=70)",
    "microstructure.liquidity_ratio_variance(w=12, q=3)",
    "microstructure.market_order_slippage(notional=2000)",
    "microstructure.slippage_asymmetry(notional=2000)",
    "microstructure.lin_sanger_booth_lambda(w=20)",
    "microstructure.glosten_harris_adverse_selection(w=60, refit=60)",
    "microstructure.mrr_information_share(w=60, refit=60)",
    "microstructure.huang_stoll_alpha(w=60, refit=60)",
    "microstructure.hasbrouck_var_impact(lags=1, h=3, w=60, refit=60)",
    "time.minutes_since_open(cal=24/7)",
    "time.minutes_to_close(cal=24/7)",
    "time.session_fraction(cal=24/7)",
    "time.seasonality_strength(days=1)",
    "indicators.average_day_range(w=3, session=10s)",
    "indicators.ma_alignment_score(ws=3:5:8)",
    "indicators.ma_crossover_signal(fast=3, slow=8)",
    "indicators.multi_timeframe_trend_agreement(tfs=2s:9s, w=4)",
    "price.momentum_12_1(lookback=20, skip=2)",
    "price.fib_retracement_position(w=60, pct=0.0001)",
    "price.bars_since_new_high(w=20)",
    "volume.volume_synchronized_return(bucket=100)",
    "volume.dollar_bar_duration(bucket=1000)",
    "volume.time_of_day_relative_volume(days=1, slot=10s)",
    "volume.volume_percentile(w=20)",
    "volume.klinger_volume_oscillator(fast=3, slow=8)",
    "volume.volume_flow_indicator(w=20)",
    "volume.unexpected_volume(w=40, lags=2, refit=10)",
    "volume_profile.initial_balance_range(minutes=1, session=5m)",
    "delta.entropy_change(w=30, k=5)",
    "streaming_stats.rolling_gini(w=20)",
    "lagged.seasonal_lag_value(x=close, period=2s)",
    "lagged.autocorrelation(w=20)",
    "lagged.partial_autocorrelation(w=20, k=3)",
    "lagged.autocovariance(w=20)",
    "lagged.decorrelation_time(w=20)",
    "lagged.absolute_acf_sum(w=20, K=3)",
    "lagged.ar_coefficient(w=20)",
    "lagged.ar_forecast(w=20, p=2)",
    "lagged.optimal_ar_order(w=20, pmax=3)",
    "lagged.sign_persistence(w=20)",
    "lagged.cowles_jones_ratio(w=20)",
    "lagged.best_lag_by_mutual_information(w=30, kmax=5)",
    "order_flow.trade_sign_autocorrelation(w=20)",
    "order_flow.trade_sign_entropy(w=20, m=2)",
    "order_flow.large_trade_flag(q=0.5, w=20)",
    "order_flow.large_trade_volume_share(W=20s, q=0.5, w=20)",
    "order_flow.large_trade_imbalance(W=20s, q=0.5, w=20)",
    "order_flow.ofi_price_beta(w=10, slot=1s)",
    "order_flow.propagator_impact(N=10)",
    "order_flow.vpin(n=3, bucket=60, bars_sd=1s, w=5)",
    "order_flow.integrated_ofi(L=2, W=1s, window=10, refit=5)",
    "order_flow.trade_sign_memory_exponent(w=70, refit=70)",
    "order_flow.hawkes_buy_sell_asymmetry(window=70, refit=70)",
    "volatility.jump_intensity(w=10, alpha=0.3, K=5, n=5)",
    "volatility.average_jump_size(w=20, alpha=0.9, K=3, n=3)",
    "volatility.volatility_autocorrelation(w=15)",
    "volatility.leverage_effect_correlation(w=15)",
    "volatility.diurnally_adjusted_volatility(days=1, slot=10s)",
    "volatility.signature_plot_slope(w=40, scales=1:3)",
)
LONGER = {
    "exchange.feed_latency",  # of times of receipt, which these events do not have
    "time.seasonal_mean_return",  # which compares with the same hour of a week ago
    "microstructure.spread_mean_reversion_speed",  # uncrossed quotes for long enough
    "order_flow.pin_probability",  # a fit of 60 sessions
    "volatility.har_rv_forecast",  # a fit of 34 sessions
    "volatility.volatility_half_life",  # sessions that follow one another, which these do not
    # a fit of 50 bars
    *(
        f"volatility.{name}_volatility"
        for name in ("garch11", "gjr_garch", "egarch", "aparch", "figarch")
    ),
    "volatility.garch_persistence",
    "volatility.student_t_garch_dof",
}
ALL = (*feeds.FED, *SHORT)


def mixed() -> dict[str, Expr]:
    """Expressions on clocks of every kind: streams, unions, timed, and triggered by one another."""
    slow, bars = Every("7s"), When(Threshold(SIZE, limit=60.0))
    bar = Ohlcv(PRICE, SIZE, reset=bars)
    close = AsOf(bar["close"], on=bars)
    longer = When(Threshold(AsOf(bar["volume"], on=bars), limit=200.0))
    either = AnyOf((TRADE, BOOK))
    gaps, late = GapSession(TRADE, "1s", maximum="5s"), Delay(TRADE, "2s")
    sleepy = Every("500ms", idle="6s", stream=TRADE)
    return {
        "in_session": AsOf(CumulativeSum(SIZE, reset=gaps)),
        "session_before": AsOf(Lag(AsOf(PRICE, on=gaps), 1)),
        "day_open": FirstSince(PRICE, reset=MarketSession("24/7")),
        "moved_since": AsOf(AsOf(BID, on=late) - Delayed(AsOf(BID, on=TRADE), on=late)),
        "bar_later": AsOf(Delayed(close, on=Delay(bars, "3s"))),
        "awake": AsOf(Lag(WindowSum(SIZE, "6s", on=sleepy), 2)),
        "fresh": as_of(PRICE, tolerance="1s"),
        "earlier": as_of(PRICE, strict=True),
        "price": PRICE,
        "again": PRICE,
        "two": AsOf(PRICE) * 1.0 + 2.0,
        "constant": AsOf(PRICE) * 0.0 + 3.0,
        "close": close,
        "close_before": Lag(close, 3),
        "long_volume": AsOf(Ohlcv(close, AsOf(bar["volume"], on=bars), reset=longer)["volume"]),
        "smooth": Ema(AsOf(BID, on=either), 5.0),
        "spread_of_clocks": AsOf(PRICE, on=either) - AsOf(BID, on=either),
        "lagged": Lag(PRICE, 17),
        "median": RollingMedian(PRICE, 9),
        "skew": RollingMoments(PRICE, 33)["skew"],
        "slow_mean": AsOf(WindowMoments(PRICE, "30s", on=slow)["mean"]),
        "low": WindowMin(PRICE, "9s"),
        "high": WindowMax(BID, "100s"),
        "sum": WindowSum(SIZE, "500ms"),
        "twap": WindowTimeMean(PRICE, "20s"),
        "first": FirstSince(PRICE, reset=slow),
        "slot": Cell(SlotSum(SIDE, SIZE, slots=2), 1),
    }


def plan(name: str) -> Plan:
    """The plan of every feature, or of the mixed expressions."""
    columns = ps.View("all", ALL, on="every:1s").columns() if name == "features" else mixed()
    return build(columns, Every("1s") if name == "features" else Every("3s"), STREAMS)


PLANS = {name: plan(name) for name in ("features", "mixed")}
EVENTS = market(900, keys=3)
both = pytest.mark.parametrize("name", PLANS)


def engine(name: str, capacity: int = 1024, **options: object) -> Engine:
    return Engine(PLANS[name], capacity=capacity, **options)


WHOLE: dict[str, feeds.Bits] = {}


def whole(name: str) -> feeds.Bits:
    """Everything in blocks of 1,024, computed once."""
    if name not in WHOLE:
        WHOLE[name] = compute(engine(name), EVENTS)
    return WHOLE[name]


@both
def test_a_view_is_not_all_nan(name):
    values = np.concatenate([values for _, values in whole(name).values()])
    silent = [n for n, x in zip(PLANS[name].warmups, values.T, strict=True) if np.isnan(x).all()]
    given = {request.partition("(")[0] for request in SHORT} | LONGER
    assert [column for column in silent if column not in given] == []


@both
@pytest.mark.parametrize("capacity", [1, 7, 1024])
@FEW
@given(sizes=st.lists(st.integers(0, 60), max_size=20))
def test_no_capacity_and_no_split_into_blocks_changes_a_bit(name, capacity, sizes):
    assert_bits(compute(engine(name, capacity), EVENTS, sizes), whole(name), names(name))


def names(name: str) -> tuple[str, ...]:
    return tuple(column for column, _ in PLANS[name].outputs)


@both
def test_events_pushed_one_by_one_give_the_rows_of_blocks(name):
    live = engine(name, 1)
    rows = feeds.push(live, feeds.events(EVENTS))
    rest = by_key(live.advance(feeds.end(EVENTS)))
    assert_bits(join(rows, rest), whole(name), names(name))


@both
@FEW
@given(
    cut=st.integers(0, 900), before=st.sampled_from([1, 7, 1024]), after=st.sampled_from([1, 1024])
)
def test_a_snapshot_restored_in_another_layout_goes_on_with_the_same_bits(name, cut, before, after):
    order = feeds.merged(EVENTS)
    first, second = split(EVENTS, order, cut)
    one, two = engine(name, before), engine(name, after)
    rows = by_key(feed(one, first))
    two.restore(one.snapshot())
    if before == after:  # a ring that is as long as a window is saved whole
        assert two.snapshot() == one.snapshot()
    rest = feed(two, second)
    rest.extend(two.advance(feeds.end(EVENTS)))
    assert_bits(join(rows, by_key(rest)), whole(name), names(name))


def split(blocks, order, cut):
    """The events of the first ``cut`` elements, and the rest."""
    return tuple(
        tuple(
            block.take(np.array([row for s, row in chosen if s == i], np.int64))
            for i, block in enumerate(blocks)
        )
        for chosen in (order[:cut], order[cut:])
    )


OTHER_PROCESS = """
import sys
import numpy as np
from pathlib import Path
from tests.laws import test_views as laws
name, cut, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
_, second = laws.split(laws.EVENTS, laws.feeds.merged(laws.EVENTS), cut)
made = laws.engine(name, 1)
made.restore((folder / "snapshot").read_bytes())
rows = laws.feed(made, second)
rows.extend(made.advance(laws.feeds.end(laws.EVENTS)))
np.savez(folder / "rows.npz", keys=rows.keys(), times=rows.times(), values=rows.values())
"""


@both
def test_a_snapshot_restored_in_another_process_goes_on_with_the_same_bits(name, tmp_path):
    cut = 617
    first, _ = split(EVENTS, feeds.merged(EVENTS), cut)
    here = engine(name, 7)
    rows = by_key(feed(here, first))
    (tmp_path / "snapshot").write_bytes(here.snapshot())
    command = [sys.executable, "-c", OTHER_PROCESS, name, str(cut), str(tmp_path)]
    subprocess.run(command, check=True)
    made = np.load(tmp_path / "rows.npz")
    rest = {
        key: (made["times"][made["keys"] == key], made["values"][made["keys"] == key])
        for key in np.unique(made["keys"]).tolist()
    }
    assert_bits(join(rows, rest), whole(name), names(name))


@both
def test_interleaved_keys_give_the_rows_of_separate_runs(name):
    for key in range(3):
        alone = engine(name)
        rows = feed(alone, feeds.of_key(EVENTS, key))
        rows.extend(alone.advance(feeds.end(EVENTS)))
        assert_bits(by_key(rows), {key: whole(name)[key]}, names(name))


@both
def test_two_threads_give_the_rows_of_one(name):
    assert_bits(compute(engine(name, 1, threads=2), EVENTS), whole(name), names(name))


@both
@FEW
@given(cut=st.integers(1, 899))
def test_what_comes_later_does_not_change_what_was(name, cut):
    order = feeds.merged(EVENTS)
    first, _ = split(EVENTS, order, cut)
    rows = by_key(feed(engine(name), first))
    known = {
        key: (times[: len(rows[key][0])], values[: len(rows[key][0])])
        for key, (times, values) in whole(name).items()
        if key in rows
    }
    assert_bits(rows, known, names(name))


VIEWS = {
    "features": ps.View("all", ALL, on="every:1s"),
    "mixed": ps.View("mixed", tuple(mixed().items()), on="every:3s"),
    "bars": ps.View("bars", ALL, on="bar:5s"),
    "ticks": ps.View("ticks", ALL, on="tick:7"),
    "trades": ps.View(
        "trades", [("ema", Ema(PRICE, 3.0)), ("sum", WindowSum(SIZE, "3s"))], on="trade"
    ),
    "gaps": ps.View("gaps", ALL, on="gap:2s"),
    "delays": ps.View(
        "delays",
        [("move", AsOf(PRICE) - Delayed(PRICE, on=Delay(TRADE, "1s")))],
        on="delay:1s(trade)",
    ),
    "sleepy": ps.View("sleepy", [("sum", WindowSum(SIZE, "5s"))], on="every:1s;idle=5s(trade)"),
    "days": ps.View("days", [("bid", BID), ("sum", WindowSum(SIZE, "3s"))], on="session:24/7:open"),
    "either": ps.View(
        "either", [("sum", WindowSum(SIZE, "3s")), ("bid", BID)], on="any(trade,book)"
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_history_and_live_give_the_same_rows(name):
    view = VIEWS[name]
    history = feeds.bits_of_frame(ps.run(view, Memory(EVENTS)), view)
    keys = Keys(view.key)
    for symbol in Memory(EVENTS).names:
        keys.number(symbol)
    types = [block.type for block in EVENTS]
    live: dict[tuple[str, ...], list] = {}
    for row in ps.live(view, feeds.events(EVENTS), keys=keys, streams=types, rules=None):
        live.setdefault(row.key, []).append((row.ts, row.values.copy()))
    made = {
        key: (np.array([ts for ts, _ in rows]), np.stack([values for _, values in rows]))
        for key, rows in live.items()
    }
    assert_bits(made, history, tuple(view.columns()))  # type: ignore[arg-type]


def test_composite_keys_keep_their_states_apart():
    view = ps.View("pairs", [("ema", Ema(PRICE, 3.0))], key=("symbol", "venue"), on="trade")
    pairs = (("A", "X"), ("A", "Y"), ("B", "X"))
    frame = ps.run(view, Memory(EVENTS, names=pairs))
    assert frame.columns == ["symbol", "venue", "ts", "ema"]
    for number, pair in enumerate(pairs):
        alone = ps.run(view, Memory(feeds.of_key(EVENTS, number), names=pairs))
        rows = frame.filter((frame["symbol"] == pair[0]) & (frame["venue"] == pair[1]))
        assert rows.equals(alone, null_equal=True)
