"""Lines through the closes, and averages of several lengths against each other."""

from penstock.declare import Feature
from penstock.formulas.indicators import crossings, lines

INFINITY = float("inf")

FEATURES = (
    Feature(
        "indicators.linear_regression_value",
        lines.linear_regression_value,
        says="Where the least-squares line through the last closes stands now.",
        source="TA-Lib",
        oracle="talib.LINEARREG",
    ),
    Feature(
        "indicators.linear_regression_slope",
        lines.linear_regression_slope,
        says="Slope of the least-squares line through the last closes, a bar.",
        source="TA-Lib",
        oracle="talib.LINEARREG_SLOPE",
    ),
    Feature(
        "indicators.linear_regression_angle",
        lines.linear_regression_angle,
        says="Angle of the least-squares line through the last closes, in degrees.",
        source="TA-Lib",
        oracle="talib.LINEARREG_ANGLE",
        range=(-90.0, 90.0),
    ),
    Feature(
        "indicators.linear_regression_intercept",
        lines.linear_regression_intercept,
        says="Where the least-squares line through the last closes begins.",
        source="TA-Lib",
        oracle="talib.LINEARREG_INTERCEPT",
    ),
    Feature(
        "indicators.time_series_forecast",
        lines.time_series_forecast,
        says="Where the least-squares line through the last closes stands one bar on.",
        source="TA-Lib",
        oracle="talib.TSF",
    ),
    Feature(
        "indicators.regression_r_squared",
        lines.regression_r_squared,
        says="Share of the closes' variance that a line through them explains.",
        source="Chande-Kroll 1994",
        oracle="scipy.stats.linregress",
        range=(0.0, 1.0),
    ),
    Feature(
        "indicators.regression_channel_position",
        lines.regression_channel_position,
        says="Where the close is in a channel of standard errors about the line, 1 and -1 at its edges.",
        source="Raff 1991, with standard errors",
        oracle="scipy.stats.linregress",
    ),
    Feature(
        "indicators.moving_average_ribbon_spread",
        crossings.moving_average_ribbon_spread,
        says="How far apart exponential averages of several lengths are, as a share of the close.",
        source="Guppy 1998",
        oracle="talib.EMA",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.ma_alignment_score",
        crossings.ma_alignment_score,
        says="How far exponential averages are in the order of a rising trend, from -1 to 1.",
        source="Kendall 1938",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "indicators.ma_crossover_signal",
        crossings.ma_crossover_signal,
        says="1 where a quick simple average crosses above a slow one, -1 where below, else 0.",
        source="golden and death cross",
        oracle="pandas rolling",
        range=(-1.0, 1.0),
    ),
    Feature(
        "indicators.macd_line",
        crossings.macd_line,
        says="Quick exponential average of the close less the slow one.",
        source="Appel 1979",
        oracle="talib.MACD",
    ),
    Feature(
        "indicators.macd_signal",
        crossings.macd_signal,
        says="Exponential average of the MACD line.",
        source="Appel 1979",
        oracle="talib.MACD",
    ),
    Feature(
        "indicators.macd_histogram",
        crossings.macd_histogram,
        says="MACD line less its signal.",
        source="Aspray 1986",
        oracle="talib.MACD",
    ),
    Feature(
        "indicators.ppo",
        crossings.ppo,
        says="Quick exponential average of the close less the slow one, in percent of it.",
        source="Appel 2005",
        oracle="talib.PPO",
    ),
    Feature(
        "indicators.apo",
        crossings.apo,
        says="Quick simple average of the close less the slow one.",
        source="TA-Lib",
        oracle="talib.APO",
    ),
)
