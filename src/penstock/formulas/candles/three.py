"""Patterns of three candles."""

from penstock.expr import Expr
from penstock.formulas.candles.rows import CANDLES
from penstock.ops.candle.three_candles import ThreeCandles


def two_crows() -> Expr:
    r"""Long white candle, a black body above it, and a black one that closes back inside the first.

    .. math::
        -100 \cdot 1\{W_2 \wedge L_2 \wedge B_1 \wedge m_1 > t_2 \wedge B_0 \wedge c_1 < o_0 < o_1 \wedge
          o_2 < c_0 < c_2\}
    """
    return ThreeCandles(CANDLES)["two_crows"]


def three_black_crows() -> Expr:
    r"""Three falling black candles without lower shadows, each opening in the body before, after a white one.

    .. math::
        -100 \cdot 1\{W_3 \wedge B_{2,1,0} \wedge d_{2,1,0} < s \wedge h_3 > c_2 > c_1 > c_0 \wedge
          c_2 < o_1 < o_2 \wedge c_1 < o_0 < o_1\}
    """
    return ThreeCandles(CANDLES)["three_black_crows"]


def three_inside() -> Expr:
    r"""Harami, and a third candle of the second one's side that closes beyond the first open.

    .. math::
        -C_2 \cdot 100 \cdot 1\{L_2 \wedge b_1 \le \bar b_1 \wedge m_2 < m_1 \wedge t_1 < t_2 \wedge (W_2
          \wedge B_0 \wedge c_0 < o_2 \vee B_2 \wedge W_0 \wedge c_0 > o_2)\}
    """
    return ThreeCandles(CANDLES)["three_inside"]


def three_outside() -> Expr:
    r"""Engulfing body, and a third candle that closes further on its way.

    .. math::
        C_1 \cdot 100 \cdot 1\{C_2 = -C_1 \wedge m_1 < m_2 \wedge t_2 < t_1 \wedge C_1 c_0 > C_1 c_1\}
    """
    return ThreeCandles(CANDLES)["three_outside"]


def three_stars_in_south() -> Expr:
    r"""Three black candles that shrink: a long lower shadow, a higher low, and a small marubozu inside.

    .. math::
        100 \cdot 1\{B_{2,1,0} \wedge L_2 \wedge d_2 > b_2 > b_1 \wedge c_2 < o_1 \le h_2 \wedge
          l_2 \le l_1 < c_2 \wedge d_1 > s_1 \wedge S_0 \wedge \max(u_0, d_0) < s_0 \wedge l_0 > l_1 \wedge
          h_0 < h_1\}
    """
    return ThreeCandles(CANDLES)["three_stars_in_south"]


def three_white_soldiers() -> Expr:
    r"""Three rising white candles without upper shadows, each opening in or near the body before.

    .. math::
        100 \cdot 1\{W_{2,1,0} \wedge u_{2,1,0} < s \wedge c_0 > c_1 > c_2 \wedge o_2 < o_1 \le c_2 + n_2
          \wedge o_1 < o_0 \le c_1 + n_1 \wedge b_1 > b_2 - f_2 \wedge b_0 > b_1 - f_1 \wedge b_0 > \bar b_0\}
    """
    return ThreeCandles(CANDLES)["three_white_soldiers"]


def advance_block() -> Expr:
    r"""Three rising white candles that tire: smaller bodies or longer upper shadows.

    .. math::
        -100 \cdot 1\{W_{2,1,0} \wedge c_0 > c_1 > c_2 \wedge o_2 < o_1 \le c_2 + n_2 \wedge
          o_1 < o_0 \le c_1 + n_1 \wedge L_2 \wedge u_2 < q_2 \wedge \text{tired}\}

    Tired: :math:`b_1 < b_2 - f_2 \wedge b_0 < b_1 + n_1`, or :math:`b_0 < b_1 - f_1`, or :math:`b_0 < b_1 < b_2` with
    :math:`u_0 > q_0 \vee u_1 > q_1`, or :math:`b_0 < b_1 \wedge u_0 > b_0`.
    """
    return ThreeCandles(CANDLES)["advance_block"]


