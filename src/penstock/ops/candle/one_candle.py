"""Patterns of one candle."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.candle.patterns import Patterns
from penstock.ops.candle.rows import (
    EXAMPLE,
    LONG,
    PARTS,
    RANGE,
    RUN,
    SHADOW,
    SMALL,
    Candle,
    prices,
    shape,
    signal,
    told,
)

NEEDED: dict[str, int] = dict.fromkeys(
    (
    "belt_hold", "closing_marubozu", "doji", "dragonfly_doji", "gravestone_doji", "high_wave", "long_legged_doji",
    "long_line", "marubozu", "rickshaw_man", "short_line", "spinning_top", "takuri",
    ), 11,
)  # fmt: skip


@jit
def _kernel(
    belt_hold: F8,
    closing_marubozu: F8,
    doji: F8,
    dragonfly_doji: F8,
    gravestone_doji: F8,
    high_wave: F8,
    long_legged_doji: F8,
    long_line: F8,
    marubozu: F8,
    rickshaw_man: F8,
    short_line: F8,
    spinning_top: F8,
    takuri: F8,
    candles: F8,
) -> None:
    for i in range(doji.size):
        opened, high, low, close = prices(candles, i)
        top, bottom, body, upper, lower = shape(candles, i)
        mean, small, shadow = candles[i, LONG], candles[i, SMALL], candles[i, SHADOW]
        known = candles[i, RUN] >= 11.0
        white, black = close >= opened, close < opened
        long, short, cross = body > mean, body < mean, body <= small
        no_top, no_bottom = upper < small, lower < small
        belt_hold[i] = signal(known, long & white & no_bottom, long & black & no_top)
        closing_marubozu[i] = signal(known, long & white & no_top, long & black & no_bottom)
        marubozu[i] = signal(
            known, long & no_top & no_bottom & white, long & no_top & no_bottom & black
        )
        doji[i] = signal(known, cross, False)
        dragonfly_doji[i] = signal(known, cross & no_top & (lower > small), False)
        gravestone_doji[i] = signal(known, cross & no_bottom & (upper > small), False)
        takuri[i] = signal(known, cross & no_top & (lower > 2.0 * body), False)
        over, under = upper > body, lower > body
        long_legged_doji[i] = signal(known, cross & (over | under), False)
        middle, near = low + (high - low) / 2.0, 0.2 * candles[i, RANGE]
        central = (bottom <= middle + near) & (top >= middle - near)
        rickshaw_man[i] = signal(known, cross & over & under & central, False)
        spinning = short & over & under
        spinning_top[i] = signal(known, spinning & white, spinning & black)
        waving = short & (upper > 2.0 * body) & (lower > 2.0 * body)
        high_wave[i] = signal(known, waving & white, waving & black)
        plain = (upper < shadow) & (lower < shadow)
        long_line[i] = signal(known, long & plain & white, long & plain & black)
        short_line[i] = signal(known, short & plain & white, short & plain & black)


def _patterns(c: Candle) -> dict[str, float]:
    """Each pattern as it is printed."""
    middle = c.low + (c.high - c.low) / 2.0
    short_shadows = max(c.upper, c.lower) < c.shadow
    holds = {
        "belt_hold": c.is_long and (c.bare_bottom if c.white else c.bare_top),
        "closing_marubozu": c.is_long and (c.bare_top if c.white else c.bare_bottom),
        "doji": c.is_doji,
        "dragonfly_doji": c.is_doji and c.bare_top and c.lower > c.small,
        "gravestone_doji": c.is_doji and c.bare_bottom and c.upper > c.small,
        "high_wave": c.is_short and min(c.upper, c.lower) > 2.0 * c.body,
        "long_legged_doji": c.is_doji and max(c.upper, c.lower) > c.body,
        "long_line": c.is_long and short_shadows,
        "marubozu": c.is_long and c.bare_top and c.bare_bottom,
        "rickshaw_man": c.is_doji
        and min(c.upper, c.lower) > c.body
        and c.bottom <= middle + c.near
        and c.top >= middle - c.near,
        "short_line": c.is_short and short_shadows,
        "spinning_top": c.is_short and min(c.upper, c.lower) > c.body,
        "takuri": c.is_doji and c.bare_top and c.lower > 2.0 * c.body,
    }
    unsigned = ("rickshaw_man", "takuri")
    return {
        name: 100.0 * found * (1 if "doji" in name or name in unsigned else c.colour)
        for name, found in holds.items()
    }


def _oracle(candles: F8) -> dict[str, F8]:
    return told(candles, 1, NEEDED, _patterns)


@dataclass(frozen=True, eq=False, repr=False)
class OneCandle(Patterns):
    r"""Patterns of one candle: long and short lines, marubozu, dojis, spinning tops.

    .. math::
        \text{doji}_t = 100 \cdot 1\{b_t \le s_t\}, \quad
        \text{marubozu}_t = \pm 100 \cdot 1\{b_t > \bar b_t, u_t < s_t, l_t < s_t\}, \dots

    Notes
    -----
    Seed: none. NaN: until eleven whole candles in a row are known. Warm-up: 11. Unit: 1; 100 for a pattern, -100
    for its black form, else 0. Letters are those of `Candles`.

    References
    ----------
    TA-Lib 0.6, functions CDLBELTHOLD, CDLDOJI and the others of one candle. Nison, S. (1991). Japanese Candlestick
    Charting Techniques. New York Institute of Finance.

    Examples
    --------
    >>> row = [2.0, 4.0, 1.9, 4.0, 4.0, 2.0, 2.0, 0.0, 0.1, 1.0, 0.2, 0.5, 2.0, 11.0]
    >>> evaluate(OneCandle(OneCandle.example["candles"]), candles=[row])["marubozu"]
    [100.0]
    """

    candles: Expr

    outputs: ClassVar = tuple(NEEDED)
    needed: ClassVar = NEEDED
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"candles": EXAMPLE}
    exempt: ClassVar = {"unit": PARTS}
