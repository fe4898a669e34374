"""Patterns that close deep inside the first body."""

from penstock.expr import Expr
from penstock.formulas.candles.rows import CANDLES
from penstock.ops.candle.penetrations import Penetrations


def abandoned_baby(*, penetration: float = 0.3) -> Expr:
    r"""Long body, a doji with gaps on both sides, and a body back into the first, signed by the last.

    .. math::
        \pm100 \cdot 1\{L_2 \wedge D_1 \wedge b_0 > \bar b_0 \wedge (W_2 \wedge B_0 \wedge c_0 < c_2 - p b_2
          \wedge l_1 > h_2 \wedge h_0 < l_1 \vee B_2 \wedge W_0 \wedge c_0 > c_2 + p b_2 \wedge h_1 < l_2
          \wedge l_0 > h_1)\}
    """
    return Penetrations(CANDLES, penetration=penetration)["abandoned_baby"]


def dark_cloud_cover(*, penetration: float = 0.5) -> Expr:
    r"""Long white candle, and a black one from above its high that closes deep in its body.

    .. math::
        -100 \cdot 1\{W_1 \wedge L_1 \wedge B_0 \wedge o_0 > h_1 \wedge o_1 < c_0 < c_1 - p b_1\}
    """
    return Penetrations(CANDLES, penetration=penetration)["dark_cloud_cover"]


def evening_doji_star(*, penetration: float = 0.3) -> Expr:
    r"""Long white body, a doji above it, and a black body that closes deep in the first.

    .. math::
        -100 \cdot 1\{L_2 \wedge W_2 \wedge D_1 \wedge m_1 > t_2 \wedge b_0 > \bar b_0 \wedge B_0 \wedge
          c_0 < c_2 - p b_2\}
    """
    return Penetrations(CANDLES, penetration=penetration)["evening_doji_star"]


def evening_star(*, penetration: float = 0.3) -> Expr:
    r"""Long white body, a short one above it, and a black body that closes deep in the first.

    .. math::
        -100 \cdot 1\{L_2 \wedge W_2 \wedge b_1 \le \bar b_1 \wedge m_1 > t_2 \wedge b_0 > \bar b_0 \wedge B_0
          \wedge c_0 < c_2 - p b_2\}
    """
    return Penetrations(CANDLES, penetration=penetration)["evening_star"]


def mat_hold(*, penetration: float = 0.5) -> Expr:
    r"""Long white candle, a gap up, three short falling bodies held in it, and a close above all of them.

    .. math::
        100 \cdot 1\{L_4 \wedge S_{3,2,1} \wedge W_4 \wedge B_3 \wedge W_0 \wedge m_3 > t_4 \wedge
          c_4 - p b_4 < m_{2,1} < c_4 \wedge t_1 < t_2 < o_3 \wedge o_0 > c_1 \wedge c_0 > h_{3,2,1}\}
    """
    return Penetrations(CANDLES, penetration=penetration)["mat_hold"]


def morning_doji_star(*, penetration: float = 0.3) -> Expr:
    r"""Long black body, a doji below it, and a white body that closes deep in the first.

    .. math::
        100 \cdot 1\{L_2 \wedge B_2 \wedge D_1 \wedge t_1 < m_2 \wedge b_0 > \bar b_0 \wedge W_0 \wedge
          c_0 > c_2 + p b_2\}
    """
    return Penetrations(CANDLES, penetration=penetration)["morning_doji_star"]


def morning_star(*, penetration: float = 0.3) -> Expr:
    r"""Long black body, a short one below it, and a white body that closes deep in the first.

    .. math::
        100 \cdot 1\{L_2 \wedge B_2 \wedge b_1 \le \bar b_1 \wedge t_1 < m_2 \wedge b_0 > \bar b_0 \wedge W_0
          \wedge c_0 > c_2 + p b_2\}
    """
    return Penetrations(CANDLES, penetration=penetration)["morning_star"]