def gap_side_by_side_white() -> Expr:
    r"""Gap, then two white candles of about one size from about one open; signed by the gap.

    .. math::
        \pm100 \cdot 1\{(m_{1,0} > t_2 \vee t_{1,0} < m_2) \wedge W_1 \wedge W_0 \wedge
          \lvert b_0 - b_1 \rvert \le n_1 \wedge o_0 \doteq_1 o_1\}
    """
    return ThreeCandles(CANDLES)["gap_side_by_side_white"]


def identical_three_crows() -> Expr:
    r"""Three falling black candles without lower shadows, each opening at the close before.

    .. math::
        -100 \cdot 1\{B_{2,1,0} \wedge d_{2,1,0} < s \wedge c_2 > c_1 > c_0 \wedge o_1 \doteq_2 c_2 \wedge
          o_0 \doteq_1 c_1\}
    """
    return ThreeCandles(CANDLES)["identical_three_crows"]


def stalled_pattern() -> Expr:
    r"""Two long white candles and a short white one that rides on the second's shoulder.

    .. math::
        -100 \cdot 1\{W_{2,1,0} \wedge c_0 > c_1 > c_2 \wedge L_2 \wedge L_1 \wedge u_1 < s_1 \wedge
          o_2 < o_1 \le c_2 + n_2 \wedge S_0 \wedge o_0 \ge c_1 - b_0 - n_1\}
    """
    return ThreeCandles(CANDLES)["stalled_pattern"]


def stick_sandwich() -> Expr:
    r"""White candle above the close of a black one, between it and a black one with the same close.

    .. math::
        100 \cdot 1\{B_2 \wedge W_1 \wedge B_0 \wedge l_1 > c_2 \wedge c_0 \doteq_2 c_2\}
    """
    return ThreeCandles(CANDLES)["stick_sandwich"]


def tasuki_gap() -> Expr:
    r"""Gap between two candles of one colour, and a third of the other that closes inside it.

    .. math::
        C_1 \cdot 100 \cdot 1\{m_1 > t_2 \wedge C_1 = -C_0 \wedge m_1 < o_0 < t_1 \wedge t_2 < c_0 < o_1 \wedge
          \lvert b_1 - b_0 \rvert < n_1\}

    So upwards; downwards it is the mirror image.
    """
    return ThreeCandles(CANDLES)["tasuki_gap"]


def tristar() -> Expr:
    r"""Three dojis, the second beyond the others.

    .. math::
        \mp100 \cdot 1\{b_{2,1,0} \le s_2 \wedge (m_1 > t_2 \wedge t_0 < t_1 \vee t_1 < m_2 \wedge m_0 > m_1)\}
    """
    return ThreeCandles(CANDLES)["tristar"]


def unique_three_river() -> Expr:
    r"""Long black candle, a black body inside it with a lower low, and a short white candle.

    .. math::
        100 \cdot 1\{L_2 \wedge B_2 \wedge B_1 \wedge c_1 > c_2 \wedge o_1 \le o_2 \wedge l_1 < l_2 \wedge S_0
          \wedge W_0 \wedge o_0 > l_1\}
    """
    return ThreeCandles(CANDLES)["unique_three_river"]


def upside_gap_two_crows() -> Expr:
    r"""Long white candle, a short black body above it, and a black one around that, above the first close.

    .. math::
        -100 \cdot 1\{W_2 \wedge L_2 \wedge B_1 \wedge b_1 \le \bar b_1 \wedge m_1 > t_2 \wedge B_0 \wedge
          o_0 > o_1 \wedge c_2 < c_0 < c_1\}
    """
    return ThreeCandles(CANDLES)["upside_gap_two_crows"]


def xside_gap_three_methods() -> Expr:
    r"""Gap between two candles of one colour, and a third of the other from the second body into the first.

    .. math::
        C_2 \cdot 100 \cdot 1\{C_2 = C_1 = -C_0 \wedge m_1 < o_0 < t_1 \wedge m_2 < c_0 < t_2 \wedge (W_2
          \wedge m_1 > t_2 \vee B_2 \wedge t_1 < m_2)\}
    """
    return ThreeCandles(CANDLES)["xside_gap_three_methods"]
