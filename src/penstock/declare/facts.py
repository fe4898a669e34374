"""What an expression says about itself: inputs, warm-up, operators, cost."""

from penstock.expr import Column, Expr, Operator, walk
from penstock.ops.expanding.reservoir_median import ReservoirMedian
from penstock.ops.expanding.t_digest import TDigest
from penstock.ops.fitted import Fitted
from penstock.ops.rolling.rolling_gaussian_mean import RollingGaussianMean
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_mode_share import RollingModeShare
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_tail import RollingTail
from penstock.ops.state.slot_mean import SlotMean
from penstock.plan.warmup import warmups

# the classes of cost per tick, cheapest first; w is the window, fixed levels and bins are constants
ORDER = ("O(1) exact", "O(log w)", "O(w)", "periodic refit")
# the operators that are not O(1) amortised; ordered windows move values by one, which is O(w) but vectorised
COST: dict[type[Operator], str] = {
    Fitted: "periodic refit",
    ReservoirMedian: "O(w)",
    RollingGaussianMean: "O(w)",
    RollingMeanAbsDev: "O(w)",
    RollingMedian: "O(w)",
    RollingModeShare: "O(w)",
    RollingQuantile: "O(w)",
    RollingTail: "O(w)",
    SlotMean: "O(w)",
    TDigest: "O(log w)",
}


def inputs(expr: Expr) -> tuple[str, ...]:
    """The columns of streams that an expression reads, such as ``bar.close``; ``time`` where a clock alone says it."""
    nodes = tuple(walk([expr]))
    found = {node.text for node in nodes if isinstance(node, Column)}
    alone = any(isinstance(node, Operator) and not node.operands for node in nodes)
    return (*sorted(found), *(["time"] if alone else []))


def streams(expr: Expr) -> tuple[str, ...]:
    """The event streams that an expression reads."""
    return tuple(sorted({node.stream.name for node in walk([expr]) if isinstance(node, Column)}))


def operators(expr: Expr) -> tuple[Operator, ...]:
    """Every operator of an expression, operands first."""
    return tuple(node for node in walk([expr]) if isinstance(node, Operator))


def warmup(expr: Expr) -> int:
    """Ticks of its source clock up to and including the first finite value."""
    return warmups((("value", expr),))["value"]


def incremental(expr: Expr) -> str:
    """The dearest class of cost per tick among the operators."""
    return max(
        (COST.get(type(node), ORDER[0]) for node in operators(expr)),
        key=ORDER.index,
        default=ORDER[0],
    )


def lineage(expr: Expr) -> str:
    """The graph as text: one node a line, operands before the nodes that read them."""
    nodes = list(walk([expr]))
    number = {node: f"%{i}" for i, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        reads = ", ".join(number[x] for x in node.operands) or "-"
        lines.append(f"{number[node]} {type(node).__name__} {node.fingerprint} <- {reads}")
    return "\n".join(lines)
