"""How signs of trades follow one another, and how large trades are."""

import math

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import Expr
from penstock.formulas.columns import SIZE
from penstock.formulas.guards import known
from penstock.formulas.order_flow.signs import Rule, direction, signed
from penstock.formulas.spans import FIVE_MINUTES
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.exp2 import Exp2
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.log import Log
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_bin_entropy import RollingBinEntropy
from penstock.ops.rolling.rolling_distinct import RollingDistinct
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.state.run_length import RunLength
from penstock.ops.window.window_sum import WindowSum

LONGEST = 5  # 2^5 words have numbers below 32, and 2^31 a bin of its own


def trade_sign_autocorrelation(*, w: int = 1000, k: int = 1, sign: Rule = "flag") -> Expr:
    r"""Correlation of the signs of trades with those `k` trades before, :math:`\operatorname{corr}(e_t, e_{t-k})`.

    Notes
    -----
    Over the :math:`w - k` pairs among the last `w` trades whose sign is known; NaN where all have one sign.
    """
    if not 1 <= k <= w - 2:
        raise DefinitionError(
            f"trade_sign_autocorrelation: k must be from 1 to w - 2, got k={k}, w={w}"
        )
    side = signed(sign)
    return RollingRegression(Lag(side, ticks=k), side, window=w - k)["correlation"]


def trade_sign_entropy(*, w: int = 1000, m: int = 3, sign: Rule = "flag") -> Expr:
    r"""Entropy of the words of `m` successive signs among the last `w` trades, from 0 to 1.

    .. math:: -\frac{1}{m \ln 2} \sum_{u \in \{-1, 1\}^m} q_u \ln q_u

    Notes
    -----
    Words overlap; trades whose sign is unknown are left out.
    """
    if not 1 <= m <= min(LONGEST, w - 1):
        raise DefinitionError(f"trade_sign_entropy: m must be from 1 to {LONGEST}, got {m}")
    bit = (signed(sign) + 1.0) / 2.0
    word = bit
    for lag in range(1, m):
        word = word + Lag(bit, ticks=lag) * float(2**lag)
    words = w - m + 1
    share = RollingBinEntropy(Exp2(word), window=words)  # of the words that occur
    return share * Log(RollingDistinct(word, window=words)) / (m * math.log(2.0))


def signed_run_length(*, sign: Rule = "flag") -> Expr:
    r"""Number of trades in the current run of one sign, :math:`e_t \cdot \#\{\text{run}\}`; 0 where it is unknown."""
    side = direction(sign)
    return RunLength(side) * side


def large_trade_flag(*, q: float = 0.99, w: int = 5000) -> Expr:
    r"""1 for a trade larger than the `q`-quantile of the `w` sizes before it, :math:`1\{v_t > Q_q(v_{t-w..t-1})\}`."""
    return Greater(SIZE, Lag(RollingQuantile(SIZE, window=w, q=q), ticks=1))


def large_trade_volume_share(*, W: Duration = FIVE_MINUTES, q: float = 0.99, w: int = 5000) -> Expr:
    r"""Share of the volume of the last `W` in large trades, :math:`\sum l_i v_i / \sum v_i`.

    Notes
    -----
    Large is what `large_trade_flag` says of `q` and `w`; trades before it knows do not count.
    """
    large = large_trade_flag(q=q, w=w)
    taken = WindowSum(FillNan(large, value=0.0) * SIZE, width=W)
    return taken / WindowSum(known(large) * SIZE, width=W)


def large_trade_imbalance(
    *, W: Duration = FIVE_MINUTES, q: float = 0.99, w: int = 5000, sign: Rule = "flag"
) -> Expr:
    r"""Bought less sold volume of the large trades of the last `W` by their sum, :math:`\sum l e v / \sum l |e| v`.

    Notes
    -----
    Large is what `large_trade_flag` says of `q` and `w`, `sign` the rule of `signed_volume`; NaN without any.
    """
    large = FillNan(large_trade_flag(q=q, w=w), value=0.0) * SIZE
    side = direction(sign)
    return WindowSum(large * side, width=W) / WindowSum(large * Abs(side), width=W)
