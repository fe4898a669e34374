"""How much traded, and how volume goes with price."""

from penstock.catalog.volume import accumulation, statistics, trades

FEATURES = (*trades.FEATURES, *statistics.FEATURES, *accumulation.FEATURES)
