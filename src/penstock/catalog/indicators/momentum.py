"""How far and how fast the close moved."""

from penstock.declare import Feature
from penstock.formulas.indicators import momentum

FEATURES = (
    Feature(
        "indicators.momentum",
        momentum.momentum,
        says="Change of the close over w bars.",
        source="TA-Lib",
        oracle="talib.MOM",
    ),
    Feature(
        "indicators.rate_of_change",
        momentum.rate_of_change,
        says="Change of the close over w bars in percent.",
        source="TA-Lib",
        oracle="talib.ROC",
    ),
    Feature(
        "indicators.trix",
        momentum.trix,
        says="Change of a triple exponential average of the close, in percent.",
        source="Hutson 1983",
        oracle="talib.TRIX",
    ),
    Feature(
        "indicators.tsi",
        momentum.tsi,
        says="Twice averaged changes of the close against their sizes, from -100 to 100.",
        source="Blau 1991",
        oracle="talib.TSI",
        range=(-100.0, 100.0),
    ),
    Feature(
        "indicators.kst",
        momentum.kst,
        says="Averaged rates of change over four spans, the longer the heavier.",
        source="Pring 1992",
        oracle="pandas rolling",
    ),
    Feature(
        "indicators.coppock_curve",
        momentum.coppock_curve,
        says="Weighted average of the sum of two rates of change.",
        source="Coppock 1962",
        oracle="talib.COPPOCK",
    ),
    Feature(
        "indicators.detrended_price_oscillator",
        momentum.detrended_price_oscillator,
        says="An earlier close less the average about it.",
        source="Appel",
        oracle="talib.DPO",
    ),
    Feature(
        "indicators.bias_indicator",
        momentum.bias_indicator,
        says="The close against its average.",
        source="BIAS",
        oracle="closed form",
    ),
    Feature(
        "indicators.qstick",
        momentum.qstick,
        says="Average body of the last bars.",
        source="Chande",
        oracle="talib.QSTICK",
    ),
    Feature(
        "indicators.forecast_oscillator",
        momentum.forecast_oscillator,
        says="The close against what the line through the closes before it foretold, in percent.",
        source="Chande 1992",
        oracle="talib.FOSC",
    ),
    Feature(
        "indicators.efficiency_ratio",
        momentum.efficiency_ratio,
        says="Distance that the close went over the length of its path; 0 where it stood still.",
        source="Kaufman 1995",
        oracle="talib.ER",
        range=(0.0, 1.0),
    ),
    Feature(
        "indicators.center_of_gravity",
        momentum.center_of_gravity,
        says="How far back the weight of the last closes lies, with a minus.",
        source="Ehlers 2002",
        oracle="brute force",
    ),
    Feature(
        "indicators.correlation_trend_indicator",
        momentum.correlation_trend_indicator,
        says="Correlation of the last closes with time.",
        source="Ehlers 2020",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "indicators.td_setup_count",
        momentum.td_setup_count,
        says="Bars in a row that closed above those lag bars before, or below with a minus, at most n.",
        source="DeMark 1994",
        oracle="brute force",
        range=(-9.0, 9.0),
    ),
)
