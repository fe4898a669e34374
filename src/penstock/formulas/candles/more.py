"""Patterns of four and five candles, and false breaks that a later candle confirms."""

from penstock.expr import Expr
from penstock.formulas.candles.rows import CANDLES
from penstock.ops.candle.more_candles import MoreCandles


def three_line_strike() -> Expr:
    r"""Three advancing candles of one colour, and one of the other that takes all of it back.

    .. math::
        C_1 \cdot 100 \cdot 1\{C_3 = C_2 = C_1 = -C_0 \wedge o_2 \in [m_3 - n_3, t_3 + n_3] \wedge
          o_1 \in [m_2 - n_2, t_2 + n_2] \wedge C_1 c_1 > C_1 c_2 > C_1 c_3 \wedge C_1 o_0 > C_1 c_1 \wedge
          C_1 c_0 < C_1 o_3\}
    """
    return MoreCandles(CANDLES)["three_line_strike"]


def conceal_baby_swallow() -> Expr:
    r"""Two black marubozu, a black candle below with an upper shadow into their range, and one around it.

    .. math::
        100 \cdot 1\{B_{3,2,1,0} \wedge \max(u, d)_{3,2} < s \wedge t_1 < m_2 \wedge u_1 > s_1 \wedge h_1 > c_2
          \wedge h_0 > h_1 \wedge l_0 < l_1\}
    """
    return MoreCandles(CANDLES)["conceal_baby_swallow"]


def breakaway() -> Expr:
    r"""Long candle, a gap, two that go on, and one of the other colour that closes in the gap.

    .. math::
        C_0 \cdot 100 \cdot 1\{L_4 \wedge C_4 = C_3 = C_1 = -C_0 \wedge t_3 < m_4 \wedge h_3 > h_2 > h_1 \wedge
          l_3 > l_2 > l_1 \wedge o_3 < c_0 < c_4\}

    So after a black first candle; a white one is its mirror image.
    """
    return MoreCandles(CANDLES)["breakaway"]


def ladder_bottom() -> Expr:
    r"""Three falling black candles, a black one with an upper shadow, and a white one that closes above it.

    .. math::
        100 \cdot 1\{B_{4,3,2,1} \wedge o_4 > o_3 > o_2 \wedge c_4 > c_3 > c_2 \wedge u_1 > s_1 \wedge W_0
          \wedge o_0 > o_1 \wedge c_0 > h_1\}
    """
    return MoreCandles(CANDLES)["ladder_bottom"]


def rise_fall_three_methods() -> Expr:
    r"""Long candle, three short ones against it within its range, and a long one that goes on.

    .. math::
        C_4 \cdot 100 \cdot 1\{L_4 \wedge S_{3,2,1} \wedge L_0 \wedge C_4 = -C_{3,2,1} = C_0 \wedge
          m_{3,2,1} < h_4 \wedge t_{3,2,1} > l_4 \wedge C_4 c_3 > C_4 c_2 > C_4 c_1 \wedge C_4 o_0 > C_4 c_1
          \wedge C_4 c_0 > C_4 c_4\}
    """
    return MoreCandles(CANDLES)["rise_fall_three_methods"]


def hikkake() -> Expr:
    r"""Inside candle and a false break out of it; 200 where one of the next three confirms it.

    .. math::
        \pm100 \cdot 1\{h_1 < h_2 \wedge l_1 > l_2 \wedge (h_0 < h_1 \wedge l_0 < l_1 \vee h_0 > h_1 \wedge
          l_0 > l_1)\}

    Twice that at the first of the next three candles that closes above :math:`h_1` (below :math:`l_1`);
    nothing that was said before changes.
    """
    return MoreCandles(CANDLES)["hikkake"]


def hikkake_modified() -> Expr:
    r"""Hikkake after an inside candle that closed near its end; 200 where it is confirmed.

    .. math::
        \pm100 \cdot 1\{h_1 < h_2 < h_3 \wedge l_1 > l_2 > l_3 \wedge (h_0 < h_1 \wedge l_0 < l_1 \wedge
          c_2 \le l_2 + n_2 \vee h_0 > h_1 \wedge l_0 > l_1 \wedge c_2 \ge h_2 - n_2)\}

    Twice that at the first of the next three candles that closes above :math:`h_1` (below :math:`l_1`);
    nothing that was said before changes.
    """
    return MoreCandles(CANDLES)["hikkake_modified"]
