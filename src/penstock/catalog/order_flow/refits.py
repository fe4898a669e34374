"""Order flow whose weights are fitted from time to time."""

from penstock.core.time import Duration
from penstock.declare import Feature
from penstock.expr import VIEW, Expr
from penstock.fits.order_flow import component
from penstock.formulas.columns import LEVELS
from penstock.formulas.order_flow.quotes import level_flow
from penstock.formulas.spans import TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.fitted import Fitted
from penstock.ops.row.dot import Dot
from penstock.ops.row.stack import Stack
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Clock, Every


def normalised_flows(L: int, width: Duration, on: Clock) -> Expr:
    """The order flow imbalance of each level over a window, by the mean size of a level over it."""
    size = WindowMean(DepthSum(LEVELS, depth=L, side="both") / (2.0 * L), width=width, on=on)
    flows: list[Expr] = [
        WindowSum(FillNan(level_flow(level), value=0.0), width=width, on=on) / size
        for level in range(1, L + 1)
    ]
    stacked = flows[0]
    for flow in flows[1:]:
        stacked = Stack(stacked, flow)
    return stacked


def integrated_ofi(
    *, L: int = 10, W: Duration = TEN_SECONDS, window: int = 2_340, refit: int = 2_340
) -> Expr:
    r"""Order flow imbalance of `L` levels along the direction in which they move together.

    .. math:: \frac{w_1^\top \text{ofi}_t}{\lVert w_1 \rVert_1}, \quad
              \text{ofi}^{(l)}_t = \frac{\sum_n e_n^{(l)}}{\frac{1}{2L} \sum_{l \le L} \overline{Q^b_l + Q^a_l}}

    Notes
    -----
    :math:`w_1` is the first principal component of the imbalances of the last `window` slots of `W`, turned so that
    its weights do not add up to less than 0. It is fitted every `refit` slots and used from the next slot on. The row
    refits once a day; slots are counted instead, by default those of a session of six and a half hours.
    """
    weights = Fitted(normalised_flows(L, W, Every(W)), component(L), window=window, every=refit)
    return Dot(normalised_flows(L, W, VIEW), AsOf(weights))


FEATURES = (
    Feature(
        "order_flow.integrated_ofi",
        integrated_ofi,
        says="Order flow imbalance of the first L levels along the direction in which they move together.",
        source="Cont-Cucuringu-Zhang 2023",
        oracle="numpy.linalg.svd",
    ),
)
