"""Live: a view over a feed, event by event; late events, snapshots, replay, parity."""

from penstock.jobs.live.live import Feed, Live, live
from penstock.jobs.live.row import Row

__all__ = ["Feed", "Live", "Row", "live"]
