"""Moving averages of the close, and what they say against each other."""

from penstock.declare import Feature
from penstock.formulas.indicators import averages, crossings

INFINITY = float("inf")

FEATURES = (
    Feature(
        "indicators.sma",
        averages.sma,
        says="Simple moving average of the close.",
        source="definition",
        oracle="talib.SMA",
    ),
    Feature(
        "indicators.ema",
        averages.ema,
        says="Exponential moving average of the close, started from a simple one.",
        source="TA-Lib's classic seed",
        oracle="talib.EMA",
    ),
    Feature(
        "indicators.wma",
        averages.wma,
        says="Moving average of the close with weights that rise by one to the newest.",
        source="TA-Lib",
        oracle="talib.WMA",
    ),
    Feature(
        "indicators.wilder_ma",
        averages.wilder_ma,
        says="Wilder's smoothing of the close.",
        source="Wilder 1978",
        oracle="talib.RMA",
    ),
    Feature(
        "indicators.dema",
        averages.dema,
        says="Double exponential moving average: twice the average less the average of the average.",
        source="Mulloy 1994",
        oracle="talib.DEMA",
    ),
    Feature(
        "indicators.tema",
        averages.tema,
        says="Triple exponential moving average of the close.",
        source="Mulloy 1994",
        oracle="talib.TEMA",
    ),
    Feature(
        "indicators.trima",
        averages.trima,
        says="Moving average of the close with weights that rise to the middle and fall from it.",
        source="TA-Lib",
        oracle="talib.TRIMA",
    ),
    Feature(
        "indicators.moving_average_ribbon_spread",
        crossings.moving_average_ribbon_spread,
        says="How far apart exponential averages of several lengths are, as a share of the close.",
        source="Guppy 1998",
        oracle="talib.EMA",
        range=(0.0, INFINITY),
    ),
)
