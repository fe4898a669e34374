"""Venues: funding, open interest, liquidations, bases."""

from penstock.catalog.exchange import basis, funding, interest, liquidations

FEATURES = (*funding.FEATURES, *interest.FEATURES, *liquidations.FEATURES, *basis.FEATURES)
