"""Readers of what a gateway of language models logs: its own events, spans of OpenTelemetry, an access log."""

from penstock.events.readers.telemetry.encoders import HashedPieces, OnnxEncoder
from penstock.events.readers.telemetry.prices import Prices
from penstock.events.readers.telemetry.source import TelemetrySource
from penstock.events.readers.telemetry.terms import Terms
from penstock.events.readers.telemetry.words import Tokenizer, approximate

__all__ = [
    "HashedPieces",
    "OnnxEncoder",
    "Prices",
    "TelemetrySource",
    "Terms",
    "Tokenizer",
    "approximate",
]
