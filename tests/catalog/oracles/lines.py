"""What lines through closes and averages against each other must give, from TA-Lib, SciPy and NumPy's windows."""

import numpy as np
import scipy.stats
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.averages import smoothed, trailing

BARS = (
    "indicators.linear_regression_value", "indicators.linear_regression_value(w=5)",
    "indicators.linear_regression_slope", "indicators.linear_regression_slope(w=6)",
    "indicators.linear_regression_angle", "indicators.linear_regression_intercept",
    "indicators.linear_regression_intercept(w=5)", "indicators.time_series_forecast",
    "indicators.time_series_forecast(w=5)", "indicators.regression_r_squared",
    "indicators.regression_r_squared(w=8)", "indicators.regression_channel_position",
    "indicators.regression_channel_position(w=20, k=1)", "indicators.moving_average_ribbon_spread",
    "indicators.moving_average_ribbon_spread(ws=3:5:8)", "indicators.ma_alignment_score",
    "indicators.ma_alignment_score(ws=3:8:5)", "indicators.ma_crossover_signal",
    "indicators.ma_crossover_signal(fast=3, slow=8)", "indicators.macd_line", "indicators.macd_line(fast=3, slow=8)",
    "indicators.macd_signal", "indicators.macd_signal(fast=3, slow=8, signal=4)", "indicators.macd_histogram",
    "indicators.macd_histogram(fast=3, slow=8, signal=4)", "indicators.ppo", "indicators.ppo(fast=3, slow=8)",
    "indicators.apo", "indicators.apo(fast=3, slow=8)",
)  # fmt: skip
SEEDED = 400  # bars after which nothing is left of where an average of 26 began


def fitted(m: Market, w: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope, value at the newest close and sum of squared residuals of a line through each window."""
    values, place = trailing(m.bar["close"], w), np.arange(w) - (w - 1) / 2
    first = values[:, :1]
    centred = values - first - (values - first).mean(axis=1, keepdims=True)
    slope = centred @ place / (place @ place)
    end = (first[:, 0] + (values - first).mean(axis=1)) + slope * (w - 1) / 2
    return slope, end, ((centred - slope[:, None] * place) ** 2).sum(axis=1)


def linear_regression_value(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.LINEARREG(m.bar["close"], w)


def linear_regression_value_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return fitted(m, w)[1]


def linear_regression_slope(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.LINEARREG_SLOPE(m.bar["close"], w)


def linear_regression_slope_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return fitted(m, w)[0]


def linear_regression_angle(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.LINEARREG_ANGLE(m.bar["close"], w)


def linear_regression_angle_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return np.degrees(np.arctan(fitted(m, w)[0]))


def linear_regression_intercept(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.LINEARREG_INTERCEPT(m.bar["close"], w)


def linear_regression_intercept_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    slope, end, _ = fitted(m, w)
    return end - (w - 1) * slope


def time_series_forecast(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.TSF(m.bar["close"], w)


def time_series_forecast_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    slope, end, _ = fitted(m, w)
    return end + slope


def regression_r_squared(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    def square(values: np.ndarray) -> float:
        known = np.isfinite(values).all() and np.ptp(values) > 0
        return scipy.stats.linregress(np.arange(w), values).rvalue ** 2 if known else np.nan

    return np.array([square(values) for values in trailing(m.bar["close"], w)])


def regression_channel_position(
    m: Market, at: np.ndarray, w: int = 100, k: float = 2.0
) -> np.ndarray:
    _, end, squares = fitted(m, w)
    position = (m.bar["close"] - end) / (k * np.sqrt(squares / (w - 2)))
    return np.where(np.ptp(trailing(m.bar["close"], w), axis=1) == 0, np.nan, position)


def averages(m: Market, ws: tuple[int, ...]) -> np.ndarray:
    return np.array([smoothed(m.bar["close"], w) for w in ws])


def moving_average_ribbon_spread(
    m: Market, at: np.ndarray, ws: tuple[int, ...] = (10, 20, 30, 40, 50)
) -> np.ndarray:
    return np.ptp(averages(m, ws), axis=0) / m.bar["close"]


def ma_alignment_score(
    m: Market, at: np.ndarray, ws: tuple[int, ...] = (10, 20, 50, 100, 200)
) -> np.ndarray:
    stack, n = averages(m, ws), len(ws)
    signs = [np.sign(stack[j] - stack[k]) for j in range(n) for k in range(j + 1, n)]
    return np.mean(signs, axis=0)


def ma_crossover_signal(m: Market, at: np.ndarray, fast: int = 50, slow: int = 200) -> np.ndarray:
    side = np.sign(np.round(apo_by_hand(m, at, fast, slow) * 1e9))
    last = np.concatenate([[np.nan], side[:-1]])
    return np.where(np.isnan(side + last), np.nan, side * ((side != 0) & (side * last <= 0)))


def macd_line_by_hand(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return smoothed(m.bar["close"], fast) - smoothed(m.bar["close"], slow)


def macd_signal_by_hand(
    m: Market, at: np.ndarray, fast: int = 12, slow: int = 26, signal: int = 9
) -> np.ndarray:
    return smoothed(macd_line_by_hand(m, at, fast, slow), signal)


def macd_histogram_by_hand(
    m: Market, at: np.ndarray, fast: int = 12, slow: int = 26, signal: int = 9
) -> np.ndarray:
    line = macd_line_by_hand(m, at, fast, slow)
    return line - smoothed(line, signal)


def ppo_by_hand(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return 100 * macd_line_by_hand(m, at, fast, slow) / smoothed(m.bar["close"], slow)


def later(theirs: np.ndarray, ours: np.ndarray, bars: int = SEEDED) -> np.ndarray:
    """TA-Lib's values once nothing is left of how it starts; before, those of the definition."""
    return np.concatenate([ours[:bars], theirs[bars:]])


def macd_line(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return later(talib.MACD(m.bar["close"], fast, slow)[0], macd_line_by_hand(m, at, fast, slow))


def macd_signal(
    m: Market, at: np.ndarray, fast: int = 12, slow: int = 26, signal: int = 9
) -> np.ndarray:
    return later(
        talib.MACD(m.bar["close"], fast, slow, signal)[1],
        macd_signal_by_hand(m, at, fast, slow, signal),
    )


def macd_histogram(
    m: Market, at: np.ndarray, fast: int = 12, slow: int = 26, signal: int = 9
) -> np.ndarray:
    return later(
        talib.MACD(m.bar["close"], fast, slow, signal)[2],
        macd_histogram_by_hand(m, at, fast, slow, signal),
    )


def ppo(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return later(talib.PPO(m.bar["close"], fast, slow, 1), ppo_by_hand(m, at, fast, slow))


def apo(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return talib.APO(m.bar["close"], fast, slow, 0)


def apo_by_hand(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    return trailing(m.bar["close"], fast).mean(axis=1) - trailing(m.bar["close"], slow).mean(axis=1)
