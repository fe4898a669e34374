"""Which request is checked on which market and clock, against which oracle, how closely."""

import numpy as np
from tests.catalog import oracles
from tests.catalog.market import Market

STATS = (
    "expanding_mean", "expanding_variance", "expanding_variance(ddof=0)", "expanding_skewness",
    "expanding_skewness(bias=false)", "expanding_kurtosis", "expanding_kurtosis(fisher=false)",
    "rolling_mean", "rolling_mean(x=close, w=5)", "rolling_std", "rolling_std(w=10, ddof=0)", "rolling_skewness",
    "rolling_skewness(w=10)", "rolling_kurtosis", "rolling_kurtosis(w=10)", "rolling_min", "rolling_max",
    "rolling_median", "rolling_median(w=9)", "rolling_quantile", "rolling_quantile(w=20, q=0.3)", "ew_mean",
    "ew_mean(adjust=true)", "ew_variance",
)  # fmt: skip
CORE = (
    "price.simple_return", "price.log_return", "price.log_return(k=5)", "price.overnight_return",
    "price.intraday_return", "price.open_gap", "price.cumulative_return", "price.cumulative_return(anchor=start)",
    "price.cumulative_return(anchor=1w)", "price.typical_price", "price.true_range", "price.close_location_value",
    "price.distance_to_high", "price.distance_to_high(w=10)", "price.distance_to_low", "price.distance_to_low(w=10)",
    "price.n_bar_breakout", "price.pivot_point_classic", "price.pivot_point_classic(level=R1)",
    "price.pivot_point_classic(level=S1)", "price.pivot_point_classic(level=R2)",
    "price.pivot_point_classic(level=S2)",
    "volume.volume", "volume.relative_volume", "volume.volume_zscore", "volume.volume_zscore(w=10)",
    "volume.on_balance_volume", "volume.accumulation_distribution", "volume.chaikin_money_flow",
    "volume.money_flow_index", "volume.force_index",
    "microstructure.corwin_schultz_spread", "microstructure.corwin_schultz_spread(overnight_adj=false)",
    "microstructure.abdi_ranaldo_spread", "microstructure.amihud_illiquidity",
    *(f"streaming_stats.{name}" for name in STATS),
)  # fmt: skip
BARS = (*CORE, *oracles.listed("BARS"))
TRADES = (
    "streaming_stats.time_decayed_mean", "streaming_stats.tdigest_quantile", "streaming_stats.reservoir_median",
    "price.anchored_vwap_distance", "microstructure.roll_spread", "microstructure.roll_spread(w=20)",
    "microstructure.hawkes_intensity", "microstructure.hawkes_intensity(mu=0.2, alpha=0.5, beta=1.5)",
)  # fmt: skip
SIZES = (
    "microstructure.trade_duration_mean", "microstructure.trade_size_mean_log", "microstructure.trade_size_skewness",
    "microstructure.trade_size_tail_index", "microstructure.trade_size_entropy",
    "microstructure.trade_size_clustering",
)  # fmt: skip
SMALL_SIZES = tuple(f"{name}(w=100)" for name in SIZES)
SUMS = (
    "volume.dollar_volume", "volume.trade_count", "volume.average_trade_size", "volume.vwap", "volume.vwap(w=60s)",
    "volume.twap", "volume.twap(W=20s)", "volume.volume_clustering_fano", "volume.volume_clustering_fano(W=2s, n=20)",
)  # fmt: skip
QUOTES = (
    "price.distance_to_round_number", "price.distance_to_round_number(step=0.5)", "microstructure.bid_ask_spread",
    "microstructure.relative_spread", "microstructure.relative_spread(unit=percent)", "microstructure.mid_price",
    "microstructure.weighted_mid_price", "microstructure.queue_imbalance", "microstructure.microprice",
    "microstructure.microprice(nI=4, nS=2, window=200, refit=50)",
)  # fmt: skip
BOOKS = (
    "microstructure.depth_weighted_mid", "microstructure.depth_weighted_mid(L=3)", "microstructure.depth_imbalance",
    "microstructure.depth_imbalance(L=1)", "microstructure.distance_weighted_imbalance",
    "microstructure.depth_within_bps", "microstructure.depth_within_bps(bps=1.5, side=ask)",
    "microstructure.depth_within_bps(side=both)", "microstructure.total_depth", "microstructure.total_depth(side=bid)",
    "microstructure.order_book_slope", "microstructure.order_book_slope(L=3)", "microstructure.order_book_entropy",
    "microstructure.cost_of_round_trip", "microstructure.cost_of_round_trip(notional=5e6)",
)  # fmt: skip
BOTH = (
    "microstructure.effective_spread", "microstructure.realized_spread", "microstructure.realized_spread(tau=700ms)",
    "microstructure.price_impact_spread", "microstructure.price_impact_spread(tau=700ms)",
    "microstructure.kyle_lambda", "microstructure.kyle_lambda(w=30)",
    "microstructure.hasbrouck_lambda", "microstructure.hasbrouck_lambda(w=30)", "microstructure.quote_intensity",
    "microstructure.quote_to_trade_ratio", "microstructure.quote_to_trade_ratio(W=5s)",
)  # fmt: skip

