"""Sizes and spacing of trades."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr, When
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.guards import positive
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.rolling.rolling_bin_entropy import RollingBinEntropy
from penstock.ops.rolling.rolling_mode_share import RollingModeShare
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_tail import RollingTail

MODES = 5
Bins = Literal["log2"]
BINS = {"log2": RollingBinEntropy}


def log_size() -> Expr:
    """Natural logarithm of a trade's size."""
    return Log(positive(SIZE))


def distinct_trade() -> Expr:
    """The price of the first trade of each time: one tick for all trades with one stamp.

    Notes
    -----
    An order that sweeps several resting ones prints several fills with one stamp; counting each would measure how
    orders fill, not how often they come.
    """
    moved = When(FillNan(Greater(Elapsed(PRICE), 0.0), value=1.0))
    return AsOf(PRICE, on=moved)


def trade_duration_mean(*, w: int = 200) -> Expr:
    r"""Mean time between trades over the last `w` gaps, in seconds; trades with one stamp are one.

    .. math:: (\tau_n - \tau_{n-w}) / w
    """
    return RollingMoments(Elapsed(distinct_trade()), window=w)["mean"]


def trade_size_mean_log(*, w: int = 500) -> Expr:
    r"""Mean log size of the last `w` trades, :math:`\overline{\ln v}`."""
    return RollingMoments(log_size(), window=w)["mean"]


def trade_size_skewness(*, w: int = 500) -> Expr:
    r"""Skewness of the log size of the last `w` trades, adjusted as in `rolling_skewness` (:math:`G_1`)."""
    return RollingMoments(log_size(), window=w)["skew"]


def trade_size_tail_index(*, w: int = 2000, k: float = 0.05) -> Expr:
    r"""Hill's tail index of the largest share `k` of the last `w` sizes: small means heavy tails.

    .. math:: K \Big/ \sum_{i=1}^{K} \ln \frac{v_{[i]}}{v_{[K+1]}}, \quad K = \lfloor k w \rfloor
    """
    return RollingTail(SIZE, window=w, share=k)


def trade_size_entropy(*, w: int = 500, bins: Bins = "log2") -> Expr:
    r"""Shannon entropy of the sizes of the last `w` trades in powers of two, as a share of the maximum.

    Notes
    -----
    The maximum is that of as many bins as hold a trade: :math:`-\sum q \ln q / \ln K`; with one bin it is 0.
    """
    return BINS[bins](SIZE, window=w)


def trade_size_clustering(*, w: int = 500, units: float | Literal["auto"] = "auto") -> Expr:
    r"""Share of the last `w` trades that have one of the 5 commonest sizes, less the share were all sizes as common.

    .. math:: \frac{1}{w} \sum_{j=1}^{5} n_{[j]} - \frac{\min(5, D)}{D}

    Notes
    -----
    With ``units="auto"`` sizes are compared as they are, else rounded to multiples of it first. Under the even
    share each of the distinct sizes in the window is as common.
    """
    if units == "auto":
        return RollingModeShare(SIZE, window=w, top=MODES)
    if units <= 0.0:
        raise DefinitionError(f"trade_size_clustering: units must be positive, got {units}")
    return RollingModeShare(RoundHalfEven(SIZE / units), window=w, top=MODES)
