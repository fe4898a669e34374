"""The engine: arenas, the compiled loop, snapshots, refits, rebuilds."""

from penstock.engine.engine import Engine
from penstock.engine.rebuild import Rebuild
from penstock.engine.rows import Rows

__all__ = ["Engine", "Rebuild", "Rows"]