TIMED = (*oracles.listed("TIMED"), *oracles.listed("QUOTED"))

Table = dict[tuple[str, str], tuple[str, ...]]
REAL: Table = {
    ("spy_daily", "bar"): BARS,
    ("spy_minute", "bar"): BARS,
    ("ibm_hourly", "bar"): BARS,
    ("ibm_ticks", "trade"): (*TRADES, *SIZES, *oracles.listed("TRADES")),
    ("ibm_ticks", "every:10s"): (*SUMS, *oracles.listed("TIMED")),
    ("es_futures", "trade"): (*TRADES, *SMALL_SIZES, *oracles.listed("TRADES")),
    ("es_futures", "quote"): (*QUOTES, *oracles.listed("QUOTES")),
    ("es_futures", "book"): (*BOOKS, *oracles.listed("BOOKS")),
    ("perpetual", "bar"): oracles.listed("DERIVATIVES"),
    ("venue", "every:2h+1m"): oracles.listed("VENUES"),
    ("basis", "every:1h+10s"): oracles.listed("BASES"),
    ("venues", "every:7s"): oracles.listed("SEVERAL"),
    ("quoted", "quote"): oracles.listed("QUOTED_BARS"),
    ("captured", "every:10s"): oracles.listed("FEED"),
    ("clock_behind", "every:1s"): (*oracles.listed("FEED"), *oracles.listed("QUOTE_FEED")),
    ("two_feeds", "every:1s"): oracles.listed("TWO_FEEDS"),
    ("pair", "every:1h+1ns"): oracles.listed("PAIRS"),
    ("options", "every:5m"): oracles.listed("OPTIONS"),
    ("open_options", "option_interest"): oracles.listed("OPEN_OPTIONS"),
    ("moods", "sentiment"): oracles.listed("SCORED"),
    ("moods", "every:97s"): oracles.listed("TOLD"),
    ("moody", "bar"): oracles.listed("MOODY"),
    ("gateway", "llm_request"): oracles.listed("ASKED"),
    ("gateway", "every:10s"): oracles.listed("SERVED"),
    ("session_day", "every:61s"): oracles.listed("PIPELINE"),
    ("es_futures", "every:500ms"): (*BOTH, *SUMS, *TIMED),
}
# what AAPL's 159 trades and 999 books are too few for is asked for with less
LESS = {
    "microstructure.hawkes_intensity": "microstructure.hawkes_intensity(window=30, refit=10)",
    "microstructure.trade_duration_mean(w=100)": "microstructure.trade_duration_mean(w=20)",
    "microstructure.microprice": "microstructure.microprice(nI=5, window=400, refit=100)",
    "microstructure.cost_of_round_trip(notional=5e6)": "microstructure.cost_of_round_trip(notional=5e5)",
    "volume.volume_clustering_fano": "volume.volume_clustering_fano(W=1s, n=30)",
}


def fitting(*requests: str) -> tuple[str, ...]:
    """The requests, each of those in LESS with less."""
    return tuple(LESS.get(request, request) for request in requests)


