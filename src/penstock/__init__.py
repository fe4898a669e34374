"""Penstock: features on event streams, the same bits in backfill, replay and live."""

__version__ = "0.1.0"
