"""Who starts trades, and how they follow one another."""

from penstock.declare import Feature
from penstock.formulas.order_flow import memory, signs, volumes

INFINITY = float("inf")
NUMPY = "NumPy"
BRUTE = "brute force over trades and quotes"

SIGNS = (
    Feature(
        "order_flow.tick_rule_sign",
        signs.tick_rule_sign,
        says="Who started a trade, estimated from the last change of the price.",
        source="Lee-Ready 1991 (tick test)",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.quote_rule_sign",
        signs.quote_rule_sign,
        says="Who started a trade, estimated from the side of the mid that it is on; 0 at the mid.",
        source="Lee-Ready 1991",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.lee_ready_sign",
        signs.lee_ready_sign,
        says="Who started a trade, estimated by the quote rule, and by the tick rule at the mid.",
        source="Lee-Ready 1991",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.emo_sign",
        signs.emo_sign,
        says="Who started a trade, estimated by the quote at the touch, and by the tick rule elsewhere.",
        source="Ellis-Michaely-O'Hara 2000",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.clnv_sign",
        signs.clnv_sign,
        says="Who started a trade, estimated by the quote near the touch, and by the tick rule elsewhere.",
        source="Chakrabarty-Li-Nguyen-VanNess 2007",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
)

VOLUMES = (
    Feature(
        "order_flow.bulk_buy_fraction",
        volumes.bulk_buy_fraction,
        says="Share of a bar's volume that its price change suggests was bought, from 0 to 1.",
        source="Easley-LdP-O'Hara 2012/2016 BVC",
        oracle="scipy.stats.norm",
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.signed_volume",
        volumes.signed_volume,
        says="Bought less sold volume of the last W.",
        source="definition",
        oracle=NUMPY,
    ),
    Feature(
        "order_flow.trade_flow_imbalance",
        volumes.trade_flow_imbalance,
        says="Bought against sold volume of the last W, from -1 to 1.",
        source="Chordia-Roll-Subrahmanyam 2002",
        oracle=NUMPY,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.trade_count_imbalance",
        volumes.trade_count_imbalance,
        says="Bought against sold trades of the last W, from -1 to 1.",
        source="Chordia-Roll-Subrahmanyam 2002",
        oracle=NUMPY,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.cumulative_volume_delta",
        volumes.cumulative_volume_delta,
        says="Bought less sold volume since the session began, or another anchor.",
        source="market delta practice",
        oracle="numpy.cumsum",
    ),
    Feature(
        "order_flow.cvd_slope",
        volumes.cvd_slope,
        says="Slope of the cumulative volume delta over w bars, by the mean volume of a bar.",
        source="definition",
        oracle="scipy.stats.linregress",
    ),
    Feature(
        "order_flow.cvd_price_divergence",
        volumes.cvd_price_divergence,
        says="How much further the volume delta went in w bars than the price, in deviations of each.",
        source="footprint practice",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.delta_intrabar_max",
        volumes.delta_intrabar_max,
        says="Highest running volume delta of the bar, by its volume.",
        source="footprint practice",
        oracle="numpy.maximum.accumulate",
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.delta_intrabar_min",
        volumes.delta_intrabar_min,
        says="Lowest running volume delta of the bar, by its volume.",
        source="footprint practice",
        oracle="numpy.minimum.accumulate",
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.market_order_rate",
        volumes.market_order_rate,
        says="Orders per second that traded at once; trades of one stamp and side are one.",
        source="Cont-Stoikov-Talreja 2010",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.sidedness",
        volumes.sidedness,
        says="Correlation of the numbers of bought and sold trades over slots of time.",
        source="Sarkar-Schwartz 2009",
        oracle="pandas.Series.corr",
        range=(-1.0, 1.0),
    ),
)

MEMORY = (
    Feature(
        "order_flow.trade_sign_autocorrelation",
        memory.trade_sign_autocorrelation,
        says="How the signs of trades go with those k trades before.",
        source="Lillo-Farmer 2004",
        oracle="pandas.Series.autocorr",
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.trade_sign_entropy",
        memory.trade_sign_entropy,
        says="How evenly the words of m successive signs occur, from 0 to 1.",
        source="Shannon 1948",
        oracle="scipy.stats.entropy",
        range=(0.0, 1.0),
        version=2,
    ),
    Feature(
        "order_flow.signed_run_length",
        memory.signed_run_length,
        says="Number of trades in the current run of one sign, with the sign.",
        source="definition",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.large_trade_flag",
        memory.large_trade_flag,
        says="1 for a trade larger than nearly all of the w before it.",
        source="Barclay-Warner 1993",
        oracle="numpy.quantile",
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.large_trade_volume_share",
        memory.large_trade_volume_share,
        says="Share of the volume of the last W that is in large trades.",
        source="definition",
        oracle=NUMPY,
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.large_trade_imbalance",
        memory.large_trade_imbalance,
        says="Bought against sold volume of the large trades of the last W, from -1 to 1.",
        source="definition",
        oracle=NUMPY,
        range=(-1.0, 1.0),
    ),
)

FEATURES = (*SIGNS, *VOLUMES, *MEMORY)
