"""Venues: funding, open interest, liquidations, bases."""

from penstock.catalog.exchange import basis, discovery, funding, interest, liquidations, venues

FEATURES = (
    *funding.FEATURES, *interest.FEATURES, *liquidations.FEATURES, *basis.FEATURES, *venues.FEATURES,
    *discovery.FEATURES,
)  # fmt: skip
