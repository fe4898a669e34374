"""The catalogue: features as data, one module per family."""

from penstock.catalog import (
    candlestick,
    delta,
    exchange,
    indicators,
    lagged,
    levels,
    llm_context,
    llm_derived,
    llm_feedback,
    llm_model,
    llm_performance,
    llm_request,
    microstructure,
    order_flow,
    price,
    ratio,
    sentiment,
    spymaster,
    streaming_stats,
    time,
    volatility,
    volume,
    volume_profile,
)
from penstock.catalog.aliases import ALIASES
from penstock.catalog.outside import OUTSIDE
from penstock.catalog.waiting import WAITING
from penstock.declare import Feature, View
from penstock.declare.feature import find

FAMILIES = (
    streaming_stats,
    price,
    volatility,
    volume,
    volume_profile,
    microstructure,
    order_flow,
    exchange,
    indicators,
    candlestick,
    delta,
    ratio,
    time,
    lagged,
    llm_request,
    llm_model,
    llm_performance,
    llm_feedback,
    llm_context,
    llm_derived,
    sentiment,
    levels,
    spymaster,
)
FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES for feature in family.FEATURES)

Feature.CATALOGUE.update({feature.name: feature for feature in FEATURES})
Feature.ALIASES.update(ALIASES)
Feature.OUTSIDE.update(OUTSIDE)


def search(words: str) -> tuple[Feature, ...]:
    """The features whose name, sentence or tags hold every word, those that hold it in the name first.

    Examples
    --------
    >>> [feature.name for feature in search("imbalance deeper")]
    ['microstructure.distance_weighted_imbalance']
    """
    wanted = words.lower().split()
    found = [feature for feature in FEATURES if all(word in text(feature) for word in wanted)]
    return tuple(sorted(found, key=lambda feature: -sum(word in feature.name for word in wanted)))


def text(feature: Feature) -> str:
    """What a search looks at."""
    return " ".join((feature.name, feature.says, *feature.tags)).lower()


__all__ = ["ALIASES", "FAMILIES", "FEATURES", "OUTSIDE", "WAITING", "View", "find", "search"]
