"""The engine: arenas, the compiled loop, snapshots, refits, rebuilds."""

from penstock.engine.engine import Engine
from penstock.engine.rebuilding.rebuild import Rebuild
from penstock.engine.rows import Rows
from penstock.engine.spill import SqliteStore
from penstock.engine.stats import Stats

__all__ = ["Engine", "Rebuild", "Rows", "SqliteStore", "Stats"]
