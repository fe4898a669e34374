"""Patterns whose last candle has to close deep inside the first body."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.candle.patterns import Patterns
from penstock.ops.candle.rows import (
    BODY,
    BOTTOM,
    EXAMPLE,
    LONG,
    PARTS,
    RUN,
    SMALL,
    TOP,
    Candle,
    above,
    below,
    prices,
    shape,
    signal,
    told,
)

NEEDED = {
    "abandoned_baby": 13, "dark_cloud_cover": 12, "evening_doji_star": 13, "evening_star": 13, "mat_hold": 15,
    "morning_doji_star": 13, "morning_star": 13,
}  # fmt: skip


@jit
def _kernel(
    abandoned_baby: F8,
    dark_cloud_cover: F8,
    evening_doji_star: F8,
    evening_star: F8,
    mat_hold: F8,
    morning_doji_star: F8,
    morning_star: F8,
    candles: F8,
    penetration: float,
) -> None:
    for i in range(mat_hold.size):
        a, b, c, d = i + 1, i + 2, i + 3, i + 4
        open2, high2, low2, close2 = prices(candles, b)
        top2, bottom2, body2, _, _ = shape(candles, b)
        open1, high1, low1, close1 = prices(candles, c)
        top1, bottom1, body1, _, _ = shape(candles, c)
        opened, high, low, close = prices(candles, d)
        run = candles[d, RUN]
        known = run >= 13.0
        white2, black2 = close2 >= open2, close2 < open2
        white, black = close >= opened, close < opened
        mean1 = candles[c, LONG]
        cross, little = body1 <= candles[c, SMALL], body1 <= mean1

        body = abs(close - opened) > candles[d, LONG]
        turns = (body2 > candles[b, LONG]) & body
        deep = penetration * body2
        up, down = turns & black2 & white, turns & white2 & black
        up, down = up & (close > close2 + deep), down & (close < close2 - deep)
        left_down, left_up = (high1 < low2) & (low > high1), (low1 > high2) & (high < low1)
        abandoned_baby[i] = signal(known, cross & up & left_down, cross & down & left_up)
        up, down = up & (top1 < bottom2), down & (bottom1 > top2)
        morning_doji_star[i] = signal(known, cross & up, False)
        morning_star[i] = signal(known, little & up, False)
        evening_doji_star[i] = signal(known, False, cross & down)
        evening_star[i] = signal(known, False, little & down)
        cloud = (close1 >= open1) & (body1 > mean1) & black & (opened > high1)
        cloud &= (close > open1) & (close < close1 - penetration * body1)
        dark_cloud_cover[i] = signal(run >= 12.0, False, cloud)

        open4, _, _, close4 = prices(candles, i)
        open3, high3, _, close3 = prices(candles, a)
        bottom3, body4 = candles[a, BOTTOM], candles[i, BODY]
        kept = close4 - penetration * body4
        held = (body4 > candles[i, LONG]) & (candles[a, BODY] < candles[a, LONG])
        held &= (body2 < candles[b, LONG]) & (body1 < mean1)
        held &= (close4 >= open4) & (close3 < open3) & white & (bottom3 > candles[i, TOP])
        held &= (bottom2 < close4) & (bottom1 < close4) & (bottom2 > kept) & (bottom1 > kept)
        held &= (top2 < open3) & (top1 < top2) & (opened > close1)
        held &= (close > high3) & (close > high2) & (close > high1)
        mat_hold[i] = signal(run >= 15.0, held, False)


def _oracle(candles: F8, penetration: float) -> dict[str, F8]:
    def patterns(e: Candle, d: Candle, c: Candle, b: Candle, a: Candle) -> dict[str, float]:
        turns = c.is_long and e.body > e.long and c.colour == -e.colour
        depth = e.colour * (e.close - c.close)
        deep = turns and depth > penetration * c.body
        star = above(d, c) if c.white else below(d, c)
        left = d.low > c.high and e.high < d.low
        found = d.high < c.low and e.low > d.high
        trio = (b, c, d)
        return {
            "abandoned_baby": 100.0
            * e.colour
            * (deep and d.is_doji and (left if c.white else found)),
            "dark_cloud_cover": -100.0
            * (d.white and d.is_long and e.black and e.open > d.high)
            * (d.open < e.close < d.close - d.body * penetration),
            "evening_doji_star": -100.0 * (deep and c.white and star and d.is_doji),
            "evening_star": -100.0 * (deep and c.white and star and d.body <= d.long),
            "morning_doji_star": 100.0 * (deep and c.black and star and d.is_doji),
            "morning_star": 100.0 * (deep and c.black and star and d.body <= d.long),
            "mat_hold": 100.0
            * (a.is_long and all(x.is_short for x in trio) and a.white and b.black and e.white)
            * (above(b, a) and max(c.bottom, d.bottom) < a.close)
            * (min(c.bottom, d.bottom) > a.close - a.body * penetration)
            * (d.top < c.top < b.open and e.open > d.close)
            * (e.close > max(x.high for x in trio)),
        }

    return told(candles, 5, NEEDED, patterns)


@dataclass(frozen=True, eq=False, repr=False)
class Penetrations(Patterns):
    r"""Patterns that close deep inside the first body: morning and evening stars, dark clouds, mat holds.

    .. math::
        \text{evening star}_t = -100 \cdot 1\{b_{t-2} > \bar b_{t-2}, b_{t-1} \le \bar b_{t-1},
        \min(o_{t-1}, c_{t-1}) > c_{t-2}, b_t > \bar b_t, c_t < c_{t-2} - p\, b_{t-2}\}, \dots

    Notes
    -----
    Seed: none. NaN: until as many whole candles in a row are known as the pattern and its averages need. Warm-up: 12
    for ``dark_cloud_cover``, 15 for ``mat_hold``, else 13. Unit: 1; 100 for a bullish pattern, -100 for a bearish
    one, else 0. Letters are those of `Candles`; p is `penetration`.

    References
    ----------
    TA-Lib 0.6, functions CDLMORNINGSTAR, CDLDARKCLOUDCOVER, CDLMATHOLD and the others with a penetration. Nison, S.
    (1991). Japanese Candlestick Charting Techniques. New York Institute of Finance.

    Examples
    --------
    >>> first = [1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 2.0, 0.0, 0.0, 1.0, 0.1, 0.5, 1.0, 14.0]
    >>> second = [4.0, 4.0, 1.5, 1.5, 4.0, 1.5, 2.5, 0.0, 0.0, 1.0, 0.1, 0.5, 1.0, 15.0]
    >>> node = Penetrations(Penetrations.example["candles"], penetration=0.5)
    >>> evaluate(node, candles=[first, second])["dark_cloud_cover"][1]
    -100.0
    """

    candles: Expr
    penetration: float

    outputs: ClassVar = tuple(NEEDED)
    needed: ClassVar = NEEDED
    back: ClassVar = 4
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"candles": EXAMPLE, "penetration": 0.3}
    exempt: ClassVar = {"unit": PARTS}

    def check(self) -> None:
        super().check()
        self.require("penetration must not be negative", self.penetration >= 0.0, self.penetration)
