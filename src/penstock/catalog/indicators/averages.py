"""Moving averages of the close."""

from penstock.declare import Feature
from penstock.formulas.indicators import adaptive, averages

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
        "indicators.t3_moving_average",
        averages.t3_moving_average,
        says="Tillson's moving average: a generalised double exponential one, three times over.",
        source="Tillson 1998",
        oracle="talib.T3",
    ),
    Feature(
        "indicators.kama",
        adaptive.kama,
        says="Kaufman's adaptive moving average, quick in a trend and slow in noise.",
        source="Kaufman 1995",
        oracle="talib.KAMA",
    ),
    Feature(
        "indicators.hull_moving_average",
        averages.hull_moving_average,
        says="Hull's moving average: weighted averages combined so that they lag little.",
        source="Hull 2005",
        oracle="talib.HMA",
    ),
    Feature(
        "indicators.zero_lag_ema",
        averages.zero_lag_ema,
        says="Exponential moving average of the close moved on by its change over the average's lag.",
        source="Ehlers-Way 2010",
        oracle="talib.ZLEMA",
    ),
    Feature(
        "indicators.vwma",
        averages.vwma,
        says="Volume-weighted moving average of the close.",
        source="definition",
        oracle="talib.VWMA",
    ),
    Feature(
        "indicators.vidya",
        adaptive.vidya,
        says="Chande's variable index dynamic average, quick where his momentum oscillator is far from 0.",
        source="Chande 1992",
        oracle="brute force",
    ),
    Feature(
        "indicators.alma",
        averages.alma,
        says="Arnaud Legoux's moving average, whose weights are a bell near the newest close.",
        source="Legoux-Kouzis-Loukas 2009",
        oracle="NumPy with the weights written out",
    ),
    Feature(
        "indicators.mcginley_dynamic",
        adaptive.mcginley_dynamic,
        says="McGinley's dynamic average, which follows a fall faster than a rise.",
        source="McGinley 1990",
        oracle="brute force",
    ),
)
