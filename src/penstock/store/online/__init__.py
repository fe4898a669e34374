"""The latest value of each view and key, in tiers."""
