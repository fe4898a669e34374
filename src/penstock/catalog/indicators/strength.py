"""Moves up against moves down."""

from penstock.declare import Feature
from penstock.formulas.indicators import strength

FEATURES = (
    Feature(
        "indicators.rsi",
        strength.rsi,
        says="Wilder's relative strength index of the close, from 0 to 100; 50 where it never moved.",
        source="Wilder 1978",
        oracle="talib.RSI",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.cutler_rsi",
        strength.cutler_rsi,
        says="Relative strength index from plain sums of gains and losses, from 0 to 100.",
        source="Cutler",
        oracle="brute force",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.connors_rsi",
        strength.connors_rsi,
        says="Mean of the strengths of the close and of its streak, and of the rank of its return.",
        source="Connors-Alvarez 2012",
        oracle="brute force",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.cmo",
        strength.cmo,
        says="Gains less losses over w bars, against both, from -100 to 100.",
        source="Chande 1994",
        oracle="talib.CMOU",
        range=(-100.0, 100.0),
    ),
    Feature(
        "indicators.psychological_line",
        strength.psychological_line,
        says="Percentage of the last bars that closed higher than the one before.",
        source="PSY",
        oracle="brute force",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.intraday_momentum_index",
        strength.intraday_momentum_index,
        says="Relative strength of the bodies of the last bars, from 0 to 100.",
        source="Chande",
        oracle="talib.IMI",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.inverse_fisher_rsi",
        strength.inverse_fisher_rsi,
        says="Relative strength pushed towards -1 or 1 by the inverse Fisher transform.",
        source="Ehlers 2004",
        oracle="talib.RSI, talib.WMA",
        range=(-1.0, 1.0),
    ),
    Feature(
        "indicators.laguerre_rsi",
        strength.laguerre_rsi,
        says="Relative strength between the stages of a Laguerre filter, from 0 to 1.",
        source="Ehlers 2004",
        oracle="exact arithmetic",
        range=(0.0, 1.0),
    ),
    Feature(
        "indicators.relative_volatility_index",
        strength.relative_volatility_index,
        says="Deviation of the close on rising bars against that on falling bars, from 0 to 100.",
        source="Dorsey 1993",
        oracle="talib.RVI",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.inertia",
        strength.inertia,
        says="Where the line through the last relative volatility indices ends.",
        source="Dorsey 1995",
        oracle="talib.LINEARREG of talib.RVI",
    ),
)
