"""Patterns of two candles."""

from penstock.expr import Expr
from penstock.formulas.candles.rows import CANDLES
from penstock.ops.candle.two_candles import TwoCandles


def counterattack() -> Expr:
    r"""Two long bodies of opposite colours that close at one price, signed by the second.

    .. math::
        \pm100 \cdot 1\{C_1 = -C_0 \wedge L_1 \wedge L_0 \wedge c_0 \doteq_1 c_1\}
    """
    return TwoCandles(CANDLES)["counterattack"]


def doji_star() -> Expr:
    r"""Long body and a doji that gaps on from it; bullish after a black one.

    .. math::
        -C_1 \cdot 100 \cdot 1\{L_1 \wedge D_0 \wedge (W_1 \wedge m_0 > t_1 \vee B_1 \wedge t_0 < m_1)\}
    """
    return TwoCandles(CANDLES)["doji_star"]


def engulfing() -> Expr:
    r"""Body that covers the one before, of the other colour; 80 where two ends are equal.

    .. math::
        \pm100 \cdot 1\{C_1 = -C_0 \wedge m_0 \le m_1 \wedge t_1 \le t_0 \wedge b_0 > b_1\}

    80 in place of 100 where :math:`o_0 = c_1` or :math:`c_0 = o_1`.
    """
    return TwoCandles(CANDLES)["engulfing"]


def hammer() -> Expr:
    r"""Short body at its high over a long lower shadow, near or below the low before.

    .. math::
        100 \cdot 1\{S_0 \wedge d_0 > b_0 \wedge u_0 < s_0 \wedge m_0 \le l_1 + n_1\}
    """
    return TwoCandles(CANDLES)["hammer"]


def hanging_man() -> Expr:
    r"""Short body at its high over a long lower shadow, near or above the high before.

    .. math::
        -100 \cdot 1\{S_0 \wedge d_0 > b_0 \wedge u_0 < s_0 \wedge m_0 \ge h_1 - n_1\}
    """
    return TwoCandles(CANDLES)["hanging_man"]


def harami() -> Expr:
    r"""Long body and a short one inside it; against the first one's colour, 80 where an end is equal.

    .. math::
        -C_1 \cdot 100 \cdot 1\{L_1 \wedge b_0 \le \bar b_0 \wedge m_1 \le m_0 \wedge t_0 \le t_1\}

    80 in place of 100 where :math:`m_0 = m_1` or :math:`t_0 = t_1`.
    """
    return TwoCandles(CANDLES)["harami"]


def harami_cross() -> Expr:
    r"""Long body and a doji inside it; against the first one's colour, 80 where an end is equal.

    .. math::
        -C_1 \cdot 100 \cdot 1\{L_1 \wedge D_0 \wedge m_1 \le m_0 \wedge t_0 \le t_1\}

    80 in place of 100 where :math:`m_0 = m_1` or :math:`t_0 = t_1`.
    """
    return TwoCandles(CANDLES)["harami_cross"]


def homing_pigeon() -> Expr:
    r"""Long black body and a short black one inside it.

    .. math::
        100 \cdot 1\{B_1 \wedge B_0 \wedge L_1 \wedge b_0 \le \bar b_0 \wedge o_0 < o_1 \wedge c_0 > c_1\}
    """
    return TwoCandles(CANDLES)["homing_pigeon"]


def in_neck() -> Expr:
    r"""Long black candle and a white one from below its low, which closes at its close or just above.

    .. math::
        -100 \cdot 1\{B_1 \wedge L_1 \wedge W_0 \wedge o_0 < l_1 \wedge c_1 \le c_0 \le c_1 + e_1\}
    """
    return TwoCandles(CANDLES)["in_neck"]


def inverted_hammer() -> Expr:
    r"""Short body at its low under a long upper shadow, gapping down from the body before.

    .. math::
        100 \cdot 1\{S_0 \wedge u_0 > b_0 \wedge d_0 < s_0 \wedge t_0 < m_1\}
    """
    return TwoCandles(CANDLES)["inverted_hammer"]


def kicking() -> Expr:
    r"""Marubozu and one of the other colour, apart by a gap, signed by the second.

    .. math::
        \pm100 \cdot 1\{C_1 = -C_0 \wedge M_1 \wedge M_0 \wedge (W_0 \wedge l_0 > h_1 \vee B_0 \wedge h_0 < l_1)\}
    """
    return TwoCandles(CANDLES)["kicking"]


def kicking_by_length() -> Expr:
    r"""Marubozu and one of the other colour, apart by a gap, signed by the longer of them.

    .. math::
        \pm100 \cdot 1\{C_1 = -C_0 \wedge M_1 \wedge M_0 \wedge (W_0 \wedge l_0 > h_1 \vee B_0 \wedge h_0 < l_1)\}
    """
    return TwoCandles(CANDLES)["kicking_by_length"]


def matching_low() -> Expr:
    r"""Two black candles that close at one price.

    .. math::
        100 \cdot 1\{B_1 \wedge B_0 \wedge c_0 \doteq_1 c_1\}
    """
    return TwoCandles(CANDLES)["matching_low"]


def on_neck() -> Expr:
    r"""Long black candle and a white one from below its low, which closes at that low.

    .. math::
        -100 \cdot 1\{B_1 \wedge L_1 \wedge W_0 \wedge o_0 < l_1 \wedge c_0 \doteq_1 l_1\}
    """
    return TwoCandles(CANDLES)["on_neck"]


def piercing() -> Expr:
    r"""Long black candle and a long white one from below its low, which closes above the middle of its body.

    .. math::
        100 \cdot 1\{B_1 \wedge L_1 \wedge W_0 \wedge L_0 \wedge o_0 < l_1 \wedge c_1 + b_1 / 2 < c_0 < o_1\}
    """
    return TwoCandles(CANDLES)["piercing"]


def separating_lines() -> Expr:
    r"""Two colours from one open, the second a long belt-hold that signs it.

    .. math::
        \pm100 \cdot 1\{C_1 = -C_0 \wedge o_0 \doteq_1 o_1 \wedge L_0 \wedge (W_0 \wedge d_0 < s_0 \vee B_0
          \wedge u_0 < s_0)\}
    """
    return TwoCandles(CANDLES)["separating_lines"]


def shooting_star() -> Expr:
    r"""Short body at its low under a long upper shadow, gapping up from the body before.

    .. math::
        -100 \cdot 1\{S_0 \wedge u_0 > b_0 \wedge d_0 < s_0 \wedge m_0 > t_1\}
    """
    return TwoCandles(CANDLES)["shooting_star"]


def thrusting() -> Expr:
    r"""Long black candle and a white one from below its low, which closes in the lower half of its body.

    .. math::
        -100 \cdot 1\{B_1 \wedge L_1 \wedge W_0 \wedge o_0 < l_1 \wedge c_1 + e_1 < c_0 \le c_1 + b_1 / 2\}
    """
    return TwoCandles(CANDLES)["thrusting"]
