"""Volume of bars against its past and against returns."""

from penstock.catalog import refits
from penstock.declare import Feature
from penstock.formulas import volumes
from penstock.formulas.volume import statistics

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volume.relative_volume",
        volumes.relative_volume,
        says="Volume of a bar against the mean of the w bars before it.",
        source="RVOL",
        oracle="talib.RVOL",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.time_of_day_relative_volume",
        statistics.time_of_day_relative_volume,
        says="Volume against its mean at the same time of day over the last days.",
        source="Jain-Joh 1988",
        oracle="pandas groupby by slot, rolling",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "volume.volume_zscore",
        volumes.volume_zscore,
        says="Log volume in standard deviations from its mean over the last w bars.",
        source="definition",
        oracle="pandas rolling, numpy.std",
    ),
    Feature(
        "volume.volume_percentile",
        statistics.volume_percentile,
        says="Rank of the volume among the last w bars, from 0 to 1.",
        source="Conover-Iman 1981",
        oracle="scipy.stats.percentileofscore",
        range=(0.0, 1.0),
    ),
    Feature(
        "volume.volume_oscillator_pct",
        statistics.volume_oscillator_pct,
        says="Fast against slow average of volume, in percent.",
        source="PVO",
        oracle="talib.EMA",
    ),
    Feature(
        "volume.volume_weighted_momentum",
        statistics.volume_weighted_momentum,
        says="Mean log return of w bars weighted by volume.",
        source="definition",
        oracle="numpy.average",
    ),
    Feature(
        "volume.up_volume_share",
        statistics.up_volume_share,
        says="Share of the volume of w bars that came with a rising close.",
        source="definition",
        oracle="pandas rolling sum",
        range=(0.0, 1.0),
    ),
    Feature(
        "volume.volume_autocorrelation",
        statistics.volume_autocorrelation,
        says="Autocorrelation of log volume over w bars at a lag of k.",
        source="Box-Jenkins 1970",
        oracle="statsmodels.tsa.stattools.acf",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volume.volume_price_correlation",
        statistics.volume_price_correlation,
        says="Correlation of the size of log returns with log volume over w bars.",
        source="Karpoff 1987",
        oracle="numpy.corrcoef",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volume.unexpected_volume",
        refits.unexpected_volume,
        says="Log volume less what an autoregression of it expected.",
        source="Bessembinder-Seguin 1993",
        oracle="statsmodels.tsa.ar_model.AutoReg",
    ),
)
