"""What a price did: returns, ranges, distances to levels."""

from penstock.catalog.price import changes, levels, shapes

FEATURES = (*changes.FEATURES, *shapes.FEATURES, *levels.FEATURES)
