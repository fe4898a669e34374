"""Backfill: a registered view over recorded sources into the store, and what was served against a replay."""

from penstock.jobs.backfill.backfill import SHARDS, Filled, backfill
from penstock.jobs.backfill.registered import registered
from penstock.jobs.backfill.served import Mismatch, ServedParity, served_parity

__all__ = [
    "SHARDS",
    "Filled",
    "Mismatch",
    "ServedParity",
    "backfill",
    "registered",
    "served_parity",
]
