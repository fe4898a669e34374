"""The engine: arenas, the compiled loop, snapshots, refits."""

from penstock.engine.engine import Engine
from penstock.engine.rows import Rows

__all__ = ["Engine", "Rows"]
