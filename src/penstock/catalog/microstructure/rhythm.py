"""When quotes change and trades come, and how large they are."""

from penstock.catalog import refits
from penstock.declare import Feature
from penstock.formulas import quotes, sizes

INFINITY = float("inf")

RHYTHM = (
    Feature(
        "microstructure.quote_intensity",
        quotes.quote_intensity,
        says="Updates of the best bid and ask per second, with memory that halves every halflife.",
        source="definition",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "microstructure.quote_to_trade_ratio",
        quotes.quote_to_trade_ratio,
        says="Updates of the best bid and ask per trade in the last W; NaN without trades.",
        source="Friederich-Payne 2015",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.trade_duration_mean",
        sizes.trade_duration_mean,
        says="Mean time between trades over the last w gaps, in seconds; trades of one time count once.",
        source="Engle-Russell 1998",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.hawkes_intensity",
        refits.hawkes_intensity,
        says="Trades expected per second by a fitted process in which each makes others more likely.",
        source="Hawkes 1971; Bacry-Mastromatteo-Muzy 2015",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.trade_size_mean_log",
        sizes.trade_size_mean_log,
        says="Mean log size of the last w trades.",
        source="definition",
    ),
    Feature(
        "microstructure.trade_size_skewness",
        sizes.trade_size_skewness,
        says="Adjusted skewness of the log size of the last w trades.",
        source="definition",
    ),
    Feature(
        "microstructure.trade_size_tail_index",
        sizes.trade_size_tail_index,
        says="Hill's tail index of the largest sizes of the last w trades.",
        source="Gopikrishnan 2000; Hill 1975",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "microstructure.trade_size_entropy",
        sizes.trade_size_entropy,
        says="Entropy of the sizes of the last w trades in powers of two, as a share of the maximum.",
        source="Shannon 1948",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.trade_size_clustering",
        sizes.trade_size_clustering,
        says="How much of the last w trades falls on the commonest sizes, beyond what equal shares would give.",
        source="Alexander-Peterson 2007",
        range=(0.0, 1.0),
    ),
)

FEATURES = RHYTHM
