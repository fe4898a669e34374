"""Pass 2: long windows of time that are sampled on a timed clock run on panes."""

from math import gcd

from penstock.core.time import duration
from penstock.expr import Expr, Operator
from penstock.ops.pane.pane_moments import PaneMoments
from penstock.ops.pane.pane_ohlc import PaneOhlc
from penstock.ops.pane.pane_sum import PaneSum
from penstock.ops.pane.pane_time_mean import PaneTimeMean
from penstock.ops.pane.pane_vwap import PaneVwap
from penstock.ops.pane.ring import MOST, Paned
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_max import WindowMax
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_min import WindowMin
from penstock.ops.window.window_moments import WindowMoments
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.ops.window.window_vwap import WindowVwap
from penstock.plan.simplify import rewrite
from penstock.streams import EVENT, Clock, Every, TimeBars

LONG = duration(
    "10m"
)  # the ticks of a shorter window are few, and all that read a column share them

# a window, and the output of the operator on panes that has its values
PANED: dict[type[Operator], tuple[type[Paned], str]] = {
    WindowCount: (PaneSum, "count"),
    WindowMax: (PaneOhlc, "high"),
    WindowMean: (PaneSum, "mean"),
    WindowMin: (PaneOhlc, "low"),
    WindowMoments: (PaneMoments, ""),
    WindowSum: (PaneSum, "sum"),
    WindowTimeMean: (PaneTimeMean, ""),
    WindowVwap: (PaneVwap, ""),
}


def panes(outputs: tuple[tuple[str, Expr], ...]) -> tuple[tuple[str, Expr], ...]:
    """The same columns with panes in place of ticks.

    Whether a window runs on panes is a function of its own width and clocks alone: what else a view has changes no
    bit of it.
    """
    return rewrite(outputs, paned)


def paned(node: Expr) -> Expr:
    """A window on panes that end where its own begin and end, or the node itself."""
    if not isinstance(node, Operator) or type(node) not in PANED:
        return node
    width, (cls, output) = int(node.parameters["width"]), PANED[type(node)]  # type: ignore[call-overload]
    grid = grid_of(node.clock)
    if grid is None or width < LONG or node.source is None or node.source.phase != EVENT:
        return node
    hop, offset = grid
    step = gcd(hop, width)
    if width // step > MOST:
        return node
    made = cls(*node.operands, width=width, step=step, on=node.clock, offset=offset % step)
    return made[output] if output else made


def grid_of(clock: Clock | None) -> tuple[int, int] | None:
    """Hop and offset of the times that all ticks of a timed clock are at."""
    if isinstance(clock, Every):
        return int(clock.hop), int(clock.offset)
    if isinstance(clock, TimeBars) and not clock.of_bars:
        return int(clock.width), int(clock.offset)
    return None
