"""Patterns of one candle."""

from penstock.expr import Expr
from penstock.formulas.candles.rows import CANDLES
from penstock.ops.candle.one_candle import OneCandle


def belt_hold() -> Expr:
    r"""Long body that opens at its extreme: white without a lower shadow, or black without an upper one.

    .. math::
        \pm100 \cdot 1\{L_0 \wedge (W_0 \wedge d_0 < s_0 \vee B_0 \wedge u_0 < s_0)\}
    """
    return OneCandle(CANDLES)["belt_hold"]


def closing_marubozu() -> Expr:
    r"""Long body that closes at its extreme: white without an upper shadow, or black without a lower one.

    .. math::
        \pm100 \cdot 1\{L_0 \wedge (W_0 \wedge u_0 < s_0 \vee B_0 \wedge d_0 < s_0)\}
    """
    return OneCandle(CANDLES)["closing_marubozu"]


def doji() -> Expr:
    r"""Close and open hardly apart.

    .. math::
        100 \cdot 1\{D_0\}
    """
    return OneCandle(CANDLES)["doji"]


def dragonfly_doji() -> Expr:
    r"""Doji at its high, with a lower shadow.

    .. math::
        100 \cdot 1\{D_0 \wedge u_0 < s_0 < d_0\}
    """
    return OneCandle(CANDLES)["dragonfly_doji"]


def gravestone_doji() -> Expr:
    r"""Doji at its low, with an upper shadow.

    .. math::
        100 \cdot 1\{D_0 \wedge d_0 < s_0 < u_0\}
    """
    return OneCandle(CANDLES)["gravestone_doji"]


def high_wave() -> Expr:
    r"""Short body between two very long shadows, signed by its colour.

    .. math::
        \pm100 \cdot 1\{S_0 \wedge \min(u_0, d_0) > 2 b_0\}
    """
    return OneCandle(CANDLES)["high_wave"]


def long_legged_doji() -> Expr:
    r"""Doji with a long shadow at least on one side.

    .. math::
        100 \cdot 1\{D_0 \wedge \max(u_0, d_0) > b_0\}
    """
    return OneCandle(CANDLES)["long_legged_doji"]


def long_line() -> Expr:
    r"""Long body between short shadows, signed by its colour.

    .. math::
        \pm100 \cdot 1\{L_0 \wedge \max(u_0, d_0) < q_0\}
    """
    return OneCandle(CANDLES)["long_line"]


def marubozu() -> Expr:
    r"""Long body without shadows, signed by its colour.

    .. math::
        \pm100 \cdot 1\{L_0 \wedge \max(u_0, d_0) < s_0\}
    """
    return OneCandle(CANDLES)["marubozu"]


def rickshaw_man() -> Expr:
    r"""Doji with two long shadows and its body near the middle of the range.

    .. math::
        100 \cdot 1\{D_0 \wedge \min(u_0, d_0) > b_0 \wedge m_0 - n_0 \le (h_0 + l_0) / 2 \le t_0 + n_0\}
    """
    return OneCandle(CANDLES)["rickshaw_man"]


def short_line() -> Expr:
    r"""Short body between short shadows, signed by its colour.

    .. math::
        \pm100 \cdot 1\{S_0 \wedge \max(u_0, d_0) < q_0\}
    """
    return OneCandle(CANDLES)["short_line"]


def spinning_top() -> Expr:
    r"""Short body between two longer shadows, signed by its colour.

    .. math::
        \pm100 \cdot 1\{S_0 \wedge \min(u_0, d_0) > b_0\}
    """
    return OneCandle(CANDLES)["spinning_top"]


def takuri() -> Expr:
    r"""Doji at its high with a very long lower shadow.

    .. math::
        100 \cdot 1\{D_0 \wedge u_0 < s_0 \wedge d_0 > 2 b_0\}
    """
    return OneCandle(CANDLES)["takuri"]
