"""Statistics of a stream: over everything so far, over a window of ticks, with fading memory."""

from penstock.declare import Feature
from penstock.formulas import statistics

INFINITY = float("inf")

FEATURES = (
    Feature(
        "streaming_stats.expanding_mean",
        statistics.expanding_mean,
        says="Mean of all values so far.",
        source="Welford 1962; Knuth TAOCP v2 4.2.2",
    ),
    Feature(
        "streaming_stats.expanding_variance",
        statistics.expanding_variance,
        says="Variance of all values so far.",
        source="Welford 1962",
        range=(0.0, INFINITY),
    ),
    Feature(
        "streaming_stats.expanding_skewness",
        statistics.expanding_skewness,
        says="Skewness of all values so far; NaN while they are all equal.",
        source="Pebay 2008 (SAND2008-6212)",
    ),
    Feature(
        "streaming_stats.expanding_kurtosis",
        statistics.expanding_kurtosis,
        says="Excess kurtosis of all values so far; NaN while they are all equal.",
        source="Pebay 2008",
        range=(-2.0, INFINITY),
    ),
    Feature(
        "streaming_stats.rolling_mean",
        statistics.rolling_mean,
        says="Mean of the last w values.",
        source="definition",
    ),
    Feature(
        "streaming_stats.rolling_std",
        statistics.rolling_std,
        says="Standard deviation of the last w values around their mean, not annualised.",
        source="West 1979 update",
        range=(0.0, INFINITY),
    ),
    Feature(
        "streaming_stats.rolling_skewness",
        statistics.rolling_skewness,
        says="Adjusted skewness of the last w values.",
        source="Fisher-Pearson adjusted; Joanes-Gill 1998",
    ),
    Feature(
        "streaming_stats.rolling_kurtosis",
        statistics.rolling_kurtosis,
        says="Unbiased excess kurtosis of the last w values.",
        source="Joanes-Gill 1998",
    ),
    Feature(
        "streaming_stats.rolling_min",
        statistics.rolling_min,
        says="Smallest of the last w values.",
        source="monotonic deque (Lemire 2006)",
    ),
    Feature(
        "streaming_stats.rolling_max",
        statistics.rolling_max,
        says="Largest of the last w values.",
        source="monotonic deque (Lemire 2006)",
    ),
    Feature(
        "streaming_stats.rolling_median",
        statistics.rolling_median,
        says="Median of the last w values.",
        source="two-heap / indexable skiplist",
    ),
    Feature(
        "streaming_stats.rolling_quantile",
        statistics.rolling_quantile,
        says="Quantile of the last w values, linear between order statistics.",
        source="Hyndman-Fan 1996",
    ),
    Feature(
        "streaming_stats.ew_mean",
        statistics.ew_mean,
        says="Mean whose weights halve every halflife ticks, seeded with the first value.",
        source="Roberts 1959",
    ),
    Feature(
        "streaming_stats.ew_variance",
        statistics.ew_variance,
        says="Variance whose weights halve every halflife ticks; it starts at 0.",
        source="Finch 2009",
        range=(0.0, INFINITY),
    ),
    Feature(
        "streaming_stats.time_decayed_mean",
        statistics.time_decayed_mean,
        says="Mean of irregular events whose weights halve every halflife_s seconds.",
        source="irregular EMA (Eckner 2012; Muller 1991)",
        version=2,
    ),
    Feature(
        "streaming_stats.tdigest_quantile",
        statistics.tdigest_quantile,
        says="Approximate quantile of all values so far from a mergeable sketch.",
        source="Dunning-Ertl 2019",
        version=2,
    ),
    Feature(
        "streaming_stats.reservoir_median",
        statistics.reservoir_median,
        says="Approximate median of all values so far from a uniform sample with a fixed seed.",
        source="Vitter 1985",
    ),
)
