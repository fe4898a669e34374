"""The feature store that users touch: definitions, writes, reads and joins over registry, history and tiers."""

from penstock.jobs.feature_store.store import AsyncFeatureStore
from penstock.jobs.feature_store.sync import FeatureStore

__all__ = ["AsyncFeatureStore", "FeatureStore"]
