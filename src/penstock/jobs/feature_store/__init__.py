"""The feature store that users touch: definitions, writes, reads and joins over registry, history and tiers."""
