"""Sizes and spacing of trades."""

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


def log_size() -> Expr:
    """Natural logarithm of a trade's size."""
    return Log(positive(SIZE))


def trade_duration_mean(*, w: int = 200) -> Expr:
    """Mean time between trades over the last `w` gaps, in seconds; trades of one time are one.

    Notes
    -----
    An order that sweeps several resting ones prints several fills with one stamp; counting their gaps of 0 would
    measure how orders fill, not how often they come.
    """
    moved = When(FillNan(Greater(Elapsed(PRICE), 0.0), value=1.0))
    return RollingMoments(Elapsed(AsOf(PRICE, on=moved)), window=w)["mean"]


def trade_size_mean_log(*, w: int = 500) -> Expr:
    r"""Mean log size of the last `w` trades, :math:`\overline{\ln v}`."""
    return RollingMoments(log_size(), window=w)["mean"]


def trade_size_skewness(*, w: int = 500) -> Expr:
    r"""Skewness of the log size of the last `w` trades, adjusted as in `rolling_skewness` (:math:`G_1`)."""
    return RollingMoments(log_size(), window=w)["skew"]


def trade_size_tail_index(*, w: int = 2000, k: float = 0.05) -> Expr:
    """Hill's tail index of the largest share `k` of the last `w` sizes: small means heavy tails."""
    return RollingTail(SIZE, window=w, share=k)


def trade_size_entropy(*, w: int = 500) -> Expr:
    """Shannon entropy of the sizes of the last `w` trades in powers of two, as a share of the maximum."""
    return RollingBinEntropy(SIZE, window=w)


def trade_size_clustering(*, w: int = 500, units: float = 0.0) -> Expr:
    """Share of the last `w` trades that have one of the 5 commonest sizes, less the share were all sizes as common.

    Notes
    -----
    Sizes are compared as they are; with `units` above 0 they are first rounded to multiples of it.
    """
    if units < 0:
        raise DefinitionError(f"trade_size_clustering: units must be at least 0, got {units}")
    sizes = RoundHalfEven(SIZE / units) if units else SIZE
    return RollingModeShare(sizes, window=w, top=MODES)
