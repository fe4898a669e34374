"""Volatility over windows and with fading memory, and how it moves."""

from penstock.declare import Feature
from penstock.formulas.volatility import moving

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volatility.realized_volatility",
        moving.realized_volatility,
        says="Volatility of the last w returns around 0, for a year of bars.",
        source="Andersen-Bollerslev 1998",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.ewma_volatility",
        moving.ewma_volatility,
        says="Volatility of the next return, with fading weights.",
        source="RiskMetrics 1996",
        oracle="arch.univariate.EWMAVariance",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.volatility_of_volatility",
        moving.volatility_of_volatility,
        says="Deviation of the last w changes of log volatility.",
        source="Corsi-Mittnik-Pigorsch-Pigorsch 2008",
        oracle="pandas.Series.rolling",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.volatility_autocorrelation",
        moving.volatility_autocorrelation,
        says="Correlation of the sizes of returns with those k bars before.",
        source="Ding-Granger-Engle 1993",
        oracle="pandas.Series.corr",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volatility.leverage_effect_correlation",
        moving.leverage_effect_correlation,
        says="Correlation of squared returns with the returns k bars before.",
        source="Black 1976; Bouchaud-Matacz-Potters 2001",
        oracle="pandas.Series.corr",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volatility.diurnally_adjusted_volatility",
        moving.diurnally_adjusted_volatility,
        says="Size of a return against what is usual at its time of day.",
        source="Andersen-Bollerslev 1997; Boudt-Croux-Laurent 2011",
        oracle="numpy.median",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.spot_volatility_kernel",
        moving.spot_volatility_kernel,
        says="Variance a second of trade prices now, by a one-sided kernel.",
        source="Kristensen 2010; Fan-Wang 2008",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.signature_plot_slope",
        moving.signature_plot_slope,
        says="Slope of log variance on the log of the step of returns; below 0, prices bounce.",
        source="Andersen et al 2000 signature plot",
        oracle="numpy.polyfit",
    ),
)
