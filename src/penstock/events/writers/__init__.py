"""Writers of files that the readers give back bit for bit: Databento DBN, Parquet, Arrow IPC and CSV."""

from penstock.events.writers.dbn import write_dbn
from penstock.events.writers.table import write_arrow, write_csv, write_parquet

__all__ = ["write_arrow", "write_csv", "write_dbn", "write_parquet"]
