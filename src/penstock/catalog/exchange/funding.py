"""Funding of perpetual futures."""

from penstock.declare import Feature
from penstock.formulas.exchange import funding

FEATURES = (
    Feature(
        "exchange.funding_rate",
        funding.funding_rate,
        says="The last funding rate that was settled.",
        source="BitMEX 2016; exchange docs",
        oracle="closed form (lookup)",
    ),
    Feature(
        "exchange.predicted_funding_rate",
        funding.predicted_funding_rate,
        says="The funding rate that would be settled if the interval ended now, an estimate.",
        source="Binance/BitMEX funding formula",
        oracle="closed form",
    ),
    Feature(
        "exchange.premium_index",
        funding.premium_index,
        says="How far a perpetual's impact prices are outside its index.",
        source="Binance/BitMEX",
        oracle="closed form",
    ),
    Feature(
        "exchange.funding_annualized",
        funding.funding_annualized,
        says="The last settled funding rate for a year, not compounded.",
        source="definition",
        oracle="closed form",
    ),
    Feature(
        "exchange.cumulative_funding",
        funding.cumulative_funding,
        says="Sum of the funding rates of the last W.",
        source="definition",
        oracle="pandas.Series.rolling (.sum)",
    ),
    Feature(
        "exchange.funding_zscore",
        funding.funding_zscore,
        says="The last funding rate in deviations from the mean of the last n.",
        source="definition",
        oracle="pandas.Series.rolling",
    ),
    Feature(
        "exchange.seconds_to_funding",
        funding.seconds_to_funding,
        says="Seconds to the next settlement of funding.",
        source="exchange schedule",
        oracle="closed form",
        range=(0.0, 28800.0),
    ),
)
