"""From a view's expressions to a plan: passes, each a file, with a check after each.

1 ``bind``      the view's clock and the source's streams are put in
2 ``verify``    clocks agree, names differ, no sampled window would freeze (``freeze``)
3 ``simplify``  rewrites that keep every bit
4 ``place``     a column that cannot be written straight into the output row is copied there
5 ``warmup``    ticks to the first finite value
6 ``memory``    look-back and windows
7 ``schedule``  by clock, then in few batches of one kernel
8 ``verify``    every step once, in order
"""

from penstock.plan.build import build
from penstock.plan.plan import Batch, ColumnSpec, Plan, Segment, value

__all__ = ["Batch", "ColumnSpec", "Plan", "Segment", "build", "value"]
