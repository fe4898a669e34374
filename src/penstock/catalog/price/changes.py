"""Returns, momentum, trends and swings."""

from penstock.declare import Feature
from penstock.formulas import returns
from penstock.formulas.price import trends

INFINITY = float("inf")

FEATURES = (
    Feature(
        "price.simple_return",
        returns.simple_return,
        says="Simple return of the close over k bars; NaN unless both prices are positive.",
        source="definition",
        oracle="pandas.Series.pct_change",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.log_return",
        returns.log_return,
        says="Log return of the close over k bars; NaN unless both prices are positive.",
        source="definition",
        oracle="pandas, numpy.log",
    ),
    Feature(
        "price.overnight_return",
        returns.overnight_return,
        says="Log return from the previous session's close to this session's open; days begin at 00:00 UTC.",
        source="Lou-Polk-Skouras 2019",
        oracle="pandas groupby by day",
    ),
    Feature(
        "price.intraday_return",
        returns.intraday_return,
        says="Log return since the session's open.",
        source="Lou-Polk-Skouras 2019",
        oracle="pandas groupby by day",
    ),
    Feature(
        "price.open_gap",
        returns.open_gap,
        says="Open of a bar against the close of the one before.",
        source="definition",
        oracle="pandas shift",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.cumulative_return",
        returns.cumulative_return,
        says="Compounded simple return since the session began or another anchor.",
        source="definition",
        oracle="pandas groupby, cumprod",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.volatility_adjusted_return",
        trends.volatility_adjusted_return,
        says="Log return in standard deviations of the w returns before it.",
        source="Moskowitz-Ooi-Pedersen 2012",
        oracle="pandas rolling std",
    ),
    Feature(
        "price.excess_return",
        trends.excess_return,
        says="Log return of a symbol less that of a benchmark, between two ticks of the view's clock.",
        source="definition",
        oracle="numpy",
    ),
    Feature(
        "price.momentum_12_1",
        trends.momentum_12_1,
        says="Return over the last lookback bars without the last skip.",
        source="Jegadeesh-Titman 1993",
        oracle="pandas shift",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.quadratic_trend_curvature",
        trends.quadratic_trend_curvature,
        says="Curvature of the parabola through the last w closes, against the close.",
        source="definition (quadratic fit)",
        oracle="numpy.polyfit",
    ),
    Feature(
        "price.tick_direction_run_length",
        trends.tick_direction_run_length,
        says="Trades since the price last turned, with the sign of its direction.",
        source="definition",
        oracle="brute force",
    ),
    Feature(
        "price.fib_retracement_position",
        trends.fib_retracement_position,
        says="Where the close is in the last confirmed swing, from 0 at its low to 1 at its high.",
        source="Fischer 1993; Merrill 1977 (zigzag)",
        oracle="brute force",
    ),
)