RECORDED: Table = {
    ("aapl", "trade"): fitting(*TRADES, *SMALL_SIZES),
    ("aapl", "quote"): fitting(*QUOTES),
    ("aapl", "book"): fitting(*BOOKS),
    ("aapl", "every:100ms"): fitting(*BOTH, *SUMS),
    ("aapl_thin", "book"): fitting(*BOOKS),
    ("amzn", "trade"): (*TRADES, *SIZES),
    ("amzn", "every:10s"): SUMS,
    ("gold", "trade"): (*TRADES, *SMALL_SIZES),
    ("gold", "every:60s"): SUMS,
}
HOSTILE_BARS = ("equal_prices", "flat_part", "spike", "nan_prices", "gap", "zero_volume", "one_bar")
HOSTILE_TICKS = ("thin_book", "crossed_book", "equal_times_and_values", "long_silence", "one_trade")
MOODS = ("unscored_texts", "texts_at_once", "one_text")
RECEIPTS = (
    "receipt_before_the_event", "receipts_out_of_order", "unknown_receipts", "no_receipts", "silent_venue",
)  # fmt: skip
HOSTILE_DAYS = ("levels_without_options", "levels_of_a_silent_tape", "levels_of_one_trade")
GATEWAYS = ("unknown_parts", "requests_at_once", "one_request")
HOSTILE: Table = {
    **{(name, "bar"): BARS for name in HOSTILE_BARS},
    **{
        (name, "trade"): (*TRADES, *SMALL_SIZES, *oracles.listed("TRADES"))
        for name in HOSTILE_TICKS
    },
    **{(name, "quote"): (*QUOTES, *oracles.listed("QUOTES")) for name in HOSTILE_TICKS},
    **{(name, "book"): (*BOOKS, *oracles.listed("BOOKS")) for name in HOSTILE_TICKS},
    ("crossed_beside_bars", "quote"): oracles.listed("QUOTED_BARS"),
    ("venue_of_holes", "every:2h+1m"): oracles.listed("VENUES"),
    ("one_spot_quote", "every:1h+3s"): oracles.listed("BASES"),
    ("half_venues", "every:7s"): oracles.listed("SEVERAL"),
    ("no_open_interest", "bar"): oracles.listed("DERIVATIVES"),
    ("holes_beside_spikes", "every:1h+1ns"): oracles.listed("PAIRS"),
    ("flat_beside_spikes", "every:1h+1ns"): oracles.listed("PAIRS"),
    ("only_calls_at_first", "every:5m"): oracles.listed("OPTIONS"),
    ("options_that_expire", "option_interest"): oracles.listed("OPEN_OPTIONS"),
    ("options_that_expire", "every:17m"): oracles.listed("OPEN_OPTIONS"),
    ("moody_holes", "bar"): oracles.listed("MOODY"),
    **{(name, "sentiment"): oracles.listed("SCORED") for name in MOODS},
    **{(name, "every:97s"): oracles.listed("TOLD") for name in MOODS},
    **{
        (name, "every:3s"): (*oracles.listed("FEED"), *oracles.listed("TWO_FEEDS"))
        for name in RECEIPTS
    },
    **{(name, "llm_request"): oracles.listed("ASKED") for name in GATEWAYS},
    **{(name, "every:10s"): oracles.listed("SERVED") for name in GATEWAYS},
    **{(name, "every:1s"): (*BOTH, *SUMS, *TIMED) for name in HOSTILE_TICKS},
    **{(name, "every:7s"): oracles.listed("PIPELINE") for name in HOSTILE_DAYS},
}


ORACLES = oracles.functions()
HOSTILE_ORACLES = ORACLES | oracles.functions("_by_hand")

# tolerances wider than 1e-9 of max(|expected|, its median), and why
ROOT = "the root of a covariance of 0, which rounding leaves at 1e-16 of its terms"
TOLERANCE: dict[str, tuple[float, str]] = oracles.tolerances() | {
    "microstructure.roll_spread": (1e-7, ROOT),
    "microstructure.microprice": (1e-12, "tighter: the adjustment is a small part of the price"),
}

# an approximate quantile: how far its rank may be from the wanted one
RANK: dict[str, tuple[float, str]] = {
    "streaming_stats.tdigest_quantile": (
        0.005,
        "the k1 scale with compression 100 is this close near 0.99",
    ),
    "streaming_stats.reservoir_median": (0.08, "five standard errors of a sample of 1,024"),
}


def same_rank(got: np.ndarray, m: Market, column: str, q: float, most: float) -> None:
    """Assert that each value stands where the quantile of everything up to it does."""
    values = m.trade[column]
    for t in np.unique(np.linspace(0, len(values) - 1, 60).astype(int)):
        past, slack = values[: t + 1], most + 1.0 / (t + 1)
        assert np.mean(past < got[t]) - slack <= q <= np.mean(past <= got[t]) + slack, (
            f"row {t}: {got[t]!r}"
        )
