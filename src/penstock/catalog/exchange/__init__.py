"""Venues: funding, open interest, liquidations, bases, latencies."""

from penstock.catalog.exchange import (
    basis,
    discovery,
    funding,
    interest,
    latency,
    liquidations,
    venues,
)

FEATURES = (
    *funding.FEATURES, *interest.FEATURES, *liquidations.FEATURES, *basis.FEATURES, *venues.FEATURES,
    *discovery.FEATURES, *latency.FEATURES,
)  # fmt: skip
