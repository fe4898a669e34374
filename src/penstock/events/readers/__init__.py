"""Readers of files: Databento DBN, Parquet and CSV."""

from penstock.events.readers.dbn import DbnSource

__all__ = ["DbnSource"]
