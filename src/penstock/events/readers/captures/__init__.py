"""Recorded websocket captures: Binance spot and USD-M futures."""

from penstock.events.readers.captures.exchanges import EXCHANGES
from penstock.events.readers.captures.source import CaptureSource

__all__ = ["EXCHANGES", "CaptureSource"]
