"""Readers of files: Databento DBN, LOBSTER, Parquet, Arrow IPC, JSON lines, CSV, captures, logs of gateways."""

from penstock.events.readers.arrow import ArrowSource
from penstock.events.readers.captures import CaptureSource, together
from penstock.events.readers.csv import CsvSource, Dialect
from penstock.events.readers.dbn import DbnSource
from penstock.events.readers.jsonl import JsonlSource
from penstock.events.readers.lobster import LobsterSource
from penstock.events.readers.mapping import Constant, Mapping, Time, infer_type
from penstock.events.readers.mapping_text import parse_mapping
from penstock.events.readers.open import open_source, with_books
from penstock.events.readers.parquet import ParquetSource
from penstock.events.readers.telemetry import TelemetrySource

__all__ = [
    "ArrowSource",
    "CaptureSource",
    "Constant",
    "CsvSource",
    "DbnSource",
    "Dialect",
    "JsonlSource",
    "LobsterSource",
    "Mapping",
    "ParquetSource",
    "TelemetrySource",
    "Time",
    "infer_type",
    "open_source",
    "parse_mapping",
    "together",
    "with_books",
]
