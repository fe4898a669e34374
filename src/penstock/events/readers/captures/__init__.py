"""Recorded websocket captures: Binance spot and USD-M futures, Bybit, BitMEX, Deribit."""

from penstock.events.readers.captures.exchanges import EXCHANGES
from penstock.events.readers.captures.source import CaptureSource, together

__all__ = ["EXCHANGES", "CaptureSource", "together"]
