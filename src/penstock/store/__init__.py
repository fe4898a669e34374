"""Stores: the registry, history in Parquet, and the latest values in tiers."""
