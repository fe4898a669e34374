"""What a touch of a price level is like: the columns of the levels pipeline."""

from penstock.catalog.spymaster import barrier, score, tape, touch
from penstock.declare import Feature

FEATURES: tuple[Feature, ...] = tuple(
    feature for part in (touch, barrier, tape, score) for feature in part.FEATURES
)
