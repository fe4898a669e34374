"""How long events took to be received."""

from penstock.declare import Feature
from penstock.formulas.exchange import latency

FEATURES = (
    Feature(
        "exchange.latency_differential",
        latency.latency_differential,
        says="How much longer one venue's events take to be received than another's.",
        source="definition",
        oracle="numpy.median",
    ),
    Feature(
        "exchange.feed_latency",
        latency.feed_latency,
        says="How long events took to be received lately, as two clocks say.",
        source="definition",
        oracle="pandas.Series.ewm",
    ),
)
