"""Volatility: realised measures, ranges of bars, jumps, and how volatility moves."""

from penstock.catalog.volatility import jumps, moving, ranges, realized

FEATURES = (*realized.FEATURES, *ranges.FEATURES, *jumps.FEATURES, *moving.FEATURES)
